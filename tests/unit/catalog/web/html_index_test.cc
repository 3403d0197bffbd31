// SPDX-License-Identifier: MIT
#include "catalog/web/html_index.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "catalog/web/html_scanner.h"
#include "catalog/web/web_index.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

constexpr std::int64_t kSecond = 1706933106;  // 2024-02-03 04:05:06 UTC
constexpr std::int64_t kMinute = 1706933100;

std::map<std::string, Entry> by_name(const Entries& entries) {
  std::map<std::string, Entry> found;
  for (const Entry& entry : entries) found.emplace(entry.name, entry);
  CHECK(found.size() == entries.size());
  return found;
}

std::map<std::string, Entry> read_sample(const std::string& path, const std::string& url) {
  return by_name(read_index(sample(path), "text/html; charset=utf-8", url));
}

class Links : public LinkSink {
 public:
  explicit Links(std::vector<PageLink>& links) : links_(links) {}
  void base(const std::string&) override {}
  void link(PageLink link) override { links_.push_back(std::move(link)); }

 private:
  std::vector<PageLink>& links_;
};

}  // namespace

TEST_CASE("every server's page lists the files that are there, as far as it tells of them") {
  enum class Sizes { none, exact, small };  // small: those below 1000 bytes are not rounded
  struct Row {
    const char* page;
    Sizes sizes;
    std::optional<std::int64_t> time;
  };
  const Row rows[] = {
      {"nginx.html", Sizes::exact, kMinute},        {"apache-plain.html", Sizes::none, std::nullopt},
      {"apache-fancy.html", Sizes::small, kMinute}, {"apache-table.html", Sizes::small, kMinute},
      {"lighttpd.html", Sizes::none, kSecond},      {"caddy.html", Sizes::none, std::nullopt},
      {"python.html", Sizes::none, std::nullopt},   {"go.html", Sizes::none, std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.page);
    std::map<std::string, Entry> entries =
        read_sample(std::string("samples/index/") + row.page, "http://127.0.0.1:8080/images/");
    CHECK(entries.size() == hostile_files().size() + hostile_folders().size());
    for (const HostileFile& file : hostile_files()) {
      // Go forgets to escape & in links.
      const bool spoilt = row.page == std::string("go.html") && file.name == "and&amp;and";
      const std::string name = spoilt ? "and&and" : file.name;
      CAPTURE(name);
      REQUIRE(entries.count(name) == 1);
      const Entry& entry = entries.at(name);
      CHECK_FALSE(entry.folder);
      CHECK(entry.modified == row.time);
      const bool known = row.sizes == Sizes::exact || (row.sizes == Sizes::small && file.size < 973);
      CHECK(entry.size == (known ? std::optional(ByteCount{file.size}) : std::nullopt));
    }
    for (const std::string& name : hostile_folders()) {
      CAPTURE(name);
      REQUIRE(entries.count(name) == 1);
      CHECK(entries.at(name).folder);
      CHECK_FALSE(entries.at(name).size);
      CHECK(entries.at(name).modified == row.time);
    }
  }
}

