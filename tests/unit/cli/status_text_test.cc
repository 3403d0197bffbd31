// SPDX-License-Identifier: MIT
#include "cli/status_text.h"

#include <doctest/doctest.h>

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::string>;

TEST_CASE("the status as text has a line for the mount, for each group and for each server") {
  const Json status = Json::parse(R"({
    "pid": 12, "seconds": 34, "kernel-readahead-kib": 1024, "open-files": 2, "waiting-requests": 1,
    "cache": {"memory": 67108864, "used": 1572864},
    "disk-cache": {"state": "caching", "bytes-read": 0},
    "reactor": {"longest-step-ms": 1.26, "longest-step-at": "a.cc:1"},
    "servers": [{"origin": "http://a:1", "delay-ms": 0.5, "bytes-per-second": 1048576, "connections": 16,
                 "connections-allowed": 4}]})");
  CHECK(status_lines("/mnt/x", status) ==
        Lines{"/mnt/x: process 12, mounted for 34 s",
              "  mount: kernel readahead 1024 KiB, open files 2, waiting requests 1",
              "  memory cache: limit 64.0 MiB, used 1.5 MiB", "  disk cache: state caching, read 0.0 MiB",
              "  event loop: longest step 1.3 ms",
              "  http://a:1: delay 0.5 ms, rate of a connection 1.0 MiB/s, connection limit 16, allowed now 4"});
}

TEST_CASE("metrics that a mount of another version lacks or adds are left out of the text") {
  const Json status = Json::parse(R"({"pid": 1, "unheard-of": 5, "network": {"requests": 3}, "servers": []})");
  CHECK(status_lines("/m", status) == Lines{"/m: process 1", "  network: requests 3"});
}

TEST_CASE("foreign text in a status is printed without control characters") {
  const Json status = Json::parse(R"({"disk-cache": {"state": "gone: \u001b[2J"}, "servers": []})");
  CHECK(status_lines("/m", status) == Lines{"  disk cache: state gone: \\x1b[2J"});
}

TEST_CASE("a value of another type than the metric's is an error") {
  for (const char* text :
       {R"({"pid": {}, "servers": []})", R"({"pid": 1e300, "servers": []})",
        R"({"cache": {"used": 1e300}, "servers": []})", R"({"cache": {"used": -1}, "servers": []})"}) {
    CAPTURE(text);
    const Json status = Json::parse(text);
    CHECK_THROWS_AS(status_lines("/m", status), Json::exception);
  }
}

}  // namespace
}  // namespace rimfs::cli
