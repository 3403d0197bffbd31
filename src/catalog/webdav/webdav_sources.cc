// SPDX-License-Identifier: MIT
#include "catalog/webdav/webdav_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/webdav/webdav_tree.h"

namespace rimfs::catalog::webdav {
namespace {

WebAddress locate_plain(std::string_view authority, std::string_view path) {
  return {fmt::format("http://{}{}", authority, path), {}};
}
WebAddress locate_tls(std::string_view authority, std::string_view path) {
  return {fmt::format("https://{}{}", authority, path), {}};
}

constexpr std::array<SourceKind, 2> kKinds = {{
    {.is_folder = true,
     .scheme = "dav",
     .url_form = "dav://[USER@]HOST[:PORT]/PATH",
     .value_form = "[USER@]HOST[/PATH]",
     .help = "a folder or file of a WebDAV server without TLS, as in dav://HOST/PATH",
     .locate = locate_plain},
    {.is_folder = true,
     .scheme = "davs",
     .url_form = "davs://[USER@]HOST[:PORT]/PATH",
     .value_form = "[USER@]HOST[/PATH]",
     .help = "a folder or file of a WebDAV server with TLS, such as Nextcloud: "
             "davs://HOST/remote.php/dav/files/USER/",
     .locate = locate_tls},
}};

class Builder final : public SourceBuilder {
 public:
  explicit Builder(Services services) : services_(services) {}

  std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) override {
    return std::make_shared<WebdavTree>(ListingServer(source.url, access, services_), source.name);
  }

 private:
  Services services_;
};

std::unique_ptr<SourceBuilder> make_builder(Services services) { return std::make_unique<Builder>(services); }

}  // namespace

constinit const SourceModule kModule = {kKinds, make_builder};

bool is_webdav(const Source& source) {
  return std::any_of(kKinds.begin(), kKinds.end(), [&](const SourceKind& kind) { return &kind == source.kind; });
}

}  // namespace rimfs::catalog::webdav
