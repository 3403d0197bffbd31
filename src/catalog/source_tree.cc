// SPDX-License-Identifier: MIT
#include "catalog/source_tree.h"

#include <iterator>
#include <span>

#include "reactor/task_scope.h"

namespace rimfs::catalog {

namespace {

/// The URL that the source names, and its mirrors.
std::vector<http::Address> addresses_of(const SourceTree::Member& member) {
  std::vector<http::Address> addresses{{member.source.url, member.access, member.login}};
  for (const std::string& url : member.source.mirrors) addresses.emplace_back(url, member.access, member.login);
  return addresses;
}

/// What was learned of a source from one of its addresses; the others are its mirrors.
Found found_at(const Source& source, const std::vector<http::Address>& addresses, std::size_t answered,
               http::Identity identity) {
  Found found(addresses[answered], std::move(identity));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i != answered) found.mirrors.push_back(addresses[i]);
  }
  found.offset = source.offset;
  found.length = source.length;
  found.prefetch_all = source.prefetch_all;
  return found;
}

}  // namespace

SourceTree::SourceTree(std::vector<Member> members, http::Client& client)
    : members_(std::move(members)), client_(client) {
  for (const Member& member : members_) memories_.emplace_back(member.source.mirrors.size() + 1);
  files_.resize(members_.size());
}

Entry SourceTree::root() const { return Entry{"", true, "", {}, {}}; }

/// A member whose tree turns out to be one file is that file. The members' servers are asked side by side; the first
/// failure in the order of the sources is the result.
reactor::Task<Entries> SourceTree::list(Entry) {
  std::vector<std::optional<Error>> failures(members_.size());
  reactor::TaskScope scope;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].tree) scope.spawn(find_only_file(i, failures[i]));
  }
  auto joined = scope.joined();
  co_await joined;
  Entries entries;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (failures[i]) throw *failures[i];
    const bool folder = members_[i].tree && !files_[i];
    entries.push_back(Entry{members_[i].source.name, folder, std::to_string(i), {}, {}});
  }
  co_return entries;
}

/// An optional member that fails counts as a folder; what is wrong with it is reported when the folder is listed.
reactor::Task<> SourceTree::find_only_file(std::size_t which, std::optional<Error>& failure) {
  const Member& member = members_[which];
  try {
    files_[which] = co_await member.tree->only_file();
  } catch (const Error& error) {
    if (!member.source.optional || error.kind() == ErrorKind::cancelled) failure = error;
  } catch (const std::exception& error) {
    failure = Error(ErrorKind::system, error.what());
  }
}

const Entry& SourceTree::file_of(const Entry& entry) const {
  const std::optional<Entry>& file = files_.at(std::stoul(entry.key));
  if (!file) throw Error(ErrorKind::missing, entry.name + ": it is a folder");
  return *file;
}

const SourceTree::Member& SourceTree::member_of(const Entry& entry) const { return members_.at(std::stoul(entry.key)); }

Found SourceTree::listed(const Entry& file) const {
  const Member& member = member_of(file);
  if (member.tree) return member.tree->listed(file_of(file));
  Found found = found_at(member.source, addresses_of(member), 0, {});
  const std::string& map = member.source.extents;
  if (map.starts_with('/')) {
    found.map.emplace(map);
  } else if (!map.empty()) {
    found.map.emplace(http::Address(map, member.access, member.login));
  }
  return found;
}

/// The first address that answers tells what the file is; the others are its mirrors.
reactor::Task<Found> SourceTree::find(Entry file) {
  const Member& member = member_of(file);
  if (member.tree) {
    Found found = co_await member.tree->find(file_of(file));
    co_return found;
  }
  std::vector<http::Address> addresses = addresses_of(member);
  http::MirrorMemory& memory = memories_.at(std::stoul(file.key));
  const std::span<http::Address> all(addresses);
  http::Client::Probed probed = co_await client_.probe(all, memory);
  Found found = found_at(member.source, addresses, probed.which, std::move(probed.identity));
  for (const std::size_t which : probed.failed) found.failed.push_back(addresses[which].id().place);
  co_return found;
}

std::shared_ptr<Tree> SourceTree::tree_of(const Entry& folder) const { return member_of(folder).tree; }

reactor::Task<std::optional<Machines>> SourceTree::machines(Entry) {
  std::optional<Machines> all;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].tree || files_[i]) continue;
    std::optional<Machines> some = co_await machines_of(members_[i]);
    if (!some) continue;
    if (!all) all.emplace();
    std::move(some->list.begin(), some->list.end(), std::back_inserter(all->list));
    std::move(some->failures.begin(), some->failures.end(), std::back_inserter(all->failures));
  }
  co_return all;
}

/// Those of one member, below its name.
reactor::Task<std::optional<Machines>> SourceTree::machines_of(const Member& member) {
  std::optional<Machines> found;
  std::optional<Error> failure;
  try {
    found = co_await member.tree->machines(member.tree->root());
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    found.emplace();
    found->failures.push_back(failure->message());
  }
  if (found) add_prefix(*found, member.source.name);
  co_return found;
}

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
