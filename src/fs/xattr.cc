// SPDX-License-Identifier: MIT
// Extended attributes: the origin of a file, and what is known and cached of it.
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

#include "fs/filesystem.h"
#include "fs/machines.h"
#include "fs/operations.h"
#include "fs/status.h"
#include "fs/xattr_reply.h"
#include "image/version_id.h"

namespace rimfs::fs {
namespace {

struct Attribute {
  std::string_view name;
  std::string (*value)(const image::Image&);  // empty: this file has no such attribute
};

constexpr Attribute kAttributes[] = {
    {"user.rimfs.url", [](const image::Image& image) -> std::string { return image.display_url().text(); }},
    {"user.rimfs.id",
     [](const image::Image& image) {
       const std::optional<ImageId> id = image::shown_id(*image.file());
       return id ? id->hex() : std::string();
     }},
    {"user.rimfs.etag", [](const image::Image& image) -> std::string { return image.etag(); }},
    {"user.rimfs.same-file",
     [](const image::Image& image) {
       return std::string(http::kSameFileWords[static_cast<std::size_t>(image.file()->resource().same_file_rule())]);
     }},
    {"user.rimfs.size", [](const image::Image& image) { return std::to_string(image.size().value); }},
    {"user.rimfs.checked",
     [](const image::Image& image) -> std::string {
       return image.checked() ? "yes" : "no: the server cannot be reached";
     }},
    {"user.rimfs.cached-bytes",
     [](const image::Image& image) { return std::to_string(image.statistics().cached_bytes.value); }},
    {"user.rimfs.cached-blocks",
     [](const image::Image& image) { return std::to_string(image.statistics().cached_blocks); }},
    {"user.rimfs.hits", [](const image::Image& image) { return std::to_string(image.statistics().hits); }},
    {"user.rimfs.misses", [](const image::Image& image) { return std::to_string(image.statistics().misses); }},
};

// An attribute of the root. It is not listed, because it is of no use to tools that copy all attributes.
constexpr std::string_view kStatus = "user.rimfs.status";

// True for folders, which have none of these attributes.
bool is_folder(fuse_req_t request, fuse_ino_t number) {
  if (number == kRootInode) return true;
  return dynamic_cast<const image::Folder*>(filesystem_of(request).inodes.find(number).get()) != nullptr;
}

void getxattr(fuse_req_t request, fuse_ino_t number, const char* name, std::size_t size) {
  if (is_about_machines(name)) return reply_machines(request, number, name, size);
  std::string value;
  if (number == kRootInode && name == kStatus) {
    value = status_json(filesystem_of(request));
  } else if (!is_folder(request, number)) {
    const auto image = image_or_stale(request, number);
    if (image == nullptr) return;
    for (const Attribute& attribute : kAttributes) {
      if (attribute.name == name) value = attribute.value(*image);
    }
  }
  if (value.empty()) {
    fuse_reply_err(request, ENODATA);
  } else {
    reply_attribute(request, value, size);
  }
}

void listxattr(fuse_req_t request, fuse_ino_t number, std::size_t size) {
  std::string names;
  if (!is_folder(request, number)) {
    const auto image = image_or_stale(request, number);
    if (image == nullptr) return;
    for (const Attribute& attribute : kAttributes) {
      if (!attribute.value(*image).empty()) names.append(attribute.name).push_back('\0');
    }
  }
  reply_attribute(request, names, size);
}

}  // namespace

void add_xattr_operations(fuse_lowlevel_ops& ops) {
  ops.getxattr = getxattr;
  ops.listxattr = listxattr;
}

}  // namespace rimfs::fs
