// SPDX-License-Identifier: MIT
#include "config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <set>

#include "base/small_file.h"

namespace rimfs::config {
namespace {

constexpr std::string_view kSources = "sources";
constexpr std::string_view kMountpoint = "mountpoint";

/// Enough for some hundred thousand sources.
constexpr std::size_t kLargestFile = 16 << 20;

std::string joined(const std::vector<std::string_view>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

/// One pass over a document. Keeps the places of words; takes the keys from the schema only.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {
    directory_ = std::filesystem::path(file).parent_path().string();
  }

  Draft read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& problem) {
      refuse(position(problem.mark), "invalid YAML: " + problem.msg, {});
    }
    if (root.IsDefined() && !root.IsNull()) read_top(root);
    return std::move(draft_);
  }

 private:
  using OnKey = std::function<void(const std::string& key, const YAML::Node& name, const YAML::Node& value)>;

  Position position(const YAML::Mark& mark) const {
    return {fmt::format("{}:{}:{}", file_, mark.line + 1, mark.column + 1), directory_};
  }

  /// Calls `on_key` for each entry of a map. Refuses keys that are not words, and duplicate keys.
  void each_key(const YAML::Node& map, const OnKey& on_key) const {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) refuse(position(entry.first.Mark()), "invalid key: not a word", {});
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) {
        refuse(position(entry.first.Mark()), fmt::format("duplicate key {}", in_quotes(key)), "remove one of them");
      }
      on_key(key, entry.first, entry.second);
    }
  }

  [[noreturn]] void unknown(const YAML::Node& name, const std::vector<std::string_view>& nearby,
                            const std::vector<std::string_view>& shown) const {
    const std::string_view guess = nearest(name.Scalar(), nearby);
    const std::string advice = guess.empty() ? std::string() : fmt::format("did you mean \"{}\"? ", guess);
    refuse(position(name.Mark()), fmt::format("unknown key {}", in_quotes(name.Scalar())),
           fmt::format("{}allowed: {}", advice, joined(shown)));
  }

  Value word(const std::string& key, const YAML::Node& node) const {
    if (node.IsNull())
      refuse(position(node.Mark()), fmt::format("{} has no value", in_quotes(key)), "write one after the colon");
    if (!node.IsScalar()) {
      refuse(position(node.Mark()),
             fmt::format("{} takes one word, this is a {}", in_quotes(key), node.IsMap() ? "group" : "list"),
             fmt::format("{}: VALUE", key));
    }
    // Libraries and the kernel take texts that end with a NUL byte, and would cut the value there.
    if (node.Scalar().find('\0') != std::string::npos) {
      refuse(position(node.Mark()), fmt::format("the value of {} contains a NUL byte", in_quotes(key)), "remove it");
    }
    return {node.Scalar(), position(node.Mark())};
  }

  void add(Layer& layer, const Setting& setting, const std::string& key, const YAML::Node& name,
           const YAML::Node& node) const {
    if (layer.says(setting)) {
      refuse(position(name.Mark()), fmt::format("{} is set twice", in_quotes(setting.path)),
             fmt::format("set {} or {}, not both", setting.path, setting.flag));
    }
    if (setting.shape == Shape::list && node.IsSequence()) {
      for (const YAML::Node& one : node) layer.add(setting, word(key, one));
    } else {
      layer.add(setting, word(key, node));
    }
  }

  static std::vector<std::string_view> keys(const std::function<std::string_view(const Setting&)>& key_of) {
    std::vector<std::string_view> result;
    for (const Section& section : schema()) {
      for (const Setting& setting : section.settings) {
        const std::string_view key = key_of(setting);
        if (!key.empty() && std::find(result.begin(), result.end(), key) == result.end()) result.push_back(key);
      }
    }
    return result;
  }

  static bool is_group(std::string_view key) {
    const auto groups = keys([](const Setting& s) {
      const std::size_t dot = s.path.find('.');
      return dot == std::string_view::npos ? std::string_view() : s.path.substr(0, dot);
    });
    return std::find(groups.begin(), groups.end(), key) != groups.end();
  }

  void read_top(const YAML::Node& root) {
    if (!root.IsMap()) refuse(position(root.Mark()), "the file has to be a list of keys and values", "sources: ...");
    each_key(root, [&](const std::string& key, const YAML::Node& name, const YAML::Node& value) {
      if (key == kSources) return read_sources(value);
      if (key == kMountpoint) {
        draft_.mountpoint = word(key, value);
        return;
      }
      if (is_group(key) && value.IsMap()) return read_group(key, value);
      const Setting* setting = find_by_path(key);
      if (!setting) setting = find_by_flag(key);
      if (setting && setting->scope != Scope::image) return add(draft_.general, *setting, key, name, value);
      if (is_group(key)) {
        refuse(position(value.Mark()), fmt::format("{} is a group of keys", in_quotes(key)),
               "allowed: " + joined(group_keys(key)));
      }
      unknown_at_top(name);
    });
  }

  [[noreturn]] void unknown_at_top(const YAML::Node& name) const {
    auto shown = keys([](const Setting& s) {
      return s.scope == Scope::image ? std::string_view() : s.path.substr(0, s.path.find('.'));
    });
    shown.insert(shown.begin(), {kSources, kMountpoint});
    auto nearby = keys([](const Setting& s) { return s.scope == Scope::image ? std::string_view() : s.flag; });
    nearby.insert(nearby.end(), shown.begin(), shown.end());
    unknown(name, nearby, shown);
  }

  static std::vector<std::string_view> group_keys(const std::string& group) {
    return keys([&](const Setting& s) {
      const bool inside = s.path.size() > group.size() && s.path.starts_with(group) && s.path[group.size()] == '.';
      return inside ? s.key() : std::string_view();
    });
  }

  void read_group(const std::string& group, const YAML::Node& map) {
    each_key(map, [&](const std::string& key, const YAML::Node& name, const YAML::Node& value) {
      const Setting* setting = find_by_path(group + "." + key);
      if (!setting) unknown(name, group_keys(group), group_keys(group));
      add(draft_.general, *setting, group + "." + key, name, value);
    });
  }

  void read_sources(const YAML::Node& list) {
    if (!list.IsSequence()) {
      refuse(position(list.Mark()), "\"sources\" takes a list", "sources: [{url: http(s)://..., name: ...}, ...]");
    }
    for (const YAML::Node& node : list) {
      SourceDraft source{{}, position(node.Mark())};
      if (!node.IsMap()) refuse(source.position, "a source is a group of keys", "- url: http(s)://...");
      each_key(node, [&](const std::string& key, const YAML::Node& name, const YAML::Node& value) {
        const Setting* setting = find_by_path(key);
        if (!setting || setting->scope == Scope::mount) {
          const auto allowed =
              keys([](const Setting& s) { return s.scope == Scope::mount ? std::string_view() : s.path; });
          unknown(name, allowed, allowed);
        }
        add(source.layer, *setting, key, name, value);
      });
      draft_.sources.push_back(std::move(source));
    }
  }

  const std::string& file_;
  std::string directory_;
  Draft draft_;
};

}  // namespace

Draft read_yaml(const std::string& text, const std::string& file) { return Reader(file).read(text); }

Draft read_yaml_file(const std::string& file) {
  check_is_path({file, {"--config", {}}});
  const std::optional<std::string> text = read_small_file(file, kLargestFile);
  if (!text) {
    refuse({"--config", {}}, fmt::format("{}: {}", in_quotes(file), std::strerror(errno)), "name a readable YAML file");
  }
  return read_yaml(*text, file);
}

}  // namespace rimfs::config
