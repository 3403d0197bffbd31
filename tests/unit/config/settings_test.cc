// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/application.h"
#include "cli/commands.h"
#include "config/command_line.h"
#include "config/draft.h"
#include "config/schema.h"
#include "config/yaml_reader.h"

using namespace rimfs;
using namespace rimfs::config;

namespace {

constexpr const char* kUrl = "http://h/f.img";

Settings from_yaml(const std::string& text) {
  return assemble({}, read_yaml("mountpoint: /\n" + text, "c.yaml"), Purpose::mount);
}

std::string yaml_refusal(const std::string& text) {
  try {
    from_yaml(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

/// What `rimfs mount` makes of the words that follow it.
Settings from_words(std::vector<std::string> words) {
  words.insert(words.begin(), "mount");
  return cli::parse(words).options<cli::MountOptions>().settings;
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    from_words(words);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("flags fill the settings") {
  const Settings s = from_words({"--block-size", "64K", "--connections=4", "-f", "--header", "A: b", "--header", "C: d",
                                 "-o", "allow_other,nodev", "--user", "u:p:w", "x=http://h/f.img", kUrl, "/"});
  CHECK(s.cache.block_size == 64_KiB);
  CHECK(s.http.connections == 4);
  CHECK(s.http.connections_per_host == 4);
  CHECK(s.foreground);
  CHECK(s.fs.allow_other);
  CHECK(s.fs.mount_options == std::vector<std::string>{"nodev"});
  REQUIRE(s.sources.size() == 2);
  CHECK(s.sources[0].name == "x");
  CHECK(s.sources[1].name == "f.img");
  CHECK(s.sources[1].access.headers.size() == 2);
  CHECK(s.sources[0].access.user == "u");
  CHECK(s.sources[0].access.password.reveal() == "p:w");
}

TEST_CASE("a number of connections that the user sets counts at servers of every kind, else each kind's own does") {
  const http::ServerKind eager{.serves = nullptr, .connections = 200};
  const http::ServerKind careful{.serves = nullptr, .connections = 2};
  struct Row {
    std::vector<std::string> words;
    unsigned total, plain, eager, careful;
  };
  const Row rows[] = {
      {{}, 16, 16, 200, 2},
      {{"--connections=8"}, 8, 8, 8, 8},
      {{"--connections-per-host=5"}, 16, 5, 5, 5},
      {{"--connections=8", "--connections-per-host=5"}, 8, 5, 5, 5},
  };
  for (const Row& row : rows) {
    std::vector<std::string> words = row.words;
    words.insert(words.end(), {kUrl, "/"});
    const http::Options options = from_words(words).http;
    CHECK(options.connections == row.total);
    CHECK(options.connections_to(nullptr) == row.plain);
    CHECK(options.connections_to(&eager) == row.eager);
    CHECK(options.connections_to(&careful) == row.careful);
  }
}

TEST_CASE("a file groups its keys or names them like the flags; a source has its own access") {
  const Settings s = from_yaml(
      "cache: {memory: 256M, block-size: 64K}\nconnections: 3\ntimeouts: {connect: 500ms}\nuser: a:b\n"
      "sources:\n  - {url: 'http://h/one', offset: 1M, length: 4096}\n  - {url: 'http://u:q@h/two', "
      "ip-version: 4}\n"
      "  - {url: 'http://h/three', user: 'z'}\n");
  CHECK(s.cache.memory == 256_MiB);
  CHECK(s.readahead.budget == 192_MiB);
  CHECK(from_yaml("cache: {memory: 256M, dir: /var/cache/rimfs}\nsources: [url: 'http://h/one']").readahead.budget ==
        128_MiB);
  CHECK(s.http.connections == 3);
  CHECK(s.http.connect_timeout.count() == 500);
  CHECK(s.sources[0].offset == Offset{1 << 20});
  CHECK(s.sources[0].access.password.reveal() == "b");
  CHECK(s.sources[1].url == "http://h/two");
  CHECK(s.sources[1].access.password.reveal() == "q");
  CHECK(s.sources[1].access.ip_version == http::IpVersion::v4);
  CHECK(s.sources[2].access.password.empty());
}

TEST_CASE("errors in a file are reported with their position") {
  const std::string ok = "sources: [{url: 'http://h/f'}]\n";  // stands in line 2
  struct Row {
    std::string text;
    const char* begins;
    const char* contains;
  };
  for (const Row& row : {Row{ok + "blok-size: 64K", "c.yaml:3:1: ", "did you mean \"block-size\"?"},
                         {ok + "block-size: 3 apples", "c.yaml:3:13: ", "64K to 16M"},
                         {ok + "block-size: 96K", "c.yaml:3:13: ", "power of two"},
                         {ok + "block-size: [64K]", "c.yaml:3:13: ", "list"},
                         {ok + "connections: 0", "c.yaml:3:14: ", "1 to 256"},
                         {ok + "cache: 5", "c.yaml:3:8: ", "memory, block-size"},
                         {ok + "cache: {memry: 5}", "c.yaml:3:9: ", "did you mean \"memory\"?"},
                         {ok + "block-size: 1M\nblock-size: 1M", "c.yaml:4:1: ", "duplicate key"},
                         {ok + "block-size: 1M\ncache: {block-size: 1M}", "c.yaml:4:9: ", "twice"},
                         {ok + "password-file: /no/such", "c.yaml:3:16: ", "No such file"},
                         {ok + "user: u:hunter2\npassword-env: X", "c.yaml:3:7: ", "another"},
                         {ok + "header: hunter2", "c.yaml:3:9: ", "invalid header"},
                         {ok + "cookie:", "c.yaml:3:", "no value"},
                         {ok + "x: [", "c.yaml:", "invalid YAML"},
                         {ok + "cookie: a=b\ncookie-file: x", "c.yaml:", "mutually exclusive: "},
                         {ok + "workers: many", "c.yaml:3:10: ", "invalid number: \"many\""},
                         {ok + "cache-memory: lots", "c.yaml:3:15: ", "invalid size: \"lots\""},
                         {ok + "retry-deadline: soon", "c.yaml:3:17: ", "invalid duration: \"soon\""},
                         {"sources: x", "c.yaml:2:10: ", "list"},
                         {"sources:\n  - name: x", "c.yaml:3:5: ", "no url"},
                         {"sources:\n  - url: ftp://h/x", "c.yaml:3:10: ", "https"},
                         {"sources:\n  - url: http://h/x\n    colour: red", "c.yaml:4:5: ", "offset"},
                         {"sources:\n  - url: http://h/x\n  - url: http://i/x", "c.yaml:4:5: ", "NAME=URL"}}) {
    CAPTURE(row.text);
    const std::string said = yaml_refusal(row.text);
    CHECK_MESSAGE(said.starts_with(row.begins), said);
    CHECK_MESSAGE(said.find(row.contains) != std::string::npos, said);
    CHECK(said.find("hunter2") == std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
  }
}

TEST_CASE("a value with a NUL byte is refused, not cut there, and not shown") {
  for (const char* setting : {"user: \"me\\0hunter2\"", "header: \"X: hunter\\02\"", "cookie: \"a=hunter\\02\"",
                              "user-agent: \"a\\0hunter2\"", "proxy: \"http://p\\0hunter2\"",
                              "cache: {dir: \"/a\\0hunter2\"}", "log-file: \"/a\\0hunter2\""}) {
    CAPTURE(setting);
    const std::string said = yaml_refusal(std::string(setting) + "\nsources: [{url: 'http://h/x'}]");
    CHECK(said.find("NUL byte") != std::string::npos);
    CHECK(said.find("hunter") == std::string::npos);
  }
}

TEST_CASE("errors on the command line name the option and no secret") {
  struct Row {
    std::vector<std::string> words;
    const char* contains;
  };
  for (const Row& row : {Row{{"--pasword-file=hunter2", kUrl, "/"}, "did you mean --password-file?"},
                         {{"--block-size", "1000", kUrl, "/"}, "--block-size"},
                         {{"--log-level", "chatty", kUrl, "/"}, "debug, info"},
                         {{"--header", "hunter2", kUrl, "/"}, "--header"},
                         {{"--cache-memory", "4M", kUrl, "/"}, "16M"},
                         {{"--offset", "1M", kUrl, "x=http://h/y", "/"}, "--offset"},
                         {{"=http://h/x", "/"}, "no file name"},
                         {{"htp:/h/x", "/"}, "invalid URL: \"htp:/h/x\""},
                         {{"--offset", "1", "http://h/x/", "/"}, "leave them out"},
                         {{"--extents", "x.json", kUrl, "x=http://h/y", "/"}, "--extents"},
                         {{"--extents", "x.json", "http://h/x/", "/"}, "leave it out"},
                         {{"--extents", "", kUrl, "/"}, "--extents: empty value"},
                         {{"--extents", "ftp://h/x.json", kUrl, "/"}, "https"},
                         {{"--extents", "http://u:hunter2@h/x.json", kUrl, "/"}, "holds a user"},
                         {{"--user", ":", "vsphere://h/", "/"}, "Kerberos ticket"},
                         {{"--proxy", "http://u:hun/ter2@h:1", kUrl, "/"}, "invalid proxy URL"},
                         {{"--proxy", "htps://u:hunter2@h:1", kUrl, "/"}, "invalid proxy URL"},
                         {{"--cache-dir", "http://u:hunter2@h/x?t=hunter2", kUrl, "/"}, "is a URL"},
                         {{"--config", "x=http://u:hunter2@h/c?t=hunter2", "/"}, "is a URL"},
                         {{kUrl}, "no mountpoint"},
                         {{"/"}, "no source"},
                         {{"--config", "/no/such.yaml", "/"}, "/no/such.yaml"},
                         {{"--ca-file", "/no/such.pem", kUrl, "/"}, "/no/such.pem"},
                         {{"--password-env", "RIMFS_NO_SUCH", kUrl, "/"}, "RIMFS_NO_SUCH"},
                         {{kUrl, "/no/such/dir"}, "/no/such/dir"}}) {
    CAPTURE(row.contains);
    const std::string said = refusal(row.words);
    CHECK_MESSAGE(said.find(row.contains) != std::string::npos, said);
    CHECK(said.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a map of the extents is a local file when it begins like a path, otherwise a URL relative to the image's") {
  struct Row {
    const char* url;
    const char* said;
    const char* meant;
  };
  const Row rows[] = {
      {"http://h/a/disk.raw", "disk.raw.bmap", "http://h/a/disk.raw.bmap"},
      {"http://h/a/disk.raw?token=1", "a map.json", "http://h/a/a%20map.json"},
      {"http://h/a/disk.raw", "maps/disk.json?x=1", "http://h/a/maps/disk.json?x=1"},
      {"http://h/a/disk.raw", "https://i/disk.json", "https://i/disk.json"},
      {"http://h/a/disk.raw", "/maps/disk.json", "/maps/disk.json"},
      {"https://h/folder/m/a-flat.vmdk?dcPath=dc&dsName=ds", "a.bmap", "https://h/folder/m/a.bmap?dcPath=dc&dsName=ds"},
  };
  for (const Row& row : rows) {
    CHECK(from_words({"--extents", row.said, row.url, "/"}).sources[0].extents == row.meant);
  }
  CHECK(from_yaml("sources: [{url: 'http://h/f', extents: ./f.json}]").sources[0].extents.ends_with("/f.json"));
  CHECK(from_words({kUrl, "/"}).sources[0].extents.empty());
}

TEST_CASE("no mirror without TLS gets the login of an https source") {
  const auto yaml = [](const std::string& url, const std::string& mirror, const std::string& more) {
    return fmt::format("sources:\n  - url: {}\n    mirrors: [\"{}\"]\n{}", url, mirror, more);
  };
  constexpr const char* kRefused = "http://m/x would get the source's login or headers without TLS";
  for (const char* more : {"    user: me:hunter2\n", "    cookie: a=hunter2\n", "    header: [\"X: hunter2\"]\n",
                           "    cookie-script: \"echo hunter2\"\n", "user: me:hunter2\n"}) {
    CAPTURE(more);
    const std::string said = yaml_refusal(yaml("https://h/x", "http://m/x?t=hunter2", more));
    CHECK_MESSAGE(said.find(kRefused) != std::string::npos, said);
    CHECK(said.find("hunter2") == std::string::npos);
    CHECK(from_yaml(yaml("https://h/x", "https://m/x", more)).sources.size() == 1);
    CHECK(from_yaml(yaml("http://h/x", "http://m/x", more)).sources.size() == 1);
  }
  CHECK(yaml_refusal(yaml("https://u:hunter2@h/x", "HTTP://m/x", "")).find("without TLS") != std::string::npos);
  CHECK(from_yaml(yaml("https://h/x", "http://m/x", "")).sources.size() == 1);
}

TEST_CASE("a password comes from the environment") {
  ::setenv("RIMFS_TEST_PASSWORD", "secret", 1);
  const Settings s = from_words({"--user", "u", "--password-env", "RIMFS_TEST_PASSWORD", kUrl, "b=http://h/b", "/"});
  CHECK(s.sources[0].access.password.reveal() == "secret");
  CHECK(s.sources[1].access.password.reveal() == "secret");
  CHECK(std::getenv("RIMFS_TEST_PASSWORD") == nullptr);
}

TEST_CASE("an empty user is the Kerberos ticket, in a flag, a URL and a file") {
  CHECK(from_words({"--user", ":", kUrl, "/"}).sources[0].access.uses_ticket());
  CHECK(from_words({"http://:@h/x", "/"}).sources[0].access.uses_ticket());
  CHECK(from_yaml("user: ':'\nsources: [{url: 'http://h/x'}]").sources[0].access.uses_ticket());
  CHECK_FALSE(from_words({kUrl, "/"}).sources[0].access.uses_ticket());
}

TEST_CASE("every flag is in the help and every key in the reference") {
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      CAPTURE(setting.path);
      const std::string help = cli::parse({section.title == "Copies" ? "fetch" : "mount", "--help"}).text;
      if (!setting.flag.empty()) CHECK(help.find(fmt::format("--{}", setting.flag)) != std::string::npos);
      CHECK(settings_reference().find(fmt::format("`{}`", setting.path)) != std::string::npos);
    }
  }
}

namespace {

/// What became of a path-typed setting, by its flag.
const std::map<std::string_view, std::string (*)(const Settings&)> kPaths = {
    {"log-file", [](const Settings& s) { return s.log_file; }},
    {"cache-dir", [](const Settings& s) { return s.cache.directory; }},
    {"trace-dir", [](const Settings& s) { return s.cache.trace_directory; }},
    {"netrc-file", [](const Settings& s) { return s.sources[0].access.netrc_file; }},
    {"cookie-jar", [](const Settings& s) { return s.sources[0].access.cookie_jar; }},
    {"client-certificate", [](const Settings& s) { return s.sources[0].access.client_certificate; }},
    {"client-key", [](const Settings& s) { return s.sources[0].access.client_key; }},
    {"ca-file", [](const Settings& s) { return s.sources[0].access.ca_file; }},
    {"ca-dir", [](const Settings& s) { return s.sources[0].access.ca_dir; }},
    {"cookie-script", [](const Settings& s) { return s.sources[0].access.cookie_script.folder + "/file"; }},
    {"url-script", [](const Settings& s) { return s.sources[0].access.url_script.folder + "/file"; }},
    {"header-script", [](const Settings& s) { return s.sources[0].access.header_script.folder + "/file"; }},
    {"extents", [](const Settings& s) { return s.sources[0].extents; }},
};
/// Those that are read at once; what is in ./file shows that the right one was read.
const std::map<std::string_view, std::string (*)(const Settings&)> kRead = {
    {"password-file", [](const Settings& s) { return s.sources[0].access.password.reveal(); }},
    {"bearer-file", [](const Settings& s) { return s.sources[0].access.bearer.reveal(); }},
    {"header-file", [](const Settings& s) { return s.sources[0].access.headers.at(0).reveal(); }},
    {"cookie-file", [](const Settings& s) { return s.sources[0].access.cookie.reveal(); }},
    {"client-key-password-file", [](const Settings& s) { return s.sources[0].access.client_key_password.reveal(); }},
};

}  // namespace

TEST_CASE("a relative path starts at the working directory, or at the folder of the file that contains it") {
  const std::filesystem::path top = fmt::format("/tmp/rimfs-settings-{}", ::getpid());
  const std::filesystem::path before = std::filesystem::current_path();
  for (const char* name : {"cwd", "yaml"}) {
    std::filesystem::create_directories(top / name);
    std::ofstream(top / name / "file") << "X: in-" << name;
  }
  std::filesystem::current_path(top / "cwd");
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      const bool is_path = setting.form == Form::file || setting.form == Form::command || setting.flag == "extents";
      if (!is_path) continue;
      const std::string flag(setting.flag);
      CAPTURE(flag);
      const bool is_read = kRead.contains(setting.flag);
      REQUIRE((is_read || kPaths.contains(setting.flag)));  // a new setting needs a row above
      const auto value_of = is_read ? kRead.at(setting.flag) : kPaths.at(setting.flag);
      const Settings said = from_words({"--" + flag, "./file", kUrl, "/"});
      CHECK(value_of(said) == (is_read ? "X: in-cwd" : (top / "cwd" / "file").string()));
      const bool for_source = setting.scope != Scope::mount;
      const std::string text = for_source ? fmt::format("sources: [{{url: \"{}\", {}: ./file}}]\n", kUrl, flag)
                                          : fmt::format("sources: [{{url: \"{}\"}}]\n{}: ./file\n", kUrl, flag);
      std::ofstream(top / "yaml" / "c.yaml") << "mountpoint: /\n" << text;
      for (const char* file : {"../yaml/c.yaml", "/proc/self/cwd/../yaml/c.yaml"}) {
        const std::string value = value_of(from_words({"--config", file}));
        if (is_read) {
          CHECK(value == "X: in-yaml");
        } else {
          CHECK(value.starts_with('/'));
          CHECK(std::filesystem::weakly_canonical(value) == top / "yaml" / "file");
        }
      }
    }
  }
  CHECK(from_words({"--cookie-script", "./login.sh ./key", kUrl, "/"}).sources[0].access.cookie_script.command ==
        "./login.sh ./key");
  std::filesystem::current_path(before);
  std::filesystem::remove_all(top);
}

TEST_CASE("fingerprints are read in any notation; a source's own replace those of all sources") {
  const std::string sha1(40, 'a'), sha256(64, 'b');
  const Settings flags =
      from_words({"--fingerprint", "SHA1 Fingerprint=" + sha1, "--fingerprint=" + sha256, kUrl, "/"});
  REQUIRE(flags.sources[0].access.fingerprints.size() == 2);
  CHECK(flags.sources[0].access.fingerprints[0].digits == sha1);
  CHECK(flags.sources[0].access.fingerprints[1].digits == sha256);

  const Settings file = from_yaml("fingerprint: [" + sha1 +
                                  "]\nsources:\n  - url: https://h/a\n  - {url: 'https://h/b', "
                                  "fingerprint: '" +
                                  sha256 + "'}\n  - {url: 'https://h/c', insecure: true}\n");
  CHECK(file.sources[0].access.fingerprints[0].digits == sha1);
  REQUIRE(file.sources[1].access.fingerprints.size() == 1);
  CHECK(file.sources[1].access.fingerprints[0].digits == sha256);
  CHECK(file.sources[2].access.fingerprints.empty());
  CHECK(file.sources[2].access.insecure);

  CHECK(refusal({"--fingerprint", "abc", kUrl, "/"}).find("openssl x509 -fingerprint") != std::string::npos);
  CHECK(refusal({"--fingerprint", sha1, "--insecure", kUrl, "/"}).find("mutually exclusive") != std::string::npos);
  CHECK(refusal({"--fingerprint", sha1, "--proxy", "HTTPS://p:3128", kUrl, "/"}).find("proxy") != std::string::npos);
}

TEST_CASE("the oldest version of TLS is 1.2 unless it is set") {
  CHECK(from_words({kUrl, "/"}).sources[0].access.tls_minimum == http::TlsVersion::v1_2);
  CHECK(from_words({"--tls-minimum=1.0", kUrl, "/"}).sources[0].access.tls_minimum == http::TlsVersion::v1_0);
  CHECK(from_words({"--tls-minimum=1.3", kUrl, "/"}).sources[0].access.tls_minimum == http::TlsVersion::v1_3);
  CHECK(refusal({"--tls-minimum=1", kUrl, "/"}).find("1.0, 1.1, 1.2") != std::string::npos);
}

TEST_CASE("the variables of govc are read for vSphere sources only") {
  ::setenv("GOVC_URL", "https://vc.local/sdk", 1);
  ::setenv("GOVC_USERNAME", "env-user", 1);
  ::setenv("GOVC_PASSWORD", "env-password", 1);
  const Settings web = from_words({"https://vc.local/file.img", "/"});
  CHECK_FALSE(web.sources[0].access.user);
  CHECK(web.notes.empty());
  const Settings both = from_words({"a=vsphere://vc.local/", "b=vsphere://vc.local/DC0", "/"});
  for (const catalog::Source& source : both.sources) {
    CHECK(source.access.user == "env-user");
    CHECK(source.access.password.reveal() == "env-password");
  }
  CHECK(both.notes.size() == 4);
  for (const std::string& note : both.notes) CHECK(note.find("env-password") == std::string::npos);
  CHECK(std::getenv("GOVC_PASSWORD") == nullptr);
  ::unsetenv("GOVC_URL");
  ::unsetenv("GOVC_USERNAME");
}
