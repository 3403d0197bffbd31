// SPDX-License-Identifier: MIT
#include "image/image.h"

#include <algorithm>

#include "http/http_date.h"

namespace rimfs::image {

Image::Image(std::string name, std::weak_ptr<Folder> folder, std::shared_ptr<fetch::RemoteFile> file, Parts parts,
             Details details)
    : Node(std::move(name)),
      folder_(std::move(folder)),
      file_(std::move(file)),
      cache_(parts.cache),
      fetcher_(parts.fetcher),
      budget_(parts.budget),
      details_(std::move(details)),
      tables_(parts.tables),
      traces_(parts.traces),
      trace_(traces_.trace_of(*file_, this->name())) {}

Image::~Image() {
  cache_.drop_file(file_->id());
  if (const std::shared_ptr<Folder> folder = folder_.lock()) folder->forget(name());
}

std::string Image::listing_server() const {
  const std::shared_ptr<Folder> shown_in = folder();
  const std::string origin = shown_in ? shown_in->tree()->origin() : std::string();
  return origin.empty() ? file_->resource().host().origin() : origin;
}

std::chrono::system_clock::time_point Image::modified() const {
  if (details_.modified) return std::chrono::system_clock::from_time_t(std::max<std::int64_t>(*details_.modified, 0));
  const auto identity = file_->resource().identity();
  const std::string& text = identity->last_modified;
  const std::optional<std::int64_t> seconds = text.empty() ? identity->listed_time : http::parse_date(text);
  return std::chrono::system_clock::from_time_t(std::max<std::int64_t>(seconds.value_or(0), 0));
}

DisplayUrl Image::display_url() const { return DisplayUrl(file_->resource().shown_url().text() + details_.inside); }

std::string Image::etag() const { return file_->resource().identity()->etag; }

Image::Statistics Image::statistics() const {
  const cache::FileUsage usage = cache_.usage_of(file_->id());
  // The last chunk may be shorter than a full one.
  const ByteCount bytes = std::min(cache_.chunk_size() * usage.chunks, size());
  return {hits_.load(std::memory_order_relaxed), misses_.load(std::memory_order_relaxed), usage.blocks, bytes};
}

std::shared_ptr<OpenFile> Image::open() {
  fetcher_.forget_failures(*file_);
  return std::make_shared<OpenFile>(size(), readahead::Share{budget_});
}

std::optional<Offset> Image::seek_data(Offset from) const {
  if (from.value >= size().value) return std::nullopt;
  return file_->next_data(from);
}

std::optional<Offset> Image::seek_hole(Offset from) const {
  if (from.value >= size().value) return std::nullopt;
  return file_->next_hole(from).value_or(Offset{size().value});
}

}  // namespace rimfs::image
