// SPDX-License-Identifier: MIT
#include "http/probe_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/html_sniff.h"

namespace rimfs::http {
namespace {

/// The head is all that was asked for.
const Rejection kHeadOnly{ErrorKind::cancelled, false, "the body is not needed"};

/// True when the head is valid and about the file itself, not a login page or another form of the file.
bool is_about_file(const ReplyHead& head) {
  const bool status = head.status == 200 || head.status == 206 || head.status == 416;
  return status && !check_framing(head) && !head.multipart && !(head.status == 200 && head.is_page());
}

/// The size of the whole file in the head of a 200.
std::optional<std::uint64_t> size_in(const ReplyHead& head) {
  if (head.status != 200 || !is_about_file(head) || head.transfer_encoding) return std::nullopt;
  return head.content_length;
}

ContentRange range_in(const ReplyHead& head) {
  return (head.content_range ? parse_content_range(*head.content_range) : std::nullopt).value_or(ContentRange{});
}

/// A server that says so, or a cache that does not know the file's length yet, may serve ranges a moment later.
bool may_serve_ranges_soon(const ReplyHead& head) {
  return head.accepts_ranges || head.from_cache || (!head.content_length && head.transfer_encoding);
}

/// True for a byte that a page may begin with.
bool may_begin_page(char first) { return std::string_view("< \t\r\n\xef").find(first) != std::string_view::npos; }

/// True when the reply broke off, or never came.
bool broke_off(const Outcome& outcome) {
  return outcome.failure && is_connection_failure(outcome.failure->kind) && outcome.head.status < 400;
}

}  // namespace

std::optional<ByteRange> ProbeQuestions::range() const {
  const Offset end{supposed_.size.value};
  switch (question_) {
    case Question::first_byte:
      return ByteRange{Offset{0}, Offset{1}};
    case Question::beginning:
      return ByteRange{Offset{0}, std::min(end, Offset{kSniffedBytes})};
    case Question::last_byte:
      return ByteRange{end - ByteCount{1}, end};
    case Question::past_end:
      return ByteRange{end, end + ByteCount{1}};
    case Question::head:
    case Question::whole:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Rejection> ProbeQuestions::check(const ReplyHead& head) {
  switch (question_) {
    case Question::first_byte:
      return identify(head, identity_, situation_);
    case Question::beginning:
    case Question::last_byte:
      return check_range_reply(head, *range(), supposed_, situation_);
    case Question::past_end:
      return kHeadOnly;
    case Question::head:
    case Question::whole:
      break;
  }
  if (head.status != 200) {
    Rejection refused = reject_status(head, situation_);
    refused.renews_login = refused.renews_login && question_ == Question::whole;  // HEAD may be refused for itself
    return refused;
  }
  if (auto broken = check_framing(head)) return broken;
  if (question_ == Question::whole && head.content_length.value_or(0) > 1) return kHeadOnly;
  return std::nullopt;
}

bool ProbeQuestions::take(Outcome& outcome, std::string_view body) {
  switch (question_) {
    case Question::first_byte:
      return take_first_byte(outcome, body);
    case Question::beginning:
      return take_beginning(outcome, body);
    case Question::head:
      return take_head(outcome);
    case Question::whole:
      return take_whole(outcome);
    case Question::last_byte:
      return take_last_byte(outcome);
    case Question::past_end:
      return take_past_end(outcome);
  }
  return false;
}

bool ProbeQuestions::ask(Question question) {
  question_ = question;
  identity_.reset();
  return true;
}

bool ProbeQuestions::found(Identity identity) {
  identity_ = std::move(identity);
  return false;
}

/// The file is not known. Why the first byte was not enough says more than how a later question failed, unless that
/// failure was of the connection.
bool ProbeQuestions::failed(Outcome& outcome) {
  identity_.reset();
  const int status = outcome.head.status;
  const bool answered = status == 200 || status == 206 || status == 416;
  if (refusal_ && answered && !broke_off(outcome)) outcome.failure = refusal_;
  if (!outcome.failure) outcome.failure = of_fault(Fault::no_head);
  return false;
}

bool ProbeQuestions::take_first_byte(Outcome& outcome, std::string_view body) {
  if (!outcome.failure && identity_ && outcome.head.is_page() && !body.empty() && may_begin_page(body.front())) {
    supposed_ = *identity_;
    return ask(Question::beginning);
  }
  if (!outcome.failure && identity_) return false;
  // A server or proxy in trouble may also answer 200 with no content: an empty file is accepted only after two such
  // replies.
  if (identity_ && identity_->size.is_zero()) return !std::exchange(seen_empty_, true) && ask(Question::first_byte);
  const ReplyHead& head = outcome.head;
  if (!outcome.failure || broke_off(outcome) || !is_about_file(head)) return failed(outcome);
  refusal_ = outcome.failure;
  supposed_ = {ByteCount{0}, head.etag, head.last_modified};
  const bool asks = head.status == 206   ? take_part(head)
                    : head.status == 200 ? take_whole_instead(head)
                                         : take_refusal(head);
  return asks || failed(outcome);
}

bool ProbeQuestions::take_beginning(Outcome& outcome, std::string_view body) {
  if (outcome.failure) return failed(outcome);
  if (!looks_like_html(body)) return found(supposed_);
  outcome.failure = of_fault(Fault::page_not_file);
  return failed(outcome);
}

/// A 206 without the size, or with more than the first byte.
bool ProbeQuestions::take_part(const ReplyHead& head) {
  const ContentRange got = range_in(head);
  if (!got.range || got.range->begin.value != 0) return false;
  has_ranges_ = got.range->end.value == 1;
  if (got.total) return ask_for_last_byte(got.total->value);
  return ask(Question::head);
}

/// A 200. One of the servers behind a load balancer may not support ranges, or a cache may still be empty.
bool ProbeQuestions::take_whole_instead(const ReplyHead& head) {
  refusal_ = reject_no_ranges(head);  // also when its head was accepted, and its body was longer than one byte
  refusal_->briefly = refusal_->retry = may_serve_ranges_soon(head);
  if (const auto size = size_in(head)) {
    whole_ = Identity{ByteCount{*size}, head.etag, head.last_modified, {}, head.coding()};
    whole_->only_whole = true;
  }
  if (!std::exchange(seen_whole_, true)) return ask(Question::first_byte);
  if (const auto size = size_in(head)) return ask_for_last_byte(*size);
  return ask(Question::whole);
}

/// A 416, which is also how servers refuse a range of an empty file: RFC 9110, section 15.5.17, only recommends the
/// size.
bool ProbeQuestions::take_refusal(const ReplyHead& head) {
  if (const ContentRange got = range_in(head); got.total) return ask_for_last_byte(got.total->value);
  return ask(Question::whole);
}

bool ProbeQuestions::ask_for_last_byte(std::uint64_t size) {
  if (size == 0) return false;
  supposed_.size = ByteCount{size};
  return ask(Question::last_byte);
}

/// Servers and presigned URLs that refuse HEAD answer a GET.
bool ProbeQuestions::take_head(Outcome& outcome) {
  if (broke_off(outcome)) return failed(outcome);
  if (const auto size = size_in(outcome.head); !outcome.failure && size && *size > 0) return ask_for_last_byte(*size);
  return ask(Question::whole);
}

bool ProbeQuestions::take_whole(Outcome& outcome) {
  const ReplyHead& head = outcome.head;
  if (!outcome.failure && !head.is_page() && head.coding().empty()) {
    if (has_ranges_ && outcome.body.is_zero()) return failed(outcome);  // the first byte was served
    return found({outcome.body, head.etag, head.last_modified});
  }
  if (broke_off(outcome)) return failed(outcome);
  if (const auto size = size_in(head)) return ask_for_last_byte(*size) || failed(outcome);
  return failed(outcome);
}

bool ProbeQuestions::take_last_byte(Outcome& outcome) {
  const ReplyHead& head = outcome.head;
  const ContentRange got = range_in(head);
  if (outcome.failure && outcome.failure->kind == ErrorKind::changed) {
    // A Content-Length may be that of another form of the file, compressed or not; a Content-Range is not.
    const bool corrects = head.status == 206 && got.total && *got.total != supposed_.size;
    supposed_ = {ByteCount{0}, head.etag, head.last_modified};
    if (corrects && !std::exchange(seen_other_size_, true))
      return ask_for_last_byte(got.total->value) || failed(outcome);
    refusal_ = of_fault(Fault::contradiction, outcome.failure->reason);
    return failed(outcome);
  }
  if (outcome.failure && !has_ranges_ && head.status == 206) {
    refusal_ = of_fault(Fault::no_ranges,
                        fmt::format("it answers '{}', whatever range is requested", head.content_range.value_or("")));
    whole_ = supposed_;
    whole_->only_whole = true;
  }
  if (outcome.failure) return failed(outcome);
  supposed_ = supposed_.filled_from({supposed_.size, head.etag, head.last_modified, {}, head.coding()});
  if (got.total || head.status == 200) return found(supposed_);
  return ask(Question::past_end);
}

/// The size is right unless the server has a byte there, or says another size.
bool ProbeQuestions::take_past_end(Outcome& outcome) {
  if (broke_off(outcome)) return failed(outcome);
  const ContentRange got = range_in(outcome.head);
  const bool longer = outcome.head.status == 206 && got.range && got.range->end.value > supposed_.size.value;
  const bool other = got.total && *got.total != supposed_.size;
  // Only these say something about the byte: 200 is how servers answer a range that they cannot satisfy.
  const int status = outcome.head.status;
  const bool answered = status == 416 || status == 200 || status == 206;
  if (longer || other || !answered) return failed(outcome);
  return found(supposed_);
}

}  // namespace rimfs::http
