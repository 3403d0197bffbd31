// SPDX-License-Identifier: MIT
// Any bytes as FILE.part.json of an earlier copy: as they are, and as members beside the right identity. Checks that a
// copy never goes on behind the end of what is there.
#include <nlohmann/json.hpp>

#include "cli/partial_copy.h"
#include "fuzz.h"
#include "scratch_folder.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using Json = nlohmann::ordered_json;

constexpr ByteCount kSize = 1_MiB;

void check_resume(const ScratchFolder& folder, std::string_view state, const Json& identity) {
  folder.put("copy.part.json", state);
  cli::PartialCopy copy(folder.file("copy"), identity, kSize);
  require(copy.begin().to.value <= kSize.value);
  require(copy.file().size() == kSize);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFolder folder;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Json identity = {{"id", "1"}, {"url", "https://server/file"}, {"size", kSize.value}, {"validator", "\"1\""}};
  check_resume(folder, text, identity);
  check_resume(
      folder,
      "{\"id\":\"1\",\"url\":\"https://server/file\",\"size\":1048576,\"validator\":\"\\\"1\\\"\"," + text + "}",
      identity);
  return 0;
}
