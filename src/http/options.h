// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/units.h"
#include "http/fingerprint.h"
#include "http/server_kind.h"

namespace rimfs::http {

enum class HttpVersion { http1, http2 };
enum class IpVersion { any, v4, v6 };
enum class TlsVersion { v1_0, v1_1, v1_2, v1_3 };

/// What tells two versions of a file apart. With less than every validator the user vouches that equal files are
/// equal: for servers behind one address, or mirrors, that describe one file differently.
enum class SameFile {
  validator,      ///< Entity tag, time and size: every one that a reply has.
  size_and_time,  ///< Times and size; entity tags are ignored.
  size,           ///< The size alone.
};
/// The words of the setting same-file, in the order of SameFile.
inline constexpr std::array<std::string_view, 3> kSameFileWords = {"validator", "size-and-time", "size"};

/// Settings for requests, the same for all servers. A plain value; config/ fills it.
struct Options {
  unsigned connections = 16;  ///< The limit of concurrent requests to all servers together: 1 to 256.
  /// The limit of concurrent requests to one server: 1 to 256. Nothing selects the limit of its kind
  /// (connections_to()).
  std::optional<unsigned> connections_per_host;
  bool hedged_requests = true;  ///< Whether a range that stalls is requested a second time, over another connection.
  std::chrono::milliseconds connect_timeout{10'000};  ///< The limit for connecting, including name lookup and TLS.
  std::chrono::milliseconds stall_timeout{20'000};    ///< The time over which minimum_rate is measured.
  ByteCount minimum_rate = 4_KiB;  ///< Bytes a second; a slower reply is ended. 0: one byte is sufficient.
  std::chrono::milliseconds retry_deadline{60'000};    ///< The time that a reader waits without progress.
  std::chrono::milliseconds revalidate_after{10'000};  ///< The age of a check of the remote file that an open accepts.
  HttpVersion http_version = HttpVersion::http1;       ///< HTTP/2 shares one connection, which is often slower.
  std::string user_agent = "rimfs/" RIMFS_VERSION;

  /// How long an answer may take without progress. Without retries (`--retry-deadline 0`) it still has the time of one
  /// attempt.
  std::chrono::milliseconds answer_deadline() const {
    return retry_deadline.count() > 0 ? retry_deadline : stall_timeout;
  }

  /// The limit of concurrent requests to one server of the kind; null: a server of no known kind.
  unsigned connections_to(const ServerKind* kind) const {
    const std::optional<unsigned> usual = kind ? kind->connections : std::nullopt;
    return connections_per_host.value_or(usual.value_or(connections));
  }
};

/// A shell command of the user and its working directory, so that "./login.sh ./key" has the same meaning in each run.
struct Script {
  std::string command;  ///< The command; empty when there is none.
  std::string folder;   ///< The absolute path of the directory where the command was configured.

  bool empty() const { return command.empty(); }
};

/// How to reach one server and which credentials it receives: credentials, certificates, proxy. A plain value. Every
/// file name is absolute, because a daemon changes its working directory.
struct ServerAccess {
  // Credentials. They are sent only to `origins`.
  /// The origins of the URLs that the user named for the credentials; empty: of any URL of a source.
  std::vector<std::string> origins;
  std::optional<std::string> user;
  Secret password;
  /// An empty name without a password, as with curl: the user logs in with the tickets of the Kerberos credential
  /// cache.
  bool uses_ticket() const { return user && user->empty() && password.empty(); }
  Secret bearer;
  Secret cookie;                ///< In the form "name=value; name=value".
  std::string cookie_jar;       ///< A file in Netscape format; it is only read.
  std::vector<Secret> headers;  ///< Each in the form "Name: value".
  /// The limit of concurrent requests to this server; nothing selects Options::connections_to().
  std::optional<unsigned> connections;
  Script cookie_script;                           ///< Prints cookies.
  Script header_script;                           ///< Prints headers.
  Script url_script;                              ///< Prints the URL to request in place of the source's.
  std::chrono::milliseconds script_age{300'000};  ///< The age after which the scripts run again.
  bool netrc = false;                             ///< Look up user and password in ~/.netrc, or in netrc_file.
  std::string netrc_file;
  std::string client_certificate;  ///< A PEM file.
  std::string client_key;          ///< A PEM file; empty: the key is in the certificate's file.
  Secret client_key_password;

  SameFile same_file = SameFile::validator;
  /// Whether a file of a server without ranges may be downloaded as a whole.
  bool whole_file = false;
  /// The time of a listing as far as it tells versions apart.
  std::optional<std::int64_t> compared(std::optional<std::int64_t> listed_time) const {
    return same_file == SameFile::size ? std::nullopt : listed_time;
  }

  /// The kinds of servers that need special treatment. Lives as long as the program.
  std::span<const ServerKind> server_kinds;

  // The connection to the server.
  std::string ca_file;    ///< A PEM file; empty: the system's certificate authorities.
  std::string ca_dir;     ///< A directory prepared by c_rehash.
  bool insecure = false;  ///< Accept any certificate.
  /// Certificates that are accepted even when their chain or name is wrong (http/certificate.h); at every server that
  /// requests for this source reach.
  std::vector<Fingerprint> fingerprints;
  /// The oldest version of TLS that is accepted. OpenSSL 3 in Debian 12 refuses 1.0 and 1.1, too, unless asked.
  TlsVersion tls_minimum = TlsVersion::v1_2;
  std::string proxy;                 ///< The URL of a proxy; empty: the environment (https_proxy, ...) determines it.
  bool no_proxy = false;             ///< No proxy is used, whatever the environment says.
  std::vector<std::string> resolve;  ///< Each in the form HOST:PORT:ADDRESS, instead of a name lookup.
  /// Options::user_agent when the user set it, otherwise empty. Part of an address's identity, because servers may
  /// select the file by it.
  std::string user_agent;
  IpVersion ip_version = IpVersion::any;
};

}  // namespace rimfs::http
