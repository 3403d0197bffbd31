// SPDX-License-Identifier: MIT
#include "doctor/vsphere_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "base/printable.h"
#include "catalog/vsphere/datastore_browser.h"
#include "catalog/vsphere/folder_listing.h"
#include "catalog/vsphere/server_kind.h"
#include "doctor/vsphere_judgements.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

namespace vsphere = catalog::vsphere;
using vsphere::FoundFile;
using Subject = VsphereSubject;

/// Few questions, because the number of requests is limited.
constexpr vsphere::SearchPace kPace{std::chrono::milliseconds(250), std::chrono::milliseconds(2000),
                                    std::chrono::seconds(15)};

/// How far a folder with a disk is looked for.
constexpr std::size_t kMostDatastores = 3;
constexpr std::size_t kMostFolders = 3;

/// What the source's path leads to, as names; that of a datastore URL is in its query.
std::vector<std::string> path_of(const catalog::Source& source) {
  if (!vsphere::is_datastore_url(source.url)) return http::decoded_path_parts(source.folder);
  const http::PathAndQuery parts = http::path_and_query(source.url);
  std::vector<std::string> path;
  for (const std::string parameter : {"dcPath=", "dsName="}) {
    const std::size_t at = parts.query.find(parameter);
    if (at == std::string::npos) continue;
    const std::string value =
        parts.query.substr(at + parameter.size(), parts.query.find('&', at) - at - parameter.size());
    for (std::string& name : http::decoded_path_parts(http::percent_decode(value))) path.push_back(std::move(name));
  }
  const std::vector<std::string> below = http::decoded_path_parts(parts.path);
  path.insert(path.end(), below.begin() + 1, below.end());
  return path;
}

/// A disk's description, not its data.
bool is_descriptor(const std::string& name) {
  return name.ends_with(".vmdk") && !vsphere::is_disk_extent(name) && !name.ends_with("-ctk.vmdk");
}

/// The names in a datastore's top folder that may be folders of machines.
std::vector<std::string> folders_in(const std::vector<FoundFile>& found) {
  std::vector<std::string> folders;
  for (const FoundFile& file : found) {
    if (file.folder && !file.path.starts_with('.')) folders.push_back(file.path);
  }
  if (!folders.empty()) return folders;
  return vsphere::possible_folders(found);
}

/// Looks for a folder with a disk in `place`, which is a datastore. Returns whether there is one.
reactor::Task<bool> find_folder(Subject& subject, vsphere::Place place, std::string& failure) {
  std::optional<std::vector<FoundFile>> top = co_await search(subject, place, failure);
  if (!top) co_return false;
  const std::vector<std::string> folders = folders_in(*top);
  const bool first = !subject.searched;
  if (first) subject.found = std::move(*top);
  if (first) subject.place = place;
  subject.searched = true;
  const auto describes = [](const FoundFile& file) { return is_descriptor(file.path); };
  for (std::size_t i = 0; i < std::min(folders.size(), kMostFolders); ++i) {
    vsphere::Place inside = place;
    inside.path = {folders[i]};
    std::optional<std::vector<FoundFile>> found = co_await search(subject, inside, failure);
    if (!found || std::none_of(found->begin(), found->end(), describes)) continue;
    subject.place = inside;
    subject.found = std::move(*found);
    co_return true;
  }
  co_return false;
}

/// The datastores to look at, when the source leads to none.
std::vector<vsphere::Place> datastores_of(const vsphere::Inventory& inventory, const vsphere::Datacenter* only) {
  std::vector<vsphere::Place> places;
  for (const vsphere::Datacenter& datacenter : inventory.datacenters()) {
    if (only && only != &datacenter) continue;
    for (const vsphere::Datastore& datastore : datacenter.datastores) {
      if (datastore.accessible && places.size() < kMostDatastores) places.push_back({&datacenter, &datastore, {}});
    }
  }
  return places;
}

/// The source's own folder, or the folder of its file.
reactor::Task<> look_at_path(Subject& subject, std::string& failure) {
  if (subject.place.path.empty()) {
    co_await find_folder(subject, subject.place, failure);
    co_return;
  }
  std::optional<std::vector<FoundFile>> found = co_await search(subject, subject.place, failure);
  if (!found) {
    subject.file = subject.place.path.back();
    subject.place.path.pop_back();
    subject.examination.diagnosis.redaction.learn(Name::file, subject.file);
    found = co_await search(subject, subject.place, failure);
  }
  subject.searched = found.has_value();
  if (found) subject.found = std::move(*found);
}

}  // namespace

void learn(Redaction& redaction, const std::vector<FoundFile>& found) {
  constexpr std::size_t kMostRecorded = http::ExchangeRecord::kMostBody / std::string_view("<path></path>").size();
  for (const FoundFile& file : std::span(found).first(std::min(found.size(), kMostRecorded))) {
    const Name kind = file.folder ? Name::folder : Name::file;
    redaction.learn(kind, file.path);
    redaction.learn(kind, file.friendly_name);
  }
}

reactor::Task<std::optional<std::vector<FoundFile>>> search(Subject& subject, const vsphere::Place& place,
                                                            std::string& failure, vsphere::Queries queries) {
  Examination& examination = subject.examination;
  vsphere::DatastoreBrowser browser(subject.tools(), kPace);
  std::optional<std::vector<FoundFile>> result;
  try {
    std::vector<FoundFile> found = co_await browser.search(place, queries);
    learn(examination.diagnosis.redaction, found);
    result = std::move(found);
  } catch (const Error& error) {
    failure = error.message();
  }
  co_return result;
}

reactor::Task<bool> choose(Subject& subject) {
  Examination& examination = subject.examination;
  std::string failure = "the inventory has no accessible datastore";
  std::optional<Error> missing;
  const std::vector<std::string> path = path_of(examination.source);
  for (const std::string& name : path) examination.diagnosis.redaction.learn(Name::folder, name);
  try {
    subject.place = subject.inventory->find(path);
  } catch (const Error& error) {
    missing = error;
  }
  if (missing) {
    examination.add("source",
                    {Verdict::failed, printable(missing->message()), "a datacenter, datastore, folder or file"});
    co_return false;
  }
  if (subject.place.datastore) {
    co_await look_at_path(subject, failure);
  } else {
    for (const vsphere::Place& place : datastores_of(*subject.inventory, subject.place.datacenter)) {
      const bool has_disk = co_await find_folder(subject, place, failure);
      if (has_disk) break;
    }
  }
  if (!subject.searched) {
    examination.add("browser", {Verdict::failed, printable(failure), "types, and a size for each file"});
    co_return subject.place.datastore != nullptr;
  }
  examination.add("browser", judge_types(subject.found));
  co_return true;
}

std::string file_to_check(const std::vector<FoundFile>& found, const catalog::Entries* page) {
  std::map<std::string, ByteCount> sizes;  // by name; what a read gets
  for (const FoundFile& file : found) {
    if (!file.folder) sizes[file.path] = file.size.value_or(ByteCount{1});
  }
  for (const catalog::Entry& entry : page ? *page : catalog::Entries()) {
    if (!entry.folder && entry.size) sizes[entry.name] = *entry.size;
    if (entry.folder) sizes.erase(entry.name);
  }
  std::string best;
  bool best_describes = false;
  for (const auto& [name, size] : sizes) {
    if (size.is_zero()) continue;
    const bool describes = is_descriptor(name);
    const bool better =
        best.empty() || (describes && !best_describes) || (describes == best_describes && size < sizes[best]);
    if (!better) continue;
    best = name;
    best_describes = describes;
  }
  return best;
}

}  // namespace rimfs::doctor
