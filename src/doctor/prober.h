// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/units.h"
#include "doctor/recording.h"
#include "http/host.h"
#include "http/options.h"
#include "http/origin_memory.h"
#include "http/resource.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"

namespace rimfs::doctor {

/// What is read of the page of a folder.
inline constexpr ByteCount kLongestPage = 4_MiB;

/// One request of a check. A value.
struct Question {
  Question() = default;
  explicit Question(std::vector<std::string> request_headers) : headers(std::move(request_headers)) {}

  std::vector<std::string> headers;  ///< "Name: value".
  bool head_only = false;
  bool keeps_body = false;  ///< For pages; bodies of files are never kept.
  ByteCount most = 1_MiB;   ///< A longer body is cut off.
};

/// The question for a range, as it stands in the header: "0-0", "-10".
Question range_question(const std::string& range);

/// Sends single requests to see what the server does with them: without retries, without renewing a login, and without
/// judging the reply. Follows redirects, and logs in with the scheme that the server wants. Reactor only.
class Prober {
 public:
  /// The references outlive the prober.
  Prober(reactor::EventLoop& loop, Recording& recording, const http::Options& options)
      : loop_(loop), recording_(recording), options_(options), host_("doctor", kMostAtOnce, loop) {}

  /// The last reply, after redirects. Never throws for a failure of a server: the record reports it. `address` outlives
  /// the task and remembers the target of a redirect.
  reactor::Task<Record> ask(http::Address& address, Question question);
  /// Sends all questions at once.
  reactor::Task<std::vector<Record>> ask_at_once(http::Address& address, std::vector<Question> questions);

 private:
  static constexpr unsigned kMostAtOnce = 8;
  static constexpr std::chrono::seconds kLimit{15};  ///< For one request.

  reactor::Task<Record> send(const http::Address& address, Question question);
  reactor::Task<http::Outcome> exchange(const http::Address& address, http::Request& request,
                                        const http::OriginState& state);
  reactor::Task<> send_into(const http::Address& address, Question question, Record& record);

  reactor::EventLoop& loop_;
  Recording& recording_;
  const http::Options& options_;
  http::Host host_;
  http::OriginMemory origins_;  // their schemes of login
};

}  // namespace rimfs::doctor
