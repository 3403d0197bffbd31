// SPDX-License-Identifier: MIT
#include "http/resource.h"

#include "http/url.h"

namespace rimfs::http {

Address::Address(std::string url, ServerAccess access)
    : given_(std::move(url)), access_(std::move(access)), shown_(without_secrets(given_)), origin_(origin_of(given_)) {}

void Address::redirect_to(const std::string& url) {
  if (is_https(given_) && !is_https(url)) {
    throw Error(ErrorKind::denied, "the server redirects from https to http; refused");
  }
  same_origin_ = origin_of(url) == origin_;
  redirected_ = url;
}

}  // namespace rimfs::http
