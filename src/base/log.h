// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace rimfs {

enum class LogLevel { debug, info, warning, error };

/// Where a Log writes.
enum class LogTarget { standard_error, file, syslog };

/// The program's log: lines with time and level. Any thread; a line is written whole. Passed by reference to
/// whoever logs; owned by the command that runs. Never given a secret. A line end or a control character in a line is
/// written as an escape (base/printable.h): one call is one line, whatever a server sent.
class Log {
 public:
  /// `file` is used only with LogTarget::file. Throws Error{misuse} if it cannot be opened for appending.
  Log(LogTarget target, LogLevel threshold, const std::string& file = {});
  /// Writes nothing: for tests and for commands that speak on the terminal.
  static Log silent();
  ~Log();
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;

  /// Writes lines of `least` and above to the standard error, too, until leave_terminal(). Not while others log.
  void copy_to_terminal(LogLevel least);
  /// Waits until what was logged has reached the target, for two seconds at most. Any thread but the reactor's.
  void flush();
  /// Flushes; from now on only the target is written to. Any thread, also while others log.
  void leave_terminal();

  bool enabled(LogLevel level) const;
  /// A line whose level is known only now. Foreign text in it is made printable here, so that no caller can forget it.
  void write(LogLevel level, std::string_view line);

  template <typename... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(LogLevel::debug)) write(LogLevel::debug, fmt::format(text, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(LogLevel::info)) write(LogLevel::info, fmt::format(text, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warning(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(LogLevel::warning)) write(LogLevel::warning, fmt::format(text, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(LogLevel::error)) write(LogLevel::error, fmt::format(text, std::forward<Args>(args)...));
  }

 private:
  Log();

  std::shared_ptr<spdlog::logger> logger_;         // null: silent
  std::shared_ptr<spdlog::sinks::sink> terminal_;  // null: no copy
};

}  // namespace rimfs
