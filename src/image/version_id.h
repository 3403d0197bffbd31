// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/image_id.h"
#include "fetch/remote_file.h"

namespace rimfs::image {

/// The complete identity of one version of an image: the address as requested with its query, the range of the remote
/// file that is shown, the size, and the validators (a strong ETag alone, otherwise all weak ones). Credentials in the
/// address are part of it, unless a strong ETag replaces them. The disk cache finds its stores by it; they hold what
/// the server sent, and no zeros of a map. Empty without a validator: the version could not be distinguished from
/// another of the same size. Any thread.
std::optional<ImageId> version_id(const fetch::RemoteFile& file);

/// The identity of the bytes that are shown: version_id() and the map of extents that the user named, if any. A wrong
/// map shows zeros where the version has data, so a copy that began with it must not continue without it. Any thread.
std::optional<ImageId> shown_id(const fetch::RemoteFile& file);

/// The identity of the image in any version: its address without credentials, and its range. For uses where a mistake
/// does no harm, such as access traces. Any thread.
ImageId trace_id(const fetch::RemoteFile& file);

}  // namespace rimfs::image
