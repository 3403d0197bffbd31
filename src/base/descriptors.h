// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs {

/// What a process does about descriptors that it was started with. For the start of main(), before any thread.

/// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed. Otherwise the next file that is opened takes
/// the number: what is meant for stderr would be written into it, and /dev/fuse would be closed as stdin. Throws
/// Error{system}.
void open_missing_standard_descriptors();

/// Sets close-on-exec on all descriptors from 3 on: no helper program inherits one.
void close_descriptors_on_exec();

/// Closes all descriptors from 3 on but `kept`: a daemon must not hold a lock, a pipe or a socket of its caller.
void close_inherited_descriptors(std::vector<int> kept);

/// The numbers N of all /dev/fd/N and /proc/self/fd/N in the words: files that the user names in this way are opened
/// later. Pure.
std::vector<int> descriptors_named_in(const std::vector<std::string>& words);

}  // namespace rimfs
