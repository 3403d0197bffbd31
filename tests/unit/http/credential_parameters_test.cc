// SPDX-License-Identifier: MIT
#include "http/credential_parameters.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "http/address_id.h"

using namespace rimfs;
using namespace rimfs::http;

TEST_CASE("credentials in a query are separated from parameters that select the resource") {
  struct Row {
    const char *query, *plain;
  };
  const Row rows[] = {
      {"", ""},
      {"id=1", "id=1"},
      {"id=1&token=s", "id=1"},
      {"access_token=s&id=1&b=2", "id=1&b=2"},
      // AWS SigV4; versionId and the response's form choose what is answered.
      {"versionId=7&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=s&X-Amz-Date=s&X-Amz-Expires=9&X-Amz-"
       "SignedHeaders="
       "host&X-Amz-Signature=s&X-Amz-Security-Token=s&x-id=GetObject",
       "versionId=7&x-id=GetObject"},
      {"x-amz-signature=s&partNumber=1", "partNumber=1"},
      {"X%2DAmz%2DSignature=s&id=1", "id=1"},
      {"AWSAccessKeyId=s&Expires=9&Signature=s&versionId=7", "versionId=7"},
      // Azure SAS; a snapshot is another blob.
      {"sv=2022-11-02&st=9&se=9&sr=b&sp=r&sig=s&snapshot=2024", "snapshot=2024"},
      {"sr=1&sp=2&se=3", "sr=1&sp=2&se=3"},
      {"si=1&sr=2&sig=q", "si=1&sr=2&sig=q"},
      {"sv=1&si=1&sig=q", "sv=1&si=1&sig=q"},
      {"sv=2022-11-02&ss=b&srt=o&sp=r&se=9&sig=s&si=1", "si=1"},
      // Google Cloud Storage; a generation is a version.
      {"generation=5&X-Goog-Signature=s&X-Goog-Expires=9", "generation=5"},
      {"GoogleAccessId=s&Expires=9&Signature=s&generation=5", "generation=5"},
      {"Expires=9&Signature=s&Key-Pair-Id=s&Policy=s&id=1", "id=1"},
      {"policy=1&id=2", "policy=1&id=2"},
      {"key-pair-id=1&policy=1", "key-pair-id=1&policy=1"},
      {"keyname=one&expires=9", "keyname=one&expires=9"},
      {"URLPrefix=s&Expires=9&KeyName=s&Signature=s&id=1", "id=1"},
      {"Expires=9&OSSAccessKeyId=s&Signature=s&x-oss-process=image", "x-oss-process=image"},
      {"temp_url_sig=s&temp_url_expires=9&filename=a", "filename=a"},
      {"md5=s&expires=9&id=1", "id=1"},
      {"md5=aaa", "md5=aaa"},
      {"q-sign-algorithm=sha1&q-ak=s&q-signature=s&q=1", "q=1"},
      {"dcPath=dc&dsName=ds", "dcPath=dc&dsName=ds"},
      {"id=1&TOKEN=s", "id=1"},
      {"tokenless=1", "tokenless=1"},
      // Names that only begin like a scheme's, and common words that name files as well as credentials.
      {"x-amz-copy-source=1&x-amz-signature=s", "x-amz-copy-source=1"},
      {"x-amz-date=1&x-amz-credential=2", "x-amz-date=1&x-amz-credential=2"},
      {"x-goog-copy-source=1", "x-goog-copy-source=1"},
      {"credential=1&signature=2&sig=3&pwd=4&sas=5&secret=6", "credential=1&signature=2&sig=3&pwd=4&sas=5&secret=6"},
      {"session_id=1&auth=2&key=3", "session_id=1&auth=2&key=3"},
      {"token", "token"},
      // Servers that separate parameters at ";", or decode first, see a second one.
      {"token=x;id=1", "token=x;id=1"},
      {"token=x%3Bid=1", "token=x%3Bid=1"},
      {"token=x%26id=1", "token=x%26id=1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    CHECK(split_query(row.query).plain == row.plain);
    if (row.query != std::string(row.plain)) CHECK_FALSE(split_query(row.query).credentials.empty());
  }
}

TEST_CASE("another requester changes the request identity of a place; renewed secrets do not") {
  const std::string url = "https://host/get?id=1";
  ServerAccess access;
  const AddressId nobody = address_id(url, access);
  access.user = "a";
  const AddressId user_a = address_id(url, access);
  access.password = Secret("new");
  access.cookie = Secret("c=1");
  access.bearer = Secret("b");
  access.headers = {Secret("Authorization: x"), Secret("X-Auth-Token: y"), Secret("x-api-key: z"), Secret("COOKIE:c")};
  CHECK(address_id(url, access).request == user_a.request);
  access.user = "b";
  const AddressId user_b = address_id(url, access);
  CHECK(user_a.request != nobody.request);
  CHECK(user_b.request != user_a.request);
  CHECK(user_a.place == nobody.place);
  CHECK(user_b.place == nobody.place);
  access.client_certificate = "/b.pem";
  CHECK(address_id(url, access).request != user_b.request);
  CHECK(address_id(url, access).place == nobody.place);
}

TEST_CASE("settings that select the file change the place of a URL") {
  const std::string url = "https://host/get?id=1";
  const AddressId plain = address_id(url, {});
  // RFC 9110, section 7.2: one server has many hosts. "X-Author" only looks like a credential.
  const char* headers[] = {"Host: a.test", "Host: b.test",    "X-Version: 1", "X-Version: 2",     "X-Author: 1",
                           "X-Author: 2",  "X-Object-Key: 1", "X-Session: 1", "Accept: image/raw"};
  std::vector<ImageId> places{plain.place};
  const auto is_another = [&](const ServerAccess& access) {
    const AddressId id = address_id(url, access);
    CHECK(id.url == plain.url);
    CHECK(id.request != plain.request);
    CHECK(std::find(places.begin(), places.end(), id.place) == places.end());
    places.push_back(id.place);
  };
  for (const char* header : headers) {
    CAPTURE(header);
    ServerAccess access;
    access.headers = {Secret(header)};
    is_another(access);
  }
  for (const char* entry : {"host:443:127.0.0.1", "host:443:127.0.0.2"}) {
    ServerAccess access;
    access.resolve = {entry};
    is_another(access);
  }
  for (const char* name : {"curl/8", "Mozilla"}) {
    ServerAccess access;
    access.user_agent = name;
    is_another(access);
  }
}
