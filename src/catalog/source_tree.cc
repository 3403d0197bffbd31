// SPDX-License-Identifier: MIT
#include "catalog/source_tree.h"

namespace rimfs::catalog {

SourceTree::SourceTree(std::vector<Member> members, http::Client& client)
    : members_(std::move(members)), client_(client) {}

Entry SourceTree::root() const { return Entry{"", true, "", {}, {}}; }

reactor::Task<Entries> SourceTree::list(Entry) {
  Entries entries;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    entries.push_back(Entry{members_[i].source.name, members_[i].tree != nullptr, std::to_string(i), {}, {}});
  }
  co_return entries;
}

const SourceTree::Member& SourceTree::member_of(const Entry& entry) const { return members_.at(std::stoul(entry.key)); }

Found SourceTree::listed(const Entry& file) const {
  const Member& member = member_of(file);
  const Source& source = member.source;
  http::Address address(source.url, member.access, member.login);
  Found found(std::move(address), {});
  found.offset = source.offset;
  found.length = source.length;
  return found;
}

reactor::Task<Found> SourceTree::find(Entry file) {
  Found found = listed(file);
  found.identity = co_await client_.probe(found.address);
  co_return found;
}

std::shared_ptr<Tree> SourceTree::tree_of(const Entry& folder) const { return member_of(folder).tree; }

reactor::Task<> SourceTree::close() {
  for (const Member& member : members_) {
    if (member.tree) {
      co_await member.tree->close();
    }
    if (member.login) {
      co_await member.login->close();
    }
  }
}

}  // namespace rimfs::catalog
