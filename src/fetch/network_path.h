// SPDX-License-Identifier: MIT
#pragma once

#include "fetch/remote_file.h"
#include "readahead/link.h"

namespace rimfs::fetch {

/// The estimates of the network path to the server that the file is requested from now. Any thread.
inline readahead::Link network_path_of(const RemoteFile& file) {
  const http::Host& host = file.resource().host();
  return {host.link().delay(), host.link().bytes_per_second(), host.connections()};
}

}  // namespace rimfs::fetch
