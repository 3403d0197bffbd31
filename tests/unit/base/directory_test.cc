// SPDX-License-Identifier: MIT
#include "base/directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>

#include "cache/disk/faults.h"
#include "cache/disk/rig.h"

namespace rimfs {
namespace {

using cache::disk::test::TemporaryFolder;
namespace files = std::filesystem;
using Access = Directory::Access;

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put(const std::string& path, const std::string& text, unsigned mode = 0600) {
  std::ofstream(path) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

/// The message of the Error{misuse}; empty when there was none.
template <typename F>
std::string refusal(F f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::misuse);
    return error.message();
  }
  return {};
}

/// What can stand where a file is wanted.
struct Obstacle {
  const char* says;
  void (*make)(const std::string& path, const std::string& other);
};
const Obstacle kObstacles[] = {
    {"symbolic link", [](const std::string& path, const std::string& other) { files::create_symlink(other, path); }},
    {"symbolic link",
     [](const std::string& path, const std::string& other) { files::create_symlink(other + "-no", path); }},
    {"hard links", [](const std::string& path, const std::string& other) { files::create_hard_link(other, path); }},
    {"not a regular file",
     [](const std::string& path, const std::string&) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
    {"not a regular file",
     [](const std::string& path, const std::string&) {
       const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
       sockaddr_un address{};
       address.sun_family = AF_UNIX;
       std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
       REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
       ::close(fd);
     }},
    {"directory", [](const std::string& path, const std::string&) { files::create_directory(path); }},
    {"others may write", [](const std::string& path, const std::string&) { put(path, "x", 0622); }},
    {"others may write", [](const std::string& path, const std::string&) { put(path, "x", 0660); }},
};

TEST_CASE("an entry other than a regular file of this user alone is never opened and stays unchanged") {
  for (const Obstacle& obstacle : kObstacles) {
    CAPTURE(obstacle.says);
    const TemporaryFolder folder;
    const Directory directory = folder.directory();
    put(folder / "other", "precious");
    obstacle.make(folder / "file", folder / "other");
    for (const Access access : {Access::read, Access::write, Access::append}) {
      CHECK(refusal([&] { directory.find("file", access); }).find(obstacle.says) != std::string::npos);
      CHECK(refusal([&] { directory.find("file", access); }).find(folder / "file") != std::string::npos);
    }
    CHECK(refusal([&] { directory.open_or_make("file"); }).find(obstacle.says) != std::string::npos);
    CHECK(refusal([&] { directory.open_or_make("file", Access::append); }).find(obstacle.says) != std::string::npos);
    CHECK(refusal([&] { directory.read_text("file", 1_KiB); }).find(obstacle.says) != std::string::npos);
    CHECK(text_of(folder / "other") == "precious");
    CHECK_FALSE(files::exists(folder / "other-no"));
  }
}

TEST_CASE("a file is written whole in place of any existing entry, and never through that entry") {
  for (const Obstacle& obstacle : kObstacles) {
    CAPTURE(obstacle.says);
    if (std::string(obstacle.says) == "directory") continue;
    const TemporaryFolder folder;
    put(folder / "other", "precious");
    obstacle.make(folder / "file", folder / "other");
    folder.directory().write_text("file", "new");
    CHECK(folder.directory().read_text("file", 1_KiB) == "new");
    CHECK(text_of(folder / "other") == "precious");
    CHECK_FALSE(files::exists(folder / "other-no"));
  }
  const TemporaryFolder folder;
  files::create_directory(folder / "file");
  CHECK_THROWS_AS(folder.directory().write_text("file", "new"), Error);
  CHECK(folder.directory().names() == std::vector<std::string>{"file"});
}

TEST_CASE("a file whose replacement fails at any step keeps its content, and no other file remains") {
  using cache::disk::test::Call;
  for (const Call step : {Call::write, Call::sync, Call::rename}) {
    CAPTURE(static_cast<int>(step));
    const TemporaryFolder folder;
    const Directory directory = Directory::private_at(folder.path());
    directory.write_text("file", "old");
    {
      const cache::disk::test::FailOnce fault(step, ENOSPC);
      CHECK_THROWS_AS(directory.write_text("file", "new"), Error);
    }
    CHECK(text_of(folder.path() + "/file") == "old");
    CHECK(directory.names() == std::vector<std::string>{"file"});
  }
}

TEST_CASE("a replaced file is durable before it takes the name") {
  using cache::disk::test::Call;
  const TemporaryFolder folder;
  const Directory directory = Directory::private_at(folder.path());
  std::vector<Call> calls;
  {
    const cache::disk::test::Watch watch([&](Call call, const std::string&) { calls.push_back(call); });
    File file = directory.replace("file", "file.new", [](File& fresh) { fresh.truncate(ByteCount{7}); });
    CHECK(file.size() == ByteCount{7});
  }
  CHECK(calls == std::vector{Call::truncate, Call::sync, Call::rename});
}

TEST_CASE("an unfinished file of an earlier run is replaced, and an exception of any type leaves no file") {
  const TemporaryFolder folder;
  const Directory directory = Directory::private_at(folder.path());
  put(folder.path() + "/file.new", "of a run that was killed");
  directory.replace("file", "file.new", [](File&) {});
  CHECK(text_of(folder.path() + "/file").empty());
  CHECK_THROWS_AS(directory.replace("file", "file.new", [](File&) { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK(directory.names() == std::vector<std::string>{"file"});
}

TEST_CASE("the names in a directory that was opened by any path can be made durable") {
  const TemporaryFolder folder;
  const Directory directory = Directory::at(folder.path());
  directory.write_text("file", "x");
  CHECK_NOTHROW(directory.sync());
}

TEST_CASE("a file of another user is refused") {
  if (::geteuid() != 0) return;  // nobody else can make one
  const TemporaryFolder folder;
  put(folder / "file", "x");
  REQUIRE(::chown((folder / "file").c_str(), 12345, 12345) == 0);
  CHECK(refusal([&] { folder.directory().open_or_make("file"); }).find("another user") != std::string::npos);
  files::create_directory(folder / "private");
  REQUIRE(::chown((folder / "private").c_str(), 12345, 12345) == 0);
  CHECK(refusal([&] { folder.directory().private_below("private"); }).find("another user") != std::string::npos);
}

TEST_CASE("a private directory must not be a link, with or without a trailing slash") {
  const TemporaryFolder folder;
  Directory::private_at(folder / "real");
  files::create_directory_symlink(folder / "real", folder / "link");
  for (const char* name : {"link", "link/", "link//"}) {
    CAPTURE(name);
    CHECK(refusal([&] { Directory::private_at(folder / name); }).find("symbolic link") != std::string::npos);
  }
  CHECK(Directory::private_at(folder / "real/").names().empty());
  CHECK(Directory::private_at(folder / "link/inner").names().empty());  // the way there is the user's
  CHECK(files::is_directory(folder / "real/inner"));
  CHECK(refusal([&] { folder.directory().private_below("link"); }).find("symbolic link") != std::string::npos);
  put(folder / "file", "x");
  CHECK_FALSE(refusal([&] { Directory::private_at(folder / "file"); }).empty());
}

TEST_CASE("a private directory is made with all that is missing on the way, for this user only") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  CHECK(Directory::private_at(folder / "a/b//c/").names().empty());
  ::umask(before);
  for (const char* path : {"a", "a/b", "a/b/c"}) {
    CHECK((files::status(folder / path).permissions() & files::perms::mask) == files::perms::owner_all);
  }
  CHECK_THROWS_AS(Directory::private_at(folder / "x/y", Directory::Missing::fail), Error);
  CHECK_FALSE(files::exists(folder / "x"));
  put(folder / "file", "x");
  CHECK_THROWS_AS(Directory::private_at(folder / "file/y"), Error);
}

TEST_CASE("an open directory stays the same when another entry takes its name") {
  const TemporaryFolder folder;
  const Directory held = Directory::private_at(folder / "held");
  Directory::private_at(folder / "other");
  files::rename(folder / "held", folder / "moved");
  files::create_directory_symlink(folder / "other", folder / "held");
  held.write_text("file", "here");
  CHECK(text_of(folder / "moved/file") == "here");
  CHECK_FALSE(files::exists(folder / "other/file"));
  CHECK(held.is_linked());
  files::remove_all(folder / "moved");
  CHECK_FALSE(held.is_linked());
}

TEST_CASE("a name is exactly one path component") {
  const TemporaryFolder folder;
  Directory::private_at(folder / "inner").write_text("file", "x");
  for (const char* name : {"", ".", "..", "inner/file", "../x", "/tmp"}) {
    CAPTURE(name);
    CHECK_FALSE(refusal([&] { folder.directory().find(name, Access::read); }).empty());
    CHECK_FALSE(refusal([&] { folder.directory().open_or_make(name); }).empty());
    CHECK_FALSE(refusal([&] { folder.directory().private_below(name); }).empty());
    CHECK_FALSE(refusal([&] { folder.directory().write_text(name, "x"); }).empty());
  }
}

TEST_CASE("a rename does not replace an existing entry, not even a dangling link") {
  const TemporaryFolder folder;
  const Directory directory = folder.directory();
  put(folder / "from", "mine");
  files::create_symlink(folder / "nowhere", folder / "to");
  CHECK(directory.has("to"));
  CHECK_FALSE(refusal([&] { directory.rename_to_new("from", "to"); }).empty());
  CHECK(files::is_symlink(folder / "to"));
  directory.remove("to");
  CHECK_FALSE(directory.has("to"));
  directory.rename_to_new("from", "to");
  CHECK(text_of(folder / "to") == "mine");
}

TEST_CASE("a text is read up to its limit and no further") {
  const TemporaryFolder folder;
  put(folder / "file", std::string(1025, 'x'));
  CHECK(folder.directory().read_text("file", ByteCount{1025})->size() == 1025);
  CHECK_THROWS_AS(folder.directory().read_text("file", 1_KiB), Error);
  CHECK_FALSE(folder.directory().read_text("none", 1_KiB).has_value());
}

TEST_CASE("a file size beyond the system's limit is refused") {
  const TemporaryFolder folder;
  File file = folder.directory().make_new("file");
  for (const std::uint64_t size : {std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    CHECK_THROWS_AS(file.truncate(ByteCount{size}), Error);
  }
  CHECK(file.size() == ByteCount{});
}

TEST_CASE("trailing slashes of a path are removed, except that of the root") {
  CHECK(without_end_slashes("/a/b//") == "/a/b");
  CHECK(without_end_slashes("a") == "a");
  CHECK(without_end_slashes("//") == "/");
  CHECK(without_end_slashes("").empty());
}

TEST_CASE("a path is split into directory and name; a path without a file name is refused") {
  CHECK(split_path("a/b/c").directory == "a/b");
  CHECK(split_path("a/b/c").name == "c");
  CHECK(split_path("c").directory == ".");
  CHECK(split_path("/c").directory == "/");
  for (const char* path : {"", "/", "a/", "..", "a/.."}) CHECK_FALSE(refusal([&] { split_path(path); }).empty());
}

}  // namespace
}  // namespace rimfs
