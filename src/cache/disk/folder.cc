// SPDX-License-Identifier: MIT
#include "cache/disk/folder.h"

#include <bit>
#include <nlohmann/json.hpp>
#include <optional>

#include "cache/block_number.h"
#include "cache/disk/key_name.h"

namespace rimfs::cache::disk {
namespace {

using Json = nlohmann::json;

constexpr const char* kIdentity = "identity";
/// A URL may have some thousand characters, a validator a few hundred.
constexpr ByteCount kLargestIdentity = 64_KiB;
/// What --block-size allows: config/schema.cc.
constexpr ByteCount kSmallestBlock = 64_KiB;
constexpr ByteCount kLargestBlock = 16_MiB;

bool is_block_size(std::uint64_t size) {
  return std::has_single_bit(size) && size >= kSmallestBlock.value && size <= kLargestBlock.value;
}

/// What an identity file tells; nothing when store_of() did not write it.
std::optional<Folder::Found> parse_identity(const std::string& text) {
  const Json identity = Json::parse(text, nullptr, false);
  if (!identity.is_object()) return std::nullopt;
  try {
    ImageKey key{identity.at("url"), ByteCount{identity.at("size").get<std::uint64_t>()}, identity.at("validator")};
    const auto block_size = identity.at("block-size").get<std::uint64_t>();
    if (!is_block_size(block_size) || key.size.is_zero() || !has_block_numbers(key.size, ByteCount{block_size}))
      return std::nullopt;
    return Folder::Found{{}, {}, std::move(key), ByteCount{block_size}};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Folder::Folder(const std::string& path, Missing missing)
    : top_(Directory::private_at(path, missing)), images_(top_.private_below("images", missing)) {}

std::string Folder::name_of(const ImageKey& key, Geometry geometry) {
  return name_of_key(identity_text(key, geometry));
}

Directory Folder::store_of(const ImageKey& key, Geometry geometry, Missing missing) const {
  Directory store = images_.private_below(name_of(key, geometry), missing);
  if (missing == Missing::make && !store.has(kIdentity)) {
    const Json tells = {
        {"url", key.url}, {"size", key.size.value}, {"validator", key.validator}, {"block-size", geometry.block.value}};
    store.write_text(kIdentity, tells.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    store.sync();
  }
  return store;
}

std::vector<Folder::Found> Folder::stores(const std::function<void(const Error&)>& refused) const {
  std::vector<Found> stores;
  for (const std::string& name : images_.names()) {
    try {
      const Directory store = images_.private_below(name, Missing::fail);
      std::optional<Found> found = parse_identity(store.read_text(kIdentity, kLargestIdentity).value_or(""));
      if (!found || name_of(found->key, geometry_of(found->block_size)) != name) {
        throw Error(ErrorKind::corrupt, store.path() + ": its identity is not what belongs to its name");
      }
      found->name = name;
      found->path = store.path();
      stores.push_back(std::move(*found));
    } catch (const Error& error) {
      if (refused) refused(error);
    }
  }
  return stores;
}

ByteCount Folder::allocated() const {
  ByteCount sum;
  for (const std::string& name : images_.names()) {
    try {
      sum += images_.private_below(name, Missing::fail).allocated("data");
    } catch (const Error&) {
      // Removed just now, or nothing that this program made.
    }
  }
  return sum;
}

}  // namespace rimfs::cache::disk
