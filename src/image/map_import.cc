// SPDX-License-Identifier: MIT
#include "image/map_import.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "extents/image_map.h"
#include "http/http_date.h"
#include "reactor/compute.h"

namespace rimfs::image {
namespace {

/// The size of a bmap file with four million extents of data. A larger map would save no time.
constexpr ByteCount kLargestMap = 256_MiB;

std::string read_local(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw system_error("opening it", errno);
  std::string text;
  std::string piece((64_KiB).value, '\0');
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) || stream.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLargestMap.value) throw extents::bad_map("it is larger than 256 MiB");
  }
  if (stream.bad()) throw Error(ErrorKind::system, "reading it failed");
  return text;
}

std::optional<http::Rejection> check_map(const http::ReplyHead& head) {
  if (head.status != 200) return http::reject_status(head);
  return std::nullopt;
}

reactor::Task<http::Body> read_remote(http::Client& client, Log& log, http::Address& address, const Image& image) {
  http::Request request(check_map);
  request.most = kLargestMap;
  http::Client::Document document = co_await client.fetch_document(address, request);
  const auto identity = image.file()->resource().identity();
  if (is_older(document.head.last_modified, identity->last_modified)) {
    throw Error(ErrorKind::changed, fmt::format("it is older ({}) than the image ({})", document.head.last_modified,
                                                identity->last_modified));
  }
  if (document.head.last_modified.empty() || identity->last_modified.empty()) {
    log.warning("{}: the map {} is used, although without Last-Modified times it may be older than the image",
                image.display_url(), address.shown());
  }
  co_return std::move(document.body);
}

void teach(const extents::ImageMap& map, const Image& image, Log& log, const std::string& name) {
  if (!map.fits(image.size())) {
    throw extents::bad_map(
        fmt::format("it is of an image of {} bytes, and this one has {}", map.size.value, image.size().value));
  }
  image.file()->believe_map(map.zeros, extents::digest_of(map));
  log.info("{}: {} of {} bytes are zero according to {}", image.display_url(), image.known_zero().value,
           image.size().value, name);
}

}  // namespace

bool is_older(const std::string& map, const std::string& image) {
  const std::optional<std::int64_t> map_time = http::parse_date(map);
  const std::optional<std::int64_t> image_time = http::parse_date(image);
  return map_time && image_time && *map_time < *image_time;
}

reactor::Task<> import_map(MapReaders with, catalog::MapSource source, std::shared_ptr<Image> image) {
  const std::string name = source.address ? source.address->shown().text() : source.file;
  std::optional<Error> failure;
  try {
    http::Body body;
    if (source.address) {
      body = co_await read_remote(with.client, with.log, *source.address, *image);
    }
    std::function<bool()> learn = [&] {
      const std::string text = source.address ? http::Body::joined(std::move(body)) : read_local(source.file);
      teach(extents::read_image_map(text), *image, with.log, name);
      return true;
    };
    co_await reactor::compute(with.pool, std::move(learn));
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return;
  // The client's errors begin with the address already.
  const bool named = failure->message().starts_with(name);
  throw failure->within(named ? std::string("the map of its extents") : "the map of its extents, " + name)
      .within(image->display_url().text());
}

reactor::Task<> import_named_map(MapReaders with, std::optional<catalog::MapSource> source,
                                 std::shared_ptr<Image> image, MapReason reason) {
  if (!source) co_return;
  const bool newer = reason == MapReason::newer_image;
  if (newer && !source->address) {
    with.log.warning("{}: the map {} describes the version before the change; not used", image->display_url(),
                     source->file);
    co_return;
  }
  const bool may_fail = newer || (source->address && !image->checked());
  try {
    co_await import_map(with, std::move(*source), image);
  } catch (const Error& error) {
    if (!may_fail) throw;
    with.log.warning("{}; not used", error.message());
  }
}

}  // namespace rimfs::image
