// SPDX-License-Identifier: MIT
#include "http/script_login.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// A script that prompts a user, or uses a slow single sign-on, may take a while; one that hangs must not block
/// requests.
constexpr std::chrono::seconds kLongestRun{60};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view whole : split(text, '\n')) {
    const std::string_view line = trimmed_end(whole, "\r ");
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

/// Each line becomes a part of a request's head. A carriage return inside it would begin another header, and libcurl
/// cuts at a NUL (RFC 9110, section 5.5). A tab is allowed.
bool fits_a_header(const std::string& line) {
  return std::none_of(line.begin(), line.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

}  // namespace

Secret cookies_of(const std::string& output) {
  std::string cookies;
  for (const std::string& line : lines_of(output)) {
    if (line.find('=') == std::string::npos) {
      throw Error(ErrorKind::denied, "the cookie-script printed a line that is not NAME=VALUE");
    }
    if (!fits_a_header(line)) {
      throw Error(ErrorKind::denied, "the cookie-script printed a control character inside a line");
    }
    cookies += (cookies.empty() ? "" : "; ") + line;
  }
  if (cookies.empty()) throw Error(ErrorKind::denied, "the cookie-script printed no cookie");
  return Secret(std::move(cookies));
}

std::vector<Secret> headers_of(const std::string& output) {
  std::vector<Secret> headers;
  for (std::string& line : lines_of(output)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || line.find_first_of(" \t") < colon) {
      throw Error(ErrorKind::denied, "the header-script printed a line that is not \"Name: value\"");
    }
    if (!fits_a_header(line)) {
      throw Error(ErrorKind::denied, "the header-script printed a control character inside a line");
    }
    headers.emplace_back(std::move(line));
  }
  return headers;
}

Secret url_of(const std::string& output) {
  const std::vector<std::string> lines = lines_of(output);
  if (lines.size() != 1) throw Error(ErrorKind::denied, "the url-script did not print one line, the URL");
  try {
    const UserUrl url = read_user_url(lines.front());
    if (is_web_url(url.url) && !url.user) return Secret(url.url);
  } catch (const Error&) {
    // The message would be about the text, which may hold a signature.
  }
  throw Error(ErrorKind::denied, "the url-script printed no http or https URL, or one with a user");
}

ScriptLogin::ScriptLogin(std::string url, const ServerAccess& access, reactor::EventLoop& loop, Log& log)
    : Login(loop, access.script_age),
      shown_(display_url(url, access.server_kinds)),
      url_(std::move(url)),
      cookie_script_(access.cookie_script),
      header_script_(access.header_script),
      url_script_(access.url_script),
      log_(log) {}

reactor::Task<Login::Credentials> ScriptLogin::fetch() {
  Credentials credentials;
  if (!cookie_script_.empty()) {
    const std::string output = co_await output_of("cookie-script", cookie_script_);
    credentials.cookie = cookies_of(output);
  }
  if (!header_script_.empty()) {
    const std::string output = co_await output_of("header-script", header_script_);
    credentials.headers = headers_of(output);
  }
  if (!url_script_.empty()) {
    const std::string output = co_await output_of("url-script", url_script_);
    credentials.url = url_of(output);
    credentials.replaced = url_;
  }
  co_return credentials;
}

reactor::Task<std::string> ScriptLogin::output_of(std::string setting, Script script) {
  std::vector<std::string> variables{"RIMFS_URL=" + url_};
  reactor::Process process(loop(), script.command, variables, script.folder);
  running_ = &process;
  const reactor::Process::End end = co_await process.ended(kLongestRun);
  running_ = nullptr;
  check_end(end, setting);
  co_return end.output;
}

/// Throws Error when the output must not be used. Logs the last line of standard error.
void ScriptLogin::check_end(const reactor::Process::End& end, const std::string& setting) {
  using Reason = reactor::Process::Reason;
  const std::string which = fmt::format("{}: the {}", shown_, setting);
  const std::vector<std::string> complaints = lines_of(end.errors);
  const std::string said = complaints.empty() ? "it printed no message" : complaints.back();
  switch (end.reason) {
    case Reason::too_long:
      throw Error(ErrorKind::timed_out, fmt::format("{} did not end within {} s and was ended with all that it started",
                                                    which, kLongestRun.count()));
    case Reason::too_much:
      throw Error(ErrorKind::denied,
                  fmt::format("{} printed more than {} KiB, or {} KiB on its standard error, and was ended with all "
                              "that it started; it must print only a few lines",
                              which, reactor::Process::kLongestOutput >> 10, reactor::Process::kLongestErrors >> 10));
    case Reason::cancelled:
      throw Error(ErrorKind::cancelled, which + " was ended with the mount");
    case Reason::itself:
      break;
  }
  if (end.status != 0) {
    throw Error(ErrorKind::denied, fmt::format("{} failed with status {}: {}", which, end.status, said));
  }
  if (!complaints.empty()) log_.info("{} printed: {}", which, said);
}

void ScriptLogin::cancel() {
  if (running_) running_->kill();
}

}  // namespace rimfs::http
