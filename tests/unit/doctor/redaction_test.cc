// SPDX-License-Identifier: MIT
#include "doctor/redaction.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "catalog/source.h"
#include "catalog/xml.h"
#include "doctor/examination.h"
#include "http/url.h"
#include "model_run.h"

namespace rimfs::doctor {
namespace {

TEST_CASE("a name has the same placeholder in every text, and names of one kind are counted") {
  Redaction redaction;
  redaction.learn(Name::datastore, "prod");
  redaction.learn(Name::datastore, "backup");
  CHECK(redaction.text("[prod] a, [backup] b, [prod] c") == "[datastore-1] a, [datastore-2] b, [datastore-1] c");
}

TEST_CASE("a placeholder keeps known endings, and files of one disk keep their stem") {
  Redaction redaction;
  redaction.learn(Name::file, "accounting.vmdk");
  redaction.learn(Name::file, "accounting-flat.vmdk");
  redaction.learn(Name::file, "accounting-000001-delta.vmdk");
  redaction.learn(Name::file, "accounting_1.vmdk");
  CHECK(redaction.text("accounting.vmdk") == "file-1.vmdk");
  CHECK(redaction.text("accounting-flat.vmdk") == "file-1-flat.vmdk");
  CHECK(redaction.text("accounting-000001-delta.vmdk") == "file-1-000001-delta.vmdk");
  CHECK(redaction.text("accounting_1.vmdk") == "file-1_1.vmdk");
}

TEST_CASE("a placeholder keeps each kind of odd character") {
  Redaction redaction;
  redaction.learn(Name::datastore, "Data store+1");
  redaction.learn(Name::folder, "Büro ÄÖ");
  CHECK(redaction.text("Data store+1") == "datastore-1 x+x");
  CHECK(redaction.text("Büro ÄÖ") == "folder-1üx x");
}

TEST_CASE("a name is found in any encoding, and its placeholder is encoded in the same way") {
  Redaction redaction;
  redaction.learn(Name::datastore, "Data store+1");
  redaction.learn(Name::file, "a&b<c>.img");
  redaction.learn(Name::folder, "Büro");
  CHECK(redaction.text("dsName=Data%20store%2B1") == "dsName=datastore-1%20x%2Bx");
  CHECK(redaction.text("dsName=Data%2520store%252B1") == "dsName=datastore-1%2520x%252Bx");
  CHECK(redaction.text("dsName=Data%20store%2b1") == "dsName=datastore-1%20x%2bx");
  CHECK(redaction.text("a&amp;b&lt;c&gt;.img") == "file-1&amp;x&lt;x&gt;x.img");
  CHECK(redaction.text("B%C3%BCro") == "folder-1%C3%BCx");
  CHECK(redaction.text("B%25C3%25BCro") == "folder-1%25C3%25BCx");
  CHECK(redaction.text("B&#252;ro") == "folder-1&#xFC;x");
}

TEST_CASE("a name is found as a whole word only") {
  Redaction redaction;
  redaction.learn(Name::folder, "web");
  CHECK(redaction.text("web website web/x cobweb") == "folder-1 website folder-1/x cobweb");
}

TEST_CASE("the longest name is found") {
  Redaction redaction;
  redaction.learn(Name::folder, "web");
  redaction.learn(Name::folder, "web shop");
  CHECK(redaction.text("web shop, web") == "folder-2 x, folder-1");
}

TEST_CASE("a name of digits stays in prose and is replaced where names stand") {
  Redaction redaction;
  redaction.learn(Name::folder, "206");
  CHECK(redaction.prose("206, 1 byte") == "206, 1 byte");
  CHECK(redaction.text("/folder/206/") == "/folder/folder-1/");
  CHECK(redaction.markup("<path>206</path><fileSize>206</fileSize>") ==
        "<path>folder-1</path><fileSize>206</fileSize>");
}

TEST_CASE("hosts and users are found in any case") {
  Redaction redaction;
  redaction.learn(Name::host, "VCenter.Example.com");
  redaction.learn(Name::user, "Administrator@vsphere.local");
  CHECK(redaction.prose("https://vcenter.example.COM/sdk") == "https://host-1/sdk");
  CHECK(redaction.prose("VSPHERE: administrator@VSPHERE.LOCAL") == "VSPHERE: user-1");
}

TEST_CASE("long hexadecimal words are replaced without being learned") {
  Redaction redaction;
  CHECK(redaction.text("ds:///vmfs/volumes/5f3c1a2b-0a1b2c3d-9e8f-001122334455/") == "ds:///vmfs/volumes/id-1/");
  CHECK(redaction.prose("key 52a1b2c3-1111-2222-3333-444455556666 and 5F3C1A2B-0a1b2c3d-9e8f-001122334455") ==
        "key id-2 and id-1");
  CHECK(redaction.prose("bytes 0-0/68719476736") == "bytes 0-0/68719476736");
}

TEST_CASE("the query of a URL is hidden, but for the parameters of /folder") {
  Redaction redaction;
  redaction.learn(Name::datacenter, "Berlin");
  CHECK(redaction.url("/folder/x?dcPath=Berlin&dsName=y") == "/folder/x?dcPath=datacenter-1&dsName=y");
  CHECK(redaction.url("/disk.img?X-Signature=abc&expires=1") == "/disk.img?X-Signature=hidden&expires=hidden");
}

TEST_CASE("tags and types stay, texts and addresses are replaced") {
  Redaction redaction;
  redaction.learn(Name::file, "file.iso");
  CHECK(redaction.markup("<file xsi:type=\"FileInfo\"><path>file.iso</path></file>") ==
        "<file xsi:type=\"FileInfo\"><path>file-1.iso</path></file>");
  CHECK(redaction.markup("<a href=\"/folder/file%2eiso\">file.iso</a>") ==
        "<a href=\"/folder/file-1%2eiso\">file-1.iso</a>");
}

TEST_CASE("attributes are replaced, types and namespaces stay") {
  Redaction redaction;
  redaction.learn(Name::folder, "Folder");
  redaction.learn(Name::file, "plan <b>.iso");
  CHECK(redaction.markup("<obj xmlns:x='urn:Folder' x:type=\"Folder\" title='Folder'>") ==
        "<obj xmlns:x='urn:Folder' x:type=\"Folder\" title='folder-1'>");
  CHECK(redaction.markup("<td>plan <b>.iso</td>") == "<td>file-1 x<x>x.iso</td>");
}

TEST_CASE("what a login tells of its user is learned") {
  Redaction redaction;
  const std::string reply =
      "<Body><LoginResponse><returnval><key>52aa</key><userName>EXAMPLE\\jane</userName><fullName>Jane Doe</fullName>"
      "<ipAddress>192.0.2.7</ipAddress></returnval></LoginResponse></Body>";
  redaction.learn_from_markup(reply);
  const std::string shown = redaction.markup(reply);
  for (const char* secret : {"52aa", "jane", "Jane", "192.0.2.7"}) CHECK(shown.find(secret) == std::string::npos);
}

TEST_CASE("a product keeps its name and version") {
  Redaction redaction;
  const std::string about =
      "<about><fullName>VMware vCenter Server 8.0.3 build-24022515</fullName>"
      "<version>8.0.3</version><apiVersion>8.0.3.0</apiVersion></about>";
  redaction.learn_from_markup(about);
  CHECK(redaction.markup(about) == about);
}

TEST_CASE("a secret that was not replaced is found") {
  Redaction redaction;
  redaction.learn(Name::secret, "pa<ss>word");
  redaction.learn(Name::file, "harmless.iso");
  CHECK(redaction.reveals_secret("x pa<ss>word y"));
  CHECK(redaction.reveals_secret("x pa&lt;ss&gt;word y"));
  CHECK(redaction.reveals_secret("x=pa%3Css%3Eword"));
  CHECK_FALSE(redaction.reveals_secret("harmless.iso"));
}

TEST_CASE("what every server has is no name") {
  Redaction redaction;
  for (const char* name : {"vmware.log", "vmware-12.log", ".sdd.sf", ".vSphere-HA"}) redaction.learn(Name::file, name);
  CHECK(redaction.text("vmware.log vmware-12.log .sdd.sf .vSphere-HA") ==
        "vmware.log vmware-12.log .sdd.sf .vSphere-HA");
}

TEST_CASE("links of a listing keep no value of a query, but those of /folder have placeholders") {
  Redaction redaction;
  redaction.learn(Name::datastore, "prod");
  redaction.learn(Name::file, "disk.img");
  CHECK(redaction.markup("<a href=\"disk.img?sv=1&amp;sig=Ab%2Bc\">disk.img</a>") ==
        "<a href=\"file-1.img?sv=hidden&amp;sig=hidden\">file-1.img</a>");
  CHECK(redaction.markup("<img src='/x?token=Abc'>") == "<img src='/x?token=hidden'>");
  CHECK(redaction.markup("<a href=\"/folder/disk.img?dcPath=d&amp;dsName=prod\">") ==
        "<a href=\"/folder/file-1.img?dcPath=d&amp;dsName=datastore-1\">");
  CHECK(redaction.markup("<p>Moved to https://a.example/x?sig=Abc.</p>") ==
        "<p>Moved to https://a.example/x?sig=hidden</p>");
}

TEST_CASE("URLs in a text keep no value of a query") {
  Redaction redaction;
  CHECK(redaction.text("{\"url\": \"https://a.example/x?a=1&sig=Abc\", \"n\": 1}") ==
        "{\"url\": \"https://a.example/x?a=hidden&sig=hidden\", \"n\": 1}");
  CHECK(redaction.text("Redirecting to disk.img?sig=Abc now") == "Redirecting to disk.img?sig=hidden now");
  CHECK(redaction.prose("Is it there? a = b") == "Is it there? a = b");
}

TEST_CASE("100,000 names with one beginning are learned and found at once, up to the limit") {
  Redaction redaction;
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "machine " + std::to_string(i) + " x";
    redaction.learn(Name::folder, name);
    if (i < 10'000) text += name + "/";
  }
  CHECK(redaction.is_full());
  const std::string shown = redaction.text(text);
  CHECK(shown.starts_with("folder-1 x/folder-2 x/"));
  CHECK(shown.find("machine") == std::string::npos);
  redaction.learn(Name::secret, "a secret beyond the limit");
  CHECK(redaction.reveals_secret("<a secret beyond the limit>"));
}

TEST_CASE("names that differ only in case have placeholders of their own") {
  Redaction redaction;
  redaction.learn(Name::folder, "Web");
  redaction.learn(Name::folder, "web");
  CHECK(redaction.text("web Web WEB") == "folder-2 folder-1 WEB");
}

// ---- What an error page may repeat

catalog::Source source_with_secrets() {
  catalog::Source source;
  source.url = "https://files.example/disk.img?token=UrlToken1&download=attachment&size=100000&key=k";
  source.access.user = "jane";
  source.access.password = Secret("pass-word");
  source.access.cookie = Secret("a=first-cookie; b=second-cookie");
  source.access.headers.emplace_back("Authorization: Token header-token");
  source.access.headers.emplace_back("X-Api-Key: api-key-value");
  source.access.headers.emplace_back("Accept: text/html");
  return source;
}

TEST_CASE("a page that repeats the request's credentials is shown without them") {
  Redaction redaction;
  learn(redaction, source_with_secrets());
  http::Login::Credentials printed;
  printed.cookie = Secret("sid=script-cookie");
  printed.headers.emplace_back("Authorization: Bearer script-bearer");
  learn(redaction, printed);
  for (const std::string secret : {"UrlToken1", "first-cookie", "second-cookie", "header-token", "api-key-value",
                                   "amFuZTpwYXNzLXdvcmQ=", "script-cookie", "script-bearer"}) {
    CAPTURE(secret);
    const std::string page = fmt::format("<html><pre>Authorization: Token {0}\nCookie: a={0}; x</pre></html>", secret);
    CHECK(redaction.reveals_secret(page));
    CHECK(redaction.markup(page).find(secret) == std::string::npos);
    CHECK(redaction.text(page).find(secret) == std::string::npos);
    CHECK_FALSE(redaction.reveals_secret(redaction.markup(page)));
  }
}

TEST_CASE("words and numbers of a query, and headers without credentials, are no secrets") {
  Redaction redaction;
  learn(redaction, source_with_secrets());
  CHECK_FALSE(redaction.reveals_secret("Content-Type: text/html, Content-Length: 100000, attachment, k"));
}

// ---- Any names in any encoding

std::string any_name(ModelRandom& random) {
  static const std::vector<std::string> kPieces = {"a", "Z", "7",  " ", "+", "&", "<", ">",  "'",  "\"", "#",  "?",
                                                   "[", "]", "\\", "-", ".", "_", "ü", "東", "京", "x",  "vm", "q"};
  std::string name = "n";  // at least three bytes with the next two, so that it is no part of other words
  for (std::uint64_t i = 0; i < 2 + random.upto(8); ++i) name += kPieces[random.upto(kPieces.size() - 1)];
  return name + "k" + std::to_string(random.upto(99)) + "k";
}

std::string in_any_encoding(ModelRandom& random, const std::string& name) {
  switch (random.upto(4)) {
    case 0:
      return catalog::xml_escape(name);
    case 1:
      return http::percent_encode(name);
    case 2:
      return http::percent_encode(http::percent_encode(name));
    case 3:
      return catalog::xml_escape(http::percent_encode(name));
    default:
      return name;
  }
}

TEST_CASE("no learned name occurs in any text, in any encoding") {
  run_seeds(300, [](std::uint64_t seed, Log&) {
    CAPTURE(seed);
    ModelRandom random(seed);
    Redaction redaction;
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < 1 + random.upto(9); ++i) {
      names.push_back(any_name(random));
      redaction.learn(static_cast<Name>(random.upto(7)), names.back());
    }
    std::string text;
    for (std::uint64_t i = 0; i < 1 + random.upto(30); ++i) {
      text += "<path>/" + in_any_encoding(random, names[random.upto(names.size() - 1)]) + "/</path>\n";
    }
    for (const std::string& shown : {redaction.markup(text), redaction.text(text), redaction.prose(text)}) {
      std::string decoded = http::percent_decode(http::percent_decode(shown));
      for (const std::string& name : names) {
        CAPTURE(name);
        const std::string stem = split_ending(name).stem;
        CHECK(shown.find(stem) == std::string::npos);
        CHECK(shown.find(catalog::xml_escape(stem)) == std::string::npos);
        CHECK(decoded.find(stem) == std::string::npos);
      }
    }
  });
}

}  // namespace
}  // namespace rimfs::doctor
