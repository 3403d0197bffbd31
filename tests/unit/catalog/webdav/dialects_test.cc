// SPDX-License-Identifier: MIT
// Replies to PROPFIND as servers write them. Those of Apache, lighttpd and rclone were recorded from Debian 12's
// versions, the others are written after the servers' sources and documentation.
#include <doctest/doctest.h>

#include <string>

#include "catalog/webdav/multistatus.h"

namespace rimfs::catalog::webdav {
namespace {

struct Sample {
  const char* server;
  std::string xml;
};

const Sample kSamples[] = {
    {"Apache 2.4 mod_dav, Synology", R"(<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/" xmlns:g0="DAV:">
<D:href>/dav/</D:href>
<D:propstat>
<D:prop>
<lp1:resourcetype><D:collection/></lp1:resourcetype>
<lp1:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</lp1:getlastmodified>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
<D:propstat>
<D:prop>
<g0:getcontentlength/>
</D:prop>
<D:status>HTTP/1.1 404 Not Found</D:status>
</D:propstat>
</D:response>
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/">
<D:href>/dav/%c3%a4%20b%2b.img</D:href>
<D:propstat>
<D:prop>
<lp1:resourcetype/>
<lp1:getcontentlength>1048577</lp1:getcontentlength>
<lp1:getetag>"1-6613a66220f21"</lp1:getetag>
<lp1:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</lp1:getlastmodified>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
<D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/" xmlns:g0="DAV:">
<D:href>/dav/sub/</D:href>
<D:propstat>
<D:prop>
<lp1:resourcetype><D:collection/></lp1:resourcetype>
<lp1:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</lp1:getlastmodified>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
</D:multistatus>)"},
    {"lighttpd 1.4.69 mod_webdav: a folder has a length", R"(<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="urn:uuid:c2f41010-65b3-11d1-a29f-00aa00c14882/">
<D:response>
<D:href>/dav/</D:href>
<D:propstat>
<D:prop>
<D:resourcetype><D:collection/></D:resourcetype><D:getcontentlength>4096</D:getcontentlength></D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
<D:response>
<D:href>/dav/%C3%A4%20b%2B.img</D:href>
<D:propstat>
<D:prop>
<D:resourcetype/><D:getcontentlength>1048577</D:getcontentlength><D:getlastmodified ns0:dt="dateTime.rfc1123">Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
<D:response>
<D:href>/dav/sub/</D:href>
<D:propstat>
<D:prop>
<D:resourcetype><D:collection/></D:resourcetype><D:getcontentlength>4096</D:getcontentlength><D:getlastmodified ns0:dt="dateTime.rfc1123">Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
</D:multistatus>)"},
    {"rclone 1.60 serve webdav (golang.org/x/net/webdav): missing properties are empty",
     R"(<?xml version="1.0" encoding="UTF-8"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/dav/</D:href><D:propstat><D:prop><D:resourcetype><D:collection xmlns:D="DAV:"/></D:resourcetype><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:getcontentlength></D:getcontentlength></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response><D:response><D:href>/dav/%C3%A4%20b+.img</D:href><D:propstat><D:prop><D:resourcetype></D:resourcetype><D:getcontentlength>1048577</D:getcontentlength><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response><D:response><D:href>/dav/sub/</D:href><D:propstat><D:prop><D:resourcetype><D:collection xmlns:D="DAV:"/></D:resourcetype><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>)"},
    {"Nextcloud, ownCloud (SabreDAV): four namespaces, properties that were not asked for",
     R"(<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"><d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getcontentlength/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response><d:response><d:href>/dav/%c3%a4%20b%2b.img</d:href><d:propstat><d:prop><d:resourcetype/><oc:size>7</oc:size><d:getcontentlength>1048577</d:getcontentlength><d:getetag>&quot;6a51d5&quot;</d:getetag><d:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</d:getlastmodified></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:response><d:href>/dav/sub/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype><oc:size>123</oc:size><d:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</d:getlastmodified></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>)"},
    {"IIS 10: the status first, URLs, the folder in the disk's letters, another host and scheme",
     R"(<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>https://INTERNAL/Dav/</D:href><D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:getcontentlength>0</D:getcontentlength></D:prop></D:propstat></D:response><D:response><D:href>https://INTERNAL/Dav/%C3%A4%20b+.img</D:href><D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop><D:resourcetype/><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified><D:getcontentlength>1048577</D:getcontentlength></D:prop></D:propstat></D:response><D:response><D:href>https://INTERNAL/Dav/sub</D:href><D:propstat><D:status>HTTP/1.1 200 OK</D:status><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified><D:getcontentlength>0</D:getcontentlength></D:prop></D:propstat></D:response></D:multistatus>)"},
    {"IIS 6, Exchange: XML data types, names beyond ASCII as they are",
     R"(<?xml version="1.0"?><a:multistatus xmlns:b="urn:uuid:c2f41010-65b3-11d1-a29f-00aa00c14882/" xmlns:c="xml:" xmlns:a="DAV:"><a:response><a:href>http://host/dav/</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:getcontentlength b:dt="int">0</a:getcontentlength><a:resourcetype><a:collection/></a:resourcetype></a:prop></a:propstat></a:response><a:response><a:href>http://host/dav/ä%20b+.img</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:getcontentlength b:dt="int">1048577</a:getcontentlength><a:resourcetype/><a:getlastmodified b:dt="dateTime.rfc1123">Fri, 27 Nov 2026 04:21:49 GMT</a:getlastmodified></a:prop></a:propstat></a:response><a:response><a:href>http://host/dav/sub/</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:getlastmodified b:dt="dateTime.rfc1123">Fri, 27 Nov 2026 04:21:49 GMT</a:getlastmodified><a:resourcetype><a:collection/></a:resourcetype></a:prop></a:propstat></a:response></a:multistatus>)"},
    {"nginx-dav-ext: hrefs as on the disk, folders without a slash", R"(<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:">
<D:response>
<D:href>/dav/</D:href>
<D:propstat>
<D:prop>
<D:resourcetype><D:collection/></D:resourcetype>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
<D:response>
<D:href>/dav/ä b+.img</D:href>
<D:propstat>
<D:prop>
<D:getcontentlength>1048577</D:getcontentlength>
<D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified>
<D:resourcetype></D:resourcetype>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
<D:response>
<D:href>/dav/sub</D:href>
<D:propstat>
<D:prop>
<D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified>
<D:resourcetype><D:collection/></D:resourcetype>
</D:prop>
<D:status>HTTP/1.1 200 OK</D:status>
</D:propstat>
</D:response>
</D:multistatus>)"},
    {"a default namespace, Latin-1, another form of time",
     "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><multistatus xmlns=\"DAV:\"><response><href>/dav/</href><propstat>"
     "<prop><resourcetype><collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
     "<response><href>/dav/\xe4 b+.img</href><propstat><prop><resourcetype/><getcontentlength> 1048577 "
     "</getcontentlength><getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</getlastmodified></prop><status>HTTP/1.1 200 "
     "OK</status></propstat></response><response><href>/dav/sub/</href><propstat><prop><resourcetype><collection/>"
     "</resourcetype><getlastmodified>Friday, 27-Nov-26 04:21:49 GMT</getlastmodified></prop><status>HTTP/1.1 200 OK"
     "</status></propstat></response></multistatus>"},
};

TEST_CASE("a folder is the same, whichever server describes it") {
  constexpr std::int64_t kTime = 1795753309;
  for (const Sample& sample : kSamples) {
    CAPTURE(std::string(sample.server));
    const Multistatus found = read_multistatus(one_piece(sample.xml), "http://host/dav/");
    CHECK(found.is_folder);
    CHECK(found.hidden.count == 0);
    REQUIRE(found.members.size() == 2);
    const Entry& file = found.members[0];
    CHECK(file.name == "ä b+.img");
    CHECK_FALSE(file.folder);
    CHECK(file.size == ByteCount{1048577});
    CHECK(file.modified == kTime);
    CHECK(file.key.starts_with("http://host/dav/%"));
    CHECK(file.key.find_first_of(" \xc3\xe4") == std::string::npos);
    const Entry& folder = found.members[1];
    CHECK(folder.name == "sub");
    CHECK(folder.folder);
    CHECK(folder.key == "http://host/dav/sub/");
    CHECK_FALSE(folder.size.has_value());
    CHECK(folder.modified == kTime);
  }
}

}  // namespace
}  // namespace rimfs::catalog::webdav
