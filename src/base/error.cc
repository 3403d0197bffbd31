// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <system_error>

namespace rimfs {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::missing:
      return "missing";
    case ErrorKind::locked:
      return "locked";
    case ErrorKind::changed:
      return "changed";
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::timed_out:
      return "timed out";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::folder:
      return "folder";
    case ErrorKind::only_whole:
      return "without ranges";
    case ErrorKind::unreadable:
      return "unreadable";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::misuse:
      return "misuse";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::system:
      return "system";
  }
  return "unknown";
}

Error Error::within(std::string_view context) const { return Error(kind_, std::string(context) + ": " + message_); }

Error system_error(std::string_view doing, int error_number) {
  return Error(ErrorKind::system, std::string(doing) + ": " + std::generic_category().message(error_number));
}

}  // namespace rimfs
