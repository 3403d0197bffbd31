// SPDX-License-Identifier: MIT
// A tier stores blocks of images on a medium that is slower than memory and faster than the servers. The fetcher looks
// a block up in the tier before it requests it from a server, and saves fetched blocks to the tier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cache/block.h"
#include "cache/image_key.h"
#include "reactor/task.h"

namespace rimfs::cache {

/// A tier's content for one version of one image. A word is a bitmap of a block's chunks. Owned by its image; the tier
/// outlives it.
class StoredImage {
 public:
  virtual ~StoredImage() = default;

  /// The chunks of a block that are stored, including zeros. Any thread.
  virtual std::uint64_t chunks_of(std::uint32_t block) const = 0;
  /// Calls `tell` for each block with chunks known to be zero. Any thread.
  virtual void each_zero(const std::function<void(std::uint32_t block, std::uint64_t chunks)>& tell) const = 0;
  /// False while another process writes the store; saves are then ignored. Any thread.
  virtual bool may_write() const = 0;

  /// Reads the chunks `wanted` of a block into the block's memory at `memory`, which the caller holds until the task
  /// ends. Returns the chunks that were read and whose checksum is right; the others must be fetched. Reactor only.
  virtual reactor::Task<std::uint64_t> load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) = 0;
  /// Saves the present chunks of a block, except those in `leave_out`. Returns false when the tier's queue is full:
  /// retry later. Any thread; returns at once.
  virtual bool save(std::uint32_t block, BlockRef held, std::uint64_t leave_out) = 0;
  /// Saves chunks that are zeros and have no memory.
  virtual bool save_zeros(std::uint32_t block, std::uint64_t chunks) = 0;
  /// Removes all stored blocks, because they may belong to several versions. Any thread; returns at once.
  virtual void clear() = 0;
};

/// Interface of one tier. Reactor only, except where marked.
class Tier {
 public:
  virtual ~Tier() = default;

  /// A callback for an opened image, called before any other code sees the image. Its duration is proportional to the
  /// number of blocks, so it does not run on the reactor.
  using Opened = std::function<void(const StoredImage&)>;
  /// Opens the stored content of an image, or begins it. Returns null, after one warning, when the image cannot be
  /// stored.
  virtual reactor::Task<std::shared_ptr<StoredImage>> open(ImageKey key, Opened opened) = 0;
  /// The last stored version of a whole file for this request; see http::AddressId. Nothing when there is none.
  virtual reactor::Task<std::optional<ImageKey>> last_version(ImageId place, ImageId request) = 0;
  /// Reports that the image at `url` cannot be stored, because its versions cannot be distinguished. Logged once.
  virtual void report_not_stored(const std::string& url) = 0;

  /// False when another block would cause an eviction. Any thread.
  virtual bool has_space() const = 0;
  /// Removes the limit of the queue, for shutdown: no other component needs the memory of saved blocks any more.
  virtual void lift_limit() = 0;
  /// The state for display: "caching", or the reason why nothing is stored now. Any thread.
  virtual std::string state() const = 0;
};

}  // namespace rimfs::cache
