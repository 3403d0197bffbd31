// SPDX-License-Identifier: MIT
// Any lines as names that a server gives its files. Checks that each becomes a name that Linux takes, that a safe name
// stays as it is, and that entries of one name get different ones.
#include "catalog/file_name.h"

#include <set>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  Input input(data, size);
  catalog::Entries entries;
  std::set<std::string> keys;
  while (!input.empty()) {
    const std::string decoded = input.line();
    const std::optional<std::string> name = catalog::safe_file_name(decoded);
    require(name.has_value() == (!decoded.empty() && decoded != "." && decoded != ".."));
    if (!name) continue;
    require(is_safe_name(*name));
    require(catalog::safe_file_name(*name) == name);
    entries.push_back({*name, false, decoded, {}, {}});
    keys.insert(decoded);
  }
  catalog::make_unique(entries);
  require(entries.size() == keys.size());
  std::set<std::string> names;
  for (const catalog::Entry& entry : entries) {
    require(is_safe_name(entry.name));
    require(names.insert(entry.name).second);
  }
  return 0;
}
