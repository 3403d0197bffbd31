// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace rimfs::reactor {

/// A callable without arguments and result that need not be copyable, for functions posted to a loop. Owns its
/// captures. A value without synchronisation: it may be moved between threads but not shared. Calling an empty one is
/// undefined. Exceptions of the callable propagate.
class MoveOnlyFunction {
 public:
  MoveOnlyFunction() = default;

  template <typename F>
  requires(!std::same_as<std::remove_cvref_t<F>, MoveOnlyFunction> && std::invocable<std::decay_t<F>&>)
      MoveOnlyFunction(F&& f) {  // NOLINT: implicit, as in std::function
    using Stored = std::decay_t<F>;
    if constexpr (kFits<Stored>) {
      ::new (static_cast<void*>(buffer_)) Stored(std::forward<F>(f));
      actions_ = &kInline<Stored>;
    } else {
      ::new (static_cast<void*>(buffer_)) Stored*(new Stored(std::forward<F>(f)));
      actions_ = &kOnHeap<Stored>;
    }
  }

  MoveOnlyFunction(MoveOnlyFunction&& other) noexcept { take(other); }
  MoveOnlyFunction& operator=(MoveOnlyFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~MoveOnlyFunction() { reset(); }

  explicit operator bool() const { return actions_ != nullptr; }
  void operator()() { actions_->call(buffer_); }

 private:
  /// The function that the fetcher posts for a missed read (two shared pointers, a range, a ticket, `this`) fits
  /// without an allocation. A larger value enlarges the inbox; a smaller one costs an allocation for each miss.
  static constexpr std::size_t kBufferSize = 64;

  struct Actions {
    void (*call)(void* object);
    void (*move)(void* from, void* to) noexcept;  // the object at `from` is destroyed
    void (*destroy)(void* object) noexcept;
  };

  template <typename F>
  static constexpr bool kFits = sizeof(F) <= kBufferSize &&
                                alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

  template <typename F>
  static F& at(void* object) {
    return *std::launder(reinterpret_cast<F*>(object));
  }

  template <typename F>
  static constexpr Actions kInline{[](void* object) { static_cast<void>(at<F>(object)()); },
                                   [](void* from, void* to) noexcept {
                                     ::new (to) F(std::move(at<F>(from)));
                                     std::destroy_at(&at<F>(from));
                                   },
                                   [](void* object) noexcept { std::destroy_at(&at<F>(object)); }};

  template <typename F>
  static constexpr Actions kOnHeap{[](void* object) { static_cast<void>((*at<F*>(object))()); },
                                   [](void* from, void* to) noexcept { ::new (to) F*(at<F*>(from)); },
                                   [](void* object) noexcept { delete at<F*>(object); }};

  void take(MoveOnlyFunction& other) noexcept {
    if (other.actions_) other.actions_->move(other.buffer_, buffer_);
    actions_ = std::exchange(other.actions_, nullptr);
  }

  void reset() noexcept {
    if (const Actions* actions = std::exchange(actions_, nullptr)) actions->destroy(buffer_);
  }

  alignas(std::max_align_t) std::byte buffer_[kBufferSize];
  const Actions* actions_ = nullptr;
};

}  // namespace rimfs::reactor
