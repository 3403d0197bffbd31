// SPDX-License-Identifier: MIT
#include "config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config/draft.h"
#include "config/source_url.h"
#include "config/yaml_reader.h"

namespace rimfs::config {
namespace {

std::string flag_names(const Setting& setting) {
  return setting.letter ? fmt::format("-{},--{}", setting.letter, setting.flag) : fmt::format("--{}", setting.flag);
}

/// The words of one command line, as CLI11 found them.
struct Words {
  Draft draft;
  std::vector<std::string> positional;
  std::string config_file;
  bool help = false;
  bool help_settings = false;
};

void declare(CLI::App& app, const Setting& setting, Layer& layer) {
  const Place place{fmt::format("--{}", setting.flag), {}};
  if (setting.shape == Shape::toggle) {
    app.add_flag_callback(flag_names(setting), [&layer, &setting, place] { layer.add(setting, {"true", place}); });
    return;
  }
  const auto take = [&layer, &setting, place](const CLI::results_t& words) {
    for (const std::string& word : words) layer.add(setting, {word, place});
    return true;
  };
  app.add_option(flag_names(setting), take)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// An option that does not exist: its name without a value, which may be a secret.
[[noreturn]] void refuse_unknown(const std::string& word) {
  const bool is_long = word.starts_with("--");
  const std::string name = is_long ? word.substr(2, word.find('=') - 2) : word.substr(1, 1);
  std::vector<std::string_view> flags = {"config", "help", "help-settings"};
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) flags.push_back(setting.flag);
  }
  const std::string_view guess = is_long ? nearest(name, flags) : std::string_view();
  refuse({(is_long ? "--" : "-") + name, {}}, "no such option",
         guess.empty() ? std::string("see rimfs mount --help") : fmt::format("did you mean --{}?", guess));
}

Words parse_words(const std::vector<std::string>& arguments) {
  Words words;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_flag("-h,--help", words.help);
  app.add_flag("--help-settings", words.help_settings);
  app.add_option("--config", words.config_file)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("arguments", words.positional);
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      if (!setting.flag.empty()) declare(app, setting, words.draft.general);
    }
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch& problem) {
    const std::string text = problem.what();  // "--option: 1 required ..."
    refuse({text.substr(0, text.find(':')), {}}, "the value is missing", "see rimfs mount --help");
  } catch (const CLI::ParseError& problem) {
    refuse({}, problem.what(), "see rimfs mount --help");
  }
  for (const std::string& word : app.remaining()) {
    if (word.size() > 1 && word[0] == '-' && word != "--") refuse_unknown(word);
  }
  return words;
}

void add_source(Draft& draft, const std::string& word) {
  const NamedUrl named = split_name(word);
  SourceDraft source{{}, {presentable(word), {}}};
  if (!has_scheme(named.url)) {
    refuse({}, in_quotes(presentable(word)) + " is no http or https URL",
           "sources are [NAME=]http(s)://HOST[:PORT]/PATH");
  }
  source.layer.add(*find_by_path("url"), {named.url, {}});
  if (named.name) source.layer.add(*find_by_path("name"), {*named.name, source.place});
  draft.sources.push_back(std::move(source));
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, Purpose purpose) {
  Words words = parse_words(arguments);
  if (words.help) return {purpose == Purpose::mount ? mount_help() : fetch_help(), {}};
  if (words.help_settings) return {settings_reference(), {}};
  const bool without_source = purpose == Purpose::fetch && words.config_file.empty() && !words.positional.empty();
  if (without_source && !has_scheme(split_name(words.positional.front()).url)) {
    words.draft.mounted_file = Value{words.positional.front(), {}};
    words.positional.erase(words.positional.begin());
  }
  // The last word is the mountpoint or the copy, unless it can only be a source.
  if (!words.positional.empty() && !has_scheme(split_name(words.positional.back()).url)) {
    words.draft.mountpoint = Value{words.positional.back(), {}};
    words.positional.pop_back();
  }
  for (const std::string& word : words.positional) add_source(words.draft, word);
  const Draft file = words.config_file.empty() ? Draft{} : read_yaml_file(words.config_file);
  return {{}, assemble(words.draft, file, purpose)};
}

}  // namespace rimfs::config
