// SPDX-License-Identifier: MIT
// Nothing that parses foreign bytes may take time that grows with the square of them: eight times the input must take
// about eight times as long. A quadratic parser takes 64 times as long.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

#include "archives/archive_kind.h"
#include "archives/read_archive.h"
#include "archives/tar_builder.h"
#include "archives/zip_builder.h"
#include "base/error.h"
#include "catalog/file_name.h"
#include "catalog/s3/aws_profiles.h"
#include "catalog/s3/bucket_listing.h"
#include "catalog/s3/refusals.h"
#include "catalog/source_kinds.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/server_kind.h"
#include "catalog/vsphere/soap.h"
#include "catalog/web/web_index.h"
#include "config/source_url.h"
#include "config/value.h"
#include "config/yaml_reader.h"
#include "extents/image_map.h"
#include "fs/mount_table.h"
#include "http/reply.h"
#include "http/script_login.h"
#include "http/url.h"
#include "large_input.h"
#include "slowed_down.h"
#include "traces/trace_text.h"

using namespace rimfs;

namespace {

/// Between 8 (linear) and 64 (quadratic), nearer to the latter: caches make large inputs slower, too.
constexpr double kMostGrowth = 32;
/// Less than this is not worth a judgement: it is lost in what the machine does beside.
constexpr double kNegligible = 0.02;

/// Each number once, in `format`.
std::string numbered(const char* format, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += fmt::format(fmt::runtime(format), i);
  return text;
}

using Make = std::function<std::string(std::size_t)>;
using Parse = std::function<void(const std::string&)>;

/// The least of three runs.
double seconds_of(const Parse& parse, const std::string& input) {
  double least = 1e9;
  for (int run = 0; run < 3; ++run) {
    const double begin = processor_seconds();
    try {
      parse(input);
    } catch (const Error&) {
      // Refusing is as good as reading; only the time counts.
    }
    least = std::min(least, processor_seconds() - begin);
  }
  return least;
}

struct Row {
  std::string title;
  std::size_t times;  ///< Of the small input; the large one has eight times as many.
  Make make;
  Parse parse;
};

/// Memory that is touched for the first time may cost a virtual machine a hundred times as much as a parser: a growth
/// that is not there again at once is not the parser's.
void check_growth(const Row& row) {
  if (kSlowedDown) return;  // sanitizers change what is measured, and take minutes
  CAPTURE(row.title);
  const std::string few = row.make(row.times);
  const std::string many = row.make(8 * row.times);
  double small = 0, large = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    small = seconds_of(row.parse, few);
    large = seconds_of(row.parse, many);
    if (large <= std::max(kNegligible, kMostGrowth * small)) return;
  }
  CAPTURE(small);
  CAPTURE(large);
  FAIL_CHECK("time grows with the square of the input");
}

void read_listing(const std::string& text, const char* type) {
  catalog::read_index(text, type, "https://server/images/");
}
void read_html(const std::string& text) { read_listing(text, "text/html"); }
void read_json(const std::string& text) { read_listing(text, "application/json"); }

void read_soap(const std::string& text) {
  using namespace catalog;
  using namespace catalog::vsphere;
  Objects objects;
  const Records records = object_records(objects);
  const Document reply(one_piece(text), records);
  read_fault(reply);
  read_reference(reply);
  read_token(reply);
  const Inventory inventory(objects);
  inventory.names_below({});
}

void read_search(const std::string& text) {
  using namespace catalog;
  using namespace catalog::vsphere;
  read_task(Document(one_piece(text), file_records([](const FoundFile&) {})));
}

void read_bucket(const std::string& text) {
  catalog::EntryList entries;
  catalog::s3::HiddenKeys hidden;
  catalog::s3::read_page(one_piece(text), {}, "", entries, hidden);
  catalog::s3::read_error(text);
}

void read_profiles(const std::string& text) {
  catalog::s3::AwsProfiles().add(text, catalog::s3::AwsProfiles::File::config);
}

void read_head(const std::string& text) {
  http::ReplyHead head;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    head.add_line(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
}

void read_map(const std::string& text) { extents::read_image_map(text); }
void read_tar(const std::string& archive) {
  archives::test::read_archive(archives::make_tar_reader(ByteCount{archive.size()}), archive, 65536);
}
void read_zip(const std::string& archive) {
  archives::test::read_archive(archives::make_zip_reader(ByteCount{archive.size()}), archive, 65536);
}
void read_trace(const std::string& text) { traces::read_trace(text, "key"); }
void read_yaml(const std::string& text) { config::read_yaml(text, "rimfs.yaml"); }

}  // namespace

