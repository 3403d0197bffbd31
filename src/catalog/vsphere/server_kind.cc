// SPDX-License-Identifier: MIT
#include "catalog/vsphere/server_kind.h"

#include <array>
#include <string_view>

#include "catalog/vsphere/refusal_reason.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

using http::Retry;
using http::When;

constexpr const char* kRefused =
    "login needed or wrong: see --user, --password-file; or the user lacks a privilege: Datastore.Browse and "
    "Datastore.FileManagement are needed on the datacenter and the datastore";

/// Such a server answers 503 to more.
constexpr unsigned kConnections = 4;

/// It answers 500 for a disk that a running machine has locked; a disk that was read is not. 401 is also its answer to
/// a user who lacks a privilege (VMware's Web Services SDK guide on /folder: rights are needed on the datacenter).
constexpr std::array<http::StatusRow, 4> kStatuses = {{
    {401, 401, When::always, ErrorKind::denied, Retry::never, kRefused},
    {403, 403, When::always, ErrorKind::denied, Retry::never, kRefused},
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
    .explain = explain_refusal,
    .connections = kConnections,
    .shown_parameters = kShownParameters,
    .credential_headers = kCredentialHeaders,
};

}  // namespace rimfs::catalog::vsphere
