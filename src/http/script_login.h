// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/display_url.h"
#include "base/log.h"
#include "http/login.h"
#include "http/options.h"
#include "reactor/process.h"

namespace rimfs::http {

/// A login that the user's own scripts know: one prints cookies ("NAME=VALUE", one a line or divided by "; "), one
/// prints headers ("Name: value", one a line). They run when something is first asked, again after a time, and again
/// when the server answers 401 or 403. They find the URL in RIMFS_URL. Reactor only.
class ScriptLogin : public Login {
 public:
  /// `access` names the scripts; `url` is where the source is.
  ScriptLogin(std::string url, const ServerAccess& access, reactor::EventLoop& loop, Log& log);

  void cancel() override;

 protected:
  reactor::Task<Credentials> fetch() override;

 private:
  reactor::Task<std::string> output_of(std::string setting, Script script);
  void check_end(const reactor::Process::End& end, const std::string& setting);

  const DisplayUrl shown_;
  const std::string url_;
  const Script cookie_script_;
  const Script header_script_;
  Log& log_;
  reactor::Process* running_ = nullptr;
};

/// What a cookie script printed, as a Cookie header's value. Throws Error{denied} when it is none. Pure.
Secret cookies_of(const std::string& output);
/// What a header script printed. Throws Error{denied} when a line is no header. Pure.
std::vector<Secret> headers_of(const std::string& output);

}  // namespace rimfs::http
