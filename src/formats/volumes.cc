// SPDX-License-Identifier: MIT
#include "formats/volumes.h"

namespace rimfs::formats {

bool volume_tables(Survey& survey, std::uint64_t begin) {
  if (begin >= survey.size().value) return false;
  const Bytes head = survey.look(begin, std::min(survey.size().value - begin, kVolumeHead));
  return ntfs_tables(survey, begin, head) || xfs_tables(survey, begin, head) || lvm_tables(survey, begin, head) ||
         ext4_tables(survey, begin, head);
}

}  // namespace rimfs::formats
