// SPDX-License-Identifier: MIT
#include "catalog/metalink/metalink_tree.h"

#include <fmt/format.h>

#include "http/url.h"

namespace rimfs::catalog::metalink {
namespace {

/// With the sums of all pieces, the document of a large image has a few MiB.
constexpr ByteCount kLargestDocument = 64_MiB;

std::optional<http::Rejection> check_document(const http::ReplyHead& head) {
  if (head.status != 200) return http::reject_status(head);
  return std::nullopt;
}

}  // namespace

Entry MetalinkTree::root() const { return Entry{"", true, server_.url(), {}, {}}; }

reactor::Task<Entries> MetalinkTree::list(Entry folder) {
  http::Address address = server_.address(folder.key);
  http::Request request(check_document);
  request.most = kLargestDocument;
  ListingServer::Reader<Metalink> read = [](const Pieces& body, const http::Client::Document& document) {
    return read_metalink(body, document.url);
  };
  Metalink found = co_await server_.read(address, std::move(request), std::move(read));
  if (found.entries.empty()) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: the Metalink document names no http or https URL that can be used", address.shown()));
  }
  if (found.other_places > 0 && server_.reports(folder.key)) {
    server_.log().info(
        "{}: {} places in the document are not used: neither http nor https, or http in a document from "
        "https",
        address.shown(), found.other_places);
  }
  const Known now = std::make_shared<const Metalink>(std::move(found));
  {
    const MutexLock lock(mutex_);
    known_ = now;
  }
  co_return now->entries;
}

MetalinkTree::Known MetalinkTree::known() const {
  const MutexLock lock(mutex_);
  return known_;
}

reactor::Task<std::optional<Entry>> MetalinkTree::only_file() {
  Known now = known();
  if (!now) {
    co_await list(root());
    now = known();
  }
  if (now->entries.size() != 1) co_return std::nullopt;
  co_return now->entries.front();
}

const MetalinkFile& MetalinkTree::file_of(const Metalink* known, const Entry& entry) {
  if (known) {
    const auto found = known->files.find(entry.key);
    if (found != known->files.end()) return found->second;
  }
  throw Error(ErrorKind::missing, entry.name + ": it is no longer in the Metalink document");
}

/// A new one when the document names another number of places.
std::shared_ptr<http::MirrorMemory> MetalinkTree::memory_of(const std::string& key, std::size_t places) {
  std::shared_ptr<http::MirrorMemory>& memory = memories_[key];
  if (!memory || memory->mirrors.count() != places) memory = std::make_shared<http::MirrorMemory>(places);
  return memory;
}

std::vector<http::Address> MetalinkTree::addresses_of(const MetalinkFile& file) const {
  std::vector<http::Address> addresses;
  for (const std::string& url : file.urls) addresses.push_back(server_.address(url));
  return addresses;
}

Found MetalinkTree::listed(const Entry& entry) const {
  const Known now = known();
  const MetalinkFile& file = file_of(now.get(), entry);
  std::vector<http::Address> addresses = addresses_of(file);
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  Found found(std::move(addresses.front()), std::move(identity));
  for (std::size_t i = 1; i < addresses.size(); ++i) found.mirrors.push_back(std::move(addresses[i]));
  return found;
}

reactor::Task<Found> MetalinkTree::find(Entry entry) {
  const Known now = known();
  const std::optional<ByteCount> size = file_of(now.get(), entry).size;
  std::vector<http::Address> addresses = addresses_of(file_of(now.get(), entry));
  std::shared_ptr<http::MirrorMemory> memory = memory_of(entry.key, addresses.size());
  for (;;) {
    http::Client::Probed probed = co_await server_.client().probe(addresses, *memory);
    const http::Address& answered = addresses[probed.which];
    if (!size || *size == probed.identity.size) {
      Found found(answered, std::move(probed.identity));
      for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (i != probed.which) found.mirrors.push_back(addresses[i]);
      }
      for (const std::size_t which : probed.failed) found.failed.push_back(addresses[which].id().place);
      co_return found;
    }
    const std::string problem = fmt::format("{}: it has {} bytes, and the Metalink document says {}", answered.shown(),
                                            probed.identity.size.value, size->value);
    *memory = http::MirrorMemory(addresses.size());  // what it remembers is of another file
    if (addresses.size() == 1) throw Error(ErrorKind::corrupt, problem);
    server_.log().warning("{}; trying the next place", problem);
    std::vector<http::Address> others;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      if (i != probed.which) others.push_back(addresses[i]);
    }
    addresses.swap(others);
    memory = std::make_shared<http::MirrorMemory>(addresses.size());
  }
}

}  // namespace rimfs::catalog::metalink
