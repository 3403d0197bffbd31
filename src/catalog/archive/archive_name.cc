// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_name.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace rimfs::catalog::archive {
namespace {

constexpr std::array<std::string_view, 3> kArchives = {".ova", ".tar", ".zip"};

/// What the end of a compressed file's name stands for.
struct Ending {
  std::string_view compressed;
  std::string_view content;
};
constexpr std::array<Ending, 5> kCompressed = {
    {{".xz", ""}, {".txz", ".tar"}, {".zst", ""}, {".zstd", ""}, {".tzst", ".tar"}}};

const Ending* ending_of(std::string_view lower_name) {
  const auto* const found = std::find_if(kCompressed.begin(), kCompressed.end(), [&](const Ending& ending) {
    return lower_name.size() > ending.compressed.size() && lower_name.ends_with(ending.compressed);
  });
  return found == kCompressed.end() ? nullptr : found;
}

}  // namespace

bool is_archive_name(std::string_view name) {
  const std::string lower_name = lower(name);
  const bool is_archive = std::any_of(kArchives.begin(), kArchives.end(), [&](std::string_view ending) {
    return lower_name.size() > ending.size() && lower_name.ends_with(ending);
  });
  return is_archive || ending_of(lower_name) != nullptr;
}

std::string content_name(std::string_view name) {
  const Ending* ending = ending_of(lower(name));
  if (!ending) return std::string(name) + ".content";
  return std::string(name.substr(0, name.size() - ending->compressed.size())) + std::string(ending->content);
}

}  // namespace rimfs::catalog::archive
