// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/source.h"
#include "catalog/tree.h"
#include "http/client.h"

namespace rimfs::catalog {

/// The sources that a mount was given, side by side in one folder: files, and the trees of other servers. Never
/// changes. Reactor only, but for listed() and tree_of().
class SourceTree : public Tree {
 public:
  /// One source and how its server is reached; a file when it has no tree of its own.
  struct Member {
    Source source;
    std::shared_ptr<const http::ServerAccess> access;
    std::shared_ptr<http::Login> login;  ///< Of a file; may be null.
    std::shared_ptr<Tree> tree;
  };

  /// `client` outlives the tree.
  SourceTree(std::vector<Member> members, http::Client& client);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  bool is_optional(const Entry& entry) const override { return member_of(entry).source.optional; }
  bool constant() const override { return true; }
  std::shared_ptr<Tree> tree_of(const Entry& folder) const override;
  /// Of all members. A server that cannot be asked is one of the failures; the others are still asked.
  reactor::Task<std::optional<Machines>> machines(Entry folder) override;
  reactor::Task<> close() override;

 private:
  const Member& member_of(const Entry& entry) const;
  const Entry& file_of(const Entry& entry) const;
  reactor::Task<> find_only_file(std::size_t which, std::optional<Error>& failure);
  static reactor::Task<std::optional<Machines>> machines_of(const Member& member);

  // Constant after construction.
  const std::vector<Member> members_;  // an entry's key is the member's number
  http::Client& client_;

  std::vector<http::MirrorMemory> memories_;  // by the member's number; reactor only
  // Of members whose tree is one file, by the member's number. Set by the one list(), before the mount is served.
  std::vector<std::optional<Entry>> files_;
};

}  // namespace rimfs::catalog
