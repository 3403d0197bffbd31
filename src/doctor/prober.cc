// SPDX-License-Identifier: MIT
#include "doctor/prober.h"

#include "http/exchange.h"
#include "http/url.h"
#include "reactor/task_scope.h"

namespace rimfs::doctor {
namespace {

constexpr int kMostRedirects = 5;

class Discard final : public http::BodySink {
 public:
  void write(std::span<const std::byte>) override {}
  void hold(std::span<const std::byte>) override {}
  void keep_held() override {}
  void drop_held() override {}
};

/// Takes the address that a url-script has printed.
void use_login(http::Address& address) {
  if (address.login()) address.use(address.login()->credentials());
}

/// True when the reply leads elsewhere; `address` has the target then.
bool follow(http::Address& address, const http::ExchangeRecord& record) {
  const auto location = record.header("location");
  if (record.status < 301 || record.status > 308 || record.status == 304 || !location) return false;
  try {
    const std::string target = http::redirect_target(record.url, *location);
    const bool safe = http::is_web_url(target) && (http::is_https(target) || !http::is_https(record.url));
    if (safe) address.redirect_to(target);
    return safe;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Question range_question(const std::string& range) {
  return Question(std::vector<std::string>{"Range: bytes=" + range});
}

reactor::Task<Record> Prober::send(const http::Address& address, Question question) {
  http::Request request([](const http::ReplyHead&) -> std::optional<http::Rejection> { return std::nullopt; });
  request.headers = std::move(question.headers);
  request.head_only = question.head_only;
  request.most = question.most;
  request.time_limit = kLimit;
  request.record = std::make_shared<http::ExchangeRecord>();
  if (question.keeps_body) request.record->bodies = http::ExchangeRecord::Bodies::all;
  http::OriginState& state = origins_.of(address.shared_access(), http::origin_of(address.current()));
  const http::Outcome outcome = co_await exchange(address, request, state);
  if (!http::takes_another_scheme(state, outcome, address.access(), loop_.now())) co_return Record(request.record);
  const auto bodies = request.record->bodies;
  request.record = std::make_shared<http::ExchangeRecord>();
  request.record->bodies = bodies;
  co_await exchange(address, request, state);
  co_return Record(request.record);
}

reactor::Task<http::Outcome> Prober::exchange(const http::Address& address, http::Request& request,
                                              const http::OriginState& state) {
  Discard discard;
  http::Exchange exchange(loop_, address, !address.redirected(), options_, request, discard, host_, loop_.now());
  http::OriginState schemes;  // without cookies, so that each reply shows what the server says to a first request
  schemes.scheme = state.scheme;
  exchange.use(schemes);
  exchange.sign(std::chrono::system_clock::now());
  recording_.start(exchange);
  auto ended = exchange.ended();
  co_await ended;
  http::Outcome outcome = exchange.outcome();
  outcome.saw_credentials = exchange.may_send_credentials();
  outcome.scheme = schemes.scheme;
  if (outcome.failure && request.record->failure.empty()) {
    request.record->failure = outcome.failure->reason;  // it was refused before it was recorded
  }
  co_return outcome;
}

reactor::Task<Record> Prober::ask(http::Address& address, Question question) {
  use_login(address);
  Record record;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    record = co_await send(address, question);
    if (!follow(address, *record)) break;
  }
  co_return record;
}

reactor::Task<> Prober::send_into(const http::Address& address, Question question, Record& record) {
  record = co_await send(address, std::move(question));
}

reactor::Task<std::vector<Record>> Prober::ask_at_once(http::Address& address, std::vector<Question> questions) {
  use_login(address);
  std::vector<Record> records(questions.size());
  reactor::TaskScope scope;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    scope.spawn(send_into(address, std::move(questions[i]), records[i]));
  }
  auto joined = scope.joined();
  co_await joined;
  co_return records;
}

}  // namespace rimfs::doctor
