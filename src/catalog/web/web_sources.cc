// SPDX-License-Identifier: MIT
#include "catalog/web/web_sources.h"

#include <array>

#include "catalog/web/web_index.h"

namespace rimfs::catalog::web {
namespace {

constexpr bool kFolder = true;

bool is_listing(std::string_view path, const std::string&) { return path.ends_with('/'); }
bool is_any(std::string_view, const std::string&) { return true; }

constexpr std::array<SourceKind, 2> kKinds = {{
    {.is_folder = kFolder, .recognises = is_listing},
    {.is_folder = !kFolder, .recognises = is_any},
}};

class Builder final : public SourceBuilder {
 public:
  explicit Builder(Services services) : services_(services) {}

  std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) override {
    if (!source.kind->is_folder) return nullptr;
    return std::make_shared<WebIndex>(ListingServer(source.url, access, services_));
  }

 private:
  Services services_;
};

std::unique_ptr<SourceBuilder> make_builder(Services services) { return std::make_unique<Builder>(services); }

}  // namespace

constinit const SourceModule kModule = {kKinds, make_builder};
constinit const SourceKind& kImage = kKinds[1];

}  // namespace rimfs::catalog::web
