// SPDX-License-Identifier: MIT
#include "cache/disk/folder.h"

#include <bit>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_number.h"
#include "cache/block_number.h"
#include "cache/disk/key_name.h"

namespace rimfs::cache::disk {
namespace {

using Json = nlohmann::json;

constexpr const char* kIdentity = "identity";
/// A URL can have several thousand characters, a validator a few hundred.
constexpr ByteCount kLargestIdentity = 64_KiB;
/// The range of --block-size; see config/schema.cc.
constexpr ByteCount kSmallestBlock = 64_KiB;
constexpr ByteCount kLargestBlock = 16_MiB;

bool is_block_size(std::uint64_t size) {
  return std::has_single_bit(size) && size >= kSmallestBlock.value && size <= kLargestBlock.value;
}

/// The format of the identity file and of the store's name. Stores of other formats are dropped.
constexpr int kFormat = 4;

ImageId id_in(const Json& identity, const char* name) {
  const auto id = ImageId::from_hex(identity.at(name).get<std::string>());
  if (!id) throw Json::other_error::create(501, std::string("no identity: ") + name, nullptr);
  return *id;
}

/// A checksum of the fields of an identity file. Text from servers is not included, because JSON may not preserve it
/// exactly.
ImageId check_of(const ImageKey& key, ByteCount block_size) {
  ImageIdBuilder check("identity file");
  check.add(key.version).add(key.address).add(key.place).add(key.request).add(key.size.value).add(block_size.value);
  return check.add(key.whole ? "whole" : "part").add(key.strong ? "strong" : "weak").finish();
}

Json identity_json(const ImageKey& key, ByteCount block_size) {
  Json identity = {{"format", kFormat},
                   {"url", key.url.text()},
                   {"version", key.version.hex()},
                   {"address", key.address.hex()},
                   {"place", key.place.hex()},
                   {"request", key.request.hex()},
                   {"size", key.size.value},
                   {"whole", key.whole},
                   {"strong", key.strong},
                   {"etag", key.etag},
                   {"last-modified", key.last_modified},
                   {"block-size", block_size.value},
                   {"check", check_of(key, block_size).hex()}};
  if (key.listed_time) identity["listed-time"] = *key.listed_time;
  return identity;
}

ImageKey key_in(const Json& identity) {
  ImageKey key;
  key.version = id_in(identity, "version");
  key.address = id_in(identity, "address");
  key.place = id_in(identity, "place");
  key.request = id_in(identity, "request");
  key.size = ByteCount{json_integer<std::uint64_t>(identity.at("size"))};
  key.whole = identity.at("whole").get<bool>();
  key.strong = identity.at("strong").get<bool>();
  key.etag = identity.at("etag").get<std::string>();
  key.last_modified = identity.at("last-modified").get<std::string>();
  if (identity.contains("listed-time") && identity.at("listed-time").is_number_integer())
    key.listed_time = identity.at("listed-time").get<std::int64_t>();
  key.url = DisplayUrl(identity.at("url").get<std::string>());
  return key;
}

/// True when another version of rimfs wrote the file, false when it is damaged.
bool is_of_other_format(const std::string& text) {
  const Json identity = Json::parse(text, nullptr, false);
  return identity.is_object() && identity.contains("block-size") && identity.value("format", Json()) != kFormat;
}

/// Parses an identity file; nothing when store_of() did not write it.
std::optional<Folder::Found> parse_identity(const std::string& text) {
  const Json identity = Json::parse(text, nullptr, false);
  if (!identity.is_object()) return std::nullopt;
  try {
    if (identity.at("format") != kFormat) return std::nullopt;
    const std::uint64_t block_size = json_integer<std::uint64_t>(identity.at("block-size"));
    ImageKey key = key_in(identity);
    if (!is_block_size(block_size) || key.size.is_zero() || !has_block_numbers(key.size, ByteCount{block_size}))
      return std::nullopt;
    if (id_in(identity, "check") != check_of(key, ByteCount{block_size})) return std::nullopt;
    return Folder::Found{{}, {}, std::move(key), ByteCount{block_size}};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Folder::Folder(const std::string& path, Missing missing)
    : top_(Directory::private_at(path, missing)), images_(top_.private_below("images", missing)) {}

std::string Folder::name_of(const ImageKey& key, Geometry geometry) { return store_id(key, geometry.block).hex(); }

/// Parses the identity file of the store `name`; nothing when it is damaged or belongs to another name.
std::optional<Folder::Found> Folder::belongs_to(const std::string& identity, const std::string& name) {
  std::optional<Found> found = parse_identity(identity);
  if (found && name_of(found->key, geometry_of(found->block_size)) != name) found.reset();
  return found;
}

Directory Folder::store_of(const ImageKey& key, Geometry geometry, Missing missing) const {
  Directory store = images_.private_below(name_of(key, geometry), missing);
  if (missing == Missing::make && !store.has(kIdentity)) {
    const Json tells = identity_json(key, geometry.block);
    store.write_text(kIdentity, tells.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  return store;
}

std::vector<Folder::Found> Folder::stores(const std::function<void(const Error&)>& refused) const {
  std::vector<Found> stores;
  for (const std::string& name : images_.names()) {
    try {
      const Directory store = images_.private_below(name, Missing::fail);
      const std::string text = store.read_text(kIdentity, kLargestIdentity).value_or("");
      if (is_of_other_format(text)) continue;
      std::optional<Found> found = belongs_to(text, name);
      if (!found) {
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

Folder::Unusable Folder::unusable_stores() const {
  Unusable found;
  for (const std::string& name : images_.names()) {
    try {
      const auto text = images_.private_below(name, Missing::fail).read_text(kIdentity, kLargestIdentity);
      if (!text) continue;  // the store is being made
      if (is_of_other_format(*text)) {
        found.of_other_format.push_back(name);
      } else if (!belongs_to(*text, name)) {
        found.damaged.push_back(name);
      }
    } catch (const Error&) {
      // The folder was removed just now, or is not one of rimfs.
    }
  }
  return found;
}

ByteCount Folder::allocated() const {
  ByteCount sum;
  for (const std::string& name : images_.names()) {
    try {
      sum += images_.private_below(name, Missing::fail).allocated("data");
    } catch (const Error&) {
      // The folder was removed just now, or is not one of rimfs.
    }
  }
  return sum;
}

}  // namespace rimfs::cache::disk
