// SPDX-License-Identifier: MIT
#include "catalog/vsphere/refusal_reason.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::vsphere {
namespace {

http::Rejection plain_refusal() { return {ErrorKind::corrupt, true, "the server answered 500", true}; }

// As ESXi words it.
constexpr const char* kLockedPage =
    "<html><head><title>500</title><style>b { color: NFC_NOT_THIS }</style></head>\n<body><h1>500 Internal Server "
    "Error</h1><p>Failed to open file: <b>NFC_FILE_LOCKED</b> (The file is locked)</p></body></html>";

TEST_CASE("the page of a locked file makes the refusal a lock, which passes") {
  const http::Rejection found = explain_refusal(plain_refusal(), 500, kLockedPage);
  CHECK(found.kind == ErrorKind::locked);
  CHECK(found.retry);
  CHECK(found.briefly);
  CHECK(found.reason.find("locked") != std::string::npos);
  CHECK(found.reason.find("snapshot") != std::string::npos);
}

TEST_CASE("a page that names a privilege is a denial, which no retry helps") {
  for (const char* page : {"<p>NoPermission</p>", "The user lacks Cryptographer.Access",
                           "Permission to perform this operation was denied."}) {
    CAPTURE(page);
    const http::Rejection found = explain_refusal(plain_refusal(), 500, page);
    CHECK(found.kind == ErrorKind::denied);
    CHECK_FALSE(found.retry);
    CHECK(found.reason.find("rivilege") != std::string::npos);
  }
}

TEST_CASE("any other page is shown as text, shortened, and changes nothing else") {
  const http::Rejection found =
      explain_refusal(plain_refusal(), 500,
                      "<html><body><h1>503</h1>\n\n (Failed to connect:\t_serverNamespace = /folder)</body></html>");
  CHECK(found.kind == ErrorKind::corrupt);
  CHECK(found.retry);
  CHECK(found.reason == "the server answered 500: '503 (Failed to connect: _serverNamespace = /folder)'");
  CHECK(explain_refusal(plain_refusal(), 500, std::string(8000, 'x')).reason.size() < 400);
  CHECK(explain_refusal(plain_refusal(), 500, "").reason == "the server answered 500");
  CHECK(explain_refusal(plain_refusal(), 500, "<html></html>").reason == "the server answered 500");
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
