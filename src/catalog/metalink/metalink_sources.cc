// SPDX-License-Identifier: MIT
#include "catalog/metalink/metalink_sources.h"

#include <array>

#include "base/ascii.h"
#include "catalog/metalink/metalink_tree.h"

namespace rimfs::catalog::metalink {
namespace {

bool is_metalink(std::string_view path, const std::string&) {
  const std::string name = lower(path);
  return name.ends_with(".meta4") || name.ends_with(".metalink");
}

constexpr std::array<SourceKind, 1> kKinds = {{{.is_folder = true, .recognises = is_metalink}}};

class Builder final : public SourceBuilder {
 public:
  explicit Builder(Services services) : services_(services) {}

  std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) override {
    return std::make_shared<MetalinkTree>(ListingServer(source.url, access, services_));
  }

 private:
  Services services_;
};

std::unique_ptr<SourceBuilder> make_builder(Services services) { return std::make_unique<Builder>(services); }

}  // namespace

constinit const SourceModule kModule = {kKinds, make_builder};

}  // namespace rimfs::catalog::metalink
