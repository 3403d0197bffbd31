// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "archives/archive_kind.h"
#include "base/ascii.h"
#include "catalog/archive/archive_name.h"
#include "catalog/archive/index_window.h"
#include "reactor/compute.h"

namespace rimfs::catalog::archive {
namespace {

using archives::ArchiveKind;

Error refused(ArchiveKind kind) {
  if (kind == ArchiveKind::unknown) return {ErrorKind::unreadable, "it is no tar, zip, xz or zstd file"};
  return {
      ErrorKind::unreadable,
      fmt::format("it is {}, which cannot be read in parts; store its content as tar or zip -0, or compress it with "
                  "xz --block-size=16MiB",
                  archives::name_of(kind))};
}

/// Runs the steps of a reader: reads what it wants, until it wants nothing more. The parsing runs on the pool.
template <typename Reader>
reactor::Task<> run_steps(Reader& reader, FileReader::File& file, reactor::Offload& pool) {
  IndexWindow windows(file.size());
  for (std::optional<ByteRange> wanted = reader.wanted(); wanted; wanted = reader.wanted()) {
    const ByteRange window = windows.next(*wanted);
    const std::vector<std::byte> bytes = co_await file.read(window, window.size());
    std::function<bool()> take = [&] {
      try {
        reader.take(window.begin, bytes);
      } catch (const Error& error) {
        const bool is_verdict = error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported;
        throw is_verdict ? Error(ErrorKind::unreadable, error.message()) : error;
      }
      return true;
    };
    co_await reactor::compute(pool, std::move(take));
  }
}

reactor::Task<ArchiveKind> kind_of(FileReader::File& file) {
  const ByteCount length = std::min(file.size(), archives::kArchiveBeginning);
  const ByteRange range = range_of(Offset{}, length);
  const std::vector<std::byte> beginning = co_await file.read(range, IndexWindow::kFirst);
  co_return archives::archive_kind(beginning);
}

/// Nothing for what is no archive of members.
std::unique_ptr<archives::IndexReader> reader_of(ArchiveKind kind, ByteCount size, const ArchiveQuestion& question) {
  if (kind == ArchiveKind::tar) return archives::make_tar_reader(size);
  // A program may stand before a zip archive; what counts is its end.
  const bool is_zip =
      kind == ArchiveKind::zip || (kind == ArchiveKind::unknown && lower(question.name).ends_with(".zip"));
  if (!is_zip) return nullptr;
  const std::string needed = ArchiveContent::shown_path(question.path);
  const bool is_made_unique = needed.find('~') != std::string::npos;  // no member may have this name
  if (needed.empty() || is_made_unique) return archives::make_zip_reader(size);
  const auto is_needed = [path = needed](std::string_view member) {
    const std::string shown = ArchiveContent::shown_path(member);
    return shown == path || shown.starts_with(path + "/");
  };
  return archives::make_zip_reader(size, {}, is_needed);
}

reactor::Task<ArchiveContent> read_frames(archives::Compression compression, FileReader::File& file,
                                          ArchiveQuestion question, reactor::Offload& pool) {
  if (question.is_compressed) {
    throw Error(ErrorKind::unreadable, "it is compressed twice; decompress the outer file first");
  }
  const auto reader = archives::make_frame_table_reader(compression, file.size());
  co_await run_steps(*reader, file, pool);
  auto frames = std::make_shared<const archives::FrameTable>(reader->finish());
  co_return ArchiveContent(content_name(question.name), std::move(frames));
}

}  // namespace

reactor::Task<ArchiveContent> read_archive(FileReader::File& file, ArchiveQuestion question, reactor::Offload& pool) {
  if (file.size().is_zero()) throw Error(ErrorKind::unreadable, "the archive is empty: it has 0 bytes");
  const ArchiveKind kind = co_await kind_of(file);
  if (kind == ArchiveKind::xz || kind == ArchiveKind::zstd) {
    const auto compression = kind == ArchiveKind::xz ? archives::Compression::xz : archives::Compression::zstd;
    ArchiveContent content = co_await read_frames(compression, file, std::move(question), pool);
    co_return content;
  }
  const std::unique_ptr<archives::IndexReader> reader = reader_of(kind, file.size(), question);
  if (!reader) throw refused(kind);
  co_await run_steps(*reader, file, pool);
  std::function<ArchiveContent()> arrange = [&] { return ArchiveContent(reader->finish()); };
  ArchiveContent content = co_await reactor::compute(pool, std::move(arrange));
  co_return content;
}

}  // namespace rimfs::catalog::archive
