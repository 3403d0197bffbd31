// SPDX-License-Identifier: MIT
#include "doctor/recording.h"

#include <doctest/doctest.h>

#include "catalog/vsphere/soap.h"

namespace rimfs::doctor {
namespace {

TEST_CASE("a recorded login has neither user nor password") {
  const std::string body = catalog::vsphere::envelope(
      catalog::vsphere::login(catalog::vsphere::ServiceContent(), "jane", Secret("hunter2")).reveal());
  const std::string recorded = without_login(body);
  CHECK(recorded.find("jane") == std::string::npos);
  CHECK(recorded.find("hunter2") == std::string::npos);
  CHECK(soap_call(recorded) == "Login");
}

TEST_CASE("the call of a request is its first element, whatever its prefix") {
  CHECK(soap_call("<e:Envelope><e:Body><v:Logout xmlns:v=\"urn:vim25\"/></e:Body></e:Envelope>") == "Logout");
  CHECK(soap_call("<Body>") == "");
  CHECK(soap_call("") == "");
}

}  // namespace
}  // namespace rimfs::doctor
