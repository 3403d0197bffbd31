// SPDX-License-Identifier: MIT
#include "http/proxy.h"

#include <fmt/format.h>

#include <cstdlib>
#include <initializer_list>

#include "base/ascii.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

struct Found {
  std::string name;
  std::string value;
};

/// The first variable that is set.
Found first_of(std::initializer_list<const char*> names, const Variable& variable) {
  for (const char* name : names) {
    if (std::string value = variable(name); !value.empty()) return {name, std::move(value)};
  }
  return {};
}

/// True when the list has the host or a domain that it is in: "example.org" and ".example.org" have "a.example.org".
bool names_host(std::string_view list, std::string_view host) {
  if (trimmed(list) == "*") return true;
  for (const std::string_view words : split(list, ',')) {
    for (std::string_view one : split(words, ' ')) {
      if (one.starts_with('.')) one.remove_prefix(1);
      if (one.empty() || host.size() < one.size()) continue;
      const std::size_t before = host.size() - one.size();
      const bool whole_labels = before == 0 || host[before - 1] == '.';
      if (whole_labels && equal_ignoring_case(host.substr(before), one)) return true;
    }
  }
  return false;
}

std::string shown(const std::string& proxy) {
  return display_url(proxy.find("://") == std::string::npos ? "http://" + proxy : proxy).text();
}

}  // namespace

std::string shown_proxy(const std::string& url, const ServerAccess& access, const Variable& variable) {
  if (names_host(first_of({"no_proxy", "NO_PROXY"}, variable).value, host_in_certificate(url))) return {};
  if (!access.proxy.empty()) return shown(access.proxy);
  Found found = is_https(url) ? first_of({"https_proxy", "HTTPS_PROXY"}, variable) : first_of({"http_proxy"}, variable);
  if (found.value.empty()) found = first_of({"all_proxy", "ALL_PROXY"}, variable);
  return found.value.empty() ? std::string() : fmt::format("{} (from {})", shown(found.value), found.name);
}

std::string shown_proxy(const std::string& url, const ServerAccess& access) {
  return shown_proxy(url, access, [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  });
}

}  // namespace rimfs::http
