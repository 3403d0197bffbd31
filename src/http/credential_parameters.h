// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::http {

/// A query in two parts. Each piece keeps its spelling and its place among the others of its part.
struct SplitQuery {
  std::string plain;        ///< What chooses the resource: "id=1&versionId=2".
  std::string credentials;  ///< Who may have it and until when: "X-Amz-Signature=...&X-Amz-Date=...".
};

/// Tells the parameters of a query that are credentials, or that expire with them, from those that choose the resource.
/// The table stands in the source file. `query`: without "?". Pure.
SplitQuery split_query(std::string_view query);

}  // namespace rimfs::http
