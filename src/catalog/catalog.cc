// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include "catalog/source_tree.h"
#include "catalog/web_index.h"

namespace rimfs::catalog {
namespace {

/// Null for a file.
std::shared_ptr<Tree> tree_of(const Source& source, http::Client& client) {
  auto access = std::make_shared<const http::ServerAccess>(source.access);
  switch (source.kind) {
    case SourceKind::file: return nullptr;
    case SourceKind::index: return std::make_shared<WebIndex>(source.url, std::move(access), nullptr, client);
    case SourceKind::vsphere: break;
  }
  throw Error(ErrorKind::unsupported, "no vSphere yet");
}

}  // namespace

std::shared_ptr<Tree> make_tree(const std::vector<Source>& sources, http::Client& client) {
  std::vector<SourceTree::Member> members;
  for (const Source& source : sources) members.push_back({source, tree_of(source, client)});
  if (members.size() == 1 && members.front().tree) return members.front().tree;
  return std::make_shared<SourceTree>(std::move(members), client);
}

}  // namespace rimfs::catalog
