// SPDX-License-Identifier: MIT
#include "http/resource.h"

#include <algorithm>

#include "http/url.h"

namespace rimfs::http {
namespace {

bool belongs(const ServerAccess& access, const std::string& origin) {
  return access.origins.empty() ||
         std::find(access.origins.begin(), access.origins.end(), origin) != access.origins.end();
}

}  // namespace

Address::Address(std::string url, std::shared_ptr<const ServerAccess> access, std::shared_ptr<Login> login)
    : access_(std::move(access)),
      shown_(display_url(url)),
      id_(http::address_id(url, *access_)),
      origin_(origin_of(url)),
      datastore_(is_datastore_url(url)),
      given_may_see_(belongs(*access_, origin_)),
      login_(given_may_see_ ? std::move(login) : nullptr),
      given_(std::move(url)) {}

void Address::redirect_to(const std::string& url) {
  const std::string origin = origin_of(url);
  // The origin itself may be asked again in another place. Any other of the user's origins has not named this one.
  redirected_may_see_ = given_may_see_ && origin == origin_;
  redirected_ = without_userinfo(url);
}

}  // namespace rimfs::http
