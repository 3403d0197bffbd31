// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "http/exchange_record.h"
#include "http/transport.h"

namespace rimfs::doctor {

using Record = std::shared_ptr<const http::ExchangeRecord>;

/// A transport that records each exchange which another transport carries, and that ends the work of an examination:
/// after `most` requests, and after stop(), it refuses everything but a logout. Nothing is recorded of exchanges that
/// hold credentials (Request::confidential). Reactor only.
class Recording final : public http::Transport {
 public:
  /// `carrier` outlives the recording.
  Recording(http::Transport& carrier, std::size_t most) : carrier_(carrier), most_(most) {}

  void start(http::Exchange& exchange) override;
  void end_given_up() override { carrier_.end_given_up(); }
  void cancel_all() override { carrier_.cancel_all(); }
  void resume_paused() override { carrier_.resume_paused(); }

  /// Ends all exchanges; later ones are refused.
  void stop();
  bool stopped() const { return stopped_; }
  /// True when `more` requests are within the limit.
  bool has_room(std::size_t more) const { return !stopped_ && records_.size() + more <= most_; }

  /// All exchanges that were sent, in the order of their beginning. The last ones may still run.
  const std::vector<Record>& records() const { return records_; }

 private:
  http::Transport& carrier_;
  const std::size_t most_;
  bool stopped_ = false;
  std::vector<Record> records_;
};

/// The body of a SOAP request as it may be recorded: without user name and password of a login. Pure.
std::string without_login(std::string body);

/// The name of the call in a SOAP request or reply ("Login"); empty when there is none. Pure.
std::string soap_call(const std::string& body);

}  // namespace rimfs::doctor
