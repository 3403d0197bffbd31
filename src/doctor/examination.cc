// SPDX-License-Identifier: MIT
#include "doctor/examination.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "catalog/source_kind.h"
#include "catalog/vsphere/server_kind.h"
#include "http/curl.h"
#include "http/curl_transport.h"
#include "http/url.h"
#include "reactor/reactor_thread.h"
#include "reactor/task_scope.h"

namespace rimfs::doctor {
namespace {

constexpr std::chrono::milliseconds kWatchEvery{50};

/// Only an http or https URL leads to other servers than vSphere's.
bool is_vsphere(const catalog::Source& source) {
  const bool own_scheme = !source.kind->scheme.empty();
  return own_scheme || (catalog::vsphere::is_datastore_url(source.url) && source.access.user.has_value());
}

/// What rows and exchanges may contain of the source.
void learn(Redaction& redaction, const catalog::Source& source) {
  redaction.learn(Name::host, http::host_in_certificate(source.url));
  redaction.learn(Name::user, source.access.user.value_or(""));
  redaction.learn(Name::secret, source.access.password.reveal());
  redaction.learn(Name::secret, source.access.bearer.reveal());
}

/// The parts of an examination, in the order of their dependency. Made and destroyed on the main thread.
class Run {
 public:
  Run(const catalog::Source& source, http::Options options, Limits limits, const std::atomic<bool>& interrupted,
      Log& log)
      : options_(std::move(options)),
        interrupted_(interrupted),
        carrier_(loop_, options_),
        recording_(carrier_, limits.requests),
        client_(loop_, recording_, options_, log),
        pool_(loop_, 1),
        prober_(loop_, recording_, options_),
        examination_{source, options_, loop_, client_, pool_, recording_, prober_, log, diagnosis_},
        end_(loop_.now() + limits.time),
        reactor_(loop_) {
    learn(diagnosis_.redaction, source);
  }

  Diagnosis run() {
    reactor_.run([this] { return all(); });
    return std::move(diagnosis_);
  }

 private:
  reactor::Task<> all() {
    reactor::TaskScope watching;
    watching.spawn(watch());
    std::optional<Error> failure;
    try {
      co_await check();
    } catch (const Error& error) {
      failure = error;
    }
    done_ = true;
    loop_.wake_sleepers();
    auto joined = watching.joined();
    co_await joined;
    client_.cancel_all();
    co_await client_.close();
    if (failure) examination_.add("examination", {Verdict::failed, failure->message(), "no failure"});
    diagnosis_.exchanges = recording_.records();
  }

  reactor::Task<> check() {
    return is_vsphere(examination_.source) ? check_vsphere(examination_) : check_web(examination_);
  }

  /// Ends the work when a signal came or the time is over. The checks then add their rows without asking, and log out.
  reactor::Task<> watch() {
    while (!done_ && !loop_.is_sleepless()) {
      if (interrupted_ || loop_.now() >= end_) {
        diagnosis_.interrupted = true;
        recording_.stop();
        client_.cancel_all();
        loop_.wake_sleepers();
        co_return;
      }
      co_await loop_.sleep(kWatchEvery);
    }
  }

  const http::CurlLibrary curl_;
  const http::Options options_;
  const std::atomic<bool>& interrupted_;
  reactor::EventLoop loop_;
  http::CurlTransport carrier_;
  Recording recording_;
  http::Client client_;
  reactor::Offload pool_;
  Prober prober_;
  Diagnosis diagnosis_;
  Examination examination_;
  const reactor::EventLoop::Clock::time_point end_;
  bool done_ = false;
  reactor::ReactorThread reactor_;
};

}  // namespace

Diagnosis examine(const catalog::Source& source, http::Options options, Limits limits,
                  const std::atomic<bool>& interrupted, Log& log) {
  options.retry_deadline = std::chrono::milliseconds(0);  // a retry would hide what the server does
  options.stall_timeout = std::min(options.stall_timeout, std::chrono::milliseconds(10'000));
  Run run(source, std::move(options), limits, interrupted, log);
  return run.run();
}

std::string advice(const Diagnosis& diagnosis) {
  const auto count = [&](Verdict verdict) {
    return std::count_if(diagnosis.rows.begin(), diagnosis.rows.end(),
                         [&](const Row& row) { return row.finding.verdict == verdict; });
  };
  if (diagnosis.interrupted) return "The examination was ended early: run it again for the rest.";
  if (const auto failed = count(Verdict::failed); failed > 0) {
    return fmt::format(
        "{} of {} checks failed: a mount will fail there; see the rows, and report the server with "
        "--report FILE.",
        failed, diagnosis.rows.size());
  }
  if (const auto differs = count(Verdict::differs); differs > 0) {
    return fmt::format(
        "{} of {} checks differ from what rimfs expects: try a mount, and report the server with "
        "--report FILE.",
        differs, diagnosis.rows.size());
  }
  return "The server does what rimfs expects: mount it.";
}

}  // namespace rimfs::doctor
