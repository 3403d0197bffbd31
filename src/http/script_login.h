// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/display_url.h"
#include "base/log.h"
#include "http/login.h"
#include "http/options.h"
#include "reactor/process.h"

namespace rimfs::http {

/// Credentials from the user's own scripts: one prints cookies ("NAME=VALUE", one a line or separated by "; "), one
/// prints headers ("Name: value", one a line), one prints the URL to request, such as a presigned one. They run before
/// the first request, again after a time, and again when the server answers 401 or 403. The environment variable
/// RIMFS_URL contains the URL. Reactor only.
class ScriptLogin : public Login {
 public:
  /// `access` contains the scripts; `url` is the location of the source.
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
  const Script url_script_;
  Log& log_;
  reactor::Process* running_ = nullptr;
};

/// Converts the output of a cookie script to the value of a Cookie header. Throws Error{denied} when it is invalid.
/// Pure.
Secret cookies_of(const std::string& output);
/// Converts the output of a URL script. Throws Error{denied} when it is not one http or https URL. Pure.
Secret url_of(const std::string& output);
/// Converts the output of a header script. Throws Error{denied} when a line is not a header. Pure.
std::vector<Secret> headers_of(const std::string& output);

}  // namespace rimfs::http
