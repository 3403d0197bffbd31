// SPDX-License-Identifier: MIT
#include "catalog/vsphere/conversation.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;
using namespace std::chrono_literals;

namespace {

const Conversation::Time kBegin{};
const ConversationLimits kLimits{1_MiB, 60s, 5, 2, 100};

/// The message that ends a conversation of at most `rounds` rounds, and its kind.
std::optional<Error> end_of(const std::function<void(Conversation&, int)>& round, int rounds) {
  Conversation conversation("the inventory", kBegin, kLimits);
  try {
    for (int i = 0; i < rounds; ++i) round(conversation, i);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

std::size_t number(int i) { return static_cast<std::size_t>(i); }

}  // namespace

TEST_CASE("a conversation that never ends is ended by a limit, which the error names") {
  struct Row {
    const char* title;
    std::function<void(Conversation&, int)> round;
    ErrorKind kind;
    const char* limit;
  };
  const Row rows[] = {
      {"large replies", [](Conversation& c, int) { c.heard(300_KiB, kBegin); }, ErrorKind::corrupt, "1048576 bytes"},
      {"small replies for ever", [](Conversation& c, int i) { c.heard(ByteCount{100}, kBegin + i * 1s); },
       ErrorKind::timed_out, "after 60 s"},
      {"parts for ever", [](Conversation& c, int i) { c.part(number(i) + 1, 0); }, ErrorKind::corrupt, "5 parts"},
      {"the same part for ever", [](Conversation& c, int) { c.part(1, 3); }, ErrorKind::corrupt,
       "2 parts without anything new"},
      {"many objects", [](Conversation& c, int i) { c.part(number(i) * 60, 0); }, ErrorKind::corrupt, "100 objects"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const auto error = end_of(row.round, 1000);
    REQUIRE(error);
    CAPTURE(error->message());
    CHECK(error->kind() == row.kind);
    CHECK(error->message().starts_with("the inventory: "));
    CHECK(error->message().find(row.limit) != std::string::npos);
  }
}

TEST_CASE("a conversation within its limits goes on") {
  CHECK_FALSE(end_of([](Conversation& c, int i) { c.part(number(i) + 1, 0); }, 5));
  // An object's properties may come in two parts.
  CHECK_FALSE(end_of([](Conversation& c, int i) { c.part(1, number(i)); }, 5));
  CHECK_FALSE(end_of([](Conversation& c, int i) { c.heard(100_KiB, kBegin + i * 5s); }, 10));
}

TEST_CASE("each exchange gets what is left") {
  Conversation conversation("a search", kBegin, kLimits);
  CHECK(conversation.bytes_left() == 1_MiB);
  CHECK(conversation.time_left(kBegin + 10s) == 50s);
  conversation.heard(1_KiB, kBegin + 59s);
  CHECK(conversation.bytes_left() == 1023_KiB);
  CHECK(conversation.time_left(kBegin + 59s + 999ms + 1us) == 1ms);
  CHECK_THROWS_AS(conversation.time_left(kBegin + 60s), Error);
}
