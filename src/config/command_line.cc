// SPDX-License-Identifier: MIT
#include "config/command_line.h"

#include "config/source_url.h"
#include "config/yaml_reader.h"

namespace rimfs::config {
namespace {

bool is_url(const std::string& word) { return has_scheme(split_name(word).url); }

void add_source(Draft& draft, const std::string& word) {
  const NamedUrl named = split_name(word);
  SourceDraft source{{}, {presentable(word), {}}};
  if (!has_scheme(named.url)) {
    refuse({}, "invalid URL: " + in_quotes(presentable(word)), "sources are [NAME=]http(s)://HOST[:PORT]/PATH");
  }
  source.layer.add(*find_by_path("url"), {named.url, {}});
  if (named.name) source.layer.add(*find_by_path("name"), {*named.name, source.position});
  draft.sources.push_back(std::move(source));
}

}  // namespace

Settings settings_of(const CommandLine& line, Purpose purpose) {
  Draft draft;
  draft.general = line.settings;
  auto begin = line.arguments.begin();
  auto end = line.arguments.end();
  if (purpose == Purpose::fetch && line.config_file.empty() && begin != end && !is_url(*begin)) {
    draft.mounted_file = Value{*begin++, {}};
  }
  // The last word is the mountpoint or the destination of the copy, unless it is a URL.
  if (begin != end && !is_url(*(end - 1))) draft.mountpoint = Value{*--end, {}};
  for (; begin != end; ++begin) add_source(draft, *begin);
  const Draft file = line.config_file.empty() ? Draft{} : read_yaml_file(line.config_file);
  return assemble(draft, file, purpose);
}

}  // namespace rimfs::config
