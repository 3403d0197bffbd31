// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/thread_safety.h"
#include "catalog/tree.h"
#include "catalog/vsphere/datastore_browser.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/inventory_reader.h"
#include "catalog/vsphere/listing_policy.h"
#include "catalog/vsphere/machine_reader.h"
#include "catalog/vsphere/page_refusals.h"
#include "catalog/vsphere/session.h"
#include "catalog/vsphere/spelling_memory.h"

namespace rimfs::catalog::vsphere {

/// The datastores of a vCenter or ESXi server as a tree (inventory.h says which names lead where). The datastore
/// browser and the pages of /folder list together (folder_listing.h); files are read from /folder. An entry's key is
/// its path of encoded names. Reactor only, but for listed().
class DatastoreTree : public Tree {
 public:
  /// `url`: any of the server. `path`: what to show, encoded names divided by "/"; empty for all. It may lead to one
  /// file, which is called `name` then. The references outlive the tree.
  DatastoreTree(std::string url, std::string path, std::string name, std::shared_ptr<Session> session,
                reactor::EventLoop& loop, http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return tools_.origin; }
  reactor::Task<std::optional<Machines>> machines(Entry folder) override;
  reactor::Task<> close() override;

 private:
  using Path = std::vector<std::string>;
  using Clock = reactor::EventLoop::Clock;

  reactor::Task<std::shared_ptr<const Inventory>> inventory_for(Path path);
  reactor::Task<> refresh_inventory();
  reactor::Task<Entries> list_path(Path path, std::string key);
  /// What a server tells of one folder.
  struct Listings {
    std::vector<FoundFile> found;  ///< By the browser.
    std::optional<Error> failure;  ///< Of the browser: it refused.
    std::optional<Entries> page;
  };
  reactor::Task<Entries> list_folder(const Place& place, std::string key);
  reactor::Task<Listings> ask_both(const Place& place);
  reactor::Task<std::optional<Entries>> page_of(const Place& place, bool session_works, std::optional<Error>& failure);
  reactor::Task<Entries> read_page(const Place& place);
  reactor::Task<> mark_folders(const Place& place, std::vector<FoundFile>& found);
  reactor::Task<std::optional<Entry>> file_at_root();
  http::Address address_of(const Place& place, const Spelling& spelling) const;
  std::shared_ptr<const Inventory> inventory() const;

  // Constant after construction.
  const std::string url_;
  const std::string path_;
  const std::string name_;
  const ServerTools tools_;
  http::Client& client_;

  // Reactor only.
  InventoryReader reader_;
  MachineReader machine_reader_;
  DatastoreBrowser browser_;
  ListingPolicy policy_;
  PageRefusals pages_;
  bool root_listed_ = false;
  std::optional<Entry> only_file_;

  // Synchronise themselves.
  SpellingMemory spellings_;

  mutable Mutex mutex_;
  std::shared_ptr<const Inventory> inventory_ RIMFS_GUARDED_BY(mutex_);
  Clock::time_point inventory_read_ RIMFS_GUARDED_BY(mutex_){};
};

}  // namespace rimfs::catalog::vsphere
