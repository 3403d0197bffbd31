// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/failures.h"

namespace rimfs::http {

/// How much of a refusal's body is read: error pages of servers are shorter.
constexpr std::size_t kMostReason = 8192;

/// What one kind of servers does in its own way. The code that knows such servers hands it over, in
/// ServerAccess::server_kinds. Constant for the life of the program; members that do not apply are empty.
struct ServerKind {
  /// True for the URL of a file that such a server serves. Throws Error{misuse} for what is no URL. Pure.
  bool (*serves)(const std::string& url);
  /// What statuses mean; read before the general table of http/failures.cc.
  std::span<const StatusRow> statuses{};
  /// The meaning of a refusal (a status from explained_from on) when the beginning of its body is known, at most
  /// kMostReason bytes, raw; `refusal` is what the status alone means. Null: such bodies are not read. Pure.
  Rejection (*explain)(Rejection refusal, int status, std::string_view body) = nullptr;
  int explained_from = 400;
  /// Connections at once to such a server, unless the user sets a number.
  std::optional<unsigned> connections{};
  /// Names of query parameters that are shown with the URL of such a file: they say where it is, and are no secret.
  std::span<const std::string_view> shown_parameters{};
  /// Names of headers, in lower case, that say who asks and are renewed. They are recognised at all servers.
  std::span<const std::string_view> credential_headers{};
};

/// The first of `kinds` that serves `url`; null when there is none. Throws Error{misuse} for what is no URL. Pure.
const ServerKind* kind_serving(const std::string& url, std::span<const ServerKind> kinds);

}  // namespace rimfs::http
