// SPDX-License-Identifier: MIT
// A tier below memory that keeps what a test says, and the parts of a fetcher that use it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/block_cache.h"
#include "cache/tier.h"
#include "fetch/remote_file.h"
#include "http/resource.h"
#include "reactor/event_loop.h"

namespace rimfs::fetch {

/// What a test's tier keeps of an image: chunks by block, in a map that the test reads and writes.
struct StoredDouble final : cache::StoredImage {
  std::map<std::uint32_t, std::uint64_t> chunks;
  std::map<std::uint32_t, std::uint64_t> zeros;
  bool writable = true;
  unsigned room = 1000;  ///< So many blocks are taken; further ones are refused.

  std::uint64_t chunks_of(std::uint32_t block) const override {
    const auto found = chunks.find(block);
    return found == chunks.end() ? 0 : found->second;
  }
  void each_zero(const std::function<void(std::uint32_t, std::uint64_t)>&) const override {}
  bool may_write() const override { return writable; }
  reactor::Task<std::uint64_t> load(std::uint32_t, std::uint64_t, std::byte*) override { co_return 0; }
  bool save(std::uint32_t block, cache::BlockRef held, std::uint64_t leave_out) override {
    if (room == 0) return false;
    --room;
    chunks[block] |= held->present() & ~leave_out;
    return true;
  }
  bool save_zeros(std::uint32_t block, std::uint64_t mask) override {
    if (room == 0) return false;
    --room;
    zeros[block] |= mask;
    return true;
  }
  void clear() override { chunks.clear(); }
};

struct TierDouble final : cache::Tier {
  bool space = true;

  reactor::Task<std::shared_ptr<cache::StoredImage>> open(cache::ImageKey, Opened) override { co_return nullptr; }
  reactor::Task<std::optional<cache::ImageKey>> last_version(ImageId, ImageId) override { co_return std::nullopt; }
  void report_not_stored(const std::string&) override {}
  bool has_space() const override { return space; }
  void lift_limit() override {}
  std::string state() const override { return "a test's"; }
};

/// A file of one server that is kept by a StoredDouble.
struct StoredFile {
  explicit StoredFile(ByteCount size, std::uint32_t id = 1) {
    http::Address address("http://127.0.0.1/disk.img", std::make_shared<const http::ServerAccess>());
    auto identity = std::make_shared<const http::Identity>(http::Identity{size, "\"one\"", ""});
    auto resource = std::make_unique<http::Resource>(std::vector<http::Address>{std::move(address)}, *identity, host);
    file = std::make_shared<RemoteFile>(id, std::move(resource), range_of({}, size));
    file->attach(store, std::move(identity));
  }

  reactor::EventLoop loop;
  http::Host host{"http://127.0.0.1", 4, loop};
  std::shared_ptr<StoredDouble> store = std::make_shared<StoredDouble>();
  std::shared_ptr<RemoteFile> file;
};

}  // namespace rimfs::fetch
