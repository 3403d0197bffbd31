// SPDX-License-Identifier: MIT
// Any bytes as a web server's listing in JSON. Checks that all entries lie in the folder under safe and distinct names.
#include "catalog/web_index.h"
#include "listing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string json(reinterpret_cast<const char*>(data), size);
  const auto entries = accepted(ErrorKind::corrupt, [&] {
    return catalog::read_index(json, "application/json", "https://server:8443/images/?sort=name");
  });
  if (entries) check_entries(*entries, json.size(), "https://server:8443/images/");
  return 0;
}
