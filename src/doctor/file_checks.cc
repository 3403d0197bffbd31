// SPDX-License-Identifier: MIT
// The checks of one file: ranges, HEAD, validators, connections.
#include <fmt/format.h>

#include "doctor/examination.h"
#include "http/identity.h"

namespace rimfs::doctor {
namespace {

/// The longest file that is read as a whole.
constexpr ByteCount kSmall = 256_KiB;

/// What the checks of a file share.
struct Subject {
  Examination& examination;
  http::Address& file;
  http::Address unknown;
  Server server;
  Record first;      ///< The reply for the first byte.
  ByteCount size{};  ///< From that reply.
};

reactor::Task<Finding> whole_range(Subject& subject) {
  if (subject.size > kSmall) {
    co_return Finding{Verdict::not_asked, fmt::format("the file has {} bytes, too many to read", subject.size.value),
                      ""};
  }
  Question question = range_question(fmt::format("0-{}", subject.size.value - 1));
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_whole_range(*record, subject.size, subject.server);
}

reactor::Task<Finding> past_end(Subject& subject) {
  const ByteCount tail = std::min(ByteCount{subject.size.value - 1}, ByteCount{10});
  const ByteCount first = subject.size - std::max(tail, ByteCount{1});
  if (first.is_zero()) co_return Finding{Verdict::not_asked, "the file has one byte", ""};
  Question question = range_question(fmt::format("{}-{}", first.value, subject.size.value + 999));
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_past_end(*record, first, subject.size);
}

reactor::Task<Finding> at_end(Subject& subject) {
  Question question = range_question(fmt::format("{}-{}", subject.size.value, subject.size.value + 9));
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_at_end(*record);
}

reactor::Task<Finding> suffix(Subject& subject) {
  const ByteCount count = std::min(subject.size, ByteCount{10});
  Question question = range_question(fmt::format("-{}", count.value));
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_suffix(*record, count, subject.size);
}

reactor::Task<Finding> if_range(Subject& subject) {
  const std::string tag = subject.first->header("etag").value_or("");
  const bool has_tag = tag.starts_with('"');
  Question question = range_question("0-0");
  question.headers.push_back("If-Range: " + (has_tag ? tag : "\"rimfs-doctor\""));
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_if_range(*record, has_tag);
}

reactor::Task<Finding> head(Subject& subject) {
  Question question;
  question.head_only = true;
  const Record record = co_await subject.examination.prober.ask(subject.file, std::move(question));
  co_return judge_head(*record, subject.size);
}

reactor::Task<Finding> validators(Subject& subject) {
  const Record record = co_await subject.examination.prober.ask(subject.file, range_question("0-0"));
  co_return judge_validators(*subject.first, *record, subject.server);
}

reactor::Task<Finding> unknown_file(Subject& subject) {
  const Record record = co_await subject.examination.prober.ask(subject.unknown, range_question("0-0"));
  co_return judge_unknown_file(*record);
}

reactor::Task<Finding> keep_alive(Subject& subject) {
  const std::vector<Record>& records = subject.examination.recording.records();
  co_return judge_keep_alive(records);
}

reactor::Task<Finding> parallel(Subject& subject, unsigned count) {
  std::vector<Question> questions;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = subject.size.value * i / count;
    questions.push_back(range_question(fmt::format("{}-{}", at, at)));
  }
  const std::vector<Record> records =
      co_await subject.examination.prober.ask_at_once(subject.file, std::move(questions));
  co_return judge_parallel(records);
}

reactor::Task<Finding> one(Subject& subject) { return parallel(subject, 1); }
reactor::Task<Finding> two(Subject& subject) { return parallel(subject, 2); }
reactor::Task<Finding> four(Subject& subject) { return parallel(subject, 4); }
reactor::Task<Finding> eight(Subject& subject) { return parallel(subject, 8); }

/// A range of a file without bytes.
bool is_empty(const http::ExchangeRecord& record) {
  return (record.status == 416 && record.header("content-range") == "bytes */0") ||
         (record.status == 200 && record.header("content-length") == "0");
}

struct Check {
  const char* name;
  std::size_t requests;  ///< The most that it sends.
  reactor::Task<Finding> (*run)(Subject& subject);
};

/// In the order of the rows. What can disturb later checks comes last.
constexpr Check kChecks[] = {
    {"whole-file range", 1, whole_range},
    {"range past the end", 1, past_end},
    {"range at the end", 1, at_end},
    {"suffix range", 1, suffix},
    {"If-Range", 1, if_range},
    {"HEAD", 1, head},
    {"validators", 1, validators},
    {"unknown file", 1, unknown_file},
    {"keep-alive", 0, keep_alive},
    {"1 request", 1, one},
    {"2 requests at once", 2, two},
    {"4 requests at once", 4, four},
    {"8 requests at once", 8, eight},
};

}  // namespace

reactor::Task<> check_file(Examination& examination, http::Address& file, http::Address unknown, Server server) {
  Subject subject{examination, file, std::move(unknown), server, {}, {}};
  subject.first = co_await examination.prober.ask(file, range_question("0-0"));
  Finding first = judge_first_byte(*subject.first);
  if (is_empty(*subject.first))
    first = {Verdict::not_asked, shown(*subject.first) + ": the file is empty", first.expected};
  examination.add("first byte", first);
  subject.size = size_from(*subject.first).value_or(ByteCount{});
  const bool asked = first.verdict == Verdict::ok && !subject.size.is_zero();
  if (subject.first->status != 0) examination.add("end of a body", judge_framing(*subject.first));
  for (const Check& check : kChecks) {
    if (!asked) {
      examination.skip({check.name}, "the length of the file is not known");
    } else if (!examination.recording.has_room(check.requests)) {
      examination.skip({check.name}, "the limit of requests or time is reached");
    } else {
      Finding finding = co_await check.run(subject);
      examination.add(check.name, std::move(finding));
    }
  }
}

}  // namespace rimfs::doctor
