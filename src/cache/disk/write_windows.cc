// SPDX-License-Identifier: MIT
#include "cache/disk/write_windows.h"

#include <fcntl.h>

#include <cerrno>

namespace rimfs::cache::disk {

void WriteWindows::wrote(const File& file, ByteRange range) {
  // A failure to start write-back early is ignored: the later wait reports it.
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
  // The system reports a disk error once for each open file. An error that is reported here would not be reported by a
  // later sync. Other failures mean that the system does not support the call.
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
