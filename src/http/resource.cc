// SPDX-License-Identifier: MIT
#include "http/resource.h"

#include "http/url.h"

namespace rimfs::http {

Address::Address(std::string url, std::shared_ptr<const ServerAccess> access, std::shared_ptr<Login> login)
    : access_(std::move(access)),
      login_(std::move(login)),
      shown_(without_secrets(url)),
      origin_(origin_of(url)),
      datastore_(is_datastore_url(url)),
      given_(std::move(url)) {}

void Address::redirect_to(const std::string& url) {
  if (is_https(given_) && !is_https(url)) {
    throw Error(ErrorKind::denied, "the server redirects from https to http; refused");
  }
  same_origin_ = origin_of(url) == origin_;
  redirected_ = url;
}

}  // namespace rimfs::http
