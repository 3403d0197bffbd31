// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "image/image.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::image {

/// What an import uses. All of it outlives the task.
struct MapReaders {
  http::Client& client;
  reactor::Offload& pool;  ///< Reads and parses maps: a map may hold a million ranges.
  Log& log;
};

/// Reads the map that the user named for a source, checks that it fits the image, and adds its zeros to what is known
/// of the image: they are never requested. A map on a server is fetched with the image's credentials, and is refused
/// when it is older than the image. A map in a local file is used as it is. Reactor only. Throws an Error that names
/// the map; the image is unchanged then.
reactor::Task<> import_map(MapReaders with, catalog::MapSource source, std::shared_ptr<Image> image);

/// Which version of a source's image a map is for.
enum class MapReason {
  first_image,  ///< The version at the start, for which the user named the map.
  newer_image,  ///< A version that took its source.
};

/// Runs import_map(), if the user named a map. A refused map is an error for the first version only. A local file
/// describes that version and no other. A map on the server may not describe the newer version yet, or may be
/// unreachable with the image: then reading continues without it.
reactor::Task<> import_named_map(MapReaders with, std::optional<catalog::MapSource> source,
                                 std::shared_ptr<Image> image, MapReason reason);

/// True when `map` was last modified before `image`; both are values of a Last-Modified header. False when either is
/// not a valid time. Pure.
bool is_older(const std::string& map, const std::string& image);

}  // namespace rimfs::image
