// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace rimfs::fs {

/// The kernel's readahead for the mount. It bounds the size of buffered reads: 128 KiB by default, whatever a program
/// requests. With 1024 KiB, reads arrive as requests of 1 MiB.
struct KernelReadahead {
  unsigned kib = 0;     ///< The present value; 0 when it is unknown.
  std::string problem;  ///< Why the value is lower than requested; empty when it is not.
};

/// Raises the readahead of the mount at `mountpoint` (an absolute path without links) to `wanted_kib`, if it is lower
/// and the process has permission (root). Called after INIT was answered, because INIT sets it. Does not access the
/// mount itself, so the thread that serves it may call. Never throws.
KernelReadahead raise_kernel_readahead(const std::string& mountpoint, unsigned wanted_kib);

}  // namespace rimfs::fs
