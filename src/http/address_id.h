// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/image_id.h"
#include "http/options.h"

namespace rimfs::http {

/// Identifies the resource that an address names, in three strengths. A plain value.
struct AddressId {
  /// Origin, path and query as they are sent, without fragment, user, password, and credentials in the query: the text
  /// that a user can type again in a command. The spelling matters, because servers differ in how they treat "%2F" or
  /// the order of parameters.
  ImageId url;
  /// `url` together with the settings that select the file for every requester: the headers that are not credentials
  /// (above all "Host"), the user agent, and the configured addresses of hosts. Equal strong validators do not replace
  /// these: nginx derives its tag from time and size alone, so two files can have the same tag.
  ImageId place;
  /// `place` together with the settings that identify the requester: credentials in the query, the user's name, the
  /// certificate, the netrc file, and the proxy. A server may return a different file to each user under one address,
  /// and only a strong validator distinguishes these files. Passwords, cookies, bearer tokens and the output of scripts
  /// are excluded: they are renewed while the user stays the same.
  ImageId request;
};

/// Throws Error{misuse} when `url` is not a valid URL. Pure.
AddressId address_id(const std::string& url, const ServerAccess& access);

}  // namespace rimfs::http
