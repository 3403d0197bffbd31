// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace rimfs {

/// Kinds of failure, told apart by what can be done about them.
enum class ErrorKind {
  denied,       ///< The server wants other credentials (401, 403).
  missing,      ///< The server has no such file (404, 410).
  changed,      ///< The remote file is another one than the one that was opened.
  unreachable,  ///< No connection, or it broke; trying later may help.
  timed_out,    ///< No answer in the time allowed.
  corrupt,      ///< A reply that contradicts the request or itself; its bytes were not used.
  unsupported,  ///< The server cannot do what is needed, for example ranges.
  misuse,       ///< The user's input is wrong: an option, a configuration file, an argument.
  cancelled,    ///< The work was given up on request, for example at unmount.
  system,       ///< The local system refused: memory, descriptors, a mount.
};

/// True for a failure of the network or of the server's availability: it says nothing of the file, and may pass.
constexpr bool is_connection_failure(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::timed_out;
}

/// One word for logs and tests, for example "timed out".
std::string_view to_string(ErrorKind kind);

/// The one exception of rimfs: a kind, and a sentence to which each layer can add what it was doing.
/// A value; carries no secret, because whoever writes the sentence leaves secrets out.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// The same error, told from further out: "context: message".
  Error within(std::string_view context) const;

 private:
  ErrorKind kind_;
  std::string message_;
};

/// An Error of kind `system` with the text of `error_number` (an errno value) after `doing`.
Error system_error(std::string_view doing, int error_number);

}  // namespace rimfs
