// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/image_id.h"
#include "http/options.h"

namespace rimfs::http {

/// Which resource an address names, in two strengths. A plain value.
struct AddressId {
  /// Origin, path and query as they are sent, without fragment, user, password and credentials in the query. The
  /// spelling counts: what a server makes of "%2F" or of the order of parameters is its own business.
  ImageId place;
  /// The same with what else may choose what the server answers: credentials in the query, the user's name, headers
  /// that are no credentials. A server may show each user another file under one address, and only a strong validator
  /// tells them apart. Passwords, cookies and bearer tokens are left out: they are renewed, and the user stays the
  /// same.
  ImageId request;
};

/// Throws Error{misuse} when `url` is no URL. Pure.
AddressId address_id(const std::string& url, const ServerAccess& access);

}  // namespace rimfs::http
