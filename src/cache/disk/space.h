// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "base/units.h"
#include "cache/disk/file.h"

namespace rimfs::cache::disk {

/// How full the cache may become. A plain value; pure.
struct Watermarks {
  ByteCount limit;

  /// What may be written: a file system notes where a file's pieces are in blocks that count as the file's.
  ByteCount ceiling() const { return limit / 100 * 99; }
  /// Eviction begins above `high` and goes on down to `low`, so that it works in batches while writers have room.
  ByteCount high() const { return limit / 100 * 95; }
  ByteCount low() const { return limit / 100 * 90; }
};

/// The bytes that all processes together have in a cache directory: a number in a file that they share as memory.
/// Reserved before anything is written, so that the limit holds at every moment. What a process reserved and did not
/// write when it died is found by the next one that counts. Any thread, any process.
class Space {
 public:
  /// `path`: the shared file; made when it is not there. `count` tells what is really there: asked when no other
  /// process has the file open. Throws Error{system}.
  Space(const std::string& path, ByteCount limit, const std::function<ByteCount()>& count);
  ~Space();
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const Watermarks& watermarks() const { return watermarks_; }
  ByteCount used() const { return {used_->load(std::memory_order_relaxed)}; }
  /// False when it does not fit below the limit.
  bool reserve(ByteCount bytes);
  void give_back(ByteCount bytes);

 private:
  const Watermarks watermarks_;
  File file_;
  std::atomic<std::uint64_t>* used_;
};

/// What is left on the file system of `path` for users without privilege.
ByteCount free_space(const std::string& path);

}  // namespace rimfs::cache::disk
