// SPDX-License-Identifier: MIT
#include "fs/machines.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <variant>

#include "catalog/machine.h"
#include "fs/filesystem.h"
#include "fs/xattr_reply.h"

namespace rimfs::fs {
namespace {

constexpr std::string_view kQuestion = "user.rimfs.machines";

/// "ID.N"
struct PartName {
  std::uint64_t answer = 0;
  std::size_t number = 0;
};

std::optional<PartName> parse_part(std::string_view text) {
  PartName part;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, part.answer);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, part.number);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return part;
}

void reply_part(fuse_req_t request, std::string_view name, std::size_t size) {
  std::optional<std::string> text;
  if (const auto part = parse_part(name)) {
    text = filesystem_of(request).answers.part(part->answer, part->number, AnswerParts::Clock::now());
  }
  if (text) {
    reply_attribute(request, *text, size);
  } else {
    fuse_reply_err(request, ENODATA);
  }
}

std::string failure_json(const Error& error) {
  catalog::Machines none;
  none.failures.push_back(error.message());
  return machines_json(none);
}

/// Keeps the answer for the requests of its parts, and replies where they are.
void reply_receipt(fuse_req_t request, std::string text, std::size_t size) {
  const AnswerParts::Receipt receipt = filesystem_of(request).answers.keep(std::move(text), AnswerParts::Clock::now());
  reply_attribute(request, fmt::format(R"({{"answer": {}, "parts": {}}})", receipt.answer, receipt.parts), size);
}

}  // namespace

bool is_about_machines(std::string_view name) {
  return name == kQuestion || (name.starts_with(kQuestion) && name[kQuestion.size()] == '.');
}

void reply_machines(fuse_req_t request, fuse_ino_t number, std::string_view name, std::size_t size) {
  if (name != kQuestion) return reply_part(request, name.substr(kQuestion.size() + 1), size);
  const std::shared_ptr<image::Folder> folder = folder_or_error(request, number);
  if (folder == nullptr) return;
  Filesystem& filesystem = filesystem_of(request);
  Parked::Operation operation{"machines", folder->name(), image::LookupService::server_of(*folder)};
  const Parked::Id id = filesystem.parked->add(request, nullptr, std::move(operation));
  if (id == 0) return;
  filesystem.lookups.find_machines(folder, [parked = filesystem.parked, id, size](auto answer) {
    const Parked::Claim claim = parked->claim(id);
    if (!claim) return;
    if (const Error* error = std::get_if<Error>(&answer)) {
      reply_receipt(claim.request(), failure_json(*error), size);
    } else if (std::optional<std::string>& text = std::get<0>(answer); text) {
      reply_receipt(claim.request(), std::move(*text), size);
    } else {
      fuse_reply_err(claim.request(), ENODATA);
    }
  });
}

}  // namespace rimfs::fs
