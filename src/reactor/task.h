// SPDX-License-Identifier: MIT
// Conventions for coroutines, because g++ 12.2 miscompiles code that breaks them: `co_await` is a whole statement or
// the whole right side of a declaration or assignment; no braces, lambdas or default aggregate arguments inside an
// await; coroutines are named functions.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

#include "reactor/check.h"

namespace rimfs::reactor {

namespace detail {

/// The part of a promise that all tasks share: the waiting coroutine, and whether the body has begun.
class TaskPromiseBase {
 public:
  /// Resumes the waiting coroutine if it has parked. Otherwise resume() returns to the awaiting code.
  class FinalAwaiter {
   public:
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      const std::coroutine_handle<> parent = self.promise().parent_;
      return parent ? parent : std::coroutine_handle<>(std::noop_coroutine());
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }

  void begin() {
    require(!started_, "a task is awaited once");
    started_ = true;
  }
  bool started() const { return started_; }
  void set_parent(std::coroutine_handle<> parent) { parent_ = parent; }

 private:
  std::coroutine_handle<> parent_;  // null until the awaiting coroutine has parked
  bool started_ = false;
};

template <typename T>
class TaskPromise : public TaskPromiseBase {
 public:
  std::coroutine_handle<TaskPromise> get_return_object() noexcept {
    return std::coroutine_handle<TaskPromise>::from_promise(*this);
  }
  template <typename U = T>
  requires std::constructible_from<T, U&&>
  void return_value(U&& value) { result_.template emplace<1>(std::forward<U>(value)); }
  void unhandled_exception() noexcept { result_.template emplace<2>(std::current_exception()); }

  T take() {
    if (result_.index() == 2) std::rethrow_exception(std::get<2>(std::move(result_)));
    return std::get<1>(std::move(result_));
  }

 private:
  std::variant<std::monostate, T, std::exception_ptr> result_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  std::coroutine_handle<TaskPromise> get_return_object() noexcept {
    return std::coroutine_handle<TaskPromise>::from_promise(*this);
  }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure_ = std::current_exception(); }

  void take() {
    if (failure_) std::rethrow_exception(std::move(failure_));
  }

 private:
  std::exception_ptr failure_;
};

}  // namespace detail

/// A coroutine that returns one T. It is lazy: it begins when it is awaited, on the awaiting thread, and stays on that
/// thread. Owns the coroutine's frame; references among its arguments outlive it. The co_await rethrows exceptions of
/// the body. Immediate completions do not recurse: a loop may await a million of them. Destroying a task that has begun
/// and not ended breaks a rule and aborts the program; cancel the operation that it waits for instead.
template <typename T = void>
class [[nodiscard]] Task {
  static_assert(!std::is_reference_v<T>, "a task returns a value or a pointer");

 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Handle frame) noexcept : frame_(frame) {}  // NOLINT: only coroutines have such a handle
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~Task() { destroy(); }

  /// Runs the child inside await_suspend; parks the parent only if the child has not ended there.
  class Awaiter {
   public:
    explicit Awaiter(Handle child) noexcept : child_(child) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) const {
      require(static_cast<bool>(child_), "a moved-from task is not awaited");
      child_.promise().begin();
      child_.resume();
      if (child_.done()) return false;
      child_.promise().set_parent(parent);
      return true;
    }
    T await_resume() const { return child_.promise().take(); }

   private:
    Handle child_;  // owned by the Task, which outlives the await
  };

  /// Usage: `co_await f()` or `co_await std::move(task)`.
  Awaiter operator co_await() && noexcept { return Awaiter(frame_); }

 private:
  void destroy() noexcept {
    if (!frame_) return;
    require(!frame_.promise().started() || frame_.done(), "a task is destroyed before it begins or after its end");
    frame_.destroy();
  }

  Handle frame_;
};

}  // namespace rimfs::reactor
