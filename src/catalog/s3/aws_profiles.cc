// SPDX-License-Identifier: MIT
#include "catalog/s3/aws_profiles.h"

#include "base/ascii.h"
#include "base/small_file.h"
#include "base/split.h"

namespace rimfs::catalog::s3 {
namespace {

/// A profile has about ten lines; people have some hundred of them.
constexpr std::size_t kLargestFile = std::size_t{4} << 20;

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with(';'); }

/// A comment may follow a name or value after a blank.
std::string_view without_comment(std::string_view text) {
  for (const std::string_view mark : {" #", " ;", "\t#", "\t;"}) text = text.substr(0, text.find(mark));
  return trimmed(text);
}

/// "profile  NAME": the kind and the name. Both files call the profile of that name "default" without a kind.
struct Heading {
  std::string kind;
  std::string name;
};

std::optional<Heading> heading_of(std::string_view line) {
  const std::size_t close = line.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view inner = trimmed(line.substr(1, close - 1));
  const std::size_t blank = inner.find_first_of(" \t");
  if (blank == std::string_view::npos) return Heading{"", std::string(inner)};
  return Heading{std::string(inner.substr(0, blank)), std::string(trimmed(inner.substr(blank)))};
}

}  // namespace

void AwsProfiles::add(std::string_view text, File file) {
  Section* section = nullptr;
  std::string parent;  // of the indented lines that follow
  for (const std::string_view whole : split(text, '\n')) {
    const std::string_view line = trimmed(whole);
    if (line.empty() || is_comment(line)) continue;
    if (line.front() == '[') {
      const std::optional<Heading> heading = heading_of(line);
      parent.clear();
      section = nullptr;
      if (!heading || heading->name.empty()) continue;
      const bool plain = heading->kind.empty() && (file == File::credentials || heading->name == "default");
      if (plain || (file == File::config && heading->kind == "profile")) section = &profiles_[heading->name];
      if (file == File::config && heading->kind == "services") section = &services_[heading->name];
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!section || equals == std::string_view::npos) continue;
    const bool nested = whole.front() == ' ' || whole.front() == '\t';
    const std::string name = lower(trimmed(line.substr(0, equals)));
    const std::string_view value = without_comment(line.substr(equals + 1));
    if (!nested) parent = value.empty() ? name + "." : std::string();
    section->try_emplace(nested ? parent + name : name, std::string(value));
  }
}

std::optional<Secret> AwsProfiles::value(const std::string& profile, const std::string& key) const {
  const auto section = profiles_.find(profile);
  if (section == profiles_.end()) return std::nullopt;
  const auto found = section->second.find(key);
  if (found == section->second.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string AwsProfiles::text(const std::string& profile, const std::string& key) const {
  const std::optional<Secret> found = value(profile, key);
  return found ? found->reveal() : std::string();
}

std::optional<Key> AwsProfiles::key(const std::string& profile) const {
  Key key{text(profile, "aws_access_key_id"), value(profile, "aws_secret_access_key").value_or(Secret()),
          value(profile, "aws_session_token").value_or(Secret())};
  if (key.empty() || key.secret.empty()) return std::nullopt;
  return key;
}

std::optional<Secret> AwsProfiles::endpoint(const std::string& profile, const std::string& service) const {
  if (const auto name = value(profile, "services")) {
    const auto section = services_.find(name->reveal());
    if (section != services_.end()) {
      const auto found = section->second.find(service + ".endpoint_url");
      if (found != section->second.end() && !found->second.empty()) return found->second;
    }
  }
  return value(profile, "endpoint_url");
}

AwsProfiles read_profiles(const std::string& credentials_file, const std::string& config_file) {
  AwsProfiles profiles;
  const auto add = [&](const std::string& name, AwsProfiles::File file) {
    if (name.empty()) return;
    if (const std::optional<std::string> text = read_small_file(name, kLargestFile)) profiles.add(*text, file);
  };
  add(credentials_file, AwsProfiles::File::credentials);
  add(config_file, AwsProfiles::File::config);
  return profiles;
}

}  // namespace rimfs::catalog::s3
