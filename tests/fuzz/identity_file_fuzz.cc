// SPDX-License-Identifier: MIT
// Any bytes as the file that says what a store of the disk cache holds, in a folder of the name that goes with it.
// Checks that only what a cache can hold is taken, and nothing that an earlier version wrote.
#include <bit>
#include <nlohmann/json.hpp>

#include "base/json_number.h"
#include "cache/disk/folder.h"
#include "fuzz.h"
#include "scratch_folder.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::cache;
using namespace rimfs::cache::disk;
using Json = nlohmann::json;

/// The name of the store that the text tells of, as far as it can be read; otherwise any name.
std::string name_told(const std::string& text) {
  const Json identity = Json::parse(text, nullptr, false);
  ImageKey key;
  try {
    key.version = ImageId::from_hex(identity.at("version").get<std::string>()).value_or(ImageId());
    return store_id(key, ByteCount{json_integer<std::uint64_t>(identity.at("block-size"))}).hex();
  } catch (const Json::exception&) {
    return "store";
  }
}

void check_found(const Folder::Found& found, const std::string& name, std::size_t size) {
  require(found.name == name && found.id().hex() == name);
  require(!found.key.size.is_zero() && found.key.size.value <= INT64_MAX);
  require(std::has_single_bit(found.block_size.value));
  require(found.block_size >= 64_KiB && found.block_size <= 16_MiB);
  require(found.key.size.value / found.block_size.value <= UINT32_MAX);
  require(found.key.url.text().size() + found.key.etag.size() + found.key.last_modified.size() <= 4 * size + 16);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFolder scratch;
  static const Folder folder(scratch.path());
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string name = name_told(text);
  const Directory images = Directory::private_at(scratch.file("images"));
  const Directory store = images.private_below(name);
  scratch.put("images/" + name + "/identity", text);
  const std::vector<Folder::Found> found = folder.stores();
  const Folder::Unusable unusable = folder.unusable_stores();
  require(found.size() + unusable.of_other_format.size() + unusable.damaged.size() == 1);
  for (const Folder::Found& one : found) check_found(one, name, size);
  images.remove_directory(name);
  return 0;
}
