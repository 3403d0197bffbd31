// SPDX-License-Identifier: MIT
// Files of servers that do not serve ranges. Such a server sends a file only from its first byte to its last. So the
// file is downloaded once, in order, into a file without a name in a local folder, and ranges are read from there: at
// once as far as the download has come, otherwise when it gets there. The copy ends with the mount. What readers keep
// of it in memory and in the disk cache is the business of the layers above, which see ranges as usual.
//
// A download that breaks off has to begin again. The version of the file is checked as for any reply. In addition the
// bytes that were downloaded before are compared with those that come again, because they may have been read already:
// a server without ranges often has no validators either.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/directory.h"
#include "base/file.h"
#include "http/body_sink.h"
#include "http/failures.h"
#include "http/identity.h"
#include "http/progress.h"
#include "http/resource.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// Where downloads are kept. A value; `pool` outlives all downloads.
struct DownloadPlace {
  Directory folder;
  reactor::Offload& pool;  ///< Its threads read and write the local files.
};

/// The local copy of one version of one file, as far as it has been downloaded. Reactor only; its work on the disk runs
/// on the pool.
class WholeFile {
 public:
  /// The most bytes that wait to be written; beyond it the sender has to wait.
  static constexpr ByteCount kMostUnwritten = 4_MiB;

  /// `from` and `identity`: the file and its version. Asks neither the server nor the disk.
  WholeFile(reactor::EventLoop& loop, reactor::Offload& pool, Address from, Identity identity);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  Address& address() { return address_; }
  /// The version that is downloaded; constant.
  const Identity& identity() const { return identity_; }

  // ---- For readers.

  /// The bytes from the beginning that can be read. Never fewer than before.
  Offset arrived() const { return arrived_; }
  /// The bytes that the server has sent, repeated ones included: it grows as long as the download proceeds.
  ByteCount received() const { return received_; }
  /// Why the download has stopped; nothing while it may go on.
  const std::optional<Rejection>& failure() const { return failure_; }
  /// Notified when arrived() or failure() may have changed.
  reactor::Signal& changed() { return changed_; }
  /// Reads bytes before arrived() into `bytes`. Returns the reason when the local file cannot be read.
  reactor::Task<std::optional<Rejection>> read(std::span<std::byte> bytes, Offset at);

  // ---- For the download.

  /// Makes the local file, unless there is one. `reserved`: what other downloads into the folder still need there.
  /// Returns the reason when it cannot be made, or when there is no room for it.
  reactor::Task<std::optional<Rejection>> open(const Directory& folder, ByteCount reserved);
  /// The place for the body of an attempt, which begins at the first byte. Valid until the next call.
  BodySink& begin_attempt();
  /// Observes the attempt.
  Progress& progress() { return *progress_; }
  /// Writes what arrives in the attempt until end_attempt() is called and everything is written. Returns the reason
  /// when it cannot be used; then the attempt must be ended. `drained` is called when the sender may go on.
  reactor::Task<std::optional<Rejection>> write_arriving(std::function<void()> drained);
  /// The sender has ended. `complete`: it has sent everything.
  void end_attempt(bool complete);
  /// The download has stopped for this reason, until restart().
  void fail(Rejection failure);
  void restart() { failure_.reset(); }
  /// Gives the local file back, for the last owner: freeing the space of a large file takes a while.
  reactor::Task<> close();

 private:
  /// Collects the body of an attempt.
  class Arriving : public BodySink {
   public:
    explicit Arriving(WholeFile& file) : file_(file) {}
    void write(std::span<const std::byte> bytes) override { file_.receive(bytes, true); }
    void hold(std::span<const std::byte> bytes) override { file_.receive(bytes, false); }
    void keep_held() override { file_.proven_ = true; }
    /// Another reply may follow in the same attempt. Held bytes may have been written, so the attempt is lost.
    void drop_held() override { file_.lose_attempt(); }
    bool is_full() const override { return ByteCount{file_.queue_.size()} >= kMostUnwritten; }

   private:
    WholeFile& file_;
  };

  void receive(std::span<const std::byte> bytes, bool proven);
  void lose_attempt();
  bool has_enough() const;
  std::optional<Rejection> make_file(const Directory& folder, ByteCount reserved);
  std::optional<Rejection> store(std::span<const std::byte> bytes, Offset at) const;
  reactor::Task<std::optional<Rejection>> on_pool(std::function<std::optional<Rejection>()> work);

  // Constant after construction.
  reactor::Offload& pool_;
  Address address_;
  const Identity identity_;

  std::unique_ptr<File> file_;
  reactor::Signal changed_;
  Offset arrived_{};
  ByteCount received_{};
  std::optional<Rejection> failure_;

  // Of the attempt.
  std::optional<Progress> progress_;
  Arriving arriving_{*this};
  reactor::Signal more_;          // bytes have come, or the sender has ended
  std::vector<std::byte> queue_;  // not written yet
  Offset written_{};              // the bytes that were written or compared
  bool proven_ = false;           // the bytes are right although the body has not ended
  bool lost_ = false;             // its bytes cannot be used
  bool ended_ = false;
};

}  // namespace rimfs::http