TEST_CASE("a vSphere server's pages list datacenters, datastores, folders and files") {
  struct Row {
    const char *page, *url;
    std::vector<std::string> names;
  };
  const std::string folder = "https://vc/folder/vm%201%2b2?dcPath=DC0&dsName=Data%20store%2b1";
  const Row rows[] = {
      {"vpx-datacenters.html", "https://vc/folder", {"Büro 2", "DC0", "F0%2FDC1"}},
      {"vpx-datastores.html", "https://vc/folder?dcPath=DC0", {"Data store+1", "LocalDS_0"}},
      {"esx-datacenters.html", "https://vc/folder", {"ha-datacenter"}},
      {"vpx-top-folder.html", "https://vc/folder?dcPath=DC0&dsName=Data%20store%2b1", {"vm 1+2"}},
      {"esx-top-folder.html", "https://vc/folder?dcPath=ha%2ddatacenter&dsName=Data%20store%2b1", {"vm 1+2"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.page);
    std::vector<std::string> names;
    for (const auto& [name, entry] : read_sample(std::string("vsphere/samples/") + row.page, row.url)) {
      names.push_back(name);
      CHECK(entry.folder);
      CHECK_FALSE(entry.size);
    }
    CHECK(names == row.names);
  }
}

TEST_CASE("a vSphere folder's files have sizes and times, and their links are kept as written") {
  for (const std::string page :
       {"vpx-folder.html", "vpx-folder-double-encoded.html", "esx-folder.html", "esx-folder-double-encoded.html"}) {
    CAPTURE(page);
    const bool twice = page.find("double") != std::string::npos;
    const std::string dc = page.starts_with("esx") ? "ha-datacenter" : "DC0";
    const auto entries = read_sample("vsphere/samples/" + page,
                                     "https://vc/folder/vm%201%2b2?dcPath=" + dc + "&dsName=Data%20store%2b1");
    const std::map<std::string, std::optional<ByteCount>> expected = {{"100%41 [x] ä&<b>.iso", ByteCount{17}},
                                                                      {"disk-flat.vmdk", ByteCount{4096}},
                                                                      {"disk.vmdk", ByteCount{300}},
                                                                      {"empty", ByteCount{0}},
                                                                      {"sub", std::nullopt}};
    std::map<std::string, std::optional<ByteCount>> sizes;
    for (const auto& [name, entry] : entries) sizes[name] = entry.size;
    CHECK(sizes == expected);
    CHECK(entries.at("disk.vmdk").modified);
    const std::string& key = entries.at("disk-flat.vmdk").key;
    CHECK(key.starts_with("https://vc/folder/vm%201%2b2/disk%2dflat%2evmdk?dcPath="));
    CHECK(key.ends_with(twice ? "&dsName=Data%2520store%252b1" : "&dsName=Data%20store%2b1"));
  }
}

TEST_CASE("details of a listing's row are a time and a size") {
  struct Row {
    const char *title, *text;
    std::optional<std::uint64_t> size;
    std::optional<std::int64_t> time;
  };
  const Row rows[] = {
      {"nginx", "                  03-Feb-2024 04:05             1048577\n", 1048577, kMinute},
      {"nginx, rounded", " 03-Feb-2024 04:05    1M", {}, kMinute},
      {"nginx, a folder", " 03-Feb-2024 04:05    -", {}, kMinute},
      {"Apache", "   2024-02-03 04:05   17   \n", 17, kMinute},
      {"Apache, rounded", "   2024-02-03 04:05  1.0M  ", {}, kMinute},
      {"Apache, rounded without a dot", "   2024-02-03 04:05  12K  ", {}, kMinute},
      {"Apache, a folder", "   2024-02-03 04:05    -   ", {}, kMinute},
      {"lighttpd", " 2024-Feb-03 04:05:06 0.1K application/octet-stream", {}, kSecond},
      {"lighttpd, a folder", " 2024-Feb-03 04:05:06 - \xc2\xa0 Directory", {}, kSecond},
      {"vSphere", " 03-Feb-2024 04:05 4096", 4096, kMinute},
      {"a size of 0", " 03-Feb-2024 04:05 0", 0, kMinute},
      {"no-break spaces",
       "\xc2\xa0"
       "03-Feb-2024 04:05\xc2\xa0"
       "5",
       5, kMinute},
      {"the largest size", " 03-Feb-2024 04:05 9223372036854775807", INT64_MAX, kMinute},
      {"a size beyond all offsets", " 03-Feb-2024 04:05 9223372036854775808", {}, kMinute},
      {"a size beyond all numbers", " 03-Feb-2024 04:05 99999999999999999999999", {}, kMinute},
      {"a negative size", " 03-Feb-2024 04:05 -5", {}, kMinute},
      {"a size with a sign", " 03-Feb-2024 04:05 +5", {}, kMinute},
      {"hexadecimal", " 03-Feb-2024 04:05 0x10", {}, kMinute},
      {"separators", " 03-Feb-2024 04:05 1,048,577", {}, kMinute},
      {"a time alone", " 03-Feb-2024 04:05", {}, kMinute},
      {"a size alone", " 4096", {}, {}},
      {"a datastore's capacity and free space", " 270553174016 73856045056", {}, {}},
      {"no such month", " 03-Foo-2024 04:05 17", {}, {}},
      {"no such hour", " 03-Feb-2024 99:05 17", {}, {}},
      {"a colon only", ": :", {}, {}},
      {"nothing", "", {}, {}},
      {"blanks", " \xc2\xa0\n", {}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const Details details = read_details(row.text);
    CHECK(details.modified == row.time);
    CHECK(details.size == (row.size ? std::optional(ByteCount{*row.size}) : std::nullopt));
  }
}

TEST_CASE("the text after a link is its details, up to the next link or the end of its row") {
  const Page page = read_page(
      "<table><tr><td>before <a href=one>name <b>bold</b></a> first<td>second</tr>"
      "<tr><td>not mine<td><a HREF='two&amp;'>name</a></td><td>third</td></tr></table>"
      "<A href=three>x</A> fourth <a name=anchor>no link</a> fifth <a href=four>");
  REQUIRE(page.links.size() == 4);
  CHECK(page.links[0].href == "one");
  CHECK(page.links[0].details == " first second");
  CHECK(page.links[1].href == "two&");
  CHECK(page.links[1].details == " third");
  CHECK(page.links[2].href == "three");
  CHECK(page.links[2].details.starts_with(" fourth "));
  CHECK(page.links[3].details.empty());
  CHECK_FALSE(page.asks_for_password);
}

TEST_CASE("a page reads the same in pieces of any size") {
  const std::string page =
      "<!DOCTYPE html><!-- <a href=no> --><style>a<b {}</style><table><tr><td><a  HREF = "
      "\"one&amp;\">x</a><td>03-Feb-2024 "
      "04:05&nbsp;17</tr></table><script>'</scrip' <a href=no></script ><a href='t&#119;o' href=no>y</a> &lt; &bogus; "
      "&amp";
  const Page whole = read_page(page);
  REQUIRE(whole.links.size() == 2);
  CHECK(whole.links[0].href == "one&");
  CHECK(read_details(whole.links[0].details).size == ByteCount{17});
  CHECK(whole.links[1].href == "two");
  CHECK(whole.links[1].details == " < &bogus; &amp");
  for (std::size_t size = 1; size < 9; ++size) {
    std::string_view left = page;
    std::vector<PageLink> links;
    const Pieces pieces = [&] {
      const std::string_view piece = left.substr(0, size);
      left.remove_prefix(piece.size());
      return piece;
    };
    Links sink(links);
    read_page(pieces, {}, sink);
    REQUIRE(links.size() == 2);
    for (std::size_t i = 0; i < links.size(); ++i) {
      CHECK(links[i].href == whole.links[i].href);
      CHECK(links[i].details == whole.links[i].details);
    }
  }
}

TEST_CASE("references are decoded as far as they are any") {
  struct Row {
    const char *text, *decoded;
  };
  const Row rows[] = {
      {"", ""},
      {"a&amp;b", "a&b"},
      {"&lt;&gt;&quot;&nbsp;&uuml;", "<>\"\xc2\xa0\xc3\xbc"},
      {"&#65;&#x42;&#X43", "ABC"},
      {"&#128512;", "\xf0\x9f\x98\x80"},
      {"?a=1&lt=2&copy", "?a=1&lt=2&copy"},
      {"&", "&"},
      {"&&amp;;", "&&;"},
      {"&#;&#x;&#0;&#xd800;&#x110000;&#99999999999;", "&#;&#x;&#0;&#xd800;&#x110000;&#99999999999;"},
      {"&none;", "&none;"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(decode_references(row.text) == row.decoded);
  }
}

TEST_CASE("a link that an icon has too keeps its size and time") {
  const Entries entries =
      read_index("<a href=x><img src=i></a> <a href=x>x</a> 2024-02-03 04:05 17", "text/html", "http://h/");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].size == ByteCount{17});
  CHECK(entries[0].modified == kMinute);
}

TEST_CASE("a login page is refused, unless it lists something all the same") {
  const std::string form = "<form action=login><input name=user><INPUT TYPE=Password name=p></form>";
  CHECK(read_page(form).asks_for_password);
  try {
    read_index(form + "<a href='/help'>help</a>", "text/html", "http://h/images/");
    FAIL("a login page was taken for a listing");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::denied);
  }
  CHECK(read_index(form + "<a href=disk.img>", "text/html", "http://h/images/").size() == 1);
}

