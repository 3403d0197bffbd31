// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/thread_safety.h"
#include "catalog/tree.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/session.h"

namespace rimfs::catalog::vsphere {

/// The datastores of a vCenter or ESXi server as a tree: datacenters (in the folders they are in), datastores, folders,
/// files. The datastore browser lists (exact sizes, times), the /folder pages where it may not or does not tell all;
/// files are read from /folder. An entry's key is its path of encoded names. Reactor only, but for listed().
class DatastoreTree : public Tree {
 public:
  /// `folder`: the path to show, encoded names divided by "/"; empty for all. The references outlive the tree.
  DatastoreTree(std::string url, std::string folder, std::shared_ptr<Session> session, reactor::EventLoop& loop,
                http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return origin_; }
  reactor::Task<> close() override;

 private:
  using Path = std::vector<std::string>;

  reactor::Task<> refresh_inventory();
  reactor::Task<Entries> browse(Reference browser, std::string datastore_path, std::string key);
  reactor::Task<TaskState> finished(Reference task, const Records& files, Conversation& conversation);
  reactor::Task<std::string> read_objects(Objects& objects, std::string request, Conversation& conversation);
  reactor::Task<> say(std::string body);
  reactor::Task<Entries> read_page(const Place& place);
  std::string folder_url(const Place& place, bool folder, bool twice) const;
  http::Address address_of(const Entry& file, bool twice) const;
  std::shared_ptr<const Inventory> inventory() const;

  // Constant after construction.
  const std::string url_;
  const std::string origin_;
  const std::string folder_;
  const std::shared_ptr<Session> session_;
  reactor::EventLoop& loop_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  // Synchronise themselves.
  std::atomic<bool> encode_twice_{false};  // this server wants dcPath and dsName so

  mutable Mutex mutex_;
  std::shared_ptr<const Inventory> inventory_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::catalog::vsphere
