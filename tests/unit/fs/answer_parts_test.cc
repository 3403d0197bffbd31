// SPDX-License-Identifier: MIT
#include "fs/answer_parts.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::fs;
using namespace std::chrono_literals;

namespace {

constexpr AnswerParts::Clock::time_point kNow{1000s};

std::string read_all(AnswerParts& answers, AnswerParts::Receipt receipt) {
  std::string all;
  for (std::size_t i = 0; i < receipt.parts; ++i) all += answers.part(receipt.answer, i, kNow).value();
  return all;
}

}  // namespace

TEST_CASE("all parts together are the answer, whatever its length") {
  AnswerParts answers;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, AnswerParts::kPartBytes - 1, AnswerParts::kPartBytes,
                                 AnswerParts::kPartBytes + 1, 3 * AnswerParts::kPartBytes}) {
    CAPTURE(size);
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i % 26);
    const auto receipt = answers.keep(text, kNow);
    CHECK(receipt.parts == std::max<std::size_t>(1, (size + AnswerParts::kPartBytes - 1) / AnswerParts::kPartBytes));
    CHECK(read_all(answers, receipt) == text);
    CHECK(!answers.part(receipt.answer, receipt.parts, kNow));
    CHECK(!answers.part(receipt.answer, SIZE_MAX, kNow));
  }
}

TEST_CASE("answers to several callers are kept apart") {
  AnswerParts answers;
  const auto first = answers.keep("first", kNow);
  const auto second = answers.keep("second", kNow);
  CHECK(read_all(answers, first) == "first");
  CHECK(read_all(answers, second) == "second");
  CHECK(!answers.part(second.answer + 1, 0, kNow));
}

TEST_CASE("an answer is dropped after its time") {
  AnswerParts answers;
  const auto receipt = answers.keep("text", kNow);
  CHECK(answers.part(receipt.answer, 0, kNow + AnswerParts::kKept - 1s));
  CHECK(!answers.part(receipt.answer, 0, kNow + AnswerParts::kKept));
}

TEST_CASE("the oldest answers make room, and the newest stays however large it is") {
  AnswerParts answers;
  const auto first = answers.keep(std::string(AnswerParts::kMostKept.value / 2, 'x'), kNow);
  const auto second = answers.keep(std::string(AnswerParts::kMostKept.value / 2, 'x'), kNow);
  CHECK(answers.part(first.answer, 0, kNow));
  const auto third = answers.keep(std::string(AnswerParts::kMostKept.value + 1, 'x'), kNow);
  CHECK(!answers.part(first.answer, 0, kNow));
  CHECK(!answers.part(second.answer, 0, kNow));
  CHECK(answers.part(third.answer, 0, kNow));
}
