// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "base/chunks.h"
#include "base/thread_safety.h"
#include "cache/block.h"
#include "cache/block_number.h"
#include "cache/tier.h"
#include "extents/extent_map.h"
#include "fetch/compressed_content.h"
#include "http/resource.h"

namespace rimfs::fetch {

/// One version of a file whose bytes are a range of a remote resource: the whole of it, or an image inside another
/// file. Offsets here count from the start of the range. Owns the resource and what is known of the extents. Any
/// thread, except where a member's comment names the reactor.
class RemoteFile {
 public:
  using Clock = std::chrono::steady_clock;

  /// `id` is unique in the process: it identifies the file's blocks in the cache. `range` lies within the resource.
  /// Until checked_at() is called, the file counts as never checked.
  /// `content`: the range is one of the content of a compressed file in the resource; null: of the resource itself.
  /// `refusal`: why its bytes cannot be read, so that only its size is shown; empty: they can be.
  RemoteFile(std::uint32_t id, std::unique_ptr<http::Resource> resource, ByteRange range,
             std::unique_ptr<CompressedContent> content = nullptr, std::string refusal = {});

  std::uint32_t id() const { return id_; }
  /// The key of a block of this file in the memory cache.
  cache::BlockKey key_of(BlockIndex block) const { return {id_, cache::block_number(block)}; }
  ByteCount size() const { return range_.size(); }
  ByteRange whole() const { return {Offset{0}, Offset{range_.size().value}}; }
  /// The bytes of a block of `block_size`: fewer in the last block, none after it.
  ByteRange range_of_block(BlockIndex block, ByteCount block_size) const {
    return range_of(block_start(block, block_size), block_size).intersect(whole());
  }
  /// The range of the resource, or of its content(), that `range` of this file stands for.
  ByteRange in_resource(ByteRange range) const;

  const std::string& refusal() const { return refusal_; }
  /// True when both are the same range of the same form of their resources.
  bool is_same_part_as(const RemoteFile& other) const;
  /// Null for a file that is not compressed. Its own comments say which thread may use it.
  CompressedContent* content() const { return content_.get(); }
  /// The bytes that have arrived without being part of a request: of a download, of compressed frames. Reactor only.
  ByteCount brought_aside() const { return resource_->downloaded() + (content_ ? content_->received() : ByteCount{}); }

  http::Resource& resource() { return *resource_; }
  const http::Resource& resource() const { return *resource_; }

  /// True once a reply has shown that the server has another file here. Never false again.
  bool changed() const { return changed_.load(std::memory_order_acquire); }
  void mark_changed() { changed_.store(true, std::memory_order_release); }

  /// When a reply last proved that the file is unchanged.
  Clock::time_point last_checked() const { return Clock::time_point(Clock::duration(last_checked_.load())); }
  void checked_at(Clock::time_point when) {
    last_checked_.store(when.time_since_epoch().count());
    offline_.store(false, std::memory_order_relaxed);
  }
  /// True when the server could not be reached at the last check. It may have another file.
  bool offline() const { return offline_.load(std::memory_order_relaxed); }
  /// Counts as a check, so that the server is not requested again at once.
  void unreachable_at(Clock::time_point when) {
    checked_at(when);
    offline_.store(true, std::memory_order_relaxed);
  }

  using Store = std::shared_ptr<cache::StoredImage>;

  /// The store of a tier that keeps this file; null without one. Also null once replies have named more validators of
  /// the version than the store is kept under: its bytes may then belong to another version. Reactor only.
  Store store() const;
  /// True when there is a store that is no longer used, for that reason. Reactor only.
  bool has_outgrown_store() const { return store_ && !store(); }
  /// `identity`: what the store is kept under. Returns the outgrown store, if any. Reactor only.
  Store attach(Store store, std::shared_ptr<const http::Identity> identity);

  // What is known of its extents.
  void learn(ByteRange range, extents::ExtentKind kind);
  /// Takes over the zeros that a store of this file records, one record for each block. Not on the reactor: the work
  /// grows with the store.
  void learn_from(const cache::StoredImage& store, ByteCount block_size, ByteCount chunk_size);
  /// Takes over the zeros of a map that the user named; parts outside the file are ignored. `digest`: the map's. The
  /// bytes shown are valid only if the map is.
  void believe_map(const std::vector<ByteRange>& zeros, std::string digest);
  /// The digest of that map; empty without one.
  std::string map_digest() const;
  /// The chunks of a block that contain zeros known from that map alone. No reply has proved them, so they are not
  /// stored under the identity of the version.
  ChunkMask believed_chunks(BlockIndex block, ByteCount block_size, ByteCount chunk_size) const;
  /// The chunks of a block (of `block_size`, cut into `chunk_size`) that are known to be zero as far as they lie in the
  /// file. Only extents of at least `shortest` count.
  ChunkMask zero_chunks(BlockIndex block, ByteCount block_size, ByteCount chunk_size, ByteCount shortest = {}) const;
  bool is_zero(ByteRange range) const;
  ByteCount known_zero() const { return {known_zero_.load(std::memory_order_relaxed)}; }
  std::optional<Offset> next_hole(Offset from) const;
  std::optional<Offset> next_data(Offset from) const;

 private:
  void believe_zeros(const std::vector<ByteRange>& ranges);

  // Constant after construction.
  const std::uint32_t id_;
  const std::unique_ptr<http::Resource> resource_;
  const ByteRange range_;
  const std::unique_ptr<CompressedContent> content_;
  const std::string refusal_;

  // Reactor only.
  Store store_;
  std::shared_ptr<const http::Identity> kept_under_;  // what the attached store is kept under

  // Synchronise themselves.
  std::atomic<bool> changed_{false};
  std::atomic<bool> offline_{false};
  std::atomic<Clock::rep> last_checked_;
  std::atomic<std::uint64_t> known_zero_{0};

  mutable Mutex mutex_;
  extents::ExtentMap extents_ RIMFS_GUARDED_BY(mutex_);
  std::string map_digest_ RIMFS_GUARDED_BY(mutex_);
  extents::ExtentMap believed_ RIMFS_GUARDED_BY(mutex_);  // the zeros that the map names and no reply has proved
};

}  // namespace rimfs::fetch
