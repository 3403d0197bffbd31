// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/entry.h"
#include "catalog/vsphere/folder_url.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/server_tools.h"
#include "doctor/examination.h"
#include "http/url.h"

namespace rimfs::doctor {

/// What the checks of a server share.
struct VsphereSubject {
  explicit VsphereSubject(Examination& parts) : examination(parts) {}

  catalog::vsphere::ServerTools tools() const {
    return {http::origin_of(examination.source.url), session, examination.loop, examination.pool, examination.log};
  }

  Examination& examination;
  std::shared_ptr<catalog::vsphere::Session> session;
  std::shared_ptr<const catalog::vsphere::Inventory> inventory;
  catalog::vsphere::Place place;                   ///< A folder of a datastore.
  std::string file;                                ///< A file in it; empty: none was found.
  std::vector<catalog::vsphere::FoundFile> found;  ///< In that folder.
  bool searched = false;                           ///< `found` is the result of a search.
  catalog::vsphere::Spelling spelling;             ///< With which the file was found.
};

/// Tells the redaction the names that a search found, as many of the first ones as a recorded reply can contain.
void learn(Redaction& redaction, const std::vector<catalog::vsphere::FoundFile>& found);

/// Searches a folder; nothing when the server refuses: `failure` says why then.
reactor::Task<std::optional<std::vector<catalog::vsphere::FoundFile>>> search(
    VsphereSubject& subject, const catalog::vsphere::Place& place, std::string& failure,
    catalog::vsphere::Queries queries = catalog::vsphere::Queries::folders_and_files);

/// The file of a folder whose checks tell most and cost least: a small description of a disk, otherwise the smallest
/// file. `page`: what the folder's page lists, may be null. Empty when there is none. Pure.
std::string file_to_check(const std::vector<catalog::vsphere::FoundFile>& found, const catalog::Entries* page);

/// Finds a folder to look at: the one that the source leads to, otherwise one with a disk. Fills in place, found, and
/// file if the source leads to one; adds the row of the search. Returns false when there is no folder.
reactor::Task<bool> choose(VsphereSubject& subject);

}  // namespace rimfs::doctor
