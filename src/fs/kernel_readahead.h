// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace rimfs::fs {

/// The kernel's readahead for our mount, which bounds the size of buffered reads: 128 KiB by default,
/// whatever a program asks for. With 1024 they come as 1 MiB requests.
struct KernelReadahead {
  unsigned kib = 0;     ///< What it is now; 0 when it could not be found out.
  std::string problem;  ///< Why it is not what was wanted; empty when it is.
};

/// Raises it to `wanted_kib` for what is mounted at `mountpoint` (an absolute path without links), if it is
/// lower and we are allowed to (root). After INIT was answered, which sets it. Never touches the mount
/// itself, so that even the thread that serves it may call. Never throws.
KernelReadahead raise_kernel_readahead(const std::string& mountpoint, unsigned wanted_kib);

}  // namespace rimfs::fs
