// SPDX-License-Identifier: MIT
#include "catalog/s3/bucket_url.h"

#include <doctest/doctest.h>

#include "base/error.h"

namespace rimfs::catalog::s3 {
namespace {

TEST_CASE("a source names a bucket and a decoded key") {
  CHECK(read_place("bucket/").bucket == "bucket");
  CHECK(read_place("bucket/").key.empty());
  CHECK(read_place("bucket/a%20b/c+d").key == "a b/c+d");
  CHECK(read_place("my.old_Bucket-1/x/").bucket == "my.old_Bucket-1");
  for (const char* folder : {"", "/", "ab/", "a:9000/x", "b%20c/"}) {
    CAPTURE(std::string(folder));
    CHECK_THROWS_AS(read_place(folder), Error);
  }
}

TEST_CASE("the bucket is in the host where servers require it, and in the path everywhere else") {
  struct Row {
    const char* title;
    const char* endpoint;
    Style style;
    const char* bucket;
    const char* url;
  };
  const Row rows[] = {
      {"AWS", "", Style::automatic, "images", "https://images.s3.eu-west-1.amazonaws.com/"},
      {"a name with dots has no certificate", "", Style::automatic, "my.images",
       "https://s3.eu-west-1.amazonaws.com/my.images/"},
      {"a name with capital letters is no host", "", Style::automatic, "Images",
       "https://s3.eu-west-1.amazonaws.com/Images/"},
      {"AWS, as the user wants it", "", Style::path, "images", "https://s3.eu-west-1.amazonaws.com/images/"},
      {"MinIO", "http://127.0.0.1:9000", Style::automatic, "images", "http://127.0.0.1:9000/images/"},
      {"MinIO with names", "http://minio.local:9000/", Style::virtual_, "images", "http://images.minio.local:9000/"},
      {"Google", "https://storage.googleapis.com", Style::automatic, "images",
       "https://storage.googleapis.com/images/"},
      {"Alibaba", "https://oss-cn-hangzhou.aliyuncs.com", Style::automatic, "images",
       "https://images.oss-cn-hangzhou.aliyuncs.com/"},
      {"an endpoint of AWS", "https://s3.dualstack.us-west-2.amazonaws.com", Style::automatic, "images",
       "https://images.s3.dualstack.us-west-2.amazonaws.com/"},
      {"a gateway below a path", "https://host/s3/", Style::automatic, "images", "https://host/s3/images/"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    Options options;
    options.endpoint = row.endpoint;
    options.style = row.style;
    CHECK(bucket_url(options, "eu-west-1", row.bucket) == row.url);
  }
}

TEST_CASE("an endpoint that is no URL of a server is refused, and not shown") {
  for (const char* endpoint :
       {"minio", "ftp://host", "https://user:secret@host", "https://", "https://host/?x=secret"}) {
    CAPTURE(std::string(endpoint));
    Options options;
    options.endpoint = endpoint;
    try {
      bucket_url(options, "r", "images");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::misuse);
      CHECK(error.message().find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("each part of AWS has its own domain") {
  CHECK(aws_endpoint("s3", "us-east-1") == "https://s3.us-east-1.amazonaws.com");
  CHECK(aws_endpoint("s3", "cn-north-1") == "https://s3.cn-north-1.amazonaws.com.cn");
  CHECK(aws_endpoint("sts", "us-gov-west-1") == "https://sts.us-gov-west-1.amazonaws.com");
  CHECK(aws_endpoint("s3", "us-iso-east-1") == "https://s3.us-iso-east-1.c2s.ic.gov");
}

TEST_CASE("a host may name the region") {
  CHECK(region_in("https://s3.eu-west-1.amazonaws.com") == "eu-west-1");
  CHECK(region_in("https://bucket.s3.eu-west-1.amazonaws.com") == "eu-west-1");
  CHECK(region_in("https://s3.fr-par.scw.cloud") == "fr-par");
  CHECK(region_in("https://s3.amazonaws.com").empty());
  CHECK(region_in("https://s3.dualstack.us-west-2.amazonaws.com").empty());
  CHECK(region_in("https://minio.local:9000").empty());
  CHECK(region_in("no url").empty());
}

TEST_CASE("a key is encoded as one, slashes apart") {
  CHECK(object_url("https://h/b/", "a b/c+d%/\xc3\xa4=") == "https://h/b/a%20b/c%2Bd%25/%C3%A4%3D");
}

}  // namespace
}  // namespace rimfs::catalog::s3
