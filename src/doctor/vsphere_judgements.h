// SPDX-License-Identifier: MIT
// What the listings and the inventory of a vSphere server mean. Pure.
#pragma once

#include <string>
#include <vector>

#include "catalog/entry.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/soap.h"
#include "doctor/recording.h"
#include "doctor/row.h"

namespace rimfs::doctor {

/// The names and forms of the cookies of these replies, never their values.
Finding judge_cookies(const std::vector<Record>& records);
/// Datacenters, datastores by type, clusters, inaccessible ones.
Finding judge_inventory(const catalog::vsphere::Inventory& inventory);
/// The forms of summary.url in the recorded replies.
Finding judge_summary_urls(const std::vector<Record>& records, bool vcenter);

/// What the two searches and the page say of one folder. Whatever is null was not to be had.
struct Listings {
  const std::vector<catalog::vsphere::FoundFile>* with_query = nullptr;
  const std::vector<catalog::vsphere::FoundFile>* without_query = nullptr;
  const catalog::Entries* page = nullptr;
};
/// Which types of entries a search calls by name.
Finding judge_types(const std::vector<catalog::vsphere::FoundFile>& found);
/// Whether the searches list the extents of disks that the page lists.
Finding judge_extents(const Listings& listings);
/// The size of the descriptor `name` in each listing beside `size`, what a read gets.
Finding judge_descriptor_size(const Listings& listings, const std::string& name, std::uint64_t size);
/// How the page of a folder is written: the slash of folders, the sign for their size, the encoding of links.
Finding judge_page_form(const http::ExchangeRecord& record, const catalog::Entries& entries);

}  // namespace rimfs::doctor
