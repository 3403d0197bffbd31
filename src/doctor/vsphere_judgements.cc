// SPDX-License-Identifier: MIT
#include "doctor/vsphere_judgements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/printable.h"
#include "catalog/vsphere/folder_listing.h"
#include "catalog/web/html_index.h"
#include "doctor/judgements.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

using catalog::Entry;
using catalog::vsphere::FoundFile;

template <typename Key>
std::string counted(const std::map<Key, std::size_t>& counts) {
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [what, count] : counts) parts.push_back(fmt::format("{} {}", count, what));
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

/// The texts between `opening` and the next "<".
std::vector<std::string> texts_after(const std::string& body, const std::string& opening) {
  std::vector<std::string> texts;
  for (std::size_t at = body.find(opening); at != std::string::npos; at = body.find(opening, at)) {
    at = body.find('>', at + opening.size() - 1);
    if (at == std::string::npos) break;
    texts.push_back(body.substr(at + 1, body.find('<', at) - at - 1));
  }
  return texts;
}

std::string form_of_url(const std::string& url) {
  if (url.empty() || url == "ds:///") return "empty";
  const bool scheme = url.starts_with("ds:///vmfs/volumes/");
  if (!scheme && !url.starts_with("/vmfs/volumes/")) return "another form";
  return std::string(scheme ? "ds:///vmfs/volumes/ID" : "/vmfs/volumes/ID") + (url.ends_with('/') ? "/" : "");
}

std::string size_in(const std::vector<FoundFile>* found, const std::string& name) {
  if (!found) return "not asked";
  const auto file = std::find_if(found->begin(), found->end(), [&](const FoundFile& one) { return one.path == name; });
  if (file == found->end()) return "not listed";
  return file->size ? std::to_string(file->size->value) : "no size";
}

std::size_t extents_in(const std::vector<FoundFile>* found) {
  if (!found) return 0;
  return static_cast<std::size_t>(std::count_if(
      found->begin(), found->end(), [](const FoundFile& file) { return catalog::vsphere::is_disk_extent(file.path); }));
}

/// How often the query of a page's link is encoded: "once", "twice", or nothing when no character tells.
std::string encoding_of(const std::string& href) {
  const std::string query = href.substr(std::min(href.find('?'), href.size()));
  if (query.find("%25") != std::string::npos) return "twice";
  return query.find('%') != std::string::npos ? "once" : "";
}

}  // namespace

Finding judge_cookies(const std::vector<Record>& records) {
  std::set<std::string> forms;
  bool session = false;
  for (const Record& record : records) {
    for (const std::string& line : record->header_lines("set-cookie")) {
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos) continue;
      const std::string name = line.substr(0, equals);
      const bool quoted = line.substr(equals + 1).starts_with('"');
      const std::size_t path = line.find("Path=");
      const std::string where =
          path == std::string::npos ? "no Path" : line.substr(path, line.find_first_of("; ", path) - path);
      session |= name == "vmware_soap_session" && quoted && where == "Path=/";
      forms.insert(fmt::format("{} ({}, {})", printable(name), quoted ? "quoted" : "bare", printable(where)));
    }
  }
  return finding(session && forms.size() == 1, forms.empty() ? "none" : fmt::format("{}", fmt::join(forms, "; ")),
                 "vmware_soap_session (quoted, Path=/)");
}

Finding judge_inventory(const catalog::vsphere::Inventory& inventory) {
  std::map<std::string, std::size_t> types;
  std::set<std::string> clusters;
  std::size_t away = 0;
  std::size_t maintenance = 0;
  for (const catalog::vsphere::Datacenter& datacenter : inventory.datacenters()) {
    for (const catalog::vsphere::Datastore& datastore : datacenter.datastores) {
      ++types[datastore.type.empty() ? "of unknown type" : printable(datastore.type)];
      if (!datastore.cluster.empty()) clusters.insert(datastore.cluster);
      away += datastore.accessible ? 0 : 1;
      maintenance += datastore.maintenance.empty() || datastore.maintenance == "normal" ? 0 : 1;
    }
  }
  const std::string observed =
      fmt::format("{} datacenters; datastores: {}; {} clusters; {} inaccessible, {} in maintenance",
                  inventory.datacenters().size(), counted(types), clusters.size(), away, maintenance);
  if (types.empty()) return {Verdict::failed, observed, "datastores, all accessible"};
  return finding(away == 0 && maintenance == 0, observed, "datastores, all accessible");
}

