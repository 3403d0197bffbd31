// SPDX-License-Identifier: MIT
// What a folder of a datastore holds, from the two listings that a server has of it. Pure.
//
// The datastore browser (SOAP) and the page of /folder (HTML) each know what the other does not, and each may be wrong:
//   - The browser calls a folder a plain file on some servers. The page tells folders by a slash or by the size "-".
//   - The browser hides the extents of disks on some servers ("-flat.vmdk"; reports disagree). The page lists them.
//   - The browser tells the size of a disk for its descriptor, which has a few hundred bytes. For a thin disk it tells
//     the allocated size. The page tells what a read gets (a page recorded from a vCenter).
//   - The page tells times in minutes; a server may refuse it.
// A size that both tell alike is believed; of a disk's files, no other. Without a size the file itself is asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "catalog/vsphere/soap.h"

namespace rimfs::catalog::vsphere {

/// True for the name of a file that holds a disk's data, not its description.
bool is_disk_extent(std::string_view name);

/// True when the page may correct what the browser found: the sizes of a disk's files, or folders called files.
bool is_doubtful(const std::vector<FoundFile>& found);

/// The files that may be folders, when there is no page: the server says nothing but "a file", and the name has no
/// ending of a virtual machine's files.
std::vector<std::string> possible_folders(const std::vector<FoundFile>& found);

/// The entries of the folder `key` (its path of encoded names). `page`: what the folder's page lists; null when there
/// is none. Names are made safe, not unique. Throws Error{corrupt} beyond a limit (entry_list.h).
Entries listing_of(const std::vector<FoundFile>& found, const Entries* page, const std::string& key);

/// True when the page lists what the browser leaves out.
bool page_has_more(const std::vector<FoundFile>& found, const Entries& page);

/// The entry of a name in the folder `key`; nothing when the name is no name.
std::optional<Entry> entry_below(const std::string& key, const std::string& name, bool folder);

}  // namespace rimfs::catalog::vsphere
