// SPDX-License-Identifier: MIT
#include "catalog/vsphere/vsphere_sources.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

#include "base/ascii.h"
#include "catalog/vsphere/datastore_tree.h"
#include "catalog/vsphere/govc_environment.h"
#include "catalog/vsphere/server_kind.h"
#include "catalog/vsphere/session.h"
#include "catalog/web/web_index.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

WebAddress locate(std::string_view authority, std::string_view path) {
  return {fmt::format("https://{}/", authority), std::string(trimmed(path, "/"))};
}

/// The server's own page of its datacenters or of a datastore. One of a folder in it ends with "/", as any listing.
bool is_page(std::string_view path, const std::string& url) { return path == "/folder" && is_datastore_url(url); }

constexpr std::array<SourceKind, 2> kKinds = {{
    {.is_folder = true,
     .scheme = "vsphere",
     .url_form = "vsphere://[USER@]HOST[:PORT]/[PATH]",
     .value_form = "[USER@]HOST[/PATH]",
     .help = "a vCenter or ESXi server, as in vsphere://USER@HOST/DATACENTER/DATASTORE/FOLDER; the path may lead to "
             "one file, and may be a datastore path: [DATASTORE] FOLDER",
     .locate = locate,
     .user_missing = "a vSphere server needs a user",
     .user_advice = "write vsphere://USER@HOST/, or set user:",
     .defaults_from_environment = defaults_from_environment},
    {.is_folder = true, .recognises = is_page},
}};

/// The settings that determine which certificates of the server are accepted, and over which versions of TLS.
std::string trust_of(const http::ServerAccess& access) {
  std::string trust = fmt::format("{} {} \"{}\" \"{}\"", access.insecure, static_cast<int>(access.tls_minimum),
                                  access.ca_file, access.ca_dir);
  for (const http::Fingerprint& fingerprint : access.fingerprints) trust += " " + show(fingerprint);
  return trust;
}

/// Sources on one server with one user share a session, if they accept the same certificates.
class Builder final : public SourceBuilder {
 public:
  explicit Builder(Services services) : services_(services) {}

  /// Each request that shows a vSphere server user and password makes a session there, and it has few. So they are
  /// shown once, for a session that all requests share; also for a single file in a datastore.
  std::optional<Access> log_in(const Source& source) override {
    const bool known = source.kind == kKinds.data() || is_datastore_url(source.url);
    if (!known || !source.access.user || source.access.uses_ticket()) return std::nullopt;
    const std::shared_ptr<Session> session = session_of(source);
    return Access{session->access(), session};
  }

  std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) override {
    if (source.kind != kKinds.data()) {
      return std::make_shared<WebIndex>(ListingServer(source.url, access, services_));
    }
    return std::make_shared<DatastoreTree>(source.url, source.folder, source.name, session_of(source), services_.loop,
                                           services_.client, services_.pool, services_.log);
  }

 private:
  std::shared_ptr<Session> session_of(const Source& source) {
    std::shared_ptr<Session>& session =
        sessions_[{http::origin_of(source.url), *source.access.user, trust_of(source.access)}];
    if (!session) {
      session = std::make_shared<Session>(source.url, source.access, services_.loop, services_.client, services_.pool,
                                          services_.log);
    }
    return session;
  }

  Services services_;
  /// By origin, user and trust_of().
  std::map<std::tuple<std::string, std::string, std::string>, std::shared_ptr<Session>> sessions_;
};

std::unique_ptr<SourceBuilder> make_builder(Services services) { return std::make_unique<Builder>(services); }

}  // namespace

constinit const SourceModule kModule = {kKinds, make_builder, is_datastore_url, &kServerKind};

}  // namespace rimfs::catalog::vsphere
