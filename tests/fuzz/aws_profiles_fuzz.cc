// SPDX-License-Identifier: MIT
// Any bytes as the configuration files of AWS, and the first line of them as a source of S3. Checks that a value is a
// part of its file, and that a bucket's URL stays on the endpoint.
#include "catalog/s3/aws_profiles.h"
#include "catalog/s3/bucket_url.h"
#include "fuzz.h"
#include "http/url.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog::s3;

void check_place(const std::string& folder) {
  const auto place = accepted(ErrorKind::misuse, [&] { return read_place(folder); });
  if (!place) return;
  Options options;
  options.endpoint = "https://host:1";
  options.style = Style::path;
  const std::string url = object_url(bucket_url(options, "r", place->bucket), place->key);
  require(http::origin_of(url) == "https://host:1");
  require(url.find_first_of("?# ") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const AwsProfiles::File file : {AwsProfiles::File::config, AwsProfiles::File::credentials}) {
    AwsProfiles profiles;
    profiles.add(text, file);
    for (const char* key : {"region", "aws_access_key_id", "s3.endpoint_url"}) {
      const auto value = profiles.value("default", key);
      require(!value || text.find(value->reveal()) != std::string::npos);
    }
    profiles.endpoint("default", "s3");
  }
  check_place(text.substr(0, text.find('\n')));
  region_in(text);
  return 0;
}
