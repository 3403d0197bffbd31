// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "base/pieces.h"
#include "catalog/source_kind.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "reactor/compute.h"
#include "reactor/offload.h"

namespace rimfs::catalog {

/// What trees of one server share: where it is, who asks, how its documents are read and its files are found. A part of
/// a tree. Reactor only, except origin().
class ListingServer {
 public:
  /// `url`: of the source. All references outlive it. Throws Error{misuse} for no URL.
  ListingServer(std::string url, Access access, http::Client& client, reactor::Offload& pool, Log& log);
  ListingServer(std::string url, Access access, const Services& services)
      : ListingServer(std::move(url), std::move(access), services.client, services.pool, services.log) {}

  const std::string& url() const { return url_; }
  /// "https://host:port". Any thread.
  const std::string& origin() const { return origin_; }
  const std::shared_ptr<http::Login>& login() const { return access_.login; }
  http::Client& client() const { return client_; }
  Log& log() const { return log_; }

  /// `url` as this source reaches it.
  http::Address address(std::string url) const { return {std::move(url), access_.access, access_.login}; }

  /// The file at `url` as its entry tells of it: Tree::listed().
  Found listed(std::string url, const Entry& file) const;
  /// Asks for the file at `url`; its listed time is that of the entry. Throws Error.
  reactor::Task<Found> find(std::string url, Entry file) const;
  /// The identity of a file with the time of its entry added, as far as the source compares that.
  http::Identity with_listed_time(http::Identity identity, const Entry& file) const;

  /// The pieces of a document's body, and the document without it.
  template <typename T>
  using Reader = std::function<T(const Pieces&, const http::Client::Document&)>;
  /// Fetches the document at `address` and runs `reader` on a thread of the pool; the body is freed there. Errors of
  /// the reader get the address in front. `address` outlives the task.
  template <typename T>
  reactor::Task<T> read(http::Address& address, http::Request request, Reader<T> reader) const {
    http::Client::Document document = co_await client_.fetch_document(address, std::move(request));
    std::function<T()> work = [&] {
      http::Body body = std::move(document.body);
      return reader(http::Body::consume(body), document);
    };
    try {
      T found = co_await reactor::compute(pool_, std::move(work));
      co_return found;
    } catch (const Error& error) {
      throw error.within(address.shown().text());
    }
  }
  /// Runs other work on a listing on a thread of the pool.
  template <typename T>
  reactor::Task<T> compute(std::function<T()> work) const {
    T found = co_await reactor::compute(pool_, std::move(work));
    co_return found;
  }

  /// True at the first call for a folder, so that what is wrong with it is logged once. Beyond a number of folders
  /// never.
  bool reports(const std::string& folder);

  /// Ends the login.
  reactor::Task<> close();

 private:
  // Constant after construction.
  const std::string url_;
  const std::string origin_;
  const Access access_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  std::unordered_set<std::string> reported_;
};

}  // namespace rimfs::catalog
