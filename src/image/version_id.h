// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/image_id.h"
#include "fetch/remote_file.h"

namespace rimfs::image {

/// The complete identity of one version of an image: the address as requested with its query, the range of the remote
/// file that is shown, the size, and the validators: a strong ETag alone, otherwise every weak one there is.
/// Credentials in the address are part of it unless a strong ETag takes their place. Disk cache stores, which keep what
/// the server sent and no zeros of a map, are found by it. Nothing without a validator: the version could not be
/// told from another of the same size. Any thread.
std::optional<ImageId> version_id(const fetch::RemoteFile& file);

/// The identity of the bytes that are shown: version_id(), and the map of extents that the user gave, if any. A wrong
/// map shows zeros where the version has data, so a copy that was begun with it must not be continued without it. Any
/// thread.
std::optional<ImageId> shown_id(const fetch::RemoteFile& file);

/// The image whatever its version: address without credentials, and range. For what may be wrong without harm, such as
/// access traces. Any thread.
ImageId trace_id(const fetch::RemoteFile& file);

}  // namespace rimfs::image
