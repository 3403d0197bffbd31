// SPDX-License-Identifier: MIT
#include "doctor/examination.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/split.h"
#include "catalog/s3/s3_sources.h"
#include "catalog/source_kind.h"
#include "catalog/vsphere/server_kind.h"
#include "catalog/webdav/webdav_sources.h"
#include "http/credential_parameters.h"
#include "http/curl.h"
#include "http/curl_transport.h"
#include "http/url.h"
#include "reactor/reactor_thread.h"
#include "reactor/task_scope.h"

namespace rimfs::doctor {
namespace {

constexpr std::chrono::milliseconds kWatchEvery{50};

/// An https URL is vSphere's only if it is a datastore URL with a user and a password.
bool is_vsphere(const catalog::Source& source) {
  const bool own_scheme = source.kind->scheme == "vsphere";
  const bool has_login = source.access.user && !source.access.uses_ticket();
  return own_scheme || (catalog::vsphere::is_datastore_url(source.url) && has_login);
}

/// A shorter value is no secret, and other texts contain it.
constexpr std::size_t kShortestSecret = 6;

/// Request headers whose values are no credentials, in lower case.
constexpr std::string_view kPublicHeaders[] = {"accept",        "accept-encoding", "accept-language", "cache-control",
                                               "content-type",  "pragma",          "range",           "referer",
                                               "if-none-match", "user-agent"};

void learn_secret(Redaction& redaction, std::string_view value) {
  if (value.size() >= kShortestSecret) redaction.learn(Name::secret, value);
}

/// "name=value; name=value".
void learn_cookies(Redaction& redaction, const Secret& cookies) {
  for (const std::string_view pair : split(cookies.reveal(), ';')) {
    const std::size_t equals = pair.find('=');
    learn_secret(redaction, trimmed(equals == std::string_view::npos ? pair : pair.substr(equals + 1), " \t\""));
  }
}

/// "Name: value", and the last word of the value: "Authorization: Basic CODE".
void learn_header(Redaction& redaction, const Secret& header) {
  const std::string_view line = header.reveal();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(trimmed(line.substr(0, colon)));
  if (std::find(std::begin(kPublicHeaders), std::end(kPublicHeaders), name) != std::end(kPublicHeaders)) return;
  const std::string_view value = trimmed(line.substr(colon + 1));
  learn_secret(redaction, value);
  if (const std::size_t space = value.rfind(' '); space != std::string_view::npos) {
    learn_secret(redaction, value.substr(space + 1));
  }
  if (name == "cookie") learn_cookies(redaction, Secret(std::string(value)));
}

/// The code of HTTP Basic (RFC 7617, section 2), which a server may show in an error page.
void learn_basic(Redaction& redaction, const http::ServerAccess& access) {
  if (!access.user || access.uses_ticket()) return;
  const Secret plain(*access.user + ":" + access.password.reveal());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(plain.reveal().data());
  std::vector<unsigned char> code(plain.reveal().size() / 3 * 4 + 5);
  const int length = EVP_EncodeBlock(code.data(), bytes, static_cast<int>(plain.reveal().size()));
  std::string text(code.begin(), code.begin() + length);
  redaction.learn(Name::secret, trimmed_end(text, "="));
}

/// True for a time or a size, which headers contain, too.
bool is_number(std::string_view value) { return value.find_first_not_of("0123456789") == std::string_view::npos; }

/// True for a value that has neither capital letters nor digits: "download", "text/html".
bool is_plain_word(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return is_digit(c) || (is_letter(c) && c != lower(c)); });
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
    if (catalog::s3::is_s3(examination_.source)) return check_s3(examination_);
    if (catalog::webdav::is_webdav(examination_.source)) return check_webdav(examination_);
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

void learn_query(Redaction& redaction, std::string_view url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return;
  const std::string_view query = url.substr(mark + 1, url.find('#', mark) - mark - 1);
  const std::string credentials = "&" + http::split_query(query).credentials + "&";
  for (const std::string_view parameter : split(query, '&')) {
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (name == "dcPath" || name == "dsName") continue;
    const std::string_view value = equals == std::string_view::npos ? parameter : parameter.substr(equals + 1);
    const bool authorises = credentials.find("&" + std::string(parameter) + "&") != std::string::npos;
    if (!is_number(value) && (authorises || !is_plain_word(value))) learn_secret(redaction, value);
  }
}

void learn(Redaction& redaction, const http::Login::Credentials& credentials) {
  learn_cookies(redaction, credentials.cookie);
  for (const Secret& header : credentials.headers) learn_header(redaction, header);
  if (credentials.url.empty()) return;
  redaction.learn(Name::host, http::host_in_certificate(credentials.url.reveal()));
  learn_query(redaction, credentials.url.reveal());
}

void learn(Redaction& redaction, const catalog::Source& source) {
  const http::ServerAccess& access = source.access;
  redaction.learn(Name::host, http::host_in_certificate(source.url));
  redaction.learn(Name::user, access.user.value_or(""));
  redaction.learn(Name::secret, access.password.reveal());
  redaction.learn(Name::secret, access.bearer.reveal());
  learn_basic(redaction, access);
  if (source.s3.fixed) {
    redaction.learn(Name::user, source.s3.fixed->id);
    redaction.learn(Name::secret, source.s3.fixed->secret.reveal());
    redaction.learn(Name::secret, source.s3.fixed->token.reveal());
  }
  learn_cookies(redaction, access.cookie);
  for (const Secret& header : access.headers) learn_header(redaction, header);
  learn_query(redaction, source.url);
}

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
