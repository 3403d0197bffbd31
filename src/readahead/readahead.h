// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "base/byte_range.h"
#include "readahead/locality.h"
#include "readahead/network_path.h"
#include "readahead/stream.h"

namespace rimfs::readahead {

/// The limit for bytes requested ahead of all readers together, divided among the streams that use it. Each stream gets
/// what the others leave, and at least its even part. Any thread.
class Budget {
 public:
  explicit Budget(ByteCount total) : total_(total) {}
  ByteCount total() const { return total_; }

  /// A stream's claim to its part, which counts during its lifetime. Move only; one thread at a time.
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

    /// The largest window that the stream may have now.
    ByteCount most() const;
    /// Sets the current size of the stream's window.
    void use(ByteCount window) {
      budget_->used_ += window.value - window_.value;  // modulo 2^64, so it also decreases
      window_ = window;
    }

   private:
    Budget* budget_;
    ByteCount window_;
  };

 private:
  const ByteCount total_;
  std::atomic<unsigned> claims_{0};
  std::atomic<std::uint64_t> used_{0};  // the sum of all claims' windows
};

/// The state that a Readahead shares with the rest of the program.
struct Share {
  Budget& budget;
};

/// One read, as input of the policy.
struct Observation {
  ByteRange range;
  bool waited = false;       ///< True when not all bytes were in memory.
  std::uint64_t number = 0;  ///< The number of earlier reads of the file.
};

/// The decision for a read.
struct Advice {
  ByteRange prefetch;       ///< The range to request ahead of the reader; may be empty.
  Split split;              ///< How to split the request.
  bool sequential = false;  ///< True when the read continues a stream.
  ByteCount fetch_size;     ///< The number of bytes to fetch from a missing byte on, in addition to the read.
  ByteRange copied;  ///< The range that the read's stream has passed, when it reads as a copy does; otherwise empty.
  std::uint64_t copied_since = 0;  ///< The number of the stream's first read.
};

/// Decides what to fetch before it is requested. Tracks up to 16 streams in one open file, each with its window. Pure:
/// values in, decisions out; no clock, no I/O. One thread at a time.
class Readahead {
 public:
  Readahead(ByteCount file_size, Share share) : file_size_(file_size), budget_(share.budget) {}

  Advice observe(const Observation& read, const NetworkPath& path);

 private:
  struct Slot {
    Stream stream;
    std::uint64_t first_read = 0;  // the number of the read
    std::uint64_t last_use = 0;
    std::optional<Budget::Claim> claim;
  };
  Slot* match(ByteRange read);
  Slot& replace_oldest(const Observation& read);
  void merge_into(Slot& winner);
  void release_idle_claims();
  ByteRange grow(Slot& slot, const Observation& read, const NetworkPath& path);

  static constexpr std::size_t kStreams = 16;

  const ByteCount file_size_;
  Budget& budget_;
  std::array<std::optional<Slot>, kStreams> slots_;
  std::uint64_t clock_ = 0;  // counts reads, to find the least recently used slot
  Locality locality_;
};

}  // namespace rimfs::readahead
