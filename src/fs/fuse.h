// SPDX-License-Identifier: MIT
// The one place where libfuse enters.
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
