// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_content.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace rimfs::catalog::archive {
namespace {

archives::Member file(std::string path, std::uint64_t offset = 512, std::uint64_t size = 10) {
  archives::Member member;
  member.path = std::move(path);
  member.offset = Offset{offset};
  member.size = ByteCount{size};
  return member;
}

archives::Member folder(std::string path) {
  archives::Member member;
  member.path = std::move(path);
  member.folder = true;
  return member;
}

ArchiveContent content_of(std::vector<archives::Member> members) {
  return ArchiveContent(archives::Index{std::move(members), {}});
}

/// The names in a folder, "/" after those of folders.
std::vector<std::string> names(const ArchiveContent& content, const std::string& path = "") {
  std::vector<std::string> found;
  const std::optional<Entry> entry = content.at(path);
  REQUIRE(entry);
  REQUIRE(content.list(entry->key));
  for (const Entry& one : *content.list(entry->key)) found.push_back(one.name + (one.folder ? "/" : ""));
  return found;
}

using Names = std::vector<std::string>;

TEST_CASE("members of an archive are files in the folders of their paths, whether those are members or not") {
  const ArchiveContent content =
      content_of({file("top.img"), folder("a"), file("a/one"), file("./b//c/two"), file("/three")});
  CHECK(names(content) == Names{"top.img", "a/", "b/", "three"});
  CHECK(names(content, "a") == Names{"one"});
  CHECK(names(content, "b/c/") == Names{"two"});
  CHECK(content.at("b/c/two")->key == "b/c/two");
  CHECK(content.find("b/c/two")->offset == Offset{512});
  CHECK(content.find("three"));
}

TEST_CASE("a path that is not there, or leads through a file, has no entry") {
  const ArchiveContent content = content_of({file("a/one")});
  for (const char* path : {"b", "a/two", "a/one/x", "one"}) {
    CAPTURE(std::string(path));
    CHECK_FALSE(content.at(path));
  }
  CHECK(content.at("")->folder);
  CHECK(content.at("/")->folder);
  CHECK(content.at("./a/./one"));
}

TEST_CASE("the last of several members with one path counts, as for tar") {
  const ArchiveContent content = content_of({file("a", 1, 1), file("b", 2, 2), file("./a", 3, 3)});
  CHECK(names(content) == Names{"b", "a"});
  CHECK(content.find("a")->offset == Offset{3});
}

TEST_CASE("a file and a folder of one path both have a name") {
  const ArchiveContent content = content_of({file("a"), file("a/b")});
  CHECK(content.list("")->size() == 2);
  CHECK(content.list("")->front().name != content.list("")->back().name);
  CHECK(content.find("a"));
  CHECK(content.find("a/b"));
}

TEST_CASE("names are made safe, and members outside of the archive are left out with a warning") {
  const ArchiveContent content =
      content_of({file("../../etc/passwd"), file("a/../b"), file("bad\xff name"), file("line\nbreak"), file("")});
  CHECK(names(content) == Names{"bad%FF name", "line%0Abreak"});
  REQUIRE(content.warnings().size() == 1);
  CHECK(content.warnings().front().find("2 members are not shown") != std::string::npos);
}

TEST_CASE("members whose safe names are equal both have a name, and are found by their own") {
  const ArchiveContent content = content_of({file("a\nb", 1), file("a%0Ab", 2), file("caf\xe9", 3)});
  CHECK(content.list("")->size() == 3);
  CHECK(content.list("")->at(0).name != content.list("")->at(1).name);
  CHECK(content.find("a\nb")->offset == Offset{1});
  CHECK(content.find("a%0Ab")->offset == Offset{2});
  CHECK(content.at("caf\xe9")->key == "caf\xe9");
  CHECK(content.at("caf%E9")->key == "caf\xe9");
}

TEST_CASE("a path with very many parts is left out: its folders would need more memory than the archive has bytes") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "d/";
  const ArchiveContent content = content_of({file(deep + "file"), file("good")});
  CHECK(names(content) == Names{"good"});
  CHECK(content.warnings().size() == 1);
}

TEST_CASE("a member that is refused keeps its size and its reason") {
  archives::Member member = file("a", 0, 1000);
  member.refusal = "it is compressed";
  const ArchiveContent content = content_of({member});
  CHECK(content.find("a")->refusal == "it is compressed");
  CHECK(content.list("")->front().size == ByteCount{1000});
}

TEST_CASE("a compressed file has one member, of the size of its content") {
  archives::FrameTable table;
  table.frames.push_back({range_of(Offset{12}, ByteCount{5}), range_of({}, ByteCount{100}), 0, false});
  const ArchiveContent content("disk.img", std::make_shared<const archives::FrameTable>(table));
  CHECK(names(content) == Names{"disk.img"});
  CHECK(content.find("disk.img")->size == ByteCount{100});
  CHECK(content.find("disk.img")->frames->frames.size() == 1);
}

}  // namespace
}  // namespace rimfs::catalog::archive
