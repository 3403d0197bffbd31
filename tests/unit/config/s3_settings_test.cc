// SPDX-License-Identifier: MIT
// Sources of S3 in settings: URLs, keys of a file, flags.
#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.h"
#include "catalog/s3/s3_sources.h"
#include "cli/application.h"
#include "cli/commands.h"
#include "config/draft.h"
#include "config/shown_arguments.h"
#include "config/source_url.h"
#include "config/yaml_reader.h"

namespace rimfs::config {
namespace {

Settings from_words(std::vector<std::string> words) {
  words.insert(words.begin(), "mount");
  return cli::parse(words).options<cli::MountOptions>().settings;
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    from_words(words);
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

TEST_CASE("an S3 URL leads to a folder when its path ends with a slash, otherwise to one object") {
  struct Row {
    const char* url;
    bool folder;
    const char* name;
    const char* place;
  };
  for (const Row& row : {Row{"s3://images", true, "images", "images/"}, Row{"s3://images/", true, "images", "images/"},
                         Row{"s3://images/a/b/", true, "b", "images/a/b/"},
                         Row{"s3://images/a/b%20c.img", false, "b c.img", "images/a/b%20c.img"},
                         Row{"S3://images/a b+c", false, "a b+c", "images/a%20b+c"},
                         // Numbers are read as IP addresses where a host is meant.
                         Row{"s3://20240101/", true, "20240101", "20240101/"}, Row{"s3://0777/x", false, "x", "0777/x"},
                         Row{"s3://1.2.3/x", false, "x", "1.2.3/x"}}) {
    CAPTURE(std::string(row.url));
    const SourceUrl source = parse_source_url({row.url, {}});
    CHECK(source.kind->is_folder == row.folder);
    CHECK(source.name == row.name);
    CHECK(source.folder == row.place);
  }
}

TEST_CASE("a query and a port are no part of an S3 URL") {
  CHECK(refusal({"s3://images/a?b", "/"}).find("%3F") != std::string::npos);
  CHECK(refusal({"s3://images:9000/a", "/"}).find("--s3-endpoint") != std::string::npos);
}

TEST_CASE("the settings of S3 are those of each source, or of all") {
  ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  const Settings file =
      assemble({},
               read_yaml("mountpoint: /\ns3-endpoint: https://all.example\nsources:\n"
                         "- {s3: images/a.img, s3-region: r-1, s3-style: virtual}\n"
                         "- {s3: 's3://images/b/', s3-endpoint: 'http://one.example:9000', s3-anonymous: true}\n",
                         "c.yaml"),
               Purpose::mount);
  CHECK(file.sources[0].url == "https://images.all.example/a.img");
  CHECK(file.sources[0].s3.region == "r-1");
  CHECK(catalog::s3::is_s3(file.sources[0]));
  CHECK(file.sources[1].url == "http://one.example:9000/images/b/");
  CHECK(file.sources[1].s3.anonymous);
  CHECK(file.sources[1].kind->is_folder);
  const Settings flags =
      from_words({"--s3-endpoint=http://h", "--s3-style", "path", "--s3-region", "r", "s3://images/", "/"});
  CHECK(flags.sources[0].url == "http://h/images/");
  CHECK(flags.sources[0].s3.region == "r");
  ::unsetenv("AWS_EC2_METADATA_DISABLED");
}

TEST_CASE("what only a file can have is allowed for an object, and refused for a prefix") {
  CHECK(from_words({"--offset=512", "s3://images/a.img", "/"}).sources[0].offset.value == 512);
  CHECK(refusal({"--offset=512", "s3://images/a/", "/"}).find("folder") != std::string::npos);
  const Settings map = from_words({"--extents=a.json", "--s3-endpoint=http://h", "s3://images/d/a.img", "/"});
  CHECK(map.sources[0].extents == "http://h/images/d/a.json");
}

TEST_CASE("ps shows region and profile, and no endpoint, which may hold a password") {
  CHECK(shown_arguments({"--s3-region", "r", "--s3-profile", "p", "--s3-endpoint", "http://u:p@h", "s3://images/a"}) ==
        std::vector<std::string>{"--s3-region", "r", "--s3-profile", "p", "--s3-endpoint", "...", "s3://images/a"});
}

}  // namespace
}  // namespace rimfs::config