TEST_CASE("links that are not closed are links all the same") {
  std::string page;
  for (int i = 0; i < 1000; ++i) page += "<li><a href=" + std::to_string(i) + ">name\n";
  CHECK(read_index(page, "text/html", "http://h/").size() == 1000);
}

TEST_CASE("a folder of a datastore is told by its slash or by a size that is a dash, elsewhere only by the slash") {
  const auto row = [](const std::string& link, const std::string& time, const std::string& size) {
    return "<tr><td><a href=\"" + link + "\">x</a></td><td align=\"right\">" + time + "</td><td>" + size +
           "</td></tr>\n";
  };
  const std::string page = row("a/", "15-Aug-2010 00:13", "  - ") + row("b", "15-Aug-2010 00:13", "  - ") +
                           row("c", "&nbsp;", "  - ") + row("d", "15-Aug-2010 00:13", "479");
  const auto entries = by_name(read_index(page, "text/html", "https://vc/folder/vm/?dcPath=DC0&dsName=s1"));
  REQUIRE(entries.size() == 4);
  CHECK(entries.at("a").folder);
  CHECK(entries.at("b").folder);
  CHECK(entries.at("c").folder);
  CHECK_FALSE(entries.at("d").folder);
  CHECK(entries.at("d").size == ByteCount{479});
  CHECK_FALSE(by_name(read_index(page, "text/html", "https://server/images/")).at("b").folder);
}

