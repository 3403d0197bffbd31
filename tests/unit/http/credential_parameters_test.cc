// SPDX-License-Identifier: MIT
#include "http/credential_parameters.h"

#include <doctest/doctest.h>

#include "http/address_id.h"

using namespace rimfs;
using namespace rimfs::http;

TEST_CASE("credentials in a query are told from what chooses the resource") {
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
      // Google Cloud Storage; a generation is a version.
      {"generation=5&X-Goog-Signature=s&X-Goog-Expires=9", "generation=5"},
      {"GoogleAccessId=s&Expires=9&Signature=s&generation=5", "generation=5"},
      {"Expires=9&Signature=s&Key-Pair-Id=s&Policy=s&id=1", "id=1"},
      {"policy=1&id=2", "policy=1&id=2"},
      {"temp_url_sig=s&temp_url_expires=9&filename=a", "filename=a"},
      {"md5=s&expires=9&id=1", "id=1"},
      {"q-sign-algorithm=sha1&q-ak=s&q-signature=s&q=1", "q=1"},
      {"dcPath=dc&dsName=ds", "dcPath=dc&dsName=ds"},
      {"id=1&TOKEN=s", "id=1"},
      {"tokenless=1", "tokenless=1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    CHECK(split_query(row.query).plain == row.plain);
    if (row.query != std::string(row.plain)) CHECK_FALSE(split_query(row.query).credentials.empty());
  }
}

TEST_CASE("users and headers that choose the answer make another request of one place; renewed secrets do not") {
  const std::string url = "https://host/get?id=1";
  ServerAccess access;
  const AddressId nobody = address_id(url, access);
  access.user = "a";
  const AddressId user_a = address_id(url, access);
  access.password = Secret("new");
  access.cookie = Secret("c=1");
  access.bearer = Secret("b");
  access.headers = {Secret("Authorization: x"), Secret("X-Auth-Token: y")};
  CHECK(address_id(url, access).request == user_a.request);
  access.headers.emplace_back("X-Tenant: 1");
  CHECK(address_id(url, access).request != user_a.request);
  access.user = "b";
  const AddressId user_b = address_id(url, access);
  CHECK(user_a.request != nobody.request);
  CHECK(user_b.request != user_a.request);
  CHECK(user_a.place == nobody.place);
  CHECK(user_b.place == nobody.place);
}
