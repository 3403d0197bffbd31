// SPDX-License-Identifier: MIT
#include "config/shown_arguments.h"

#include <algorithm>
#include <array>

#include "config/schema.h"
#include "config/source_url.h"

namespace rimfs::config {
namespace {

constexpr std::string_view kHidden = "...";

/// The flags of all commands that are not settings.
constexpr std::array<std::string_view, 18> kOtherFlags = {
    "-h", "--help", "-V",      "--version", "--help-settings", "--config", "-f",
    "-o", "--json", "--watch", "--bmap",    "--guest",         "--all",    "--",
    "-",  "-fh",    "-hf",     "--report"};

/// Settings of free text that hold no secret.
constexpr std::array<std::string_view, 7> kHarmlessTexts = {"fingerprint", "options",   "password-env", "password-fd",
                                                            "s3-profile",  "s3-region", "user-agent"};

bool may_show_value(const Setting& setting) {
  if (setting.secret || setting.form == Form::command) return false;
  if (setting.form != Form::text) return true;
  return std::find(kHarmlessTexts.begin(), kHarmlessTexts.end(), setting.flag) != kHarmlessTexts.end();
}

std::string shown_value(const Setting* setting, const std::string& value) {
  return setting && may_show_value(*setting) ? value : std::string(kHidden);
}

const Setting* setting_of(std::string_view flag) {
  if (flag == "-o") return find_by_flag("options");
  return flag.starts_with("--") ? find_by_flag(flag.substr(2)) : nullptr;
}

std::string shown_positional(const std::string& word) {
  if (has_scheme(split_name(word).url)) return presentable(word);
  // "user:password@host" without a scheme is a mistake and not a path.
  return word.find('@') != std::string::npos && !word.starts_with('/') ? std::string(kHidden) : word;
}

bool is_known(std::string_view flag) {
  return setting_of(flag) || std::find(kOtherFlags.begin(), kOtherFlags.end(), flag) != kOtherFlags.end();
}

}  // namespace

std::vector<std::string> shown_arguments(const std::vector<std::string>& words) {
  std::vector<std::string> shown;
  bool only_positional = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_positional || !word.starts_with('-')) {
      shown.push_back(shown_positional(word));
      continue;
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string flag = word.substr(0, equals);
    if (!is_known(flag)) {
      shown.emplace_back(kHidden);
    } else if (equals != std::string::npos) {
      const std::string value = word.substr(equals + 1);
      shown.push_back(flag + "=" + (flag == "--config" ? value : shown_value(setting_of(flag), value)));
    } else {
      shown.push_back(flag);
      const Setting* const setting = setting_of(flag);
      const bool takes_value = flag == "--config" || (setting && setting->shape != Shape::toggle);
      if (takes_value && i + 1 < words.size()) {
        ++i;
        shown.push_back(flag == "--config" ? words[i] : shown_value(setting, words[i]));
      }
    }
    only_positional = word == "--";
  }
  return shown;
}

}  // namespace rimfs::config
