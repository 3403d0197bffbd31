// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "archives/index.h"

namespace rimfs::archives {

/// Collects the index of one archive within its limits. What an archive has without being listed (symbolic links,
/// extended headers) counts too: an archive is foreign data, and may have no end. One thread at a time.
class IndexBuilder {
 public:
  /// More headers than members: a member of a tar archive may have several.
  static constexpr std::size_t kHeadersPerMember = 4;

  explicit IndexBuilder(IndexLimits limits) : limits_(limits) {}

  /// Each header, also of what is not listed. Throws Error{unsupported} beyond the limits, as add() does.
  void count_header();
  /// Returns the number of the member. A folder loses the "/" behind its path. A file without a name is not listed:
  /// it gets a number that no member has.
  std::size_t add(Member member);
  /// Text that is looked at without being kept counts as if it were: headers for all members may repeat it.
  void count_text(std::size_t bytes);
  void warn(std::string text) { index_.warnings.push_back(std::move(text)); }
  /// Says why a member that is listed cannot be read.
  void refuse(std::size_t number, std::string reason);

  bool empty() const { return index_.members.empty(); }
  bool has(std::size_t number) const { return number < index_.members.size(); }
  /// A member that is listed. Its path and refusal stay as they are.
  Member& at(std::size_t number) { return index_.members[number]; }
  const Member& at(std::size_t number) const { return index_.members[number]; }

  /// The index. The builder is empty afterwards.
  Index finish();

 private:
  const IndexLimits limits_;
  Index index_;
  std::size_t headers_ = 0;
  std::size_t nameless_ = 0;
  ByteCount text_;
};

}  // namespace rimfs::archives
