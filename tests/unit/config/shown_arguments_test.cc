// SPDX-License-Identifier: MIT
#include "config/shown_arguments.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "config/schema.h"

using rimfs::config::shown_arguments;
using Words = std::vector<std::string>;

TEST_CASE("the command line that ps shows identifies what runs, and contains no secret") {
  struct Row {
    Words words;
    Words shown;
  };
  const std::string login = "me:hunter2";
  for (const Row& row : std::initializer_list<Row>{
           {{"mount", "https://h/d.img", "/mnt/x"}, {"mount", "https://h/d.img", "/mnt/x"}},
           {{"mount", "x=https://" + login + "@h/d.img?token=t#f", "/mnt/x"}, {"mount", "x=https://h/d.img", "/mnt/x"}},
           {{"fetch", "https://h/get?id=1", "copy"}, {"fetch", "https://h/get", "copy"}},
           {{"mount", "https://me:a/b@h/d", "/m"}, {"mount", "https://...", "/m"}},
           {{"mount", "--user", login, "--header=A: b", "-f", "/m"},
            {"mount", "--user", "...", "--header=...", "-f", "/m"}},
           {{"--cookie-script", "curl -u " + login, "--cache-size=5G"}, {"--cookie-script", "...", "--cache-size=5G"}},
           {{"--password-file", "./s", "-o", "allow_other", "--config", "c.yaml"},
            {"--password-file", "./s", "-o", "allow_other", "--config", "c.yaml"}},
           {{"--password", "hunter2"}, {"...", "hunter2"}},  // no such option: the process ends at once
           {{"--pasword=hunter2", "-xhunter2"}, {"...", "..."}},
           {{login + "@h/d.img"}, {"..."}},
           {{"--", "--user", "/m"}, {"--", "--user", "/m"}},
           {{"--user"}, {"--user"}},
           {{"status", "--json", "/mnt/a@b"}, {"status", "--json", "/mnt/a@b"}},
           {{}, {}},
       }) {
    CAPTURE(fmt::format("{}", fmt::join(row.words, " ")));
    CHECK(shown_arguments(row.words) == row.shown);
  }
}

TEST_CASE("of the settings with free text only those in the list of harmless ones are shown") {
  for (const auto& section : rimfs::config::schema()) {
    for (const auto& setting : section.settings) {
      if (setting.flag.empty() || setting.shape == rimfs::config::Shape::toggle) continue;
      const std::string flag = fmt::format("--{}", setting.flag);
      CAPTURE(flag);
      const bool is_text = setting.form == rimfs::config::Form::text || setting.form == rimfs::config::Form::command;
      const bool is_harmless = flag == "--fingerprint" || flag == "--options" || flag == "--password-env" ||
                               flag == "--password-fd" || flag == "--s3-profile" || flag == "--s3-region" ||
                               flag == "--user-agent";
      const bool hidden = setting.secret || (is_text && !is_harmless);
      CHECK((shown_arguments({flag, "value"}).at(1) == "...") == hidden);
      CHECK((shown_arguments({flag + "=value"}).at(0) == flag + "=...") == hidden);
    }
  }
}
