// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "http/exchange_record.h"
#include "http/progress.h"
#include "http/reply.h"

namespace rimfs::http {

/// A request to a server: a range of a file, a whole document, a POST, or another method with a body. A value.
struct Request {
  /// Checks a reply's head before its body; returns nothing when the body is wanted.
  using HeadCheck = std::function<std::optional<Rejection>(const ReplyHead&)>;

  explicit Request(HeadCheck check_head) : check(std::move(check_head)) {}

  HeadCheck check;
  /// Returns true when the head contains new information, so that even a framed body counts only once it has ended. May
  /// be empty.
  std::function<bool(const ReplyHead&)> provisional;
  /// Checks the head again when a held body has ended, before the body counts. May be empty.
  HeadCheck confirm;
  std::optional<ByteRange> range;   ///< The range; nothing requests the whole resource.
  ByteCount most = 64_MiB;          ///< The longest body that is accepted without a range.
  std::optional<std::string> body;  ///< The body of the request; nothing for a GET or HEAD.
  /// The method of a request with a body: "POST", "PUT", or "PROPFIND" (RFC 4918, section 9.1), which is safe (RFC
  /// 9110, section 9.2.1) and whose body holds no secret. A literal.
  std::string_view body_method = "POST";
  /// The request, or its reply, holds credentials: nothing of it is recorded.
  bool confidential = false;
  /// Whether the body is passed on without the content codings that the server chose; for documents. The bytes of a
  /// file are those that the server stores.
  bool decoded = false;
  bool head_only = false;                               ///< A HEAD instead of a GET.
  std::vector<std::string> headers;                     ///< Headers "Name: value", in addition to those of the address.
  std::optional<std::chrono::milliseconds> time_limit;  ///< For the whole request; nothing: only stalls end it.
  Progress* progress = nullptr;                         ///< The observer's view of the request; outlives it.
  bool http1 = false;                                   ///< HTTP/1.1, whatever Options::http_version is.
  bool own_connection = false;                          ///< The request does not share a connection (HTTP/2).
  bool new_connection = false;  ///< No connection of an earlier request is used: another server may answer.
  /// The limit of attempts that were sent and whose result is unknown, for operations that must not be repeated often;
  /// nothing: no limit.
  std::optional<unsigned> most_lost;
  bool during_shutdown = false;            ///< A logout: sent once, even after Client::cancel_all().
  std::shared_ptr<ExchangeRecord> record;  ///< Where the exchange is recorded; null: nowhere.

  /// The method, as the request line has it.
  std::string_view method() const { return body ? body_method : head_only ? "HEAD" : "GET"; }
  /// True for a request that may log in, or change something on the server. Others wait for a slot, are retried, and
  /// follow redirects to other origins.
  bool is_call() const { return body && body_method != "PROPFIND"; }
};

}  // namespace rimfs::http
