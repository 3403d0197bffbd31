// SPDX-License-Identifier: MIT
#include "catalog/vsphere/server_kind.h"

#include <array>
#include <string_view>

#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

using http::Retry;
using http::When;

/// Such a server answers 503 to more.
constexpr unsigned kConnections = 4;

/// It answers 500 for a disk that a running machine has locked; a disk that was read is not.
constexpr std::array<http::StatusRow, 2> kStatuses = {{
    {500, 500, When::unserved, ErrorKind::corrupt, Retry::briefly, "is the machine running? Its disks are locked then"},
    {500, 500, When::served, ErrorKind::unreachable, Retry::until_deadline,
     "was the machine started? Its disks are locked then"},
}};

/// Datacenter and datastore.
constexpr std::array<std::string_view, 2> kShownParameters = {"dcPath", "dsName"};

/// The session of vCenter's REST interface.
constexpr std::array<std::string_view, 1> kCredentialHeaders = {"vmware-api-session-id"};

}  // namespace

bool is_datastore_url(const std::string& url) {
  const http::PathAndQuery parts = http::path_and_query(url);
  if (parts.path != "/folder" && !parts.path.starts_with("/folder/")) return false;
  const std::string query = "&" + parts.query;
  return query.find("&dsName=") != std::string::npos || query.find("&dcPath=") != std::string::npos;
}

constinit const http::ServerKind kServerKind = {
    .serves = is_datastore_url,
    .statuses = kStatuses,
    .connections = kConnections,
    .shown_parameters = kShownParameters,
    .credential_headers = kCredentialHeaders,
};

}  // namespace rimfs::catalog::vsphere
