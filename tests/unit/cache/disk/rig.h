// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/directory.h"
#include "cache/disk/image_store.h"

namespace rimfs::cache::disk::test {

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "rimfs-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  Directory directory() const { return Directory::private_at(path_); }

 private:
  std::string path_;
};

using Bytes = std::vector<std::byte>;

inline Bytes read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// The file, to read and write.
inline File file_at(const std::string& path) {
  const FilePath parts = split_path(path);
  return Directory::at(parts.directory).open(parts.name, Directory::Access::write);
}

inline void flip_bit(const std::string& path, std::uint64_t byte, unsigned bit = 0) {
  File file = file_at(path);  // in place: holes stay holes
  std::byte one{};
  file.read({&one, 1}, Offset{byte});
  one ^= static_cast<std::byte>(1U << bit);
  file.write({&one, 1}, Offset{byte});
}

inline constexpr ByteCount kBlock = 64_KiB;
inline constexpr ByteCount kChunk = 4_KiB;
inline constexpr Geometry kGeometry = geometry_of(kBlock);
inline constexpr std::uint64_t kAll = 0xffff;    // the 16 chunks of a block
inline constexpr std::uint32_t kLast = 20;       // the short block
inline constexpr std::uint64_t kLastAll = 0b11;  // 4,096 and 904 bytes
inline constexpr ByteCount kImage{20 * 65536 + 5000};
inline constexpr ByteCount kPlenty = 1_GiB;

inline ImageKey image_key(const std::string& etag = "\"v1\"", ByteCount size = kImage) {
  ImageKey key;
  key.version = ImageIdBuilder("test").add(etag).add(size.value).finish();
  key.address = ImageIdBuilder("test").add("address").finish();
  key.place = ImageIdBuilder("test").add("place").finish();
  key.request = key.place;
  key.size = size;
  key.etag = etag;
  key.url = DisplayUrl("http://host/disk.img");
  return key;
}
inline std::uint64_t all_of(std::uint32_t block) { return block == kLast ? kLastAll : kAll; }

/// Blocks divisible by 4 are data; the others have a zero chunk at each fifth place.
inline bool is_zero_chunk(std::uint32_t block, unsigned chunk) { return block % 4 != 0 && (block + chunk) % 5 == 0; }

inline std::uint64_t data_chunks(std::uint32_t block) {
  std::uint64_t chunks = 0;
  for (unsigned i = 0; i < 16; ++i) chunks |= std::uint64_t{!is_zero_chunk(block, i)} << i;
  return chunks & all_of(block);
}

/// What a block of the image is; zeros behind its end.
inline Bytes content(std::uint32_t block) {
  Bytes bytes(kBlock.value);
  std::mt19937_64 random(block);
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const std::uint64_t number = random();
    if (!is_zero_chunk(block, static_cast<unsigned>(at / kChunk.value))) std::memcpy(&bytes[at], &number, 8);
  }
  if (block == kLast) std::memset(&bytes[5000], 0, bytes.size() - 5000);
  return bytes;
}

/// The chunks of `memory` that are what they must be.
inline std::uint64_t right_chunks(std::uint32_t block, const Bytes& memory) {
  const Bytes right = content(block);
  std::uint64_t chunks = 0;
  for (unsigned i = 0; i < 16; ++i) {
    const std::size_t at = i * kChunk.value;
    const std::size_t size = block == kLast && i == 1 ? 904 : kChunk.value;
    if (std::memcmp(&right[at], &memory[at], size) == 0) chunks |= std::uint64_t{1} << i;
  }
  return chunks;
}

/// A store in a folder, opened as often as the test likes.
struct Rig {
  explicit Rig(ByteCount limit = kPlenty) : space(folder.directory(), limit, [] { return ByteCount{}; }) { store(); }

  Directory store() const { return folder.directory().private_below("store"); }
  ImageStore open() { return ImageStore(store(), image_key(), kGeometry, space); }
  std::string data() const { return folder / "store/data"; }
  std::string index() const { return folder / "store/index"; }
  ByteCount allocated() const { return file_at(data()).allocated(); }
  /// True when the data file takes that much, but for the pages in which the file system notes where its pieces are.
  bool takes(ByteCount room) const { return allocated() >= room && allocated() <= room + 32_KiB; }

  TemporaryFolder folder;
  Space space;
};

inline bool save(ImageStore& store, std::uint32_t block, std::uint64_t chunks) {
  return store.save(block, chunks, content(block).data());
}

/// Loads into memory full of other bytes; what the store gives must be right. Gives what it gave.
inline std::uint64_t load(ImageStore& store, std::uint32_t block, std::uint64_t wanted, bool* right = nullptr) {
  Bytes memory(kBlock.value, std::byte{0xa5});
  const std::uint64_t given = store.load(block, wanted, memory.data()).chunks;
  const bool good = (given & ~right_chunks(block, memory)) == 0 && (given & ~wanted) == 0;
  if (right) {
    *right = good;
  } else if (!good) {
    throw std::runtime_error("the store gave wrong bytes");
  }
  return given;
}

}  // namespace rimfs::cache::disk::test
