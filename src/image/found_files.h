// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/file_reader.h"
#include "http/failure_log.h"
#include "image/remote_files.h"
#include "image/stored_images.h"

namespace rimfs::image {

/// Reads files for trees of archives, as a mount's readers do: through the caches, with retries and mirrors, until the
/// deadline of reads. What it reads of a file is in the disk cache afterwards. Reactor only.
class FoundFiles final : public catalog::FileReader {
 public:
  /// The parts that it uses. All outlive it.
  struct Parts {
    reactor::EventLoop& loop;
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    cache::Tier* tier;  ///< Null when there is none.
    RemoteFiles& files;
    http::FailureLog& failures;
  };
  /// `offline`: whether the version in the disk cache is shown when the server cannot be reached.
  FoundFiles(Parts parts, bool offline) : parts_(parts), offline_(offline), stored_(parts.tier, parts.cache) {}

  reactor::Task<std::shared_ptr<File>> open(catalog::Found found) override;
  reactor::Task<std::optional<http::Identity>> last_known(catalog::Found listed, Error failure) override;

 private:
  class OpenFile;

  const Parts parts_;
  const bool offline_;
  const StoredImages stored_;
};

}  // namespace rimfs::image
