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

/// The destination of a Log.
enum class LogTarget { standard_error, file, syslog };

/// The program's log: lines with time and level. Any thread; each line is written whole. The running command owns it
/// and passes it by reference. Callers must not log secrets. Line ends and control characters in a line are escaped
/// (base/printable.h), so one call writes exactly one line, whatever a server sends.
class Log {
 public:
  /// `file` is used only with LogTarget::file. Throws Error{misuse} if it cannot be opened for appending.
  Log(LogTarget target, LogLevel threshold, const std::string& file = {});
  /// A Log that writes nothing, for tests and for commands that print to the terminal.
  static Log silent();
  ~Log();
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;

  /// Also writes lines of level `least` and above to the standard error, until leave_terminal(). No other thread may
  /// log meanwhile.
  void copy_to_terminal(LogLevel least);
  /// Waits until all logged lines have reached the target, for at most two seconds. Any thread except the reactor.
  void flush();
  /// Flushes, then stops the copy to the terminal. Any thread, also while other threads log.
  void leave_terminal();

  bool enabled(LogLevel level) const;
  /// Writes a line whose level is known only at run time. Foreign text in it is made printable here, so no caller can
  /// omit it.
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
