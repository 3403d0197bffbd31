// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "cache/disk/disk_cache.h"
#include "cache/tier.h"
#include "reactor/offload.h"

namespace rimfs::cache::disk {

/// The disk cache as a tier. Reads run on threads of an Offload, writes on the cache's own thread.
class DiskTier final : public Tier {
 public:
  /// All arguments outlive the tier.
  DiskTier(DiskCache& cache, reactor::Offload& readers, Log& log) : cache_(cache), readers_(readers), log_(log) {}

  reactor::Task<std::shared_ptr<StoredImage>> open(ImageKey key, Opened opened) override;
  reactor::Task<std::optional<ImageKey>> last_version(ImageId place, ImageId request) override;
  void report_not_stored(const std::string& url) override { cache_.report_not_stored(url); }
  bool has_space() const override { return cache_.has_space(); }
  void lift_limit() override { cache_.lift_limit(); }
  std::string state() const override { return cache_.state(); }

 private:
  class Image;

  DiskCache& cache_;
  reactor::Offload& readers_;
  Log& log_;
};

}  // namespace rimfs::cache::disk
