// SPDX-License-Identifier: MIT
#include "catalog/vsphere/govc_environment.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/error.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

namespace {

constexpr const char* kSha1 = "A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34";

using Values = std::map<std::string, std::string>;

struct Variables : Environment {
  explicit Variables(Values values) : all(std::move(values)) {}
  std::optional<Secret> value(const std::string& name) override {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(Secret(found->second));
  }
  void hide(const std::string& name) override { hidden.insert(name); }

  Values all;
  std::set<std::string> hidden;
};

Source source(const std::string& user = "") {
  Source one;
  one.url = "https://vc.local/";
  if (!user.empty()) one.access.user = user;
  return one;
}

/// A file that is removed at the end.
struct File {
  explicit File(const std::string& text)
      : path((std::filesystem::temp_directory_path() / fmt::format("rimfs-known-hosts-{}", ::getpid())).string()) {
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  const std::string path;
};

}  // namespace

TEST_CASE("user and password of the environment go only to the server that GOVC_URL names") {
  struct Row {
    const char* title;
    const char* url;  // GOVC_URL; null: not set
    const char* user;
    const char* password;
  };
  const Row rows[] = {
      {"no URL", nullptr, "", ""},
      {"another host", "other.local", "", ""},
      {"a host that begins alike", "vc.local.evil.example", "", ""},
      {"another port", "vc.local:8443", "", ""},
      {"no TLS", "http://vc.local/sdk", "", ""},
      {"no URL at all", "https:///", "", ""},
      {"a host", "vc.local", "env-user", "env-password"},
      {"a host in upper case", "VC.LOCAL", "env-user", "env-password"},
      {"a URL", "https://vc.local/sdk", "env-user", "env-password"},
      {"a URL with the usual port", "https://vc.local:443/sdk", "env-user", "env-password"},
      {"a login in the URL, which the variables replace", "u:p@vc.local", "env-user", "env-password"},
      {"a login that looks like the host", "vc.local:p@other.local", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    Variables variables(Values{{"GOVC_USERNAME", "env-user"}, {"GOVC_PASSWORD", "env-password"}});
    if (row.url) variables.all["GOVC_URL"] = row.url;
    Source one = source();
    defaults_from_environment(one, false, variables);
    CHECK(one.access.user.value_or("") == row.user);
    CHECK(one.access.password.reveal() == row.password);
    CHECK(variables.hidden.contains("GOVC_PASSWORD") == (*row.password != '\0'));
  }
}

TEST_CASE("the login in GOVC_URL is used, and the variable hidden") {
  Variables variables(Values{{"GOVC_URL", "administrator@vsphere.local:p:w@vc.local"}});
  Source one = source();
  const auto used = defaults_from_environment(one, false, variables);
  CHECK(one.access.user == "administrator@vsphere.local");
  CHECK(one.access.password.reveal() == "p:w");
  CHECK(variables.hidden == std::set<std::string>{"GOVC_URL"});
  CHECK(used == std::vector<std::string>{"GOVC_URL"});
}

TEST_CASE("what the settings say is not replaced") {
  Variables variables(Values{{"GOVC_URL", "vc.local"},
                             {"GOVC_USERNAME", "env-user"},
                             {"GOVC_PASSWORD", "env-password"},
                             {"GOVC_INSECURE", "1"},
                             {"GOVC_TLS_CA_CERTS", "/no/such/file"},
                             {"GOVC_TLS_KNOWN_HOSTS", "/"}});
  Source one = source("me");
  CHECK(defaults_from_environment(one, true, variables).empty());
  CHECK(one.access.user == "me");
  CHECK(one.access.password.empty());  // it is that of another user
  CHECK_FALSE(one.access.insecure);
  CHECK(one.access.ca_file.empty());

  Source same_user = source("env-user");
  CHECK(defaults_from_environment(same_user, true, variables) == std::vector<std::string>{"GOVC_PASSWORD"});
  CHECK(same_user.access.password.reveal() == "env-password");

  Source with_password = source();
  with_password.access.password = Secret("mine");
  CHECK(defaults_from_environment(with_password, true, variables) == std::vector<std::string>{"GOVC_USERNAME"});
  CHECK(with_password.access.password.reveal() == "mine");
}

TEST_CASE("GOVC_INSECURE is used only for the server that GOVC_URL names, and only when no fingerprint is known") {
  struct Row {
    const char* url;
    const char* value;
    bool insecure;
  };
  const Row rows[] = {{"vc.local", "1", true},    {"vc.local", "true", true}, {"vc.local", "0", false},
                      {"vc.local", "yes", false}, {"other", "1", false},      {"", "1", false}};
  for (const Row& row : rows) {
    Variables variables(Values{{"GOVC_URL", row.url}, {"GOVC_INSECURE", row.value}});
    if (!*row.url) variables.all.erase("GOVC_URL");
    Source one = source();
    defaults_from_environment(one, false, variables);
    CHECK(one.access.insecure == row.insecure);
  }
  const File known(fmt::format("vc.local:443 {}\n", kSha1));
  Variables variables(Values{{"GOVC_URL", "vc.local"}, {"GOVC_INSECURE", "1"}, {"GOVC_TLS_KNOWN_HOSTS", known.path}});
  Source one = source();
  CHECK(defaults_from_environment(one, false, variables) == std::vector<std::string>{"GOVC_TLS_KNOWN_HOSTS"});
  CHECK_FALSE(one.access.insecure);
  REQUIRE(one.access.fingerprints.size() == 1);
  CHECK(show(one.access.fingerprints[0]) == fmt::format("sha1:{}", kSha1));
}

TEST_CASE("a known host has the fingerprints of its lines") {
  const std::string text = fmt::format(
      "# comment\n\nother:443 {0}\nVC.local {0}\nvc.local:443\t{0}  \nvc.local:8443 {0}\n[::1]:443 {0}\n[::2] "
      "{0}\nvc.local\n",
      kSha1);
  struct Row {
    const char* server;
    std::size_t count;
  };
  const Row rows[] = {{"vc.local:443", 2}, {"vc.local:8443", 1}, {"other:443", 1}, {"[::1]:443", 1},
                      {"[::2]:443", 1},    {"vc:443", 0},        {"local:443", 0}};
  for (const Row& row : rows) {
    CAPTURE(row.server);
    const auto known = known_fingerprints(text, row.server);
    REQUIRE(known);
    CHECK(known->size() == row.count);
  }
  CHECK_FALSE(known_fingerprints("vc.local:443 12:34\n", "vc.local:443"));
  CHECK(known_fingerprints("other:443 12:34\n", "vc.local:443"));
}

TEST_CASE("a variable that cannot be used is refused with its name") {
  const File bad("vc.local:443 12:34\n");
  const std::pair<const char*, std::string> rows[] = {
      {"GOVC_TLS_KNOWN_HOSTS", "/"},
      {"GOVC_TLS_KNOWN_HOSTS", bad.path},
      {"GOVC_TLS_CA_CERTS", "/no/such/file"},
      {"GOVC_TLS_CA_CERTS", "/a.pem:/b.pem"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.second);
    Variables variables(Values{{row.first, row.second}});
    Source one = source();
    try {
      defaults_from_environment(one, false, variables);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::misuse);
      CHECK(error.message().find(row.first) != std::string::npos);
    }
  }
  Variables absent(Values{{"GOVC_TLS_KNOWN_HOSTS", "/no/such/file"}});
  Source one = source();
  CHECK(defaults_from_environment(one, false, absent).empty());
}
