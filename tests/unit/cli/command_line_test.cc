// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <regex>

#include "base/error.h"
#include "cli/application.h"
#include "cli/commands.h"
#include "config/shown_arguments.h"

using namespace rimfs;
using namespace rimfs::cli;
using Words = std::vector<std::string>;

namespace {

/// Exit status and message; status 0 when the words are understood.
std::pair<int, std::string> refusal(const Words& words) {
  try {
    parse(words);
  } catch (const std::exception& error) {
    return {status_of(error), error.what()};
  }
  return {kSuccess, {}};
}

template <typename Options>
Options options_of(const Words& words) {
  return parse(words).options<Options>();
}

const std::vector<Words> kCommands = {
    {"mount"}, {"umount"},        {"fetch"},           {"doctor"},         {"status"},        {"vms"},
    {"map"},   {"cache", "list"}, {"cache", "verify"}, {"cache", "prune"}, {"cache", "drop"}, {"cache", "path"},
    {"cache"}, {"help"},          {"version"}};

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("every command has a help, which can be requested in five ways") {
  for (const Words& command : kCommands) {
    CAPTURE(fmt::format("{}", fmt::join(command, " ")));
    const std::string help = parse(command + Words{"--help"}).text;
    CHECK(help.starts_with("Usage: rimfs " + command.front()));
    CHECK(help.find("-h, --help") != std::string::npos);
    CHECK(help.ends_with('\n'));
    CHECK(parse(command + Words{"-h"}).text == help);
    CHECK(parse(Words{"help"} + command).text == help);
    CHECK(parse(Words{"--help"} + command).text == help);
    CHECK(parse(command + Words{"--no-such", "x", "--help"}).text == help);
  }
  const std::string help = parse({"help"}).text;
  CHECK(parse({"--help"}).text == help);
  CHECK(parse({"-h"}).text == help);
  for (const Words& command : kCommands) CHECK(help.find("\n  " + command.front()) != std::string::npos);
  CHECK(parse({"help", "unmount"}).text == parse({"help", "umount"}).text);
}

TEST_CASE("a line of a help fits into a terminal of 100 columns") {
  for (const Words& command : kCommands) {
    const std::string help = parse(Words{"help"} + command).text;
    for (std::size_t begin = 0; begin < help.size();) {
      const std::size_t end = help.find('\n', begin);
      CAPTURE(help.substr(begin, end - begin));
      CHECK(end - begin <= 100);
      begin = end + 1;
    }
  }
}

TEST_CASE("the version is the build's, and can be requested in three ways") {
  for (const char* word : {"--version", "-V", "version"}) CHECK(parse({word}).text == "rimfs " RIMFS_VERSION "\n");
}

TEST_CASE("options stand before or after arguments, and end at --") {
  for (const Words& words : std::vector<Words>{{"status", "--json", "/a", "/b"},
                                               {"status", "/a", "--json", "/b"},
                                               {"status", "/a", "/b", "--json"},
                                               {"status", "--json=true", "/a", "--", "/b"},
                                               {"status", "--json", "--watch=no", "--", "/a", "/b"}}) {
    CAPTURE(fmt::format("{}", fmt::join(words, " ")));
    const auto status = options_of<StatusOptions>(words);
    CHECK(status.json);
    CHECK_FALSE(status.watch);
    CHECK(status.mounts == Words{"/a", "/b"});
  }
}

TEST_CASE("after -- and where a value is expected any word is taken as it is") {
  for (const char* word : {"--json", "-x", "--", "-1", "---x", "++", "--x=", "[a,b]", "mount", "{}", "-"}) {
    CAPTURE(word);
    CHECK(options_of<MapOptions>({"map", "--", word}).file == word);
    CHECK(options_of<MapOptions>({"map", "--json", "--", word}).json);
    CHECK(options_of<CachePathOptions>({"cache", "path", "--", word, "http://h/x"}).directory == word);
    CHECK(options_of<MountOptions>({"mount", "--user-agent", word, "http://h/x", "/"}).settings.http.user_agent ==
          word);
  }
  for (const char* word : {"++", "[a,b]", "[a]", "status", "map", "list", "{}", "-", "a=b"}) {
    CAPTURE(word);
    CHECK(options_of<MapOptions>({"map", word}).file == word);
    CHECK(options_of<CacheOptions>({"cache", "list", word}).directory == word);
  }
}

TEST_CASE("the words of each command fill its options") {
  CHECK(options_of<UmountOptions>({"umount", "/mnt"}).directory == "/mnt");
  CHECK(options_of<UmountOptions>({"unmount", "/mnt"}).directory == "/mnt");
  CHECK(options_of<StatusOptions>({"status"}).mounts.empty());
  CHECK(options_of<StatusOptions>({"status", "a/../b"}).mounts ==
        Words{(std::filesystem::current_path() / "b").string()});
  const auto map = options_of<MapOptions>({"map", "f", "--guest", "--json"});
  CHECK((map.guest && map.json && !map.bmap && map.file == "f"));
  CHECK(options_of<MapOptions>({"map", "--bmap", "f"}).bmap);
  CHECK(options_of<CacheOptions>({"cache", "verify", "c"}).directory == "c");
  CHECK(options_of<CachePruneOptions>({"cache", "prune", "c", "3M"}).size == 3_MiB);
  CHECK(options_of<CacheDropOptions>({"cache", "drop", "c", "--all"}).all);
  CHECK(options_of<CacheDropOptions>({"cache", "drop", "c", "u", "v"}).images == Words{"u", "v"});
  CHECK(options_of<CachePathOptions>({"cache", "path", "c", "u"}).image == "u");
  const auto fetch = options_of<FetchOptions>({"fetch", "--verify", "http://h/x", "copy", "-f"});
  CHECK((fetch.settings.verify && fetch.settings.foreground && fetch.settings.sources.size() == 1));
  CHECK(fetch.settings.destination == (std::filesystem::current_path() / "copy").string());
  CHECK(options_of<FetchOptions>({"fetch", "/m/x", "c"}).settings.mounted_file == "/m/x");
  const auto mount = options_of<MountOptions>({"mount", "-f", "-f", "--insecure=false", "--connections", "3",
                                               "--connections=4", "--user-agent=", "http://h/x", "/"});
  CHECK((mount.settings.foreground && !mount.settings.sources.at(0).access.insecure));
  CHECK(mount.settings.http.connections == 4);
  CHECK(mount.settings.http.user_agent.empty());
  CHECK(parse({"mount", "--help-settings"}).text.starts_with("### Images"));
}

TEST_CASE("an error in a command line names the fault and the remedy, and is status 2") {
  struct Row {
    Words words;
    const char* message;
  };
  for (const Row& row : std::initializer_list<Row>{
           {{}, "missing command; see rimfs help"},
           {{"moutn", "x"}, "unknown command \"moutn\"; did you mean mount?"},
           {{"unmoutn", "x"}, "unknown command \"unmoutn\"; did you mean unmount?"},
           {{"frobnicate"}, "unknown command \"frobnicate\"; see rimfs help"},
           {{"frobnicate", "status"}, "unknown command \"frobnicate\"; see rimfs help"},
           {{""}, "unknown command \"\"; see rimfs help"},
           {{"\x1b[2J"}, "unknown command \"\\x1b[2J\"; see rimfs help"},
           {{"help", "moutn"}, "unknown command \"moutn\"; did you mean mount?"},
           {{"help", "mount", "x"}, "mount: unknown command \"x\"; see rimfs help mount"},
           {{"help", "cache", "lst"}, "cache: unknown command \"lst\"; did you mean list?"},
           {{"help", "--json"}, "help: unknown option \"--json\"; see rimfs help help"},
           {{"version", "x"}, "version: surplus argument \"x\"; usage: rimfs version"},
           {{"cache"}, "cache: missing command; see rimfs help cache"},
           {{"cache", "eat", "/"}, "cache: unknown command \"eat\"; see rimfs help cache"},
           {{"cache", "lsit", "/"}, "cache: unknown command \"lsit\"; did you mean list?"},
           {{"cache", "--all"}, "cache: unknown option \"--all\"; see rimfs help cache"},
           {{"--vers"}, "unknown option \"--vers\"; see rimfs help"},
           {{"--versoin"}, "unknown option \"--versoin\"; did you mean --version?"},
           {{"--", "status"}, "unknown option \"--\"; see rimfs help"},
           {{"--json", "status"}, "unknown option \"--json\"; see rimfs help"},
           {{"status", "--jsn"}, "status: unknown option \"--jsn\"; did you mean --json?"},
           {{"status", "-x"}, "status: unknown option \"-x\"; see rimfs help status"},
           {{"umount", "-1"}, "umount: unknown option \"-1\"; see rimfs help umount"},
           {{"umount", "---x"}, "umount: unknown option \"---x\"; see rimfs help umount"},
           {{"map", "--guets", "f"}, "map: unknown option \"--guets\"; did you mean --guest?"},
           {{"cache", "list", "--al", "d"}, "cache list: unknown option \"--al\"; see rimfs help cache list"},
           {{"mount", "--blok-size=1M"}, "mount: unknown option \"--blok-size\"; did you mean --block-size?"},
           {{"umount"}, "umount: missing argument DIR; usage: rimfs umount DIR"},
           {{"umount", "--"}, "umount: missing argument DIR; usage: rimfs umount DIR"},
           {{"umount", ""}, "umount: DIR: empty argument; usage: rimfs umount DIR"},
           {{"umount", "a", "b"}, "umount: surplus argument \"b\"; usage: rimfs umount DIR"},
           {{"umount", "a", "--", "--b"}, "umount: surplus argument \"--b\"; usage: rimfs umount DIR"},
           {{"status", "a", ""}, "status: DIR: empty argument; usage: rimfs status [--json] [--watch] [DIR]..."},
           {{"map"}, "map: missing argument FILE; usage: rimfs map [--json | --bmap] FILE"},
           {{"map", "--json", "--bmap", "f"}, "map: mutually exclusive: --json, --bmap; give one of them"},
           {{"map", "--guest", "--bmap", "f"}, "map: mutually exclusive: --bmap, --guest; give one of them"},
           {{"map", "--json=", "f"}, "map: --json: empty value; usage: --json"},
           {{"map", "--json=maybe", "f"},
            "--json: invalid value: \"maybe\" is neither true nor false; allowed: true or false"},
           {{"cache", "prune", "d"}, "cache prune: missing argument SIZE; usage: rimfs cache prune DIR SIZE"},
           {{"cache", "prune", "d", "much"}, "SIZE: invalid size: \"much\"; allowed: sizes such as 64K, 1M or 1GiB"},
           {{"cache", "drop", "d"}, "cache drop: missing argument URL; name the images, or give --all"},
           {{"cache", "drop", "d", "u", "--all"}, "cache drop: mutually exclusive: URL, --all; give one of them"},
           {{"cache", "path", "d"}, "cache path: missing argument URL; usage: rimfs cache path DIR URL"},
           {{"mount", "--cache-dir"}, "mount: --cache-dir: missing value; usage: --cache-dir DIR"},
           {{"mount", "-o"}, "mount: --options: missing value; usage: --options OPTION,..."},
           {{"mount", "--config"}, "mount: --config: missing value; usage: --config FILE"},
           {{"mount", "--config=", "/"}, "mount: --config: empty value; usage: --config FILE"},
           {{"mount", "--cache-dir=", "http://h/x", "/"}, "mount: --cache-dir: empty value; usage: --cache-dir DIR"},
           {{"mount", "--cache-dir", "", "http://h/x", "/"}, "mount: --cache-dir: empty value; usage: --cache-dir DIR"},
           {{"mount", "--proxy=", "http://h/x", "/"}, "mount: --proxy: empty value; usage: --proxy URL"},
           {{"fetch", "--netrc=", "http://h/x", "/"}, "fetch: --netrc: empty value; usage: --netrc"},
           {{"mount"}, "no source: missing argument URL; usage: rimfs mount [OPTION]... [NAME=]URL... MOUNTPOINT"},
           {{"fetch"}, "no source: missing argument URL; usage: rimfs fetch [OPTION]... URL [FILE]"},
           {{"fetch", "http://h/x", "copy", "more"},
            "fetch: surplus argument \"more\"; usage: rimfs fetch [OPTION]... URL [FILE]"},
           {{"fetch", ""}, "fetch: URL or FILE: empty argument; usage: rimfs fetch [OPTION]... URL [FILE]"},
           {{"mount", "x", "/"}, "invalid URL: \"x\"; sources are [NAME=]http(s)://HOST[:PORT]/PATH"},
       }) {
    CAPTURE(fmt::format("{}", fmt::join(row.words, " ")));
    const auto [status, message] = refusal(row.words);
    CHECK(message == row.message);
    CHECK(status == kUsage);
  }
}

TEST_CASE("ps shows every option of every command by its name") {
  const std::regex option(R"((?:^|\n) +(?:(-\w), )?(--[\w-]+))");
  std::size_t options = 0;
  for (const Words& command : kCommands) {
    const std::string help = parse(command + Words{"--help"}).text;
    for (std::sregex_iterator one(help.begin(), help.end(), option), end; one != end; ++one) {
      for (const std::string& name : {(*one)[1].str(), (*one)[2].str()}) {
        if (name.empty()) continue;
        ++options;
        CAPTURE(name);
        CHECK(config::shown_arguments({name}) == Words{name});
      }
    }
  }
  CHECK(options > 100);
}

TEST_CASE("no message about a command line shows a value that may be secret") {
  const std::string url = "http://me:hunter2@h/d?token=hunter2";
  std::vector<Words> lines = {{url},
                              {"x=" + url},
                              {"me:hunter2@h"},
                              {"--" + url},
                              {"--user=me:hunter2", "mount"},
                              {"--user", "me:hunter2", "mount"},
                              {"mount", "--header=hunter2", "http://h/x", "/"},
                              {"mount", "--pasword=hunter2", "http://h/x", "/"},
                              {"mount", "-uhunter2", "http://h/x", "/"},
                              {"mount", "-fu=hunter2", "http://h/x", "/"},
                              {"umount", "a", url},
                              {"cache", url},
                              {"help", url},
                              {"cache", "path", "d", "u", url}};
  for (const Words& command : kCommands) {
    lines.push_back(command + Words{"--no-such=hunter2", url});
    lines.push_back(command + Words{"-xhunter2"});
  }
  for (const Words& words : lines) {
    CAPTURE(fmt::format("{}", fmt::join(words, " ")));
    const auto refused = refusal(words);
    CHECK(refused.first == kUsage);
    const std::string& message = refused.second;
    CHECK_MESSAGE(message.find("hunter2") == std::string::npos, message);
  }
}
