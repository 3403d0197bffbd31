// SPDX-License-Identifier: MIT
#include "catalog/xml.h"

#include <doctest/doctest.h>

#include <chrono>

#include "base/error.h"
#include "vsphere/samples.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

TEST_CASE("elements are found by local name, whatever their prefix") {
  const Document document(
      R"(<a:root xmlns:a="urn:a" xmlns:b="urn:b"><b:one>1</b:one><two>2</two><b:one>3</b:one></a:root>)");
  CHECK(document.root().name() == "root");
  CHECK(document.root().child("one").text() == "1");
  CHECK(document.root().children("one").size() == 2);
  CHECK(document.root().children().size() == 3);
  CHECK(document.root().find("two").text() == "2");
}

TEST_CASE("what is not there has nothing in it") {
  const Document document("<root/>");
  const Element none = document.root().child("a").child("b").find("c");
  CHECK_FALSE(none);
  CHECK(none.name().empty());
  CHECK(none.text().empty());
  CHECK(none.type(true).empty());
  CHECK(none.children().empty());
}

TEST_CASE("the two type attributes are told apart by their namespace") {
  const Document document(
      R"(<val xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="v:ManagedObjectReference" type="Folder">x</val>)");
  CHECK(document.root().type(false) == "Folder");
  CHECK(document.root().type(true) == "ManagedObjectReference");
}

TEST_CASE("text is unescaped, also from CDATA") {
  const Document document("<root>a &amp; &lt;b&gt; &#246;<![CDATA[<c>]]></root>");
  CHECK(document.root().text() == "a & <b> \xc3\xb6<c>");
}

TEST_CASE("what was escaped comes back the same") {
  const std::string odd = "a&b<c>\"d'e\xc3\xb6]]>";
  const Document document("<root name=\"" + xml_escape(odd) + "\">" + xml_escape(odd) + "</root>");
  CHECK(document.root().text() == odd);
}

TEST_CASE("what is no XML is an error") {
  for (const char* text :
       {"", " ", "<", "plain", "<a>", "<a></b>", "<a/><b/>", "<html><p>open</html>", "{\"a\": 1}", "<a>&none;</a>"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Document{text}, Error);
  }
}

TEST_CASE("what defines entities is refused at once: they grow without end, or load files") {
  std::string nested = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY e0 \"0123456789\">";
  for (int i = 1; i < 20; ++i) {
    nested += fmt::format("<!ENTITY e{} \"", i);
    for (int k = 0; k < 10; ++k) nested += fmt::format("&e{};", i - 1);
    nested += "\">";
  }
  std::string repeated = "<!DOCTYPE r [<!ENTITY e \"" + std::string(100'000, 'x') + "\">]><r>";
  for (int i = 0; i < 50'000; ++i) repeated += "&e;";
  const std::string bombs[] = {
      nested + "]><r>&e19;</r>",
      nested + "]><r a=\"&e19;\"/>",
      repeated + "</r>",
      R"(<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>)",
      R"(<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>)",
      R"(<!DOCTYPE r [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]><r/>)",
      "<!DOCTYPE r><r/>",
  };
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& bomb : bombs) CHECK_THROWS_AS(Document{bomb}, Error);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("nothing is included from files") {
  const Document document(
      R"(<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></r>)");
  CHECK(document.root().text().empty());
}

TEST_CASE("elements within elements without end are an error or are read, never a crash") {
  for (const std::size_t depth : {200U, 255U, 300U, 100'000U}) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    try {
      const Document document(text);
      CHECK_FALSE(document.root().find("b"));
      CHECK(document.root().text().empty());
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::corrupt);
    }
  }
}

TEST_CASE("indentation is no text, and the name of a file may be a blank") {
  const Document document("<r>\n  <path> </path>\n  <b>1</b>\n</r>");
  CHECK(document.root().child("path").text() == " ");
  CHECK(document.root().text() == " 1");
}

TEST_CASE("records are handed over one by one and are not kept") {
  std::vector<std::string> names;
  const Records records("file", [&names](const Element& file) { names.push_back(file.child("path").text()); });
  const std::string text =
      "<r><a/><list><file><path>1</path></file><file><path>2<file/></path></file></list><b>x</b></r>";
  const Document document(one_piece(text), records);
  CHECK(names == std::vector<std::string>{"1", "2"});
  CHECK_FALSE(document.root().find("file"));
  CHECK(document.root().child("b").text() == "x");
}

TEST_CASE("a document beyond a limit is refused, and the error names the limit") {
  struct Row {
    const char* title;
    std::string text;
    const char* limit;
  };
  const auto repeated = [](const std::string& what, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += what;
    return all;
  };
  const Row rows[] = {
      {"elements", "<r>" + repeated("<a/>", 100'000) + "</r>", "more than 20000 elements"},
      {"elements of a record", "<r><file>" + repeated("<a/>", 100'000) + "</file></r>", "more than 20000 elements"},
      {"text", "<r>" + std::string(5 << 20, 'x') + "</r>", "bytes of text"},
      {"text in parts", "<r>" + repeated("<b>" + std::string(5000, 'x') + "</b>", 1000) + "</r>", "bytes of text"},
      {"text of a record", "<r><file>" + std::string(5 << 20, 'x') + "</file></r>", "bytes of text"},
      {"depth", repeated("<a>", 65) + repeated("</a>", 65), "more than 64 nested elements"},
      {"depth in a record", "<r><file>" + repeated("<a>", 65) + repeated("</a>", 65) + "</file></r>", "more than 64"},
      {"attributes",
       "<r " +
           [] {
             std::string all;
             for (int i = 0; i < 100'000; ++i) all += "a" + std::to_string(i) + "='' ";
             return all;
           }() +
           "/>",
       "a tag of more than 4096 bytes"},
      {"a comment with quotes, then attributes", "<r><!-- ' --><a b='" + std::string(5000, 'x') + "'/></r>",
       "a tag of more than 4096 bytes"},
      {"a type", "<r type=\"" + std::string(5000, 'x') + "\"/>", "a tag of more than 4096 bytes"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    try {
      const Document document(one_piece(row.text), Records("file", [](const Element&) {}));
      FAIL("it was read");
    } catch (const Error& error) {
      CAPTURE(error.message());
      CHECK(error.kind() == ErrorKind::corrupt);
      CHECK(error.message().find(row.limit) != std::string::npos);
    }
  }
}

TEST_CASE("a million records cost the memory of one") {
  constexpr std::size_t kMany = 1'000'000;
  std::size_t sent = 0;
  std::string piece;
  // The document is made while it is read; it would be 66 MB.
  const Pieces pieces = [&]() -> std::string_view {
    piece.clear();
    if (sent == 0) piece = "<r>";
    for (int i = 0; i < 1000 && sent < kMany; ++i, ++sent) {
      piece += "<file><path>name of a file</path><fileSize>12345</fileSize></file>";
    }
    if (piece.empty() && sent == kMany) {
      piece = "</r>";
      ++sent;
    }
    return piece;
  };
  std::size_t records = 0;
  const Document document(pieces, Records("file", [&records](const Element&) { ++records; }));
  CHECK(records == kMany);
  CHECK(document.root().children().empty());
}
