// SPDX-License-Identifier: MIT
#include "cache/disk/disk_tier.h"

#include <utility>

namespace rimfs::cache::disk {

class DiskTier::Image final : public StoredImage {
 public:
  Image(DiskTier& tier, std::shared_ptr<ImageStore> store) : tier_(tier), store_(std::move(store)) {}

  std::uint64_t chunks_of(std::uint32_t block) const override { return store_->chunks_of(block); }
  void each_zero(const std::function<void(std::uint32_t, std::uint64_t)>& tell) const override {
    store_->each_zero(tell);
  }
  bool may_write() const override { return store_->may_write(); }
  reactor::Task<std::uint64_t> load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) override;
  bool save(std::uint32_t block, BlockRef held, std::uint64_t leave_out) override {
    return tier_.cache_.save(store_, block, std::move(held), leave_out);
  }
  bool save_zeros(std::uint32_t block, std::uint64_t chunks) override {
    return tier_.cache_.save_zeros(store_, block, chunks);
  }
  void clear() override { tier_.cache_.clear(store_); }

 private:
  DiskTier& tier_;
  const std::shared_ptr<ImageStore> store_;
};

reactor::Task<std::uint64_t> DiskTier::Image::load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) {
  DiskTier& tier = tier_;
  const std::shared_ptr<ImageStore> store = store_;
  ImageStore::Loaded loaded;
  reactor::Offload::Work work = [&] {
    try {
      loaded = store->load(block, wanted, memory);
    } catch (const Error& error) {
      tier.log_.warning("reading the disk cache failed: {}", error.message());
    }
  };
  auto done = tier.readers_.run(std::move(work));
  co_await done;
  if (loaded.chunks != wanted && loaded.damaged) tier.cache_.report_bad(*store, block);
  co_return loaded.chunks;
}

reactor::Task<std::shared_ptr<StoredImage>> DiskTier::open(ImageKey key, Opened opened) {
  std::shared_ptr<StoredImage> image;
  reactor::Offload::Work work = [&] {
    const std::shared_ptr<ImageStore> store = cache_.open(key);
    if (!store) return;
    image = std::make_shared<Image>(*this, store);
    opened(*image);
  };
  auto done = readers_.run(std::move(work));
  co_await done;
  co_return image;
}

/// Returns nothing when the cache cannot be read.
reactor::Task<std::optional<ImageKey>> DiskTier::last_version(ImageId place, ImageId request) {
  std::optional<ImageKey> known;
  reactor::Offload::Work work = [&] {
    try {
      known = cache_.last_version(place, request);
    } catch (const Error&) {
      known.reset();
    }
  };
  auto done = readers_.run(std::move(work));
  co_await done;
  co_return known;
}

}  // namespace rimfs::cache::disk
