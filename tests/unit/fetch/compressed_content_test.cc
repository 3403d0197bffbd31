// SPDX-License-Identifier: MIT
// The content of compressed files with a scripted server in virtual time.
#include "fetch/compressed_content.h"

#include <doctest/doctest.h>
#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "../reactor/drive.h"
#include "http/exchange.h"

namespace rimfs::fetch {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;

constexpr ByteCount kFrame = 256_KiB;
constexpr std::size_t kFrames = 8;
constexpr std::size_t kBefore = 1000;  // bytes of the resource before the compressed file

/// Content whose bytes tell their place.
std::byte byte_at(std::size_t at) { return static_cast<std::byte>((at * 2654435761U) >> 13); }

/// A file of several frames, behind other bytes.
struct CompressedFile {
  CompressedFile() : stored(kBefore, std::byte{0xee}) {
    for (std::size_t frame = 0; frame < kFrames; ++frame) {
      Bytes content(kFrame.value);
      for (std::size_t i = 0; i < content.size(); ++i) content[i] = byte_at(frame * kFrame.value + i);
      Bytes packed(ZSTD_compressBound(content.size()));
      packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 1));
      table.compression = archives::Compression::zstd;
      const Offset begin{stored.size() - kBefore};
      table.frames.push_back(
          {range_of(begin, ByteCount{packed.size()}), range_of(Offset{} + kFrame * frame, kFrame), 0, false});
      stored.insert(stored.end(), packed.begin(), packed.end());
    }
  }
  archives::FrameTable table;
  Bytes stored;
};

/// Checks that bytes are those of a place, and counts them.
class Checked final : public http::BodySink {
 public:
  explicit Checked(Offset at) : at_(at) {}
  void write(std::span<const std::byte> bytes) override {
    for (const std::byte one : bytes) right = right && one == byte_at(at_.value++);
    count += bytes.size();
  }
  void hold(std::span<const std::byte>) override { right = false; }
  void keep_held() override {}
  void drop_held() override {}
  bool right = true;
  std::size_t count = 0;

 private:
  Offset at_;
};

class Scene {
 public:
  using Server = std::function<http::ScriptedReply(ByteRange)>;

  explicit Scene(Server server = {})
      : server_(std::move(server)),
        transport(loop,
                  [this](const http::Exchange& one) {
                    const ByteRange range = *one.request().range;
                    requests.push_back(range);
                    return server_ ? server_(range) : whole_reply(range);
                  }),
        client(loop, transport, {}, log_, http::Jitter(1)) {
    http::Address address("http://h/a.zst", std::make_shared<const http::ServerAccess>());
    http::Host& host = client.host_of(address);
    resource = std::make_unique<http::Resource>(std::vector{address},
                                                http::Identity{ByteCount{file.stored.size()}, "\"one\"", ""}, host);
    content = new_content();
  }

  std::unique_ptr<CompressedContent> new_content() {
    return std::make_unique<CompressedContent>(
        CompressedContent::Parts{loop, pool_, kept},
        CompressedContent::Place{std::make_shared<const archives::FrameTable>(file.table), Offset{kBefore}});
  }

  http::ScriptedReply whole_reply(ByteRange range) const {
    return http::ScriptedReply::range_of(file.stored, range, "\"one\"");
  }

  /// One reader; what it ends with is in `outcome`.
  struct Reader {
    explicit Reader(ByteRange part) : range(part), sink(part.begin) {}
    ByteRange range;
    Checked sink;
    http::Progress progress;
    std::optional<http::Outcome> outcome;
  };
  reactor::Task<> read(Reader& reader) {
    http::Slot slot(resource->host());
    reader.outcome = co_await content->get_range(client, *resource, reader.range, reader.sink, reader.progress, slot);
  }
  /// All at once.
  void run(std::vector<Reader*> readers) { reactor::drive(loop, all(std::move(readers))); }
  reactor::Task<> all(std::vector<Reader*> readers) {
    reactor::TaskScope scope;
    for (Reader* reader : readers) scope.spawn(read(*reader));
    auto joined = scope.joined();
    co_await joined;
    co_await client.close();
    co_await transport.closed();
  }

  CompressedFile file;
  reactor::EventLoop loop;
  std::shared_ptr<FrameMemory> kept = std::make_shared<FrameMemory>(loop);
  std::vector<ByteRange> requests;

 private:
  Log log_ = Log::silent();
  const Server server_;
  reactor::Offload pool_{loop, 1};

 public:
  http::ScriptedTransport transport;
  http::Client client;
  std::unique_ptr<http::Resource> resource;
  std::unique_ptr<CompressedContent> content;
};

ByteRange part(std::uint64_t begin, std::uint64_t size) { return range_of(Offset{begin}, ByteCount{size}); }

