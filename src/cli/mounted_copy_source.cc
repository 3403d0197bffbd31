// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/thread_safety.h"
#include "cli/copy_source.h"

namespace rimfs::cli {
namespace {

/// Wakes a thread from a read that the mount has not answered. The mount ends a read only for a signal that is to end
/// the program; of these, this program uses SIGQUIT for nothing else.
constexpr int kWake = SIGQUIT;

/// Lets kWake interrupt the calling thread during its life.
class Interruptible {
 public:
  Interruptible() {
    sigset_t wake;
    sigemptyset(&wake);
    sigaddset(&wake, kWake);
    pthread_sigmask(SIG_UNBLOCK, &wake, &before_);
  }
  ~Interruptible() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  sigset_t before_{};
};

/// The value of an attribute, or empty.
std::string attribute(const std::string& path, const char* name) {
  std::array<char, 65536> value{};  // the kernel's limit
  const ssize_t size = ::getxattr(path.c_str(), name, value.data(), value.size());
  if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP) throw system_error("looking at " + path, errno);
  return size > 0 ? std::string(value.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string checked_url(const std::string& path) {
  std::string url = attribute(path, "user.rimfs.url");
  if (url.empty()) throw Error(ErrorKind::misuse, path + ": not a file of a rimfs mount; copy it with cp");
  return url;
}

class MountedFile : public CopySource {
 public:
  /// O_DIRECT: the page cache would hold a second copy of the bytes in the mount's cache. Reads through the page cache,
  /// or with O_DIRECT set after the open, could not be interrupted.
  explicit MountedFile(const std::string& path) : url_(checked_url(path)), file_(File::for_reading(path, O_DIRECT)) {}

  ByteCount size() const override { return file_.size(); }

  nlohmann::ordered_json identity() const override {
    struct stat found {};
    if (::fstat(file_.descriptor(), &found) != 0) throw system_error("looking at " + file_.path(), errno);
    return {{"id", attribute(file_.path(), "user.rimfs.id")},
            {"url", url_},
            {"size", size().value},
            {"etag", attribute(file_.path(), "user.rimfs.etag")},
            {"modified", found.st_mtim.tv_sec}};
  }

  Offset next_data(Offset from) const override { return file_.next_data(from).value_or(Offset{size().value}); }

  void read(Offset at, std::span<std::byte> bytes) override {
    const Interruptible interruptible;
    const Reading reading(*this);
    while (!bytes.empty()) {
      if (stopping()) throw Error(ErrorKind::cancelled, "interrupted");
      const ssize_t n = ::pread(file_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(at.value));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw system_error("reading " + file_.path(), errno);
      if (n == 0) throw Error(ErrorKind::changed, file_.path() + ": became shorter");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      at = at + ByteCount{static_cast<std::uint64_t>(n)};
    }
  }

  void stop() override {
    const MutexLock lock(mutex_);
    stopping_ = true;
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(kWake, &action, nullptr);
    for (const pthread_t reader : readers_) pthread_kill(reader, kWake);
  }

 private:
  /// Lists the calling thread among the readers during its life.
  class Reading {
   public:
    explicit Reading(MountedFile& file) : file_(file) {
      const MutexLock lock(file_.mutex_);
      file_.readers_.insert(pthread_self());
    }
    ~Reading() {
      const MutexLock lock(file_.mutex_);
      file_.readers_.erase(pthread_self());
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    MountedFile& file_;
  };

  bool stopping() const {
    const MutexLock lock(mutex_);
    return stopping_;
  }

  const std::string url_;
  const File file_;

  mutable Mutex mutex_;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<pthread_t> readers_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<CopySource> copy_of_mounted_file(const std::string& path) {
  return std::make_unique<MountedFile>(path);
}

}  // namespace rimfs::cli