Finding judge_summary_urls(const std::vector<Record>& records, bool vcenter) {
  std::map<std::string, std::size_t> forms;
  for (const Record& record : records) {
    if (record->method != "POST") continue;
    for (const std::string& url : texts_after(record->body, "<name>summary.url</name><val")) ++forms[form_of_url(url)];
  }
  const std::string usual = vcenter ? "ds:///vmfs/volumes/ID/" : "/vmfs/volumes/ID";
  return finding(forms.size() == 1 && forms.contains(usual), counted(forms), usual);
}

Finding judge_types(const std::vector<FoundFile>& found) {
  const auto folders = std::count_if(found.begin(), found.end(), [](const FoundFile& file) { return file.folder; });
  const auto typed = std::count_if(found.begin(), found.end(), [](const FoundFile& file) { return file.typed; });
  const auto sized = std::count_if(found.begin(), found.end(),
                                   [](const FoundFile& file) { return !file.folder && file.size.has_value(); });
  const auto files = static_cast<std::ptrdiff_t>(found.size()) - folders;
  return finding(typed > 0 && sized == files,
                 fmt::format("{} entries: {} folders, {} with a type, {} of {} files with a size", found.size(),
                             folders, typed, sized, files),
                 "types, and a size for each file");
}

Finding judge_extents(const Listings& listings) {
  std::size_t on_page = 0;
  for (const Entry& entry : listings.page ? *listings.page : catalog::Entries()) {
    on_page += catalog::vsphere::is_disk_extent(entry.name) ? 1 : 0;
  }
  const std::size_t with = extents_in(listings.with_query);
  const std::size_t without = extents_in(listings.without_query);
  const std::string observed = fmt::format(
      "with queries {}, without {}, page {}", listings.with_query ? std::to_string(with) : "-",
      listings.without_query ? std::to_string(without) : "-", listings.page ? std::to_string(on_page) : "-");
  const std::size_t most = std::max({with, without, on_page});
  if (most == 0) return {Verdict::not_asked, observed + ": the folder has none", "the same in each listing"};
  const bool same = (!listings.with_query || with == most) && (!listings.without_query || without == most) &&
                    (!listings.page || on_page == most);
  return finding(same, observed, "the same in each listing");
}

Finding judge_descriptor_size(const Listings& listings, const std::string& name, std::uint64_t size) {
  std::string on_page = "not asked";
  bool exact = !listings.page;
  for (const Entry& entry : listings.page ? *listings.page : catalog::Entries()) {
    if (entry.name != name) continue;
    on_page = entry.size ? std::to_string(entry.size->value) : "no size";
    exact = entry.size == ByteCount{size};
  }
  const std::string browser = size_in(listings.with_query, name);
  const bool larger =
      browser != std::to_string(size) && browser.find_first_not_of("0123456789") == std::string::npos && browser != "0";
  return finding(exact && larger,
                 fmt::format("browser {} (without queries {}), page {}, read {}", browser,
                             size_in(listings.without_query, name), on_page, size),
                 "the browser says the size of the disk, the page that of a read");
}

Finding judge_page_form(const http::ExchangeRecord& record, const catalog::Entries& entries) {
  const std::string expected = "slash after folders, \"-\" for their size, links encoded once";
  if (record.status != 200) return {Verdict::differs, shown(record), expected};
  const catalog::Page page = catalog::read_page(record.body);
  const auto folders = std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.folder; });
  std::size_t slashes = 0;
  std::set<std::string> encodings;
  std::set<std::string> signs;
  for (const catalog::PageLink& link : page.links) {
    if (link.text.ends_with('/')) {
      ++slashes;
      signs.insert(catalog::read_details(link.details).no_size ? "-" : "other");
    }
    if (std::string how = encoding_of(link.href); !how.empty()) encodings.insert(std::move(how));
  }
  const bool slash = folders == 0 || slashes == static_cast<std::size_t>(folders);
  const std::string sign = signs.empty() ? "no folder" : fmt::format("{}", fmt::join(signs, ", "));
  const std::string encoding = encodings.empty() ? "plain" : fmt::format("{}", fmt::join(encodings, ", "));
  const std::string observed =
      fmt::format("{} entries, {} folders; {} with a slash; sign for sizes: {}; links encoded: {}", entries.size(),
                  folders, slashes, sign, encoding);
  return finding(slash && !signs.contains("other") && !encodings.contains("twice") && !entries.empty(), observed,
                 expected);
}

}  // namespace rimfs::doctor
