// SPDX-License-Identifier: MIT
// Any bytes as a source that the user names ("NAME=URL"). Checks that the URL which is left holds no password and can
// be read by libcurl or is refused there, that its parts are bounded, and that no refusal shows the password.
#include "config/source_url.h"

#include "fuzz.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string word(reinterpret_cast<const char*>(data), size);
  const config::NamedUrl named = config::split_name(word);
  require(named.url.size() + named.name.value_or("").size() <= word.size());
  accepted(ErrorKind::misuse, [&] {
    config::check_file_name(named.name.value_or(""), {});
    return true;
  });
  const auto source = accepted(ErrorKind::misuse, [&] { return config::parse_source_url({named.url, {}}); });
  if (!source) return 0;
  require(source->url.starts_with("http://") || source->url.starts_with("https://"));
  require(source->url.size() <= 3 * named.url.size() + 16);
  // Three bytes for each that is encoded: in a path, and by libcurl in a server's name, which may be the file's name.
  require(source->name.size() <= 3 * word.size() && source->folder.size() <= 3 * word.size());
  const std::string authority = source->url.substr(0, source->url.find('/', 8));
  require(authority.find('@') == std::string::npos);
  accepted(ErrorKind::misuse, [&] { return http::origin_of(source->url); });
  return 0;
}
