// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "catalog/source.h"
#include "catalog/source_kind.h"
#include "doctor/judgements.h"
#include "doctor/prober.h"
#include "doctor/recording.h"
#include "doctor/redaction.h"
#include "doctor/row.h"
#include "http/client.h"
#include "http/login.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::doctor {

/// How much an examination may take of a server.
struct Limits {
  std::size_t requests = 64;               ///< A logout is not counted.
  std::chrono::milliseconds time{60'000};  ///< In all; then the remaining checks are not asked.
};

/// What was found about a source. A value.
struct Diagnosis {
  std::vector<Row> rows;
  std::vector<Record> exchanges;  ///< In the order in which they began.
  Redaction redaction;            ///< Knows the names and secrets that occur in rows and exchanges.
  std::string examined;           ///< The folder or file that was looked at, for a mount of a replayed server.
  bool interrupted = false;       ///< A signal or the limit of time ended it.
};

/// The parts that checks use, and the result that they fill. Reactor only.
struct Examination {
  const catalog::Source& source;
  const http::Options& options;
  reactor::EventLoop& loop;
  http::Client& client;
  reactor::Offload& pool;
  Recording& recording;
  Prober& prober;
  Log& log;
  Diagnosis& diagnosis;

  /// Adds a row.
  void add(std::string name, Finding finding) { diagnosis.rows.push_back({std::move(name), std::move(finding)}); }
  /// Adds rows of checks for which nothing was sent. `why` completes "not asked: ".
  void skip(std::initializer_list<const char*> names, const std::string& why) {
    for (const char* name : names) add(name, {Verdict::not_asked, why, ""});
  }
};

/// What rows and exchanges may contain of the source and of its credentials. Values of cookies, headers and queries are
/// secrets, but not short ones, and not numbers and plain words ("download") in queries: other texts contain them, too.
void learn(Redaction& redaction, const catalog::Source& source);
/// The same for the credentials that a script printed.
void learn(Redaction& redaction, const http::Login::Credentials& credentials);
/// The values in the query of a URL, but for those of dcPath and dsName.
void learn_query(Redaction& redaction, std::string_view url);

/// Examines the server of a source: sends a bounded number of requests and never writes. Blocks; runs its own threads.
/// `interrupted` ends it early, also then it logs out. Throws Error{system} for a failure of this machine. Failures
/// of the server are rows. Call it on the main thread.
Diagnosis examine(const catalog::Source& source, http::Options options, Limits limits,
                  const std::atomic<bool>& interrupted, Log& log);

/// The checks of a file: rows from "first byte" to "unknown file". `unknown`: the address of a file beside it that is
/// not there. `file` outlives the task and remembers redirects.
reactor::Task<> check_file(Examination& examination, http::Address& file, http::Address unknown, Server server);
/// How the server of a web or WebDAV source is reached. Runs the source's scripts, if it has any; adds their row.
/// Throws Error.
reactor::Task<catalog::Access> log_in(Examination& examination);
/// The checks of a web source, a file or a folder.
reactor::Task<> check_web(Examination& examination);
/// The checks of an S3 bucket: its credentials and listing, and a file.
reactor::Task<> check_s3(Examination& examination);
/// The checks of a WebDAV source: its listing, and a file.
reactor::Task<> check_webdav(Examination& examination);
/// The checks of a vSphere server, and of a file in one of its datastores.
reactor::Task<> check_vsphere(Examination& examination);

/// What to do, in one sentence for the end of the table. Pure.
std::string advice(const Diagnosis& diagnosis);

}  // namespace rimfs::doctor
