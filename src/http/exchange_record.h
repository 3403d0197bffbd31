// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/certificate.h"

namespace rimfs::http {

/// What is known about the TLS connection of an exchange. A plain value.
struct TlsFacts {
  std::string version;  ///< OpenSSL's name: "TLSv1.3".
  std::optional<CertificateFindings> certificate;
};

/// One request and its reply as they were on the wire, for a report about a server. Plain data, filled by the exchange
/// that it was given to (Exchange::record_into()) and by its transport. It may contain secrets of the server (cookies,
/// names) but not the credentials of the address. Reactor only while the exchange runs; immutable afterwards.
struct ExchangeRecord {
  /// Which bodies are kept. Those of files never are.
  enum class Bodies {
    refusals,  ///< Only of replies with a status from 400 on.
    all,
  };
  static constexpr std::size_t kMostBody = 64UL * 1024;  ///< What is kept of a body.

  // Of the request.
  Bodies bodies = Bodies::refusals;
  std::string method;                ///< "GET", "HEAD", "POST".
  std::string url;                   ///< As it was requested.
  std::vector<std::string> headers;  ///< The request's own, "Name: value"; a cookie is left out.
  std::string posted;                ///< The body of a POST, without passwords: the recorder removes them.

  // Of the reply.
  std::vector<std::string> head_lines;  ///< Status lines and headers as received, of interim replies too.
  int status = 0;                       ///< 0: there was no final head.
  std::string body;                     ///< Its beginning; see `bodies`.
  std::uint64_t body_size = 0;          ///< Bytes that arrived.
  bool ended = false;                   ///< The reply ended as its framing requires.
  std::string failure;                  ///< Why there was no complete reply; empty otherwise.
  std::chrono::microseconds took{};     ///< From the call of the transport to the end.

  // Of the connection.
  bool new_connection = false;
  int local_port = 0;           ///< Connections that are open at one time differ in it.
  std::optional<TlsFacts> tls;  ///< Nothing without TLS, or when there was no connection.

  /// The value of the last reply's header of this name, in lower case; nothing when it is absent. Pure.
  std::optional<std::string> header(const std::string& name) const;
  /// The values of all lines of this header in the final head. Pure.
  std::vector<std::string> header_lines(const std::string& name) const;
  /// "HTTP/1.1" or "HTTP/2"; empty without a reply. Pure.
  std::string http_version() const;
};

}  // namespace rimfs::http
