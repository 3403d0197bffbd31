// SPDX-License-Identifier: MIT
#pragma once

#include "fetch/remote_file.h"
#include "readahead/network_path.h"

namespace rimfs::fetch {

/// The estimates of the network path to the server that the file is requested from now. Any thread.
inline readahead::NetworkPath network_path_of(const RemoteFile& file) {
  const http::Host& host = file.resource().host();
  return {host.network_path().delay(), host.network_path().bytes_per_second(), host.connections()};
}

}  // namespace rimfs::fetch