TEST_CASE("an empty page lists nothing") {
  CHECK(read_index("", "text/html", "http://h/").empty());
  CHECK(read_index("<pre></pre>", "", "http://h/").empty());
}

TEST_CASE("links in the page's own character set lead to paths in UTF-8") {
  struct Row {
    const char *type, *head, *href, *name;
  };
  const Row rows[] = {
      {"text/html; charset=ISO-8859-1", "", "\xe4.img", "\xc3\xa4.img"},
      {"text/html;charset=\"koi8-r\"", "", "\xc4\xc9\xd3\xcb.img", "\xd0\xb4\xd0\xb8\xd1\x81\xd0\xba.img"},
      {"text/html", "<meta charset=Shift_JIS>", "\x83\x66.img", "\xe3\x83\x87.img"},
      {"text/html", "<META http-equiv=Content-Type content='text/html; charset=windows-1251'>", "\xe4.img",
       "\xd0\xb4.img"},
      {"text/html; charset=koi8-r", "<meta charset=iso-8859-1>", "\xc4.img", "\xd0\xb4.img"},
      {"text/html; charset=iso-8859-1", "", "\xc3\xa4.img", "\xc3\xa4.img"},  // mislabelled
      {"text/html; charset=utf-8", "", "\xc3\xa4.img", "\xc3\xa4.img"},
      {"text/html; charset=iso-8859-1", "", "%C3%A4.img", "\xc3\xa4.img"},
      {"text/html; charset=unheard-of", "", "\xe4.img", "%E4.img"},
      {"text/html; charset=ISO-2022-CN-EXT", "", "\xe4.img", "%E4.img"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    CAPTURE(row.head);
    const std::string page = std::string(row.head) + "<a href='" + row.href + "'>x</a>";
    const Entries entries = read_index(page, row.type, "http://host/images/");
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().name == row.name);
  }
}

TEST_CASE("links are relative to the page's base, and the folder stays the page's") {
  const std::string url = "http://host/pub/images/";
  const auto names = [&](const std::string& page) {
    std::vector<std::string> found;
    for (const Entry& entry : read_index(page, "text/html", url)) found.push_back(entry.key);
    return found;
  };
  using Keys = std::vector<std::string>;
  CHECK(names("<base href='/pub/images/'><a href=a.img>") == Keys{url + "a.img"});
  CHECK(names("<base href='http://HOST/pub/images/'><a href=a.img>") == Keys{url + "a.img"});
  CHECK(names("<base href='/pub/'><a href=images/a.img><a href=b.img>") == Keys{url + "a.img"});
  CHECK(names("<base href='//elsewhere/'><a href=a.img>").empty());
  CHECK(names("<base href='http://['><a href=a.img>") == Keys{url + "a.img"});
  CHECK(names("<base href='/pub/'><base href='/'><a href=images/a.img>") == Keys{url + "a.img"});
  CHECK(names("<base target=_top><a href=a.img>") == Keys{url + "a.img"});
}

TEST_CASE("a folder that is called so and linked without its slash is a folder") {
  const Entries entries =
      read_index("<a href=sub?x=1>sub/</a><a href=file>file</a>", "text/html", "http://host/images/");
  REQUIRE(entries.size() == 2);
  const auto found = by_name(entries);
  CHECK(found.at("sub").folder);
  CHECK(found.at("sub").key == "http://host/images/sub/?x=1");
  CHECK_FALSE(found.at("file").folder);
}

TEST_CASE("links that look like files and lead elsewhere are counted") {
  const std::string page =
      "<a href='../'>up</a><a href='?C=N'>sort</a><a href=a.img>a</a><a href='https://nginx.org/'>nginx</a>"
      "<a href='//user:word@mirror/images/b.img?token=secret'>b</a><a href='/other/c.img'>c</a><a "
      "href='sub/d.img'>d</a>"
      "<a href='/images'>here</a><a href='mailto:x@y'>mail</a>";
  const Listing listing = read_listing(one_piece(page), "text/html", "http://host/images/");
  CHECK(listing.entries.size() == 1);
  CHECK(listing.elsewhere.count == 3);
  CHECK(listing.elsewhere.first == "http://mirror/images/b.img");
}
