// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace rimfs::doctor {

/// What a check says of the server.
enum class Verdict {
  ok,         ///< As rimfs expects.
  differs,    ///< Not as expected; what it means for rimfs stands in the row.
  failed,     ///< There was no usable answer: a mount of this source will fail there.
  not_asked,  ///< Nothing was sent: an earlier check failed, or a limit of the examination was reached.
};

/// The word for tables and reports: "ok", "differs", "failed", "not asked".
constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::differs:
      return "differs";
    case Verdict::failed:
      return "failed";
    default:
      return "not asked";
  }
}

/// What a check found. A plain value.
struct Finding {
  Verdict verdict = Verdict::not_asked;
  std::string observed;
  std::string expected;
};

/// What a check found whose answer is as expected, or differs. Pure.
inline Finding finding(bool as_expected, std::string observed, std::string expected) {
  return {as_expected ? Verdict::ok : Verdict::differs, std::move(observed), std::move(expected)};
}

/// One line of the result. A plain value.
struct Row {
  std::string name;
  Finding finding;
};

}  // namespace rimfs::doctor
