// SPDX-License-Identifier: MIT
// What a probe asks a server. Most servers answer the first byte of a file with its size, and one request is enough:
//
//   GET, bytes 0-0  ->  206, Content-Range: bytes 0-0/SIZE
//
// Others do not, and still serve every range that a reader needs. What is missing is asked in another way:
//
//   the answer to the first byte               what is missing           what is asked
//   206 bytes 0-0/*                            the size                  HEAD, then a GET for its head only
//   206 with more than the first byte          a proof of ranges         the last byte
//   200: from one server of several, from a    a proof of ranges         the first byte again, then the last byte
//     cache that is still empty, or because
//     only ranges from 0 are not understood
//   416                                        a proof of ranges, and    a GET for its head only (the file may have
//                                              the size                  at most one byte), then the last byte
//
// A file that the server calls HTML, and whose first byte may begin a page, is asked for its beginning: a listing is
// not a file, even where ranges of it are served.
//
// A size without a Content-Range is believed when the last byte is served and the byte behind it is not.
#pragma once

#include <optional>
#include <string_view>

#include "base/byte_range.h"
#include "http/failures.h"
#include "http/identity.h"
#include "http/outcome.h"
#include "http/reply.h"

namespace rimfs::http {

/// Decides what is asked next, and what the answers say of the file. Values in, one decision out: no clock, no I/O. One
/// thread.
class ProbeQuestions {
 public:
  enum class Question { first_byte, beginning, head, whole, last_byte, past_end };

  explicit ProbeQuestions(Situation situation) : situation_(situation) {}

  /// What to request now.
  Question question() const { return question_; }
  /// The range to request; nothing for `head` and `whole`. Of a `whole` at most one byte is wanted.
  std::optional<ByteRange> range() const;
  /// Checks the head of the reply to the question.
  std::optional<Rejection> check(const ReplyHead& head);
  /// Takes the end of the request; `body` is what came of its body, as far as kSniffedBytes. True when another question
  /// follows. Otherwise either identity() is set, or `outcome` has a failure, which tells what kept the file from being
  /// used.
  bool take(Outcome& outcome, std::string_view body);
  /// The file, once it is known.
  const std::optional<Identity>& identity() const { return identity_; }
  /// The file when the server sends it, but no ranges of it; nothing when the size is not known. For the end without an
  /// identity().
  const std::optional<Identity>& whole() const { return whole_; }

 private:
  bool ask(Question question);
  bool found(Identity identity);
  bool failed(Outcome& outcome);
  bool take_first_byte(Outcome& outcome, std::string_view body);
  bool take_beginning(Outcome& outcome, std::string_view body);
  bool take_part(const ReplyHead& head);
  bool take_whole_instead(const ReplyHead& head);
  bool take_refusal(const ReplyHead& head);
  bool take_head(Outcome& outcome);
  bool take_whole(Outcome& outcome);
  bool take_last_byte(Outcome& outcome);
  bool take_past_end(Outcome& outcome);
  bool ask_for_last_byte(std::uint64_t size);

  const Situation situation_;
  Question question_ = Question::first_byte;
  std::optional<Identity> identity_;  // set by identify(); the result once no question follows
  std::optional<Identity> whole_;     // what a 200 says of the file
  Identity supposed_;                 // what the answers so far say of the file
  std::optional<Rejection> refusal_;  // why the answer to the first byte was not enough
  bool has_ranges_ = false;           // the first byte alone was served
  bool seen_empty_ = false;
  bool seen_whole_ = false;
  bool seen_other_size_ = false;
};

}  // namespace rimfs::http
