// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_tree.h"

#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "../../http/scripted_transport.h"
#include "../../reactor/drive.h"
#include "catalog/archive/archive_folders.h"

namespace rimfs::catalog::archive {
namespace {

/// A header of a tar archive in ustar's format, and its body in whole blocks.
std::string tar_member(const std::string& name, const std::string& body) {
  std::string block(512, '\0');
  name.copy(block.data(), 100);
  fmt::format("{:011o}", body.size()).copy(block.data() + 124, 11);
  block[156] = '0';
  std::memcpy(block.data() + 257,
              "ustar\0"
              "00",
              8);
  std::memset(block.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  fmt::format("{:06o}", sum).copy(block.data() + 148, 6);
  block[154] = '\0';
  return block + body + std::string((512 - body.size() % 512) % 512, '\0');
}

/// A file that a server has, and how often it was asked for and read.
struct Served {
  std::string body = tar_member("one.img", "1111") + tar_member("dir/two.img", "22") + std::string(1024, '\0');
  std::string etag = "\"1\"";
  unsigned finds = 0;
  unsigned reads = 0;
  std::optional<Error> failure;  ///< Of reads.
  std::optional<Error> find_failure = {};
  std::optional<http::Identity> in_cache = {};
  std::optional<ByteCount> listed_size = {};
};

http::Address address() { return {"https://h/a.ova", std::make_shared<const http::ServerAccess>()}; }

/// A folder with the one file, "a.ova".
class OneArchive final : public Tree {
 public:
  explicit OneArchive(Served& served) : served_(served) {}
  Entry root() const override { return Entry{"", true, "root", {}, {}}; }
  reactor::Task<Entries> list(Entry) override {
    co_return Entries{Entry{"a.ova", false, "key", served_.listed_size, {}}};
  }
  Found listed(const Entry&) const override { return found(); }
  reactor::Task<Found> find(Entry file) override {
    CHECK(file.key == "key");
    CHECK_FALSE(file.folder);
    ++served_.finds;
    if (served_.find_failure) throw *served_.find_failure;
    co_return found();
  }

 private:
  Found found() const { return Found(address(), {ByteCount{served_.body.size()}, served_.etag, "", 5}); }
  Served& served_;
};

class Reader final : public FileReader {
 public:
  explicit Reader(Served& served) : served_(served) {}
  reactor::Task<std::shared_ptr<File>> open(Found found) override {
    std::shared_ptr<File> file = std::make_shared<Opened>(served_, found);
    co_return file;
  }
  reactor::Task<std::optional<http::Identity>> last_known(Found, Error) override { co_return served_.in_cache; }

 private:
  class Opened final : public File {
   public:
    Opened(Served& served, const Found& found)
        : served_(served), begin_(found.offset), size_(found.length.value_or(found.identity.size)) {}
    ByteCount size() const override { return size_; }
    reactor::Task<std::vector<std::byte>> read(ByteRange range, ByteCount) override {
      ++served_.reads;
      if (served_.failure) throw *served_.failure;
      const std::string part = served_.body.substr(begin_.value + range.begin.value, range.size().value);
      const auto* bytes = reinterpret_cast<const std::byte*>(part.data());
      co_return std::vector<std::byte>(bytes, bytes + part.size());
    }

   private:
    Served& served_;
    const Offset begin_;
    const ByteCount size_;
  };
  Served& served_;
};

struct Scene {
  /// `accepted`: how old a check may be that an open accepts.
  explicit Scene(std::chrono::milliseconds accepted = {}) : options(options_with(accepted)) {}
  static http::Options options_with(std::chrono::milliseconds accepted) {
    http::Options options;
    options.revalidate_after = accepted;
    return options;
  }

  Served served;
  reactor::EventLoop loop;
  Log log = Log::silent();
  http::ScriptedTransport transport{loop, [](const http::Exchange&) { return http::ScriptedReply::failure(500); }};
  http::Options options;
  http::Client client{loop, transport, options, log, http::Jitter(1)};
  reactor::Offload pool{loop, 1};
  Reader reader{served};
  std::shared_ptr<Tree> folder = std::make_shared<OneArchive>(served);

  Services services() { return {loop, client, pool, log, &reader}; }
  std::shared_ptr<ArchiveTree> tree(std::string path = "") {
    return std::make_shared<ArchiveTree>(ArchiveTree::Place{folder, Entry{"a.ova", false, "key", {}, {}}},
                                         std::move(path), services());
  }
  Entries list(Tree& tree, Entry folder_entry) {
    std::optional<Entries> entries;
    run(assign(entries, tree.list(std::move(folder_entry))));
    return *entries;
  }
  Found find(Tree& tree, const Entry& file) {
    std::optional<Found> found;
    run(assign(found, tree.find(file)));
    return *found;
  }
  /// Rethrows the task's Error.
  void run(reactor::Task<> task) {
    std::optional<Error> failure;
    reactor::drive(loop, caught(std::move(task), failure));
    if (failure) throw *failure;
  }

 private:
  template <typename T>
  static reactor::Task<> assign(std::optional<T>& to, reactor::Task<T> task) {
    reactor::Task<T> inner = std::move(task);
    T value = co_await std::move(inner);
    to.emplace(std::move(value));
  }
  static reactor::Task<> caught(reactor::Task<> task, std::optional<Error>& failure) {
    reactor::Task<> inner = std::move(task);
    try {
      co_await std::move(inner);
    } catch (const Error& error) {
      failure = error;
    }
  }
};

TEST_CASE("a member is a range of its archive, under the archive's identity") {
  Scene scene;
  const auto tree = scene.tree();
  const Entries entries = scene.list(*tree, tree->root());
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].name == "one.img");
  CHECK(entries[0].size == ByteCount{4});
  CHECK(entries[1].folder);
  const Entries deep = scene.list(*tree, entries[1]);
  REQUIRE(deep.size() == 1);
  for (const bool listed : {true, false}) {
    const Found found = listed ? tree->listed(deep[0]) : scene.find(*tree, deep[0]);
    CHECK(found.offset == Offset{1536});
    CHECK(found.length == ByteCount{2});
    CHECK(found.identity.etag == "\"1\"");
    CHECK_FALSE(found.identity.listed_time);  // the archive's, which is not the member's, and grows old
    CHECK(found.identity.size == ByteCount{scene.served.body.size()});
  }
}

TEST_CASE("the index is read once for a version of the archive, and each listing asks for the version") {
  Scene scene;
  const auto tree = scene.tree();
  scene.list(*tree, tree->root());
  const unsigned reads = scene.served.reads;
  const Entries entries = scene.list(*tree, tree->root());
  scene.find(*tree, entries[0]);
  CHECK(scene.served.reads == reads);
  CHECK(scene.served.finds == 3);
}

TEST_CASE("a check of the archive holds for all its members for as long as an open accepts it") {
  Scene scene(std::chrono::hours(1));
  const auto tree = scene.tree();
  const Entries entries = scene.list(*tree, tree->root());
  for (int i = 0; i < 3; ++i) CHECK(scene.find(*tree, entries[0]).asked_at);
  CHECK(scene.served.finds == 1);
  scene.list(*tree, tree->root());
  CHECK(scene.served.finds == 2);
}

TEST_CASE("without its server an archive is the version in the disk cache, if the user wants that") {
  Scene scene;
  scene.served.find_failure = Error(ErrorKind::unreachable, "no route");
  const auto tree = scene.tree();
  CHECK_THROWS_WITH_AS(scene.list(*tree, tree->root()), doctest::Contains("no route"), Error);
  scene.served.in_cache = http::Identity{ByteCount{scene.served.body.size()}, "\"1\"", ""};
  const Entries entries = scene.list(*tree, tree->root());
  REQUIRE(entries.size() == 2);
  const Found found = scene.find(*tree, entries[0]);
  CHECK(found.offline);
  CHECK(found.identity.etag == "\"1\"");
}

TEST_CASE("an archive that was read keeps its version when its server is gone, whatever the disk cache has") {
  Scene scene;
  const auto tree = scene.tree();
  const Entries entries = scene.list(*tree, tree->root());
  scene.served.find_failure = Error(ErrorKind::timed_out, "no answer");
  scene.served.in_cache = http::Identity{ByteCount{1}, "\"older\"", ""};
  const Found found = scene.find(*tree, entries[0]);
  CHECK(found.offline);
  CHECK(found.identity.etag == "\"1\"");
}

TEST_CASE("what is cut off is a file, and what grows to an archive is a folder again") {
  Scene scene;
  scene.served.body = "PK\x03\x04" + std::string(600, 'x');
  ArchiveFolders folders(scene.folder, scene.services());
  const Entries before = scene.list(folders, folders.root());
  const std::shared_ptr<Tree> archive = folders.tree_of(before.at(0));
  CHECK_THROWS_AS(scene.list(*archive, archive->root()), Error);
  CHECK_FALSE(scene.list(folders, folders.root()).at(0).folder);
  scene.served.listed_size = ByteCount{604};
  CHECK(scene.list(folders, folders.root()).at(0).folder);
}

TEST_CASE("a file that is no archive is a file from the next listing on") {
  Scene scene;
  scene.served.body = std::string(600, 'x');
  ArchiveFolders folders(scene.folder, scene.services());
  const Entries before = scene.list(folders, folders.root());
  CHECK(before.at(0).folder);
  const std::shared_ptr<Tree> archive = folders.tree_of(before.at(0));
  CHECK_THROWS_AS(scene.list(*archive, archive->root()), Error);
  const Entries after = scene.list(folders, folders.root());
  CHECK_FALSE(after.at(0).folder);
  CHECK(after.at(0).key == "key");
}

TEST_CASE("another version of the archive has its own members, at their own places") {
  Scene scene;
  const auto tree = scene.tree();
  const Entries before = scene.list(*tree, tree->root());
  scene.served.body = tar_member("new.img", "n") + scene.served.body;
  scene.served.etag = "\"2\"";
  const Found moved = scene.find(*tree, before[0]);
  CHECK(moved.offset == Offset{1536});
  CHECK(moved.identity.etag == "\"2\"");
  CHECK(scene.list(*tree, tree->root()).size() == 3);
  scene.served.body = tar_member("other.img", "n");
  scene.served.etag = "\"3\"";
  CHECK_THROWS_WITH_AS(scene.find(*tree, before[0]), doctest::Contains("no member one.img any more"), Error);
}

TEST_CASE("a path names a folder of the archive, or a file, which is then alone") {
  Scene scene;
  const auto dir = scene.tree("dir");
  CHECK(scene.list(*dir, dir->root()).at(0).name == "two.img");
  const auto file = scene.tree("dir/two.img");
  std::optional<Entry> only;
  scene.run(
      [](Tree& tree, std::optional<Entry>& to) -> reactor::Task<> { to = co_await tree.only_file(); }(*file, only));
  REQUIRE(only);
  CHECK(only->name == "two.img");
  CHECK(scene.list(*file, file->root()).size() == 1);
  CHECK(scene.find(*file, *only).offset == Offset{1536});
}

TEST_CASE("a failure of a read is the listing's, and the next listing tries again") {
  Scene scene;
  const auto tree = scene.tree();
  scene.served.failure = Error(ErrorKind::unreachable, "no route");
  CHECK_THROWS_WITH_AS(scene.list(*tree, tree->root()), doctest::Contains("https://h/a.ova: no route"), Error);
  scene.served.failure.reset();
  CHECK(scene.list(*tree, tree->root()).size() == 2);
}

TEST_CASE("what is no archive is unreadable, with what it is") {
  Scene scene;
  for (const auto& [body, reason] :
       {std::pair<std::string, std::string>{"\x1f\x8b\x08" + std::string(600, 'x'), "gzip"},
        {std::string(600, 'x'), "no tar, zip, xz or zstd"},
        {"", "0 bytes"}}) {
    scene.served.body = body;
    const auto tree = scene.tree();
    std::optional<Error> failure;
    try {
      scene.list(*tree, tree->root());
    } catch (const Error& error) {
      failure = error;
    }
    REQUIRE(failure);
    CHECK(failure->kind() == ErrorKind::unreadable);
    CHECK(failure->message().find(reason) != std::string::npos);
  }
}

TEST_CASE("archives of another tree are folders with a tree of their own, also in an archive") {
  Scene scene;
  scene.served.body = tar_member("inner.tar", tar_member("deep.img", "333"));
  ArchiveFolders folders(scene.folder, scene.services());
  const Entries entries = scene.list(folders, folders.root());
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].folder);
  CHECK(entries[0].name == "a.ova");
  const std::shared_ptr<Tree> archive = folders.tree_of(entries[0]);
  REQUIRE(archive);
  const Entries members = scene.list(*archive, archive->root());
  REQUIRE(members.size() == 1);
  CHECK(members[0].folder);
  const std::shared_ptr<Tree> inner = archive->tree_of(members[0]);
  const Entries deep = scene.list(*inner, inner->root());
  REQUIRE(deep.size() == 1);
  CHECK(deep[0].name == "deep.img");
  CHECK(scene.find(*inner, deep[0]).offset == Offset{1024});
}

}  // namespace
}  // namespace rimfs::catalog::archive
