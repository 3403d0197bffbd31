// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/image_id.h"
#include "http/options.h"

namespace rimfs::http {

/// Which resource an address names, in three strengths. A plain value.
struct AddressId {
  /// Origin, path and query as they are sent, without fragment, user, password and credentials in the query: what
  /// people can write again, for commands. The spelling counts: what a server makes of "%2F" or of the order of
  /// parameters is its own business.
  ImageId url;
  /// The same with what the user set that chooses the file whoever asks: the headers that are no credentials, "Host"
  /// above all, the name that requests call themselves by, and where hosts are said to be. Equal strong validators do
  /// not replace these: nginx makes its tag of time and size alone, and two files may have both.
  ImageId place;
  /// The same with what says who asks: credentials in the query, the user's name, the certificate, the file that names
  /// the user; and the proxy. A server may show each user another file under one address, and only a strong validator
  /// tells them apart. Passwords, cookies, bearer tokens and what scripts print are left out: they are renewed, and the
  /// user stays the same.
  ImageId request;
};

/// Throws Error{misuse} when `url` is no URL. Pure.
AddressId address_id(const std::string& url, const ServerAccess& access);

}  // namespace rimfs::http
