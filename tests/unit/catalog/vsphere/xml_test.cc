// SPDX-License-Identifier: MIT
#include "catalog/vsphere/xml.h"

#include <doctest/doctest.h>

#include <chrono>

#include "base/error.h"
#include "samples.h"

using namespace rimfs;
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

TEST_CASE("10 MiB in one text and in many elements") {
  const std::string big(10 << 20, 'x');
  try {
    const Document document("<r>" + big + "</r>");
    CHECK(document.root().text() == big);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
  }
  std::string many = "<r>";
  while (many.size() < 10 << 20) many += "<file><path>name of a file</path><fileSize>12345</fileSize></file>";
  const Document document(many + "</r>");
  CHECK(document.root().children("file").size() == many.size() / 66);
}
