// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include <map>

#include "catalog/source_tree.h"
#include "catalog/vsphere/datastore_tree.h"
#include "catalog/web/web_index.h"
#include "http/script_login.h"
#include "http/url.h"

namespace rimfs::catalog {
namespace {

/// The user names the mirrors, too. What a server names (a redirect, a listing elsewhere) is not among them.
std::shared_ptr<const http::ServerAccess> access_of(const Source& source) {
  auto access = std::make_shared<http::ServerAccess>(source.access);
  access->origins = {http::origin_of(source.url)};
  for (const std::string& mirror : source.mirrors) access->origins.push_back(http::origin_of(mirror));
  return access;
}

/// Makes each source's tree and login; sources on one vSphere server share a session.
class Builder {
 public:
  explicit Builder(Services services) : services_(services) {}

  SourceTree::Member build(const Source& source) {
    SourceTree::Member member{source, access_of(source), nullptr, nullptr};
    // Each request that shows a vSphere server user and password makes a session there, and it has few. So they are
    // shown once, for a session that all requests share.
    const bool datastore = source.kind == SourceKind::vsphere || http::is_datastore_url(source.url);
    std::shared_ptr<vsphere::Session> session;
    if (datastore && source.access.user) {
      session = session_of(source);
      member.access = session->access();
      member.login = session;
    }
    if (!session) member.login = scripts_of(source);
    if (source.kind == SourceKind::vsphere) {
      member.tree = std::make_shared<vsphere::DatastoreTree>(source.url, source.folder, session, services_.loop,
                                                             services_.client, services_.pool, services_.log);
    } else if (source.kind == SourceKind::index) {
      member.tree =
          std::make_shared<WebIndex>(source.url, member.access, member.login, services_.client, services_.pool);
    }
    return member;
  }

 private:
  std::shared_ptr<vsphere::Session> session_of(const Source& source) {
    std::shared_ptr<vsphere::Session>& session = sessions_[{http::origin_of(source.url), *source.access.user}];
    if (!session) {
      session = std::make_shared<vsphere::Session>(source.url, source.access, services_.loop, services_.client,
                                                   services_.pool, services_.log);
    }
    return session;
  }

  /// Null when the source has no scripts. Each source runs its own, because they may look at the URL.
  std::shared_ptr<http::Login> scripts_of(const Source& source) {
    if (source.access.cookie_script.empty() && source.access.header_script.empty()) return nullptr;
    return std::make_shared<http::ScriptLogin>(source.url, source.access, services_.loop, services_.log);
  }

  Services services_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<vsphere::Session>> sessions_;  // by origin and user
};

}  // namespace

std::shared_ptr<Tree> make_tree(const std::vector<Source>& sources, Services services) {
  Builder builder(services);
  std::vector<SourceTree::Member> members;
  members.reserve(sources.size());
  for (const Source& source : sources) members.push_back(builder.build(source));
  if (members.size() == 1 && members.front().tree) return members.front().tree;
  return std::make_shared<SourceTree>(std::move(members), services.client);
}

}  // namespace rimfs::catalog
