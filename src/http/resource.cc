// SPDX-License-Identifier: MIT
#include "http/resource.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/url.h"
#include "http/whole_file.h"

namespace rimfs::http {
namespace {

bool belongs(const ServerAccess& access, const std::string& origin) {
  return access.origins.empty() ||
         std::find(access.origins.begin(), access.origins.end(), origin) != access.origins.end();
}

}  // namespace

Address::Address(std::string url, std::shared_ptr<const ServerAccess> access, std::shared_ptr<Login> login)
    : access_(std::move(access)),
      shown_(display_url(url, access_->server_kinds)),
      id_(http::address_id(url, *access_)),
      origin_(origin_of(url)),
      server_kind_(kind_serving(url, access_->server_kinds)),
      may_see_(belongs(*access_, origin_)),
      login_(may_see_ ? std::move(login) : nullptr),
      users_url_(std::move(url)),
      given_(users_url_),
      given_may_see_(may_see_) {}

void Address::use(const Login::Credentials& credentials) {
  const bool moves = credentials.signer != nullptr;
  const std::string url = moves ? credentials.signer->place_of(users_url_) : credentials.url.reveal();
  if (url.empty() || (!moves && credentials.replaced != users_url_)) return;
  if (given_ != url) {
    rewrite(url);
    redirected_.clear();
    redirected_may_see_ = false;
    target_failing_.reset();
  }
  if (moves) given_may_see_ = may_see_;
}

void Address::rewrite(const std::string& url) {
  given_ = url;
  given_may_see_ = may_see_ && origin_of(url) == origin_;
}

bool Address::target_may_recover(Mirrors::Time now, std::chrono::milliseconds deadline) {
  constexpr int kPart = 8;  // of the deadline
  if (!target_failing_ || now - target_failing_->last > kLongestGap) target_failing_ = Failing{now, now};
  target_failing_->last = now;
  return now - target_failing_->since < std::min<std::chrono::milliseconds>(deadline / kPart, kLongestPatience);
}

void Address::redirect_to(const std::string& url) {
  const std::string origin = origin_of(url);
  // A redirect within the origin keeps the credentials. A redirect to another origin does not, even to one that the
  // user named, because that origin has not issued this URL.
  redirected_may_see_ = given_may_see_ && origin == origin_of(given_);
  std::string target = without_userinfo(url);
  if (target != redirected_) target_failing_.reset();
  redirected_ = std::move(target);
}

std::optional<Rejection> Resource::check_mirror(const Address& asked, const ReplyHead& reply) const {
  // An invalid head is rejected for that reason and carries no information about the mirror.
  const bool has_bytes = reply.status == 206 || reply.status == 200;
  if (addresses_.size() == 1 || !has_bytes || check_framing(reply)) return std::nullopt;
  const std::shared_ptr<const Identity> file = identity();
  // The size is compared together with the other properties of the reply.
  const Identity said{file->size, reply.etag, reply.last_modified};
  const MirrorFit fit = fit_of_mirror(*file, said);
  const bool first = &asked == &addresses_.front();
  if (fit == MirrorFit::says_less && !(first && file->same_file(said))) return of_fault(Fault::mirror_says_less);
  if (fit == MirrorFit::says_more && !first) {
    return of_fault(Fault::mirror_says_more,
                    fmt::format("ETag '{}', modified '{}' beside ETag '{}', modified '{}'", reply.etag,
                                reply.last_modified, file->etag, file->last_modified));
  }
  return std::nullopt;
}

std::optional<std::size_t> Resource::index_of(const ImageId& place) const {
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    if (addresses_[i].id().place == place) return i;
  }
  return std::nullopt;
}

std::vector<ImageId> Resource::passed_over(Mirrors::Time now) const {
  std::vector<ImageId> places;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    if (mirrors_.is_passed_over(i, now)) places.push_back(addresses_[i].id().place);
  }
  return places;
}

void Resource::pass_over(const std::vector<ImageId>& places, Mirrors::Time now) {
  for (const ImageId& place : places) {
    if (const auto which = index_of(place)) mirrors_.failed(*which, now);
  }
}

bool Resource::is_confirmed_by(const Resource& found) const {
  const std::optional<std::size_t> asked = index_of(found.address_id().place);
  if (!asked) return false;
  const std::shared_ptr<const Identity> now = found.identity();
  return *asked == 0 ? identity()->same_file(*now) : fit_of_mirror(*identity(), *now) == MirrorFit::same;
}

void Resource::confirm(const Resource& found) {
  const std::optional<std::size_t> asked = index_of(found.address_id().place);
  if (!asked) return;
  note_served();
  mirrors_.readmit(*asked);
  if (*asked > 0) return;
  adopt(*found.identity());
  addresses_.front().rewrite(found.addresses_.front().given());
}

ByteCount Resource::downloaded() const { return whole_file_ ? whole_file_->received() : ByteCount{}; }

void Resource::adopt(const Identity& newer) {
  const MutexLock lock(mutex_);
  identity_ = std::make_shared<const Identity>(newer.filled_from(*identity_));
}

bool Resource::learns_from(const Address& asked, const Identity& reply) const {
  if (&asked != &addresses_.front()) return false;
  const std::shared_ptr<const Identity> known = identity();
  const Identity filled = known->filled_from(reply);
  return filled.etag != known->etag || filled.last_modified != known->last_modified || filled.coding != known->coding;
}

void Resource::fill_in(const Address& asked, const Identity& reply) {
  if (!learns_from(asked, reply)) return;
  const MutexLock lock(mutex_);
  identity_ = std::make_shared<const Identity>(identity_->filled_from(reply));
}

}  // namespace rimfs::http
