// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "base/byte_range.h"
#include "readahead/link.h"
#include "readahead/locality.h"
#include "readahead/stream.h"

namespace rimfs::readahead {

/// Bytes that may be asked for ahead of all readers together, divided among the streams that use it: each gets what the
/// others leave, and its even part at least. Any thread.
class Budget {
 public:
  explicit Budget(ByteCount total) : total_(total) {}
  ByteCount total() const { return total_; }

  /// A stream's claim to its part; counted for as long as it lives. Move only; one thread at a time.
  class Claim {
   public:
    explicit Claim(Budget& budget) : budget_(&budget) { ++budget_->claims_; }
    Claim(Claim&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), window_(std::exchange(other.window_, {})) {}
    Claim& operator=(Claim&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(window_, other.window_);
      return *this;
    }
    ~Claim() {
      if (!budget_) return;
      use({});
      --budget_->claims_;
    }

    /// The most that the stream's window may be now.
    ByteCount most() const;
    /// The stream's window is this large now.
    void use(ByteCount window) {
      budget_->used_ += window.value - window_.value;  // modulo 2^64: also downwards
      window_ = window;
    }

   private:
    Budget* budget_;
    ByteCount window_;
  };

 private:
  const ByteCount total_;
  std::atomic<unsigned> claims_{0};
  std::atomic<std::uint64_t> used_{0};  // the windows of all claims together
};

/// What a Readahead shares with the rest of the program.
struct Share {
  Budget& budget;
};

/// One read as the policy sees it.
struct Observation {
  ByteRange range;
  bool waited = false;       ///< Its bytes were not all in memory.
  std::uint64_t number = 0;  ///< How many reads of the file went before.
};

/// What to do about a read.
struct Advice {
  ByteRange prefetch;       ///< To ask for ahead of the reader; may be empty.
  Split split;              ///< How to ask for it.
  bool sequential = false;  ///< The read goes on where a stream was.
  ByteCount fetch_size;     ///< How much to fetch from a missing byte on, beyond what was asked for.
  ByteRange copied;         ///< All that the read's stream went through, when it reads as a copy does; else empty.
  std::uint64_t copied_since = 0;  ///< The number of that stream's first read.
};

/// Decides what to fetch before it is asked for: up to 16 streams in one open file, each with its window. Pure:
/// values in, decisions out; no clock, no I/O. One thread at a time.
class Readahead {
 public:
  Readahead(ByteCount file_size, Share share) : file_size_(file_size), budget_(share.budget) {}

  Advice observe(const Observation& read, const Link& link);

 private:
  struct Slot {
    Stream stream;
    std::uint64_t first_read = 0;  // its number
    std::uint64_t last_use = 0;
    std::optional<Budget::Claim> claim;
  };
  Slot* match(ByteRange read);
  Slot& replace_oldest(const Observation& read);
  void merge_into(Slot& winner);
  void release_idle_claims();
  ByteRange grow(Slot& slot, const Observation& read, const Link& link);

  static constexpr std::size_t kStreams = 16;

  const ByteCount file_size_;
  Budget& budget_;
  std::array<std::optional<Slot>, kStreams> slots_;
  std::uint64_t clock_ = 0;  // counts reads, for least recently used
  Locality locality_;
};

}  // namespace rimfs::readahead
