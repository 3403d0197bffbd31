// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "image/image.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::image {

/// What an import works with; all of it outlives the task.
struct MapReaders {
  http::Client& client;
  reactor::Offload& pool;  ///< Reads local files and maps: a map may hold a million ranges.
  Log& log;
};

/// Reads the map that the user named for a source, checks that it can be this image's, and teaches it to the image:
/// what the map calls zero is never asked for. A map on a server is fetched with the access of the image, and is
/// refused when it is older than the image. A map in a local file is taken as the user gave it. Reactor only.
/// Throws Error that names the map; the image has learned nothing then.
reactor::Task<> import_map(MapReaders with, catalog::MapPlace place, std::shared_ptr<Image> image);

/// Which of a source's images a map is for.
enum class MapTurn {
  first_image,  ///< The one that the user spoke of.
  newer_image,  ///< The one that took its place.
};

/// import_map(), if the user named a map. What it refuses is an error for the first image only. A local file is about
/// that one and no other; a map on the server may not be the newer one's yet, or may be out of reach as the image is:
/// reading goes on without it.
reactor::Task<> import_named_map(MapReaders with, std::optional<catalog::MapPlace> place, std::shared_ptr<Image> image,
                                 MapTurn turn);

/// True when `map` was last modified before `image` was, both as a Last-Modified header says it; false when either
/// says nothing that is a time. Pure.
bool is_older(const std::string& map, const std::string& image);

}  // namespace rimfs::image
