// SPDX-License-Identifier: MIT
#include "catalog/vsphere/conversation.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rimfs::catalog::vsphere {
namespace {

[[noreturn]] void too_much(const std::string& about, const std::string& limit) {
  throw Error(ErrorKind::corrupt, fmt::format("{}: the server's answer has more than {}", about, limit));
}

}  // namespace

std::chrono::milliseconds Conversation::time_left(Time now) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - now);
  if (left.count() > 0) return left;
  throw Error(ErrorKind::timed_out,
              fmt::format("{}: the server's answer is not complete after {} s", about_, limits_.time.count()));
}

void Conversation::heard(ByteCount bytes, Time now) {
  bytes_ += bytes;
  if (bytes_ >= limits_.bytes) too_much(about_, fmt::format("{} bytes", limits_.bytes.value));
  time_left(now);
}

void Conversation::part(std::size_t objects, std::size_t properties) {
  if (++parts_ > limits_.parts) too_much(about_, fmt::format("{} parts", limits_.parts));
  if (objects > limits_.objects) too_much(about_, fmt::format("{} objects", limits_.objects));
  in_vain_ = objects + properties > known_ ? 0 : in_vain_ + 1;
  known_ = objects + properties;
  if (in_vain_ > limits_.parts_in_vain)
    too_much(about_, fmt::format("{} parts without anything new", limits_.parts_in_vain));
}

}  // namespace rimfs::catalog::vsphere
