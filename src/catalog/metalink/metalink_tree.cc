// SPDX-License-Identifier: MIT
#include "catalog/metalink/metalink_tree.h"

#include <fmt/format.h>

#include <utility>

#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::metalink {
namespace {

/// With the sums of all pieces, the document of a large image has a few MiB.
constexpr ByteCount kLargestDocument = 64_MiB;

std::optional<http::Rejection> check_document(const http::ReplyHead& head) {
  if (head.status != 200) return http::reject_status(head);
  return std::nullopt;
}

}  // namespace

MetalinkTree::MetalinkTree(std::string url, std::shared_ptr<const http::ServerAccess> access,
                           std::shared_ptr<http::Login> login, http::Client& client, reactor::Offload& pool, Log& log)
    : url_(std::move(url)),
      origin_(http::origin_of(url_)),
      access_(std::move(access)),
      login_(std::move(login)),
      client_(client),
      pool_(pool),
      log_(log) {}

Entry MetalinkTree::root() const { return Entry{"", true, url_, {}, {}}; }

/// The memory of a file's places is kept while they are the same.
reactor::Task<> MetalinkTree::read() {
  http::Address address(url_, access_, login_);
  http::Request request(check_document);
  request.most = kLargestDocument;
  http::Client::Document document = co_await client_.fetch_document(address, std::move(request));
  std::function<std::vector<MetalinkFile>()> parse = [&document] {
    http::Body body = std::move(document.body);  // freed here, also when it is refused
    return read_metalink(http::Body::consume(body), document.url);
  };
  std::vector<MetalinkFile> files;
  try {
    files = co_await reactor::compute(pool_, std::move(parse));
  } catch (const Error& error) {
    throw error.within(address.shown().text());
  }
  report(files);
  std::map<std::string, std::shared_ptr<Known>> newer;
  for (MetalinkFile& file : files) {
    if (file.urls.empty()) continue;
    const auto before = files_.find(file.name);
    const bool same = before != files_.end() && before->second->file.urls == file.urls;
    std::shared_ptr<Known> entry = same ? before->second : std::make_shared<Known>(file);
    entry->file = file;
    newer.emplace(file.name, std::move(entry));
  }
  if (newer.empty()) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: the Metalink document names no http or https URL that can be used", address.shown()));
  }
  files_ = std::move(newer);
  is_read_ = true;
}

/// Once.
void MetalinkTree::report(const std::vector<MetalinkFile>& files) {
  std::size_t others = 0;
  for (const MetalinkFile& file : files) others += file.other_places;
  if (others == 0 || std::exchange(reported_, true)) return;
  log_.info("{}: {} places in the document are not used: neither http nor https, or http in a document from https",
            http::display_url(url_), others);
}

reactor::Task<Entries> MetalinkTree::list(Entry) {
  co_await read();
  Entries entries;
  for (const auto& [name, known] : files_) entries.push_back(Entry{name, false, name, known->file.size, {}});
  co_return entries;
}

reactor::Task<std::optional<Entry>> MetalinkTree::only_file() {
  if (!is_read_) {
    co_await read();
  }
  if (files_.size() != 1) co_return std::nullopt;
  const auto& [name, known] = *files_.begin();
  co_return Entry{name, false, name, known->file.size, {}};
}

const std::shared_ptr<MetalinkTree::Known>& MetalinkTree::known(const Entry& entry) const {
  const auto found = files_.find(entry.key);
  if (found == files_.end()) throw Error(ErrorKind::missing, entry.name + ": it is no longer in the Metalink document");
  return found->second;
}

std::vector<http::Address> MetalinkTree::addresses_of(const MetalinkFile& file) const {
  std::vector<http::Address> addresses;
  for (const std::string& url : file.urls) addresses.emplace_back(url, access_, login_);
  return addresses;
}

Found MetalinkTree::listed(const Entry& entry) const {
  const MetalinkFile& file = known(entry)->file;
  std::vector<http::Address> addresses = addresses_of(file);
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  Found found(std::move(addresses.front()), std::move(identity));
  for (std::size_t i = 1; i < addresses.size(); ++i) found.mirrors.push_back(std::move(addresses[i]));
  return found;
}

reactor::Task<Found> MetalinkTree::find(Entry entry) {
  const std::shared_ptr<Known> file = known(entry);
  std::vector<http::Address> addresses = addresses_of(file->file);
  http::Client::Probed probed = co_await client_.probe(addresses, file->memory);
  const std::optional<ByteCount> size = file->file.size;
  if (size && *size != probed.identity.size) {
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: it has {} bytes, and the Metalink document says {}", addresses[probed.which].shown(),
                            probed.identity.size.value, size->value));
  }
  Found found(addresses[probed.which], std::move(probed.identity));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i != probed.which) found.mirrors.push_back(addresses[i]);
  }
  for (const std::size_t which : probed.failed) found.failed.push_back(addresses[which].id().place);
  co_return found;
}

reactor::Task<> MetalinkTree::close() {
  if (login_) {
    co_await login_->close();
  }
}

}  // namespace rimfs::catalog::metalink
