// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "http/server_kind.h"

namespace rimfs::catalog::vsphere {

/// True for the address of a file or page of a datastore: "https://host/folder...?...dsName=...". Throws Error{misuse}
/// for what is no URL. Pure.
bool is_datastore_url(const std::string& url);

/// How a vCenter or ESXi server serves the files of its datastores.
extern const http::ServerKind kServerKind;

}  // namespace rimfs::catalog::vsphere
