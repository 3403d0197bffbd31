// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/units.h"
#include "http/server_kind.h"

namespace rimfs::http {

enum class HttpVersion { http1, http2 };
enum class IpVersion { any, v4, v6 };

/// How requests are sent, the same for all servers. A plain value; config/ fills it.
struct Options {
  unsigned connections = 16;  ///< At once, to all servers together: 1 to 256.
  /// At once, to one server: 1 to 256. None: what its kind allows (connections_to()).
  std::optional<unsigned> connections_per_host;
  bool hedged_requests = true;  ///< A range that stalls is asked for a second time, over another connection.
  std::chrono::milliseconds connect_timeout{10'000};  ///< Until connected, name lookup and TLS included.
  std::chrono::milliseconds stall_timeout{20'000};    ///< The time over which minimum_rate is measured.
  ByteCount minimum_rate = 4_KiB;  ///< Bytes a second; a reply that brings less is ended. 0: one byte is enough.
  std::chrono::milliseconds retry_deadline{60'000};    ///< How long a reader waits without progress.
  std::chrono::milliseconds revalidate_after{10'000};  ///< Age of a check of the remote file that an open accepts.
  HttpVersion http_version = HttpVersion::http1;       ///< 2 shares one connection, which is often slower.
  std::string user_agent = "rimfs/" RIMFS_VERSION;

  /// How long an answer may take without progress. Without retries (`--retry-deadline 0`) it still has the time of one
  /// attempt.
  std::chrono::milliseconds answer_deadline() const {
    return retry_deadline.count() > 0 ? retry_deadline : stall_timeout;
  }

  /// At once, to one server of the kind; null: of no kind that is known. Without a limit: as many as to all.
  unsigned connections_to(const ServerKind* kind) const {
    const std::optional<unsigned> usual = kind ? kind->connections : std::nullopt;
    return connections_per_host.value_or(usual.value_or(connections));
  }
};

/// A shell command of the user, and the folder it runs in, so that "./login.sh ./key" means the same at each run.
struct Script {
  std::string command;  ///< Empty: none.
  std::string folder;   ///< Absolute: where the command was said.

  bool empty() const { return command.empty(); }
};

/// How to reach one server and what to show it: credentials, certificates, proxy. A plain value; every file
/// name is absolute, because a daemon leaves its working directory.
struct ServerAccess {
  // Credentials: sent only to `origins`.
  std::vector<std::string> origins;  ///< Of the URLs that the user named for them; empty: of any URL of a source.
  std::optional<std::string> user;
  Secret password;
  Secret bearer;
  Secret cookie;                                  ///< "name=value; name=value".
  std::string cookie_jar;                         ///< A file in Netscape format; only read.
  std::vector<Secret> headers;                    ///< Each "Name: value".
  std::optional<unsigned> connections;            ///< At once to this server; none: Options::connections_to().
  Script cookie_script;                           ///< Prints cookies.
  Script header_script;                           ///< Prints headers.
  std::chrono::milliseconds script_age{300'000};  ///< They run again after this.
  bool netrc = false;                             ///< Look up user and password in ~/.netrc, or in netrc_file.
  std::string netrc_file;
  std::string client_certificate;  ///< PEM file.
  std::string client_key;          ///< PEM file; empty: in the certificate's file.
  Secret client_key_password;

  /// The kinds of servers that have ways of their own. Lives as long as the program.
  std::span<const ServerKind> server_kinds;

  // The way to the server.
  std::string ca_file;               ///< PEM file; empty: what the system trusts.
  std::string ca_dir;                ///< A directory prepared by c_rehash.
  bool insecure = false;             ///< Accept any certificate.
  std::string proxy;                 ///< A proxy's URL; empty: what the environment (https_proxy, ...) says.
  std::vector<std::string> resolve;  ///< Each HOST:PORT:ADDRESS, instead of a name lookup.
  /// Options::user_agent when the user chose it, else empty. Part of an address's identity: servers choose by it.
  std::string user_agent;
  IpVersion ip_version = IpVersion::any;
};

}  // namespace rimfs::http
