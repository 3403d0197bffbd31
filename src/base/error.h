// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace rimfs {

/// Kinds of failure, distinguished by the possible remedy.
enum class ErrorKind {
  denied,       ///< The server requires other credentials (401, 403).
  missing,      ///< The server does not have the file (404, 410).
  locked,       ///< Another program holds the file on the server; it can be read once that program lets go of it.
  changed,      ///< The remote file differs from the file that was opened.
  unreachable,  ///< No connection could be made, or it broke; a later retry may succeed.
  timed_out,    ///< No reply arrived within the allowed time.
  corrupt,      ///< A reply contradicts the request or itself; its bytes were not used.
  folder,       ///< The address is that of a folder, where a file was expected.
  only_whole,   ///< The server sends the file only as a whole: it does not serve ranges.
  unreadable,   ///< A file cannot be read where it lies: a compressed or encrypted member of an archive.
  unsupported,  ///< The server lacks another required feature, or answers in a way that cannot be used.
  misuse,       ///< The user's input is invalid: an option, a configuration file, an argument.
  cancelled,    ///< The work was cancelled on request, for example at unmount.
  system,       ///< The local system refused a resource: memory, descriptors, a mount.
};

/// True for a failure of the network or of the server's availability. It carries no information about the file, and may
/// be temporary.
constexpr bool is_connection_failure(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::timed_out;
}

/// One word for logs and tests, for example "timed out".
std::string_view to_string(ErrorKind kind);

/// The only exception type of rimfs: a kind and a message, to which each layer can add context. A value. It contains no
/// secret: the code that composes the message leaves secrets out.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// The same error with context in front: "context: message".
  Error within(std::string_view context) const;

 private:
  ErrorKind kind_;
  std::string message_;
};

/// An Error of kind `system`: `doing`, then the text of `error_number` (an errno value).
Error system_error(std::string_view doing, int error_number);

}  // namespace rimfs
