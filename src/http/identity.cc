// SPDX-License-Identifier: MIT
#include "http/identity.h"

#include <optional>
#include <string_view>

#include "http/http_date.h"

namespace rimfs::http {
namespace {

/// The part of the tag that the weak comparison uses (RFC 9110, section 8.8.3.2).
std::string_view opaque_part(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

/// Servers behind one address may write the same time in different forms (RFC 9110, section 5.6.7).
bool same_time(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const std::optional<std::int64_t> time_a = parse_date(a);
  return time_a && time_a == parse_date(b);
}

enum class Comparison { nothing_to_compare, equal, different };

template <typename Value, typename Same>
Comparison compare(bool both, const Value& a, const Value& b, Same same) {
  if (!both) return Comparison::nothing_to_compare;
  return same(a, b) ? Comparison::equal : Comparison::different;
}

}  // namespace

bool Identity::has_strong_etag() const { return etag.size() > 2 && etag.front() == '"' && etag.back() == '"'; }

bool Identity::same_file(const Identity& now) const {
  if (size != now.size) return false;
  if (has_strong_etag() && now.has_strong_etag()) return etag == now.etag;
  const Comparison weak[] = {
      compare(!etag.empty() && !now.etag.empty(), opaque_part(etag), opaque_part(now.etag), std::equal_to<>()),
      compare(!last_modified.empty() && !now.last_modified.empty(), last_modified, now.last_modified, same_time),
      compare(listed_time && now.listed_time, listed_time, now.listed_time, std::equal_to<>()),
  };
  bool compared = false;
  for (const Comparison one : weak) {
    if (one == Comparison::different) return false;
    compared = compared || one == Comparison::equal;
  }
  return compared || !has_strong_etag();
}

bool Identity::is_kept_as(const Identity& other) const {
  if (size != other.size || has_strong_etag() != other.has_strong_etag() || etag != other.etag) return false;
  return has_strong_etag() || (last_modified == other.last_modified && listed_time == other.listed_time);
}

Identity Identity::filled_from(const Identity& other) const {
  Identity filled = *this;
  if (filled.etag.empty() || (!has_strong_etag() && other.has_strong_etag())) filled.etag = other.etag;
  if (filled.last_modified.empty()) filled.last_modified = other.last_modified;
  if (!filled.listed_time) filled.listed_time = other.listed_time;
  if (!filled.coding) filled.coding = other.coding;
  return filled;
}

MirrorFit fit_of_mirror(const Identity& file, const Identity& mirror) {
  if (file.size != mirror.size) return MirrorFit::other;
  if (file.has_strong_etag() && mirror.has_strong_etag()) {
    return file.etag == mirror.etag ? MirrorFit::same : MirrorFit::other;
  }
  const bool says_nothing = mirror.etag.empty() && mirror.last_modified.empty();
  if (says_nothing) return file.has_validator() ? MirrorFit::says_less : MirrorFit::same;
  Identity comparable = mirror;
  if (file.etag.empty()) comparable.etag.clear();
  if (file.last_modified.empty()) comparable.last_modified.clear();
  if (comparable.has_validator() && !file.same_file(comparable)) return MirrorFit::other;
  const bool says_all = comparable.etag == mirror.etag && comparable.last_modified == mirror.last_modified;
  return says_all ? MirrorFit::same : MirrorFit::says_more;
}

}  // namespace rimfs::http
