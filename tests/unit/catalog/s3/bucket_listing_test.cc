// SPDX-License-Identifier: MIT
// Pages as servers answer them: AWS, MinIO, Google, Ceph, and servers that know only the first ListObjects.
#include "catalog/s3/bucket_listing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/error.h"

namespace rimfs::catalog::s3 {
namespace {

struct Read {
  Page page;
  Entries entries;
  HiddenKeys hidden;
};

Read read(const std::string& xml, const std::string& prefix = "", Dialect dialect = {}) {
  EntryList list;
  Read result;
  result.page = read_page(one_piece(xml), dialect, prefix, list, result.hidden);
  result.entries = list.take();
  return result;
}

std::string shown(const Entries& entries) {
  std::string text;
  for (const Entry& entry : entries) {
    text += fmt::format("{}{}={}:{}@{} ", entry.name, entry.folder ? "/" : "", entry.key,
                        entry.size ? std::to_string(entry.size->value) : "?", entry.modified.value_or(-1));
  }
  return text;
}

std::string object(const std::string& key, const std::string& size = "1") {
  return fmt::format(
      "<Contents><Key>{}</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>&quot;x-3&quot;"
      "</ETag><Size>{}</Size></Contents>",
      key, size);
}

std::string page_of(const std::string& content) { return "<ListBucketResult>" + content + "</ListBucketResult>"; }

TEST_CASE("pages of real dialects are read alike") {
  const std::string expected = "disk.img=a/disk.img:434234@1255369830 sub/=a/sub/:?@-1 ";
  const std::string aws =
      R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>a%2F</Prefix>
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>3</KeyCount>
<MaxKeys>1000</MaxKeys><Delimiter>%2F</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
<Contents><Key>a/</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>&quot;d41d8&quot;</ETag><Size>0</Size>
</Contents><Contents><Key>a/disk.img</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
<ETag>&quot;fba9dede5f27731c9771645a39863328-17&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>
<ChecksumType>FULL_OBJECT</ChecksumType><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>
<CommonPrefixes><Prefix>a/sub/</Prefix></CommonPrefixes></ListBucketResult>)";
  const std::string minio =
      R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>a/</Prefix><KeyCount>2</KeyCount>
<MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated><Contents><Key>a/disk.img</Key>
<LastModified>2009-10-12T17:50:30.123Z</LastModified><ETag>&#34;fba9&#34;</ETag><Size>434234</Size><Owner><ID></ID>
<DisplayName></DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents><CommonPrefixes><Prefix>a/sub/</Prefix>
</CommonPrefixes><EncodingType>url</EncodingType></ListBucketResult>)";
  const std::string google =
      "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult "
      "xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>b</Name>"
      "<Prefix>a/</Prefix><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>a/sub/</"
      "Prefix>"
      "</CommonPrefixes><Contents><Key>a/disk.img</Key><Generation>1</Generation><MetaGeneration>1</MetaGeneration>"
      "<LastModified>2009-10-12T17:50:30.456Z</LastModified><ETag>\"fba9\"</ETag><Size>434234</Size></Contents>"
      "</ListBucketResult>";
  CHECK(shown(read(aws, "a/").entries) == expected);
  CHECK(shown(read(minio, "a/").entries) == expected);
  CHECK(shown(read(google, "a/").entries) == "sub/=a/sub/:?@-1 disk.img=a/disk.img:434234@1255369830 ");
  const Page first = read(aws, "a/").page;
  CHECK(first.next == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
  CHECK(first.of_version_2);
  CHECK(first.found == 3);
  CHECK(read(minio, "a/").page.next.empty());
}

TEST_CASE("a server that does not know the second version is understood, and goes on with a marker") {
  const std::string listing = page_of(
      "<Marker></Marker><NextMarker>b%2Fc%20d</NextMarker><IsTruncated>true</IsTruncated>"
      "<EncodingType>url</EncodingType>" +
      object("a"));
  const Read v1 = read(listing);
  CHECK(v1.page.next == "b/c d");
  CHECK_FALSE(v1.page.of_version_2);
  CHECK(listing_query({false, true}, "p/", v1.page.next) ==
        "delimiter=%2F&encoding-type=url&max-keys=1000&prefix=p%2F&marker=b%2Fc%20d");
  // Ceph before version 14 encodes the keys and not the marker (rgw_rest_s3.cc).
  const Read ceph =
      read(page_of("<NextMarker>k%7A+1</NextMarker><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>" +
                   object("a") + object("k%257A%2B1")));
  CHECK(ceph.page.next == "k%7A+1");
  // Without NextMarker the last name is the marker.
  CHECK(read(page_of("<IsTruncated>true</IsTruncated>" + object("a") + object("b"))).page.next == "b");
}

TEST_CASE("the query asks for one folder, a thousand keys and encoded names") {
  CHECK(listing_query({}, "a b/", "") == "list-type=2&delimiter=%2F&encoding-type=url&max-keys=1000&prefix=a%20b%2F");
  CHECK(listing_query({true, false}, "", "t+/=") ==
        "list-type=2&delimiter=%2F&max-keys=1000&prefix=&continuation-token=t%2B%2F%3D");
}

TEST_CASE("a refused request is made simpler in three steps") {
  CHECK(dialect_after({true, true}) == Dialect{true, false});
  CHECK(dialect_after({true, false}) == Dialect{false, true});
  CHECK(dialect_after({false, true}) == Dialect{false, false});
  CHECK_FALSE(dialect_after({false, false}));
}

TEST_CASE("encoded keys are decoded once, blanks in both forms; others are taken as they are") {
  const std::string keys = object("a+b%20c%2Bd%25%3D.img") + object("%C3%A4%0A");
  CHECK(shown(read(page_of("<EncodingType>url</EncodingType>" + keys)).entries) ==
        "a b c+d%=.img=a b c+d%=.img:1@1255369830 \xc3\xa4%0A=\xc3\xa4\n:1@1255369830 ");
  CHECK(read(page_of(keys)).entries[0].name == "a+b%20c%2Bd%25%3D.img");
}

TEST_CASE("keys that no path leads to are counted and not shown") {
  const Read odd =
      read(page_of(object("p/", "0") + object("p/x/y/z", "1") + object("p/ok") + object("p/..") + object("p/.") +
                   "<CommonPrefixes><Prefix>p//</Prefix></CommonPrefixes>"
                   "<CommonPrefixes><Prefix>p/../</Prefix></CommonPrefixes>"
                   "<CommonPrefixes><Prefix>p/x/</Prefix></CommonPrefixes>" +
                   object("elsewhere")),
           "p/");
  CHECK(shown(odd.entries) == "x/=p/x/:?@-1 ok=p/ok:1@1255369830 ");
  CHECK(odd.hidden.count == 5);
  CHECK(odd.hidden.first == "p/..");
  CHECK(read(page_of(object("p/", "7")), "p/").hidden.count == 1);
}

TEST_CASE("a file and a folder of one name are both there") {
  CHECK(shown(read(page_of(object("a") + "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>")).entries) ==
        "a=a:1@1255369830 a/=a/:?@-1 ");
}

TEST_CASE("a size that is none is not known") {
  for (const char* size : {"", "x", "-1", "1.5", "9223372036854775808"}) {
    CAPTURE(std::string(size));
    CHECK_FALSE(read(page_of(object("a", size))).entries[0].size);
  }
  CHECK(read(page_of(object("a", " 9223372036854775807 "))).entries[0].size->value == 9223372036854775807U);
}

TEST_CASE("what is no listing is told from an empty one") {
  CHECK_FALSE(read("<html><body/></html>").page.is_listing);
  CHECK(read("<ListBucketResult/>").page.is_listing);
  CHECK(read("<s3:ListBucketResult xmlns:s3=\"urn:x\"/>").page.is_listing);
  CHECK_THROWS_AS(read("no XML"), Error);
  CHECK_THROWS_AS(read("<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult>&b;</ListBucketResult>"), Error);
}

}  // namespace
}  // namespace rimfs::catalog::s3
