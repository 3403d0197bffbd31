// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::http {

/// A query in two parts. Each parameter keeps its spelling and its order within its part.
struct SplitQuery {
  std::string plain;        ///< The parameters that select the resource: "id=1&versionId=2".
  std::string credentials;  ///< The parameters that authorise: "X-Amz-Signature=...&X-Amz-Date=...".
};

/// Separates the parameters of a query that are credentials, or expire with them, from those that select the resource.
/// The table is in the source file. `query` does not include "?". Pure.
SplitQuery split_query(std::string_view query);

}  // namespace rimfs::http
