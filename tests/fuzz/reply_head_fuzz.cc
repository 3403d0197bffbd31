// SPDX-License-Identifier: MIT
// A status and any lines as the head of a reply, to a range of a file and to the probe of one. Checks that an accepted
// head holds exactly the range of the same file, that a probe's size comes from the reply, and that every refusal says
// why.
#include <charconv>

#include "fuzz.h"
#include "http/reply.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::http;

constexpr ByteRange kRange{{65536}, {131072}};

void check_range(const ReplyHead& head, const Identity& file) {
  const auto rejection = check_range_reply(head, kRange, file);
  if (rejection) {
    require(!rejection->reason.empty());
    return;
  }
  require(head.status == 206 && head.content_range);
  require(!head.malformed && !head.contradictory && !head.multipart);
  const auto got = parse_content_range(*head.content_range);
  require(got && got->range && got->range->begin <= kRange.begin && got->range->end > kRange.begin);
  require(!got->total || *got->total == file.size);
  require(!head.content_length || *head.content_length == kRange.size().value);
  const Identity now{file.size, head.etag, head.last_modified};
  require(file.same_file(now));
  if (file.has_strong_etag() && now.has_strong_etag()) require(file.etag == now.etag);
}

void check_probe(const ReplyHead& head) {
  std::optional<Identity> identity;
  const auto rejection = identify(head, identity);
  require(rejection || identity);
  if (rejection) require(!rejection->reason.empty());
  if (!identity) return;
  require(!head.malformed && !head.contradictory);
  require(rejection.has_value() == identity->size.is_zero());
  require(identity->etag == head.etag && identity->last_modified == head.last_modified);
  require(identity->same_file(*identity));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  ReplyHead head;
  const std::string status = input.line();
  std::from_chars(status.data(), status.data() + status.size(), head.status);
  std::size_t lines = 0;
  for (; !input.empty(); ++lines) head.add_line(input.line());
  require(head.cookies.size() <= lines);
  if (head.retry_after) require(head.retry_after->count() >= 0 && head.retry_after->count() <= 86400);
  check_range(head, {ByteCount{1 << 20}, "\"strong\"", "Sat, 03 Feb 2024 04:05:06 GMT"});
  check_range(head, {ByteCount{1 << 20}, "W/\"weak\"", "Sat, 03 Feb 2024 04:05:06 GMT"});
  check_range(head, {ByteCount{1 << 20}, "", ""});
  check_probe(head);
  return 0;
}