TEST_CASE("a listing takes time in proportion to its size") {
  const Row rows[] = {
      {"links", 5'000, [](auto n) { return numbered("<a href=\"disk-{0}\">x</a> 03-Feb-2024 04:05 {0}\n", n); },
       read_html},
      {"links of one name", 10'000, [](auto n) { return numbered("<a href=\"x?{}\">x</a>\n", n); }, read_html},
      {"links whose names need a number", 2'000,
       [](auto n) { return numbered("<a href=\"x?{0}\">x</a><a href=\"x~{0}\">x</a>", n); }, read_html},
      {"one link", 1'000, [](auto n) { return "<a href=\"" + repeated("%2F../", n * 10) + "\">"; }, read_html},
      {"text behind a link", 50'000, [](auto n) { return "<a href=x>x</a>" + repeated("03-Feb 04:05 ", n * 10); },
       read_html},
      {"nested elements", 5'000, [](auto n) { return repeated("<div><span>", n) + repeated("</b></div>", n); },
       read_html},
      {"attributes", 500, [](auto n) { return "<a " + numbered("a{}=b ", n) + ">"; }, read_html},
      {"entries in JSON", 10'000,
       [](auto n) { return "[" + numbered(R"({{"name":"disk-{0}","size":{0}}},)", n) + "{}]"; }, read_json},
      {"entries of one name in JSON", 10'000, [](auto n) { return "[" + repeated(R"({"name":"x"},)", n) + "{}]"; },
       read_json},
      {"members in JSON", 10'000, [](auto n) { return "[{" + numbered("\"m{}\":1,", n) + "\"name\":\"x\"}]"; },
       read_json},
      {"nested arrays in JSON", 50'000, [](auto n) { return repeated("[", n) + repeated("]", n); }, read_json},
  };
  for (const Row& row : rows) check_growth(row);
}

TEST_CASE("a vSphere server's reply takes time in proportion to its size") {
  const std::string begin = "<E><Body><r><returnval>";
  const std::string end = "</returnval></r></Body></E>";
  const Row rows[] = {
      {"objects", 1'000,
       [&](auto n) {
         return begin +
                numbered(
                    "<objects><obj type=\"Datacenter\">d{0}</obj><propSet><name>name</name><val>n{0}</val></propSet>"
                    "<propSet><name>datastore</name><val><v>s{0}</v></val></propSet></objects>",
                    n) +
                end;
       },
       read_soap},
      {"parents", 1'000,
       [&](auto n) {
         return begin +
                numbered(
                    "<objects><obj type=\"Datacenter\">d{0}</obj><propSet><name>name</name><val>n</val></propSet>"
                    "<propSet><name>parent</name><val>d0</val></propSet></objects>",
                    n) +
                end;
       },
       read_soap},
      {"datastores of every datacenter", 100,
       [&](auto n) {
         return begin + "<objects><obj type=\"Datacenter\">d</obj><propSet><name>datastore</name><val>" +
                repeated("<v>s</v>", n * 20) + "</val></propSet></objects>" + end;
       },
       read_soap},
      {"files", 5'000,
       [&](auto n) {
         return "<E><val><state>success</state><result>" + numbered("<file><path>f{}</path></file>", n) +
                "</result></val></E>";
       },
       read_search},
      {"elements that are looked for in vain", 10'000,
       [](auto n) { return "<E>" + repeated("<a><b/></a>", n) + "</E>"; }, read_soap},
      {"objects of a bucket", 2'000,
       [](auto n) {
         return "<ListBucketResult>" + numbered("<Contents><Key>a{0}</Key><Size>{0}</Size></Contents>", n) +
                numbered("<CommonPrefixes><Prefix>b{}/</Prefix></CommonPrefixes>", n) + "</ListBucketResult>";
       },
       read_bucket},
      {"errors that do not end", 10'000, [](auto n) { return "<Error>" + repeated("<Code>", n); }, read_bucket},
      {"profiles", 5'000, [](auto n) { return numbered("[profile a{0}]\nb{0} = c # d\n", n); }, read_profiles},
      {"nested elements", 25, [](auto n) { return repeated("<a>", n) + repeated("</a>", n); }, read_soap},
      {"attributes", 500, [](auto n) { return "<E " + numbered("a{}=\"b\" ", n) + "/>"; }, read_soap},
      {"namespaces", 1'000, [](auto n) { return "<E " + numbered("xmlns:a{0}=\"b{0}\" ", n) + "/>"; }, read_soap},
  };
  for (const Row& row : rows) check_growth(row);
}

TEST_CASE("a map takes time in proportion to its size") {
  const Row rows[] = {
      {"ranges of a bmap", 20'000,
       [](auto n) {
         return fmt::format(
                    "<bmap "
                    "version=\"1.2\"><ImageSize>{}</ImageSize><BlockSize>4096</BlockSize><BlocksCount>{}</BlocksCount>"
                    "<MappedBlocksCount>{}</MappedBlocksCount><BlockMap>",
                    n * 8192, n * 2, n) +
                [&] {
                  std::string text;
                  for (std::size_t i = 0; i < n; ++i) text += fmt::format("<Range>{}</Range>", 2 * i);
                  return text;
                }() +
                "</BlockMap></bmap>";
       },
       read_map},
      {"extents in JSON", 10'000,
       [](auto n) {
         std::string text = "[";
         for (std::size_t i = 0; i < n; ++i)
           text += fmt::format(R"({}{{"start":{},"length":512,"zero":{},"data":true,"offset":{}}})", i ? "," : "",
                               i * 512, i % 2 == 0, i * 512);
         return text + "]";
       },
       read_map},
      {"nested members in JSON", 100'000,
       [](auto n) { return R"([{"x":)" + repeated("[", n) + repeated("]", n) + "}]"; }, read_map},
  };
  for (const Row& row : rows) check_growth(row);
}

TEST_CASE("a reply's head, a URL and a script's output take time in proportion to their size") {
  const Row rows[] = {
      {"cookies", 10'000, [](auto n) { return numbered("Set-Cookie: c{}=v; Path=/\n", n); }, read_head},
      {"one header", 200'000, [](auto n) { return "ETag:" + repeated(" \t\"x\" ", n); }, read_head},
      {"a path of dots", 20'000, [](auto n) { return "https://server/" + repeated("../a/./", n); },
       [](const std::string& url) { http::resolve_location("https://server/", url); }},
      {"a query", 50'000, [](auto n) { return "https://server/folder?" + repeated("&dsNam", n); },
       [](const std::string& url) {
         catalog::vsphere::is_datastore_url(url);
         http::display_url(url, catalog::server_kinds());
       }},
      {"a query that is shown", 50'000, [](auto n) { return "https://server/folder?" + repeated("&dsName=a", n); },
       [](const std::string& url) { http::display_url(url, catalog::server_kinds()); }},
      {"a word with many =", 100'000, [](auto n) { return repeated("a=", n); },
       [](const std::string& word) { config::presentable(word); }},
      {"a name with many =", 100'000, [](auto n) { return repeated("a=", n) + "://"; },
       [](const std::string& word) { config::split_name(word); }},
      {"cookies of a script", 50'000, [](auto n) { return numbered("c{}=v\n", n); },
       [](const std::string& text) { http::cookies_of(text); }},
      {"headers of a script", 50'000, [](auto n) { return numbered("h{}: v\n", n); },
       [](const std::string& text) { http::headers_of(text); }},
  };
  for (const Row& row : rows) check_growth(row);
}

TEST_CASE("local files take time in proportion to their size") {
  const Row rows[] = {
      {"a trace", 400,
       [](auto n) {
         traces::AccessTrace trace;
         for (std::size_t i = 0; i < n; ++i) trace.ranges.push_back(range_of(Offset{i * 65536}, 1_KiB));
         return traces::write_trace(trace, "key");
       },
       read_trace},
      {"mounts", 10'000, [](auto n) { return numbered("36 35 98:0 / /mnt/{} rw - ext3 /dev/root rw\n", n); },
       [](const std::string& text) { fs::parse_mount_table(text); }},
      {"unknown keys of a configuration", 2'000, [](auto n) { return numbered("k{}: v\n", n); }, read_yaml},
      {"sources", 400, [](auto n) { return "sources:\n" + numbered("  - {{url: https://s/{}}}\n", n); }, read_yaml},
      {"a list of headers", 1'000,
       [](auto n) { return "sources: [{url: https://s/x, header: [" + numbered("h{}, ", n) + "]}]\n"; }, read_yaml},
      {"nested lists", 25, [](auto n) { return "a: " + repeated("[", n) + repeated("]", n); }, read_yaml},
      {"aliases", 2'000, [](auto n) { return "a: &a [1]\nb: [" + repeated("*a, ", n) + "]\n"; }, read_yaml},
  };
  for (const Row& row : rows) check_growth(row);
}

TEST_CASE("an archive takes time in proportion to its size") {
  using namespace archives::test;
  const Row rows[] = {
      {"members", 1'000,
       [](auto n) {
         std::string archive;
         for (std::size_t i = 0; i < n; ++i) archive += tar_block({.name = fmt::format("f{}", i)});
         return archive;
       },
       read_tar},
      {"hard links of hard links", 1'000,
       [](auto n) {
         std::string archive = tar_file("f0");
         for (std::size_t i = 1; i < n; ++i) {
           archive += tar_block({.name = fmt::format("f{}", i), .type = '1', .link = fmt::format("f{}", i - 1)});
         }
         return archive;
       },
       read_tar},
      {"one name", 1'000, [](auto n) { return repeated(tar_file("a"), n); }, read_tar},
      {"extended headers for all", 200,
       [](auto n) { return repeated(pax(record("path", std::string(5'000, 'p')), 'g') + tar_file("a"), n); }, read_tar},
      {"records", 2'000, [](auto n) { return pax(repeated(record("mtime", "1"), n)) + tar_file("a"); }, read_tar},
      {"entries of a directory", 1'000,
       [](auto n) { return zip_archive(std::vector<ZipFile>(n, {.name = "a", .method = 8})); }, read_zip},
      {"local headers", 1'000, [](auto n) { return zip_archive(std::vector<ZipFile>(n, {.name = "a"})); }, read_zip},
      {"end records", 2'000, [](auto n) { return repeated("PK\5\6" + std::string(18, '\1'), n); }, read_zip},
  };
  for (const Row& row : rows) check_growth(row);
}
