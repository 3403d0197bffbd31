// SPDX-License-Identifier: MIT
// A tier keeps blocks of images somewhere that is slower than memory and faster than their servers. The fetcher asks
// it before it asks a server, and gives it what it has fetched.
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

/// What a tier keeps of one version of one image. Chunks are bits of a word, one for each chunk of a block. Owned by
/// the image that it is of; the tier outlives it.
class StoredImage {
 public:
  virtual ~StoredImage() = default;

  /// The chunks of a block that are kept, zeros included. Any thread.
  virtual std::uint64_t chunks_of(std::uint32_t block) const = 0;
  /// All chunks known to be zero, told block by block. Any thread.
  virtual void each_zero(const std::function<void(std::uint32_t block, std::uint64_t chunks)>& tell) const = 0;
  /// False while another process keeps it: nothing is saved here. Any thread.
  virtual bool may_write() const = 0;

  /// Reads the chunks `wanted` of a block into the block's memory at `memory`, which is held until then. Returns those
  /// that are there now and proved to be what was saved; the others are to be fetched. Reactor only.
  virtual reactor::Task<std::uint64_t> load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) = 0;
  /// Keeps what is present of a block, but for the chunks in `leave_out`. False when the tier is behind: try again
  /// later. Any thread; returns at once.
  virtual bool save(std::uint32_t block, BlockRef held, std::uint64_t leave_out) = 0;
  /// The same for chunks that are zeros, and are nowhere in memory.
  virtual bool save_zeros(std::uint32_t block, std::uint64_t chunks) = 0;
  /// Gives up all of it: it may be of several versions. Any thread; returns at once.
  virtual void clear() = 0;
};

/// One tier. Reactor only, but for what says otherwise.
class Tier {
 public:
  virtual ~Tier() = default;

  /// What is done with an image that was opened, before anybody else sees it: takes as long as all its blocks, so not
  /// on the reactor.
  using Opened = std::function<void(const StoredImage&)>;
  /// Opens what is kept of an image, or begins it. Null, after one warning, when it cannot be kept.
  virtual reactor::Task<std::shared_ptr<StoredImage>> open(ImageKey key, Opened opened) = 0;
  /// The version of a whole file that was kept last for this request; see http::AddressId. Nothing when there is none.
  virtual reactor::Task<std::optional<ImageKey>> last_version(ImageId place, ImageId request) = 0;
  /// The image at `url` cannot be kept, because nothing tells one version of it from the next. Said once.
  virtual void report_unkept(const std::string& url) = 0;

  /// False when a block more would cost others theirs. Any thread.
  virtual bool has_room() const = 0;
  /// What is saved from now on needs no memory for others: the end of the program.
  virtual void lift_limit() = 0;
  /// One word or sentence for people: "caching", or why nothing is kept now. Any thread.
  virtual std::string state() const = 0;
};

}  // namespace rimfs::cache
