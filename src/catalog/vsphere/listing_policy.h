// SPDX-License-Identifier: MIT
#pragma once

namespace rimfs::catalog::vsphere {

/// Decides which of a server's two listings are asked for, from what its earlier ones have shown (folder_listing.h).
/// One for each server. Pure; one thread.
class ListingPolicy {
 public:
  /// What one listing has shown. A value.
  struct Seen {
    bool browser;       ///< The browser answered.
    bool page;          ///< The page was read.
    bool leaves_out;    ///< The page lists what the browser does not.
    bool typed_folder;  ///< The browser called a folder one.
  };

  /// True when the page is asked for. `doubtful`: is_doubtful() of what the browser found.
  bool wants_page(bool browser_failed, bool doubtful) const {
    return browser_failed || doubtful || !compared_ || leaves_out_;
  }
  /// True when a listing without its page would lack names.
  bool needs_page() const { return leaves_out_; }
  /// True when what the browser calls a file is one.
  bool types_folders() const { return types_folders_; }
  /// True when the page's times count. It tells minutes, the browser seconds: a time of the other kind would look like
  /// a change of the file.
  bool may_use_page_times() const { return !browser_works_; }

  void note(const Seen& seen) {
    browser_works_ |= seen.browser;
    compared_ |= seen.browser && seen.page;
    leaves_out_ |= seen.leaves_out;
    types_folders_ |= seen.typed_folder;
  }

 private:
  bool browser_works_ = false;
  bool compared_ = false;  // both listings of one folder
  bool leaves_out_ = false;
  bool types_folders_ = false;
};

}  // namespace rimfs::catalog::vsphere
