// SPDX-License-Identifier: MIT
#include "http/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/proxy.h"
#include "http/shown_reason.h"

namespace rimfs::http {
namespace {

/// The limit for all heads of a reply together, including interim heads and trailers: more than any server sends.
/// Servers limit a request's head to 8 to 64 KiB; libcurl limits only single lines.
constexpr std::size_t kMostHeaderBytes = 256UL * 1024;

}  // namespace

Exchange::Exchange(reactor::EventLoop& loop, const Address& address, bool at_origin, const Options& options,
                   const Request& request, BodySink& sink, Host& host, Time begun)
    : loop_(loop),
      address_(address),
      at_origin_(at_origin),
      options_(options),
      request_(request),
      situation_{false, address.server_kind(), request.progress == nullptr, !at_origin},
      sink_(sink),
      host_(host),
      begun_(begun),
      stamp_(host.concurrency().stamp()),
      record_(request.record),
      rate_(options.minimum_rate, options.stall_timeout, loop.now()),
      part_{{}, request.most, {}} {}

void Exchange::started() {
  const Time now = loop_.now();
  rate_.restart(now);
  if (request_.progress) request_.progress->sent(now, host_.stalls());
}

bool Exchange::refuse(Rejection failure) {
  outcome_.failure = std::move(failure);
  return false;
}

bool Exchange::begin_head(std::string_view line) {
  if (!count_header(line) || head_checked_) return !failed();
  outcome_.head = ReplyHead{};
  outcome_.head.framed_by_stream = line.starts_with("HTTP/2") || line.starts_with("HTTP/3");
  return true;
}

/// A trailer does not change an accepted head.
bool Exchange::add_header(std::string_view line) {
  if (!count_header(line) || head_checked_) return !failed();
  outcome_.head.add_line(line);
  return true;
}

bool Exchange::count_header(std::string_view line) {
  if (outcome_.failure) return false;
  header_bytes_ += line.size();
  record_line(line);
  return header_bytes_ <= kMostHeaderBytes || refuse(of_fault(Fault::long_head));
}

/// The head of an interim reply is followed by another head.
bool Exchange::end_head(int status) {
  if (outcome_.failure) return false;
  if (head_checked_) return true;
  outcome_.head.status = status;
  outcome_.head.forget_validators(address_.access().same_file);
  if (record_) record_->status = status;
  if (status >= 100 && status < 200) return true;
  if (is_challenge(status)) {
    ++challenges_;
    return true;
  }
  head_checked_ = true;
  rate_.restart(loop_.now());
  outcome_.failure = request_.check(outcome_.head);
  refused_ = outcome_.failure.has_value();
  if (refused_) add_advice(*outcome_.failure);
  if (refused_ && reads_reason()) {
    refusal_ = std::exchange(outcome_.failure, std::nullopt);
    return true;
  }
  if (!outcome_.failure) outcome_.failure = check_framing(outcome_.head);
  if (outcome_.failure) return false;
  if (request_.range) part_ = part_of(outcome_.head, *request_.range);
  holding_ = !outcome_.head.framed_by_length() || (request_.provisional && request_.provisional(outcome_.head));
  return true;
}

/// Adds what the status alone does not tell.
void Exchange::add_advice(Rejection& refusal) const {
  const int status = outcome_.head.status;
  if (status == 407) refusal.reason += fmt::format("; the proxy is {}", shown_proxy(url(), address_.access()));
  if (status != 401 || !may_send_credentials() || !address_.access().uses_ticket()) return;
  const auto problem = shows_ticket() ? std::optional(outcome_.ticket_problem) : state_.ticket.problem();
  const std::string advice = ticket_advice(outcome_.head, problem);
  if (!advice.empty()) refusal.reason += "; " + advice;
}

/// True for a 401 that libcurl may answer within the request: a login with Digest or NTLM takes two or three messages.
/// When it does not answer, the request ends without another head. With Negotiate, the first message holds the ticket,
/// and a 401 ends the request: another message could go over another connection.
bool Exchange::is_challenge(int status) const {
  constexpr unsigned kMostChallenges = 3;
  return status == 401 && challenges_ < kMostChallenges && may_send_credentials() &&
         (state_.scheme == LoginScheme::digest || state_.scheme == LoginScheme::ntlm) &&
         offers(outcome_.head.login_schemes, state_.scheme);
}

/// The failure of a reply that ends, or whose body begins, without a head that was checked.
Rejection Exchange::without_head() const {
  if (challenges_ > 0) return reject_status(outcome_.head, situation_);
  return of_fault(Fault::no_head, fmt::format("status {}", outcome_.head.status));
}

/// The body of a refusal says why, to those who know such servers.
bool Exchange::reads_reason() const {
  const ServerKind* const kind = situation_.server_kind;
  return kind && kind->explain && outcome_.head.status >= kind->explained_from;
}

/// Returns false once it is enough.
bool Exchange::add_reason(std::string_view text) {
  reason_ += text.substr(0, kMostReason - reason_.size());
  return reason_.size() < kMostReason || refuse(explained());
}

Rejection Exchange::explained() {
  outcome_.refusal = reason_;
  return situation_.server_kind->explain(*refusal_, outcome_.head.status, reason_);
}

void Exchange::sign(std::chrono::system_clock::time_point now) {
  const Login* const login = address_.login().get();
  if (!login || !login->credentials().signer || !may_send_credentials()) return;
  const std::string body = request_.body.value_or("");
  const Signer::Signed request{request_.method(), url(), body, address_.access().headers};
  signature_ = login->credentials().signer->sign(request, now);
}

/// Measures only ranges: a listing may take long, which carries no information about the link.
void Exchange::body_begins(std::optional<std::chrono::microseconds> delay) {
  if (request_.progress && delay && !failed() && !given_up()) host_.concurrency().replied(*delay, loop_.now());
}

bool Exchange::add_body(std::span<const std::byte> bytes) {
  if (outcome_.failure) return false;
  record_body(bytes);
  if (given_up()) return refuse(kGivenUp);
  if (!head_checked_) return refuse(without_head());
  if (refusal_) return add_reason({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (bytes.size() > (part_.size() - arrived_).value) return refuse(of_fault(Fault::long_body));
  take(bytes);
  return !complete_;
}

void Exchange::take(std::span<const std::byte> bytes) {
  const ByteCount count{bytes.size()};
  const Time now = loop_.now();
  if (arrived_.is_zero()) rate_.restart(now);
  rate_.brought(count, now);
  if (request_.progress) {
    request_.progress->brought(count, now);
    host_.brought(count, now);
  }
  const ByteCount skipped = std::min(part_.before - std::min(part_.before, arrived_), count);
  const ByteCount end = part_.before + part_.bytes;
  const ByteCount wanted = std::min(end - std::min(end, arrived_ + skipped), count - skipped);
  arrived_ += count;
  // Held bytes whose end only the end of the body proves need all of it.
  complete_ = outcome_.head.framed_by_length() && !part_.after.is_zero() && arrived_ >= end;
  pass_on(bytes.subspan(skipped.value, wanted.value));
}

void Exchange::pass_on(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (holding_) return sink_.hold(bytes);
  outcome_.body += ByteCount{bytes.size()};
  sink_.write(bytes);
}

/// Until the request is sent it waits for a connection, which has a timeout of its own.
std::optional<Rejection> Exchange::overdue(bool sent) {
  const Time now = loop_.now();
  if (request_.time_limit && now - begun_ >= *request_.time_limit) return of_fault(Fault::too_late);
  sent_ |= sent;
  if (!sent_) rate_.restart(now);
  if (!rate_.too_slow(now)) return std::nullopt;
  return of_fault(Fault::too_slow, fmt::format("less than {} bytes a second in {} s", options_.minimum_rate.value,
                                               static_cast<double>(options_.stall_timeout.count()) / 1000));
}

/// The reason why a reply that the transport treats as complete is incomplete.
std::optional<Rejection> Exchange::incomplete() const {
  if (!head_checked_) return without_head();
  if (!request_.range || complete_ || arrived_ == part_.size()) return std::nullopt;
  return of_fault(Fault::short_body, fmt::format("after {} of {} bytes", arrived_.value, part_.size().value));
}

/// A refusal stays one when its body breaks off, and bytes that count still count when the rest of the body is not
/// read.
void Exchange::fail(Rejection failure) {
  if (!outcome_.failure && !complete_) outcome_.failure = refusal_ ? explained() : std::move(failure);
}

void Exchange::finish(std::optional<Rejection> failure, const Timing& timing) {
  if (failure) fail(std::move(*failure));
  if (!outcome_.failure) outcome_.failure = refusal_ ? explained() : incomplete();
  finished_ = true;
  outcome_.lost = outcome_.failure && !refused_ && timing.sent;
  settle();
  record_end();
  observe(timing);
  if (waiter_) loop_.resume_soon(waiter_);
}

/// Accepts or drops the held bytes.
void Exchange::settle() {
  try {
    if (holding_ && !outcome_.failure && request_.confirm) outcome_.failure = request_.confirm(outcome_.head);
    if (holding_ && !outcome_.failure) {
      sink_.keep_held();
      outcome_.body = std::min(arrived_, part_.bytes);
    }
    if (holding_ && outcome_.failure) sink_.drop_held();
  } catch (const std::exception& problem) {
    outcome_.failure = of_fault(Fault::local, problem.what());
  }
  if (outcome_.failure) hide_secrets(*outcome_.failure);
  if (request_.progress) request_.progress->ended(!outcome_.failure);
}

/// Records the result for the estimates of the network path and of the server's load.
void Exchange::observe(const Timing& timing) {
  const int status = outcome_.head.status;
  if (status == 429 || status == 503) host_.concurrency().overloaded(stamp_);
  if (outcome_.failure) return;
  host_.concurrency().succeeded();
  if (timing.delay && timing.body && !paused_) host_.network_path().observe(*timing.delay, outcome_.body, *timing.body);
}

// ---- The record. Bytes of a head are limited by kMostHeaderBytes.

void Exchange::record_line(std::string_view line) {
  if (!record_) return;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (!line.empty()) record_->head_lines.emplace_back(line);
}

void Exchange::record_body(std::span<const std::byte> bytes) {
  if (!record_) return;
  record_->body_size += bytes.size();
  if (record_->bodies == ExchangeRecord::Bodies::refusals && record_->status < 400) return;
  const std::size_t room = ExchangeRecord::kMostBody - record_->body.size();
  record_->body.append(reinterpret_cast<const char*>(bytes.data()), std::min(room, bytes.size()));
}

void Exchange::record_end() {
  if (!record_) return;
  record_->took = std::chrono::duration_cast<std::chrono::microseconds>(loop_.now() - begun_);
  record_->ended = !outcome_.failure;
  if (outcome_.failure) record_->failure = outcome_.failure->reason;
}

/// A reply may repeat the request's secrets. Every reason of an exchange passes through here before it becomes a
/// message.
void Exchange::hide_secrets(Rejection& failure) const {
  const Login* const login = address_.login().get();
  failure.reason =
      without_secrets(std::move(failure.reason), address_.access(), login ? &login->credentials() : nullptr);
  for (const Secret& header : signature_) failure.reason = without_header(std::move(failure.reason), header);
}

}  // namespace rimfs::http
