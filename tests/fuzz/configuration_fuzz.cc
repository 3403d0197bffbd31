// SPDX-License-Identifier: MIT
// Any bytes as a configuration file. Checks that a refusal says where in the file it is, on one short line, and that
// every source is one that the file names.
#include "config/yaml_reader.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  try {
    const config::Draft draft = config::read_yaml(yaml, "rimfs.yaml");
    require(draft.sources.size() <= yaml.size());
    for (const config::SourceDraft& source : draft.sources) require(source.position.text.starts_with("rimfs.yaml:"));
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::misuse);
    require(error.message().starts_with("rimfs.yaml:"));
    require(error.message().size() <= 4096);
  }
  return 0;
}
