// SPDX-License-Identifier: MIT
#include "catalog/vsphere/govc_environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/ascii.h"
#include "base/error.h"
#include "base/small_file.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

using Names = std::vector<std::string>;

/// A line has about 120 bytes.
constexpr std::size_t kLargestKnownHosts = 1024UL * 1024;

/// The words that Go's strconv.ParseBool() takes for true.
bool is_true(std::string_view text) {
  static constexpr std::string_view kWords[] = {"1", "t", "T", "TRUE", "true", "True"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

/// What GOVC_URL names: "HOST", "https://HOST/sdk" or "USER:PASSWORD@HOST".
struct GovcUrl {
  std::string origin;
  std::optional<std::string> user;
  std::optional<Secret> password;
};

/// Nothing when GOVC_URL is not set, or is not a URL.
std::optional<GovcUrl> govc_url(Environment& environment) {
  const std::optional<Secret> value = environment.value("GOVC_URL");
  if (!value) return std::nullopt;
  const bool has_scheme = value->reveal().find("://") != std::string::npos;
  const Secret text((has_scheme ? "" : "https://") + value->reveal());
  try {
    http::UserUrl read = http::read_user_url(text.reveal());
    GovcUrl result{http::origin_of(read.url), std::move(read.user), std::nullopt};
    if (read.password) result.password = Secret(std::move(*read.password));
    return result;
  } catch (const Error&) {
    return std::nullopt;  // govc refuses it; without it no variable names a server
  }
}

/// The value of a variable, or what GOVC_URL holds; `name` becomes the variable that it came from.
template <typename Value>
std::optional<Value> variable_or(Environment& environment, std::string& name, const std::optional<Value>& of_url) {
  if (const std::optional<Secret> value = environment.value(name)) return Value(value->reveal());
  name = "GOVC_URL";
  return of_url;
}

/// A password is used only for the user that the variables name beside it.
void add_login(Source& source, const GovcUrl& url, Environment& environment, Names& used) {
  std::string user_name = "GOVC_USERNAME", password_name = "GOVC_PASSWORD";
  const std::optional<std::string> user = variable_or(environment, user_name, url.user);
  const std::optional<Secret> password = variable_or(environment, password_name, url.password);
  if (!user) return;
  if (!source.access.user) {
    source.access.user = user;
    used.push_back(user_name);
  }
  if (password && source.access.password.empty() && source.access.user == user) {
    source.access.password = *password;
    environment.hide(password_name);
    if (used.empty() || used.back() != password_name) used.push_back(password_name);
  }
}

/// Files are separated by ":". A file that does not exist is ignored, as govc does.
void add_known_hosts(Source& source, Environment& environment, Names& used) {
  const std::optional<Secret> files = environment.value("GOVC_TLS_KNOWN_HOSTS");
  if (!files) return;
  const std::string origin = http::origin_of(source.url);
  const std::string server = origin.substr(origin.find("://") + 3);
  for (const std::string_view file : split(files->reveal(), ':')) {
    if (file.empty()) continue;
    const std::string path(file);
    const std::optional<std::string> text = read_small_file(path, kLargestKnownHosts);
    if (!text && errno == ENOENT) continue;
    if (!text) {
      throw Error(ErrorKind::misuse, fmt::format("GOVC_TLS_KNOWN_HOSTS: cannot read {}: {}; name a readable file", path,
                                                 std::strerror(errno)));
    }
    const auto known = known_fingerprints(*text, server);
    if (!known) {
      throw Error(ErrorKind::misuse, fmt::format("GOVC_TLS_KNOWN_HOSTS: {} has an invalid thumbprint for {}; write "
                                                 "HOST:PORT THUMBPRINT, as govc about.cert -thumbprint does",
                                                 path, server));
    }
    source.access.fingerprints.insert(source.access.fingerprints.end(), known->begin(), known->end());
  }
  if (!source.access.fingerprints.empty()) used.emplace_back("GOVC_TLS_KNOWN_HOSTS");
}

void add_authorities(Source& source, Environment& environment, Names& used) {
  const std::optional<Secret> value = environment.value("GOVC_TLS_CA_CERTS");
  if (!value) return;
  const std::string& path = value->reveal();
  if (path.find(':') != std::string::npos) {
    throw Error(ErrorKind::misuse,
                "GOVC_TLS_CA_CERTS names several files, and only one is supported; join them in one file, or name one "
                "with --ca-file");
  }
  if (::access(path.c_str(), R_OK) != 0) {
    throw Error(ErrorKind::misuse,
                fmt::format("GOVC_TLS_CA_CERTS: cannot read {}: {}; name a readable file", path, std::strerror(errno)));
  }
  source.access.ca_file = std::filesystem::absolute(path).string();
  used.emplace_back("GOVC_TLS_CA_CERTS");
}

}  // namespace

std::optional<std::vector<http::Fingerprint>> known_fingerprints(std::string_view text, std::string_view server) {
  std::vector<http::Fingerprint> found;
  for (const std::string_view whole : split(text, '\n')) {
    const std::string_view line = trimmed(whole);
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos) continue;
    std::string host = lower(line.substr(0, blank));
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    if (!has_port) host += ":443";
    if (host != server) continue;
    const std::optional<http::Fingerprint> fingerprint = http::read_fingerprint(line.substr(blank));
    if (!fingerprint) return std::nullopt;
    found.push_back(*fingerprint);
  }
  return found;
}

std::vector<std::string> defaults_from_environment(Source& source, bool trust_is_set, Environment& environment) {
  Names used;
  const std::optional<GovcUrl> url = govc_url(environment);
  const bool names_server = url && url->origin == http::origin_of(source.url);
  if (names_server) add_login(source, *url, environment, used);
  if (trust_is_set) return used;
  add_known_hosts(source, environment, used);
  const std::optional<Secret> insecure = environment.value("GOVC_INSECURE");
  if (names_server && source.access.fingerprints.empty() && insecure && is_true(insecure->reveal())) {
    source.access.insecure = true;
    used.emplace_back("GOVC_INSECURE");
    return used;
  }
  add_authorities(source, environment, used);
  return used;
}

}  // namespace rimfs::catalog::vsphere
