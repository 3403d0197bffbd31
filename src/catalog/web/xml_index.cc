// SPDX-License-Identifier: MIT
#include "catalog/web/xml_index.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "catalog/listed_values.h"
#include "catalog/web/listed_item.h"
#include "catalog/xml.h"

namespace rimfs::catalog {
namespace {

constexpr const char* kFolder = "directory";
constexpr const char* kFile = "file";
/// What is neither file nor folder, such as a socket. No server sends it.
constexpr const char* kOther = "other";
constexpr std::size_t kLongestShown = 100;

}  // namespace

void read_xml_index(const Pieces& xml, const std::string& url, EntryList& entries) {
  const std::string base = base_of_names(url);
  const Records records({kFolder, kFile, kOther}, [&](const Element& record) {
    if (record.name() == kOther) return;
    ListedItem item{record.text(), record.name() == kFolder, listed_size(record.attribute("size")),
                    listed_time(record.attribute("mtime"))};
    if (std::optional<Entry> entry = entry_of(std::move(item), base)) entries.add(std::move(*entry));
  });
  const Document document(xml, records);
  const std::string kind = document.root().name();
  if (kind == "list") return;
  throw Error(
      ErrorKind::corrupt,
      fmt::format("no listing of a folder (it is an XML document, {}); {}", printable(kind).substr(0, kLongestShown),
                  kind == "ListBucketResult" ? "mount an S3 bucket as s3://" : "leave out the last / for a file"));
}

Entries read_xml_index(std::string_view xml, const std::string& url) {
  EntryList entries;
  read_xml_index(one_piece(xml), url, entries);
  return entries.take();
}

}  // namespace rimfs::catalog
