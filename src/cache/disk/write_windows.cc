// SPDX-License-Identifier: MIT
#include "cache/disk/write_windows.h"

#include <fcntl.h>

#include <cerrno>

namespace rimfs::cache::disk {

void WriteWindows::wrote(const File& file, ByteRange range) {
  // A failure to start the writing early changes nothing: whoever waits for it is told what is wrong.
  ::sync_file_range(file.descriptor(), static_cast<off64_t>(range.begin.value),
                    static_cast<off64_t>(range.size().value), SYNC_FILE_RANGE_WRITE);
  windows_.push_back(range);
  if (windows_.size() > kWindows) drop_oldest(file);
}

void WriteWindows::finish(const File& file) {
  while (!windows_.empty()) drop_oldest(file);
}

void WriteWindows::drop_oldest(const File& file) {
  const ByteRange range = windows_.front();
  windows_.pop_front();
  const int result = ::sync_file_range(
      file.descriptor(), static_cast<off64_t>(range.begin.value), static_cast<off64_t>(range.size().value),
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  // An error of the disk is told once for each open file: told here, the sync later would not know of it. Other
  // failures say that the system has no such call.
  if (result != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) {
    throw system_error("writing " + file.path(), errno);
  }
  forget_pages(file, range);
}

void forget_pages(const File& file, ByteRange range) {
  ::posix_fadvise(file.descriptor(), static_cast<off_t>(range.begin.value), static_cast<off_t>(range.size().value),
                  POSIX_FADV_DONTNEED);
}

}  // namespace rimfs::cache::disk
