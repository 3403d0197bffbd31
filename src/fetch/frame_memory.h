// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "base/thread_safety.h"
#include "base/units.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"

namespace rimfs::fetch {

/// The memory of all compressed files of a process beside the block cache: frames that were decompressed last, pieces
/// of compressed frames whose request failed, and what frames that are requested now will need. Reactor only, except
/// drop().
class FrameMemory {
 public:
  using Bytes = std::vector<std::byte>;
  using Content = std::shared_ptr<const Bytes>;
  /// What a frame is known by: its file, which is only compared, and its number there.
  struct Key {
    const void* file;
    std::size_t frame;
    bool operator==(const Key&) const = default;
  };

  /// The most bytes that are kept, and as many again for frames that are requested; one larger frame beside them.
  static constexpr ByteCount kMost = 64_MiB;

  explicit FrameMemory(reactor::EventLoop& loop) : changed_(loop) {}

  /// The content of a frame; null when it is not kept. Counts as a use.
  Content find(Key key);
  /// Keeps the content, and gives back what was used longest ago.
  void keep(Key key, Content content);

  /// Keeps the first bytes of a compressed frame for the next attempt.
  void keep_piece(Key key, Bytes piece);
  /// Gives them back; empty when there are none.
  Bytes take_piece(Key key);

  /// Gives back all of a file, which ends. Any thread.
  void drop(const void* file);

  /// A frame that is requested and decompressed. Its memory counts while this lives.
  class Use {
   public:
    Use(FrameMemory& memory, Key key, ByteCount bytes);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    FrameMemory& memory_;
    const Key key_;
    const ByteCount bytes_;
  };
  /// True when nobody requests this frame, and there is room for so many bytes.
  bool may_begin(Key key, ByteCount bytes) const;
  /// Notified when may_begin() or find() may have changed, or by wake().
  reactor::Signal& changed() { return changed_; }
  /// Some task may have been given up: those that wait look.
  void wake() { changed_.notify_all(); }

 private:
  struct Kept {
    Key key;
    Content content;  // null: it is a piece
    Bytes piece;
    /// With what the entry itself takes: a file may have millions of frames of a few bytes.
    ByteCount size() const { return ByteCount{(content ? content->size() : piece.size()) + 256}; }
  };
  void add(Kept one);
  static bool is_large(ByteCount bytes) { return bytes > kMost; }

  reactor::Signal changed_;
  std::vector<Key> active_;
  ByteCount small_bytes_;         // of those that are not large
  bool large_is_active_ = false;  // one at a time

  Mutex mutex_;
  std::list<Kept> kept_ RIMFS_GUARDED_BY(mutex_);  // the last used at the end
  ByteCount bytes_ RIMFS_GUARDED_BY(mutex_);       // of all
};

}  // namespace rimfs::fetch