TEST_CASE("a range over several frames has its bytes, and each frame is requested whole and once") {
  Scene scene;
  Scene::Reader reader(part(kFrame.value - 10, kFrame.value * 2 + 20));
  scene.run({&reader});
  CHECK_FALSE(reader.outcome->failure);
  CHECK(reader.sink.right);
  CHECK(reader.sink.count == reader.range.size().value);
  REQUIRE(scene.requests.size() == 4);
  ByteCount asked;
  for (std::size_t i = 0; i < 4; ++i) {
    const ByteRange stored = scene.file.table.frames[i].stored;
    CHECK(scene.requests[i].begin == stored.begin + ByteCount{kBefore});
    CHECK(scene.requests[i].size() == stored.size());
    asked += stored.size();
  }
  CHECK(reader.outcome->body == asked);
  CHECK(scene.content->received() == asked);
}

TEST_CASE("readers of one frame wait for one request, and what was decompressed last is kept") {
  Scene scene;
  Scene::Reader first(part(0, 100));
  Scene::Reader second(part(5000, 100));
  Scene::Reader third(part(200'000, 4096));
  scene.run({&first, &second, &third});
  for (const Scene::Reader* reader : {&first, &second, &third}) {
    CHECK_FALSE(reader->outcome->failure);
    CHECK(reader->sink.right);
    CHECK(reader->sink.count == reader->range.size().value);
  }
  CHECK(scene.requests.size() == 1);
  Scene::Reader again(part(100'000, 100));
  scene.run({&again});
  CHECK(again.sink.count == 100);
  CHECK(scene.requests.size() == 1);
}

TEST_CASE("an attempt goes on after the bytes that came before a failure") {
  unsigned attempt = 0;
  Scene* that = nullptr;
  Scene scene([&](ByteRange range) {
    http::ScriptedReply reply = that->whole_reply(range);
    if (attempt++ == 1) reply.breaks_after = range.size().value / 2;
    return reply;
  });
  that = &scene;
  // The bytes of a first reply count only at its end, because it tells more of the version than is known.
  Scene::Reader other(part(kFrame.value * 2, 100));
  scene.run({&other});
  Scene::Reader broken(part(0, 100));
  scene.run({&broken});
  REQUIRE(broken.outcome->failure);
  CHECK(broken.outcome->failure->retry);
  CHECK(broken.sink.count == 0);
  Scene::Reader reader(part(0, 100));
  scene.run({&reader});
  CHECK_FALSE(reader.outcome->failure);
  CHECK(reader.sink.right);
  REQUIRE(scene.requests.size() == 3);
  CHECK(scene.requests[2].begin == scene.requests[1].begin + scene.requests[1].size() / 2);
  CHECK(scene.requests[2].end == scene.requests[1].end);
}

TEST_CASE("when the request of one reader fails, those that wait request the frame themselves") {
  unsigned attempt = 0;
  Scene* that = nullptr;
  Scene scene([&](ByteRange range) {
    if (attempt++ == 0) return http::ScriptedReply::failure(503);
    return that->whole_reply(range);
  });
  that = &scene;
  Scene::Reader first(part(0, 100));
  Scene::Reader second(part(300, 100));
  scene.run({&first, &second});
  CHECK(first.outcome->failure);
  CHECK_FALSE(second.outcome->failure);
  CHECK(second.sink.right);
  CHECK(second.sink.count == 100);
}

TEST_CASE("a reader that is given up while it waits for another's frame ends, and the other goes on") {
  Scene* that = nullptr;
  Scene scene([&](ByteRange range) {
    http::ScriptedReply reply = that->whole_reply(range);
    reply.delay = 50ms;
    return reply;
  });
  that = &scene;
  Scene::Reader first(part(0, 100));
  Scene::Reader second(part(300, 100));
  scene.loop.add_timer(10ms, [&] {
    scene.client.cancel(second.progress);
    scene.content->wake();
  });
  bool second_ended_first = false;
  scene.loop.add_timer(30ms, [&] { second_ended_first = second.outcome.has_value() && !first.outcome; });
  scene.run({&first, &second});
  CHECK(second_ended_first);
  REQUIRE(second.outcome->failure);
  CHECK(second.outcome->failure->kind == ErrorKind::cancelled);
  CHECK_FALSE(first.outcome->failure);
  CHECK(first.sink.right);
}

TEST_CASE("a reader that is given up while it requests a frame leaves it to those that wait") {
  Scene* that = nullptr;
  Scene scene([&](ByteRange range) {
    http::ScriptedReply reply = that->whole_reply(range);
    reply.hangs = that->requests.size() == 1;
    return reply;
  });
  that = &scene;
  Scene::Reader first(part(0, 100));
  Scene::Reader second(part(300, 100));
  scene.loop.add_timer(10ms, [&] { scene.client.cancel(first.progress); });
  scene.run({&first, &second});
  REQUIRE(first.outcome->failure);
  CHECK(first.outcome->failure->kind == ErrorKind::cancelled);
  CHECK_FALSE(second.outcome->failure);
  CHECK(second.sink.right);
}

TEST_CASE("a damaged frame is corrupt, gives no byte, and leaves other frames readable") {
  Scene scene;
  scene.file.stored[kBefore + 6] ^= std::byte{0xff};
  const std::size_t middle = scene.file.table.frames[0].stored.size().value / 2;
  for (std::size_t i = 0; i < 64; ++i) scene.file.stored[kBefore + middle + i] ^= std::byte{0x55};
  Scene::Reader reader(part(0, 100));
  scene.run({&reader});
  REQUIRE(reader.outcome->failure);
  CHECK(reader.outcome->failure->kind == ErrorKind::corrupt);
  CHECK(reader.sink.count == 0);
  const std::size_t requests = scene.requests.size();
  Scene::Reader again(part(200, 100));
  scene.run({&again});
  CHECK(again.outcome->failure->kind == ErrorKind::corrupt);
  CHECK(scene.requests.size() == requests);  // each reader would fetch the whole frame again
  Scene::Reader other(part(kFrame.value, 100));
  scene.run({&other});
  CHECK_FALSE(other.outcome->failure);
  CHECK(other.sink.right);
}

FrameMemory::Content content_of(ByteCount size) { return std::make_shared<const Bytes>(size.value); }

TEST_CASE("what all files keep decompressed has one limit, and what was used longest ago goes first") {
  reactor::EventLoop loop;
  FrameMemory memory(loop);
  const int files[3] = {};
  for (const int& file : files) memory.keep({&file, 0}, content_of(FrameMemory::kMost / 3 - 1_KiB));
  CHECK(memory.find({&files[0], 0}));
  memory.keep({&files[0], 1}, content_of(FrameMemory::kMost / 3 - 1_KiB));
  CHECK(memory.find({&files[0], 0}));
  CHECK_FALSE(memory.find({&files[1], 0}));
  CHECK(memory.find({&files[2], 0}));
  memory.keep({&files[1], 7}, content_of(FrameMemory::kMost * 3));
  CHECK(memory.find({&files[1], 7}));
  CHECK_FALSE(memory.find({&files[2], 0}));
  memory.drop(&files[1]);
  CHECK_FALSE(memory.find({&files[1], 7}));
}

TEST_CASE("pieces of frames count as what is kept, and belong to one attempt") {
  reactor::EventLoop loop;
  FrameMemory memory(loop);
  const int file = 0;
  memory.keep_piece({&file, 3}, Bytes(100));
  CHECK_FALSE(memory.find({&file, 3}));
  CHECK(memory.take_piece({&file, 3}).size() == 100);
  CHECK(memory.take_piece({&file, 3}).empty());
  memory.keep_piece({&file, 4}, Bytes(100));
  memory.keep({&file, 5}, content_of(FrameMemory::kMost));
  CHECK(memory.take_piece({&file, 4}).empty());
}

TEST_CASE("frames of all files are requested within a limit, none twice, and one larger frame beside them") {
  reactor::EventLoop loop;
  FrameMemory memory(loop);
  const int files[2] = {};
  const FrameMemory::Use small(memory, {&files[0], 0}, FrameMemory::kMost / 2);
  CHECK(memory.may_begin({&files[1], 0}, FrameMemory::kMost / 2));
  CHECK_FALSE(memory.may_begin({&files[0], 0}, 1_KiB));
  CHECK_FALSE(memory.may_begin({&files[1], 0}, FrameMemory::kMost / 2 + 1_KiB));
  CHECK(memory.may_begin({&files[1], 1}, FrameMemory::kMost * 4));
  {
    const FrameMemory::Use large(memory, {&files[1], 1}, FrameMemory::kMost * 4);
    CHECK(memory.may_begin({&files[1], 0}, 1_KiB));
    CHECK_FALSE(memory.may_begin({&files[1], 2}, FrameMemory::kMost + 1_KiB));
  }
  CHECK(memory.may_begin({&files[1], 2}, FrameMemory::kMost + 1_KiB));
}

TEST_CASE("what a file keeps is given back when it ends") {
  Scene scene;
  Scene::Reader reader(part(0, 100));
  scene.run({&reader});
  const void* const ended = scene.content.get();
  CHECK(scene.kept->find({ended, 0}));
  scene.content = nullptr;
  CHECK_FALSE(scene.kept->find({ended, 0}));
}

}  // namespace
}  // namespace rimfs::fetch
