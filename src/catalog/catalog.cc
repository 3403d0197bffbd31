// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "catalog/archive/archive_folders.h"
#include "catalog/archive/archive_name.h"
#include "catalog/archive/archive_tree.h"
#include "catalog/source_kinds.h"
#include "catalog/source_tree.h"
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

/// Makes each source's tree and login, with one builder of each module for all sources.
class Builder {
 public:
  explicit Builder(Services services) : services_(services) {
    for (const SourceModule* module : source_modules()) builders_.push_back(module->builder(services));
  }

  SourceTree::Member build(Source source) {
    source.access.server_kinds = server_kinds();
    const Access access = log_in(source);
    std::shared_ptr<Tree> tree = builder_of(source).tree_of(source, access);
    return with_archives({std::move(source), access.access, access.login, std::move(tree)});
  }

 private:
  /// Shows what lies in archives, as far as the source wants that.
  SourceTree::Member with_archives(SourceTree::Member member) {
    const Source& source = member.source;
    if (!services_.files) return member;
    std::vector<std::string> paths = source.members;
    // A source with a tree may lead to a folder of that name.
    const bool is_archive = !member.tree && archive::is_archive_name(source.file_name);
    if (paths.empty() && source.archives_are_folders && is_archive) paths.emplace_back();  // all of it
    std::optional<Entry> file;  // the archive, when the source leads to a file without a tree
    if (!paths.empty() && !member.tree) {
      file = Entry{source.file_name, false, "0", {}, {}};
      member.tree = std::make_shared<SourceTree>(std::vector{member}, services_.client);
    }
    for (const std::string& path : paths) {
      archive::ArchiveTree::Place place{member.tree, std::exchange(file, std::nullopt)};
      member.tree = std::make_shared<archive::ArchiveTree>(std::move(place), path, services_);
    }
    if (source.archives_are_folders && member.tree) {
      member.tree = std::make_shared<archive::ArchiveFolders>(member.tree, services_);
    }
    return member;
  }

  Access log_in(const Source& source) {
    for (const std::unique_ptr<SourceBuilder>& builder : builders_) {
      if (std::optional<Access> access = builder->log_in(source)) return *access;
    }
    return {access_of(source), scripts_of(source)};
  }

  /// That of the module that the source's kind belongs to.
  SourceBuilder& builder_of(const Source& source) {
    const auto modules = source_modules();
    const auto found = std::find_if(modules.begin(), modules.end(), [&](const SourceModule* module) {
      return std::any_of(module->kinds.begin(), module->kinds.end(),
                         [&](const SourceKind& kind) { return &kind == source.kind || kind.file_kind == source.kind; });
    });
    return *builders_.at(static_cast<std::size_t>(found - modules.begin()));
  }

  /// Null when the source has no scripts. Each source runs its own, because they may look at the URL.
  std::shared_ptr<http::Login> scripts_of(const Source& source) {
    const http::ServerAccess& access = source.access;
    if (access.cookie_script.empty() && access.header_script.empty() && access.url_script.empty()) return nullptr;
    return std::make_shared<http::ScriptLogin>(source.url, source.access, services_.loop, services_.log);
  }

  Services services_;
  std::vector<std::unique_ptr<SourceBuilder>> builders_;  // in the order of source_modules()
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
