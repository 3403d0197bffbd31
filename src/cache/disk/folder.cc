// SPDX-License-Identifier: MIT
#include "cache/disk/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/small_file.h"
#include "cache/disk/file.h"
#include "cache/disk/private_folder.h"

namespace rimfs::cache::disk {
namespace {

using Json = nlohmann::json;

std::optional<Folder::Found> read_identity(const std::string& folder) {
  const Json identity = Json::parse(read_small_file(folder + "/identity").value_or(""), nullptr, false);
  if (!identity.is_object()) return std::nullopt;
  try {
    ImageKey key{identity.at("url"), ByteCount{identity.at("size").get<std::uint64_t>()}, identity.at("validator")};
    const auto block_size = identity.at("block-size").get<std::uint32_t>();
    if (!std::has_single_bit(block_size) || key.size.is_zero()) return std::nullopt;
    return Folder::Found{folder, std::move(key), ByteCount{block_size}};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Folder::Folder(std::string path) : path_(std::move(path)) {
  make_private_folder(path_);
  make_private_folder(path_ + "/images");
}

std::string Folder::store_of(const ImageKey& key, Geometry geometry) const {
  const std::string text = identity_text(key, geometry);
  std::string folder = path_ + "/images/" + name_of_key(text);
  make_private_folder(folder);
  const std::string identity = folder + "/identity";
  if (::access(identity.c_str(), F_OK) != 0) {
    const Json tells = {
        {"url", key.url}, {"size", key.size.value}, {"validator", key.validator}, {"block-size", geometry.block.value}};
    write_file(identity, tells.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    sync_folder(folder);
  }
  return folder;
}

std::vector<Folder::Found> Folder::stores() const {
  std::vector<Found> found;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/images", problem)) {
    if (auto one = read_identity(entry.path().string())) found.push_back(std::move(*one));
  }
  return found;
}

ByteCount Folder::allocated() const {
  ByteCount sum;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/images", problem)) {
    struct stat data {};
    if (::stat((entry.path().string() + "/data").c_str(), &data) != 0) continue;
    sum += ByteCount{static_cast<std::uint64_t>(data.st_blocks) * 512};
  }
  return sum;
}

}  // namespace rimfs::cache::disk
