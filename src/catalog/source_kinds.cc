// SPDX-License-Identifier: MIT
#include "catalog/source_kinds.h"

#include <algorithm>
#include <array>

#include "catalog/metalink/metalink_sources.h"
#include "catalog/s3/s3_sources.h"
#include "catalog/vsphere/vsphere_sources.h"
#include "catalog/web/web_sources.h"
#include "catalog/webdav/webdav_sources.h"

namespace rimfs::catalog {
namespace {

/// The one table: a new kind of source is a folder and a line here. The web takes every URL and comes last.
constexpr std::array<const SourceModule*, 5> kModules = {
    &vsphere::kModule, &s3::kModule, &metalink::kModule, &webdav::kModule, &web::kModule,
};

}  // namespace

std::span<const SourceModule* const> source_modules() { return kModules; }

const SourceKind* kind_of_scheme(std::string_view scheme) {
  const std::vector<const SourceKind*> kinds = kinds_with_scheme();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto* kind) { return kind->scheme == scheme; });
  return found == kinds.end() ? nullptr : *found;
}

const SourceKind& kind_of_url(std::string_view path, const std::string& url) {
  for (const SourceModule* module : kModules) {
    for (const SourceKind& kind : module->kinds) {
      if (kind.recognises && kind.recognises(path, url)) return kind;
    }
  }
  return web::kImage;
}

std::vector<const SourceKind*> kinds_with_scheme() {
  std::vector<const SourceKind*> found;
  for (const SourceModule* module : kModules) {
    for (const SourceKind& kind : module->kinds) {
      if (!kind.scheme.empty()) found.push_back(&kind);
    }
  }
  return found;
}

std::span<const http::ServerKind> server_kinds() {
  static const std::vector<http::ServerKind> all = [] {
    std::vector<http::ServerKind> found;
    for (const SourceModule* module : kModules) {
      if (module->server_kind) found.push_back(*module->server_kind);
    }
    return found;
  }();
  return all;
}

bool query_names_file(const std::string& url) {
  return std::any_of(kModules.begin(), kModules.end(), [&](const SourceModule* module) {
    return module->query_names_file && module->query_names_file(url);
  });
}

}  // namespace rimfs::catalog
