// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "../reactor/drive.h"
#include "image/image.h"
#include "image/trace_folder.h"
#include "reactor/offload.h"

using namespace rimfs;
using namespace rimfs::image;
using namespace std::chrono_literals;
namespace files = std::filesystem;

namespace {

constexpr ByteCount kBlock = 1_MiB;

ByteRange page(std::uint64_t mebibyte) { return range_of(Offset{mebibyte << 20}, 4_KiB); }

/// An image of 64 MiB that is in memory as far as a test puts it there, and whose accesses are recorded.
class Scene {
 public:
  Scene() : folder_(files::temp_directory_path() / ("rimfs-reads-" + std::to_string(::getpid()))) {
    files::remove_all(folder_);
    traces_.emplace(loop_, fetcher_, cache_, std::make_unique<TraceFolder>(folder_.string(), log_), pool_, 0_KiB,
                    counters_, log_);
    http::Address address("http://server/disk.img", std::make_shared<const http::ServerAccess>());
    http::Host& host = client_.host_of(address);
    auto resource = std::make_unique<http::Resource>(std::vector<http::Address>{std::move(address)},
                                                     http::Identity{64_MiB, "\"one\"", ""}, host);
    file_ = std::make_shared<fetch::RemoteFile>(1, std::move(resource), range_of({}, 64_MiB));
    image_ = std::make_shared<Image>("disk.img", std::weak_ptr<Folder>(), file_,
                                     Image::Parts{cache_, fetcher_, budget_, tables_, *traces_}, Image::Details{});
    handle_ = image_->open();
  }
  ~Scene() { files::remove_all(folder_); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void put_into_memory(std::uint64_t mebibyte) {
    held_.push_back(cache_.find_or_insert(file_->key_of({mebibyte})));
    held_.back()->mark_present(~ChunkMask{0});
  }
  void learn_zeros(std::uint64_t mebibyte) {
    file_->learn(range_of(Offset{mebibyte << 20}, 1_MiB), extents::ExtentKind::zero);
  }
  bool read_now(ByteRange range, const Image::Reply& reply) { return image_->read_now(*handle_, range, reply); }

  /// The offsets in MiB of the trace that is kept, in its order.
  std::vector<std::uint64_t> trace() {
    reactor::drive(loop_, close());
    std::vector<std::uint64_t> offsets;
    for (const auto& entry : files::directory_iterator(folder_)) {
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        const std::size_t plus = line.find('+');
        const bool is_range = plus != std::string::npos && line.find_first_not_of("0123456789+") == std::string::npos;
        if (is_range) offsets.push_back(std::stoull(line.substr(0, plus)) >> 20);
      }
    }
    return offsets;
  }

 private:
  reactor::Task<> close() {
    client_.cancel_all();
    loop_.wake_sleepers();
    co_await fetcher_.close();
    co_await tables_.close();
    co_await traces_->close();
    co_await client_.close();
    co_await transport_.closed();
  }

  Log log_ = Log::silent();
  reactor::VirtualTime time_;
  reactor::EventLoop loop_{&time_};
  http::ScriptedTransport transport_{loop_, [](const http::Exchange&) { return http::ScriptedReply::failure(404); }};
  http::Client client_{loop_, transport_, http::Options(), log_, http::Jitter(1)};
  reactor::Offload pool_{loop_, 0};
  cache::BlockCache cache_{kBlock * 64, kBlock};
  observe::Counters counters_;
  fetch::Fetcher fetcher_{loop_, client_, cache_, std::nullopt, ByteCount{}, counters_, log_};
  readahead::Budget budget_{ByteCount{}};
  TablePrefetch tables_{loop_, pool_, fetcher_, cache_, {}, log_};
  const files::path folder_;
  std::optional<AccessTraces> traces_;
  std::vector<cache::BlockRef> held_;
  std::shared_ptr<fetch::RemoteFile> file_;
  std::shared_ptr<Image> image_;
  std::shared_ptr<OpenFile> handle_;
};

}  // namespace

TEST_CASE("a read is observed before its reply, after which its reader may send the next one") {
  Scene scene;
  for (const std::uint64_t mebibyte : {50u, 20u, 30u}) scene.put_into_memory(mebibyte);
  unsigned replies = 0;
  const auto count = [&](std::span<const iovec>) { ++replies; };
  const auto read_on = [&](std::span<const iovec>) {
    ++replies;
    CHECK(scene.read_now(page(20), count));
  };
  CHECK(scene.read_now(page(50), read_on));
  CHECK(scene.read_now(page(30), count));
  CHECK(replies == 3);
  CHECK(scene.trace() == std::vector<std::uint64_t>{50, 20, 30});
}

TEST_CASE("a read that is not all in memory has no reply yet") {
  Scene scene;
  scene.put_into_memory(50);
  const auto fail = [](std::span<const iovec>) { FAIL("replied"); };
  CHECK_FALSE(scene.read_now(page(20), fail));
  CHECK_FALSE(scene.read_now({Offset{(51ULL << 20) - 4096}, Offset{(51ULL << 20) + 4096}}, fail));
}

TEST_CASE("a read that is in memory is answered from its blocks' own memory, and from zeros") {
  Scene scene;
  scene.put_into_memory(50);
  std::vector<std::size_t> sizes;
  const auto note = [&](std::span<const iovec> parts) {
    for (const iovec& part : parts) sizes.push_back(part.iov_len);
  };
  scene.learn_zeros(49);
  CHECK(scene.read_now({Offset{(50ULL << 20) - 100}, Offset{(50ULL << 20) + 300}}, note));
  CHECK(sizes == std::vector<std::size_t>{100, 300});
}
