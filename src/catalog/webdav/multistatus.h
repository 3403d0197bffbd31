// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/pieces.h"
#include "catalog/entry.h"

namespace rimfs::catalog::webdav {

/// The body of a PROPFIND: the properties that read_multistatus() reads (RFC 4918, section 9.1). Not displayname, which
/// is no name of the file, and not getetag, which need not be the one that a GET brings. Pure.
std::string propfind_body();

/// What is in a listing and is not shown.
struct HiddenMembers {
  std::size_t count = 0;
  std::string first;  ///< Its href, or the status that the server gives for it.
};

/// A reply to PROPFIND with Depth: 1. A value.
struct Multistatus {
  bool is_folder = true;  ///< What was asked for; true also when the reply does not tell of it.
  Entry itself;           ///< Of a file: its size and time.
  Entries members;        ///< Of a folder: names made safe and unique, keys are URLs.
  HiddenMembers hidden;   ///< Neither the folder nor in it, or members that the server refuses to describe.
};

/// Reads a multistatus document (RFC 4918, section 14.16) as a stream. `url`: of the folder or file that was asked for,
/// after redirects. Namespaces are not looked at, only local names. Of several propstats only those with status 200
/// count; those without a status do, too. Members further below are ignored: some servers answer with all of them.
///
/// Throws Error{corrupt} for what is no XML, for a listing that the server cut short, for one that lists only files
/// outside of the folder, and beyond the limits of entry_list.h; Error{unsupported} for another document; the Error of
/// its status when the server refuses the folder itself. Time and memory are proportional to the reply. Pure.
Multistatus read_multistatus(const Pieces& xml, const std::string& url);

}  // namespace rimfs::catalog::webdav
