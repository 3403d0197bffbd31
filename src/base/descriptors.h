// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs {

/// Functions that clean up the descriptors that a process inherited. Call them at the start of main(), before any
/// thread exists.

/// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed. Otherwise the next opened file takes the
/// number: output to stderr would be written into it, or /dev/fuse would be closed as stdin. Throws Error{system}.
void open_missing_standard_descriptors();

/// Sets close-on-exec on all descriptors from 3 on, so that no helper program inherits one.
void close_descriptors_on_exec();

/// Closes all descriptors from 3 on except `kept`: a daemon must not hold a lock, a pipe or a socket of its caller.
void close_inherited_descriptors(std::vector<int> kept);

/// The numbers N of all /dev/fd/N and /proc/self/fd/N in `words`. The user can name files in this way, and they are
/// opened later. Pure.
std::vector<int> descriptors_named_in(const std::vector<std::string>& words);

}  // namespace rimfs
