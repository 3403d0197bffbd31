// SPDX-License-Identifier: MIT
// How requests for a bucket are signed, corrected and renewed, against scripted servers in virtual time.
#include "catalog/s3/s3_login.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "../../http/scripted_transport.h"
#include "../../reactor/drive.h"
#include "base/ascii.h"
#include "catalog/s3/bucket_url.h"
#include "catalog/s3/refusals.h"
#include "http/client.h"
#include "http/url.h"
#include "reactor/virtual_time.h"

namespace rimfs::catalog::s3 {
namespace {

using namespace std::chrono_literals;
using http::ScriptedReply;
using reactor::Task;

const std::vector<std::byte> kImage(1000);
const std::string kMetadata = "http://127.0.0.1:1";

std::string header_of(const http::Exchange& exchange, const std::string& name) {
  for (const Secret& header : exchange.signature()) {
    if (header.reveal().starts_with(name + ": ")) return header.reveal().substr(name.size() + 2);
  }
  for (const Secret& header : exchange.address().access().headers) {
    if (header.reveal().starts_with(name + ": ")) return header.reveal().substr(name.size() + 2);
  }
  return {};
}

/// The region that a request is signed for; empty when it is not signed.
std::string region_of(const http::Exchange& exchange) {
  const std::string value = header_of(exchange, "Authorization");
  const std::size_t day = value.find('/');
  if (day == std::string::npos) return {};
  const std::size_t begin = value.find('/', day + 1) + 1;
  return value.substr(begin, value.find('/', begin) - begin);
}

std::string iso(std::int64_t seconds_from_now) {
  const std::time_t time = std::time(nullptr) + seconds_from_now;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::string text(20, '\0');
  std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// What all servers of a test answer.
class Servers {
 public:
  virtual ~Servers() = default;

  ScriptedReply reply(const http::Exchange& exchange) {
    const std::string& url = exchange.url();
    asked.push_back(fmt::format("{} {}", url, region_of(exchange)));
    if (url.starts_with(kMetadata)) return metadata(url.substr(kMetadata.size()));
    return bucket(exchange);
  }

  virtual ScriptedReply bucket(const http::Exchange&) { return image(); }
  virtual bool metadata_works(const std::string&) { return true; }

  static ScriptedReply image() { return ScriptedReply::range_of(kImage, {Offset{0}, Offset{1}}, "\"1\""); }
  ScriptedReply text(int status, std::string body, std::vector<std::string> headers = {}) {
    texts_.push_back(std::make_unique<std::string>(std::move(body)));
    ScriptedReply reply;
    reply.status = status;
    reply.headers = std::move(headers);
    reply.headers.push_back(fmt::format("Content-Length: {}", texts_.back()->size()));
    reply.body = std::as_bytes(std::span(*texts_.back()));
    return reply;
  }
  ScriptedReply error(int status, const std::string& code, const std::string& more = "",
                      std::vector<std::string> headers = {}) {
    return text(status, fmt::format("<Error><Code>{}</Code><Message>m</Message>{}</Error>", code, more),
                std::move(headers));
  }

  std::vector<std::string> asked;  ///< URL and region of the signature.
  int leases = 0;                  ///< Of the instance.
  std::int64_t lease_time = 3600;
  int metadata_status = 200;

 private:
  ScriptedReply metadata(const std::string& path) {
    if (!metadata_works(path)) {
      ScriptedReply nothing;
      nothing.hangs = true;
      return nothing;
    }
    if (metadata_status != 200) return text(metadata_status, "");
    if (path == "/latest/api/token") return text(200, "token-of-metadata");
    if (path.ends_with("/security-credentials/")) return text(200, "role\n");
    ++leases;
    return text(200,
                fmt::format(R"({{"Code":"Success","AccessKeyId":"ID{}","SecretAccessKey":"secret","Token":"token-{}",)"
                            R"("Expiration":"{}"}})",
                            leases, leases, iso(lease_time)));
  }

  std::vector<std::unique_ptr<std::string>> texts_;
};

Options with_key() {
  Options options;
  options.fixed = Key{"ID", Secret("secret"), Secret()};
  return options;
}

Options of_instance() {
  Options options;
  options.metadata_endpoint = kMetadata;
  return options;
}

/// A client with the login of the bucket "images".
class Scene {
 public:
  Scene(Servers& servers, const Options& options)
      : transport_(loop_, [&servers](const http::Exchange& exchange) { return servers.reply(exchange); }),
        client_(loop_, transport_, options_of(), log_, http::Jitter(1)) {
    url_ = bucket_url(options, options.region.empty() ? "us-east-1" : options.region, "images");
    auto access = std::make_shared<http::ServerAccess>();
    access->origins = {http::origin_of(url_)};
    access->server_kinds = {&kServerKind, 1};
    access_ = access;
    login_ = std::make_shared<S3Login>(options, "images", url_, *access, loop_, client_, pool_, log_);
  }

  /// Probes the object "disk.img" once for each of these waits, one after the other. Returns the last failure.
  std::optional<Error> probe(std::vector<std::chrono::seconds> waits = {0s}) {
    std::optional<Error> failure;
    reactor::drive(loop_, probe_into(std::move(waits), failure));
    return failure;
  }
  const S3Login& login() const { return *login_; }

 private:
  static http::Options options_of() {
    http::Options options;
    options.retry_deadline = 20s;
    return options;
  }

  Task<> probe_into(std::vector<std::chrono::seconds> waits, std::optional<Error>& failure) {
    http::Address address(object_url(url_, "disk.img"), access_, login_);
    for (const std::chrono::seconds wait : waits) {
      co_await loop_.sleep(wait);
      failure.reset();
      try {
        co_await client_.probe(address);
      } catch (const Error& error) {
        failure = error;
      }
    }
    co_await loop_.sleep(1s);  // what is renewed beside the requests
    client_.cancel_all();
    loop_.wake_sleepers();
    co_await client_.close();
    co_await transport_.closed();
  }

  reactor::VirtualTime time_;
  reactor::EventLoop loop_{&time_};
  http::ScriptedTransport transport_;
  Log log_ = Log::silent();
  http::Client client_;
  reactor::Offload pool_{loop_, 0};
  std::string url_;
  std::shared_ptr<const http::ServerAccess> access_;
  std::shared_ptr<S3Login> login_;
};

using Asked = std::vector<std::string>;

TEST_CASE("a redirect that names another region makes the request go there, signed for it") {
  struct Redirecting : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (region_of(exchange) == "eu-west-1") return image();
      return error(301, "PermanentRedirect", "<Endpoint>images.s3.amazonaws.com</Endpoint>",
                   {"x-amz-bucket-region: eu-west-1"});
    }
  } servers;
  Scene scene(servers, with_key());
  CHECK_FALSE(scene.probe({0s, 0s}));
  CHECK(servers.asked == Asked{"https://images.s3.us-east-1.amazonaws.com/disk.img us-east-1",
                               "https://images.s3.eu-west-1.amazonaws.com/disk.img eu-west-1",
                               "https://images.s3.eu-west-1.amazonaws.com/disk.img eu-west-1"});
}

TEST_CASE("a refusal that names the region is corrected at an own endpoint, too") {
  struct Refusing : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (region_of(exchange) == "zone-7") return image();
      return error(400, "AuthorizationHeaderMalformed", "<Region>zone-7</Region>");
    }
  } servers;
  Options options = with_key();
  options.endpoint = "http://store:9000";
  Scene scene(servers, options);
  CHECK_FALSE(scene.probe());
  CHECK(servers.asked ==
        Asked{"http://store:9000/images/disk.img us-east-1", "http://store:9000/images/disk.img zone-7"});
}

TEST_CASE("a region that does not help, or is none, ends in an error that says what to set") {
  struct Row {
    const char* region;
    std::size_t requests;
  };
  for (const Row& row : {Row{"zone-7", 2}, Row{"", 1}, Row{"evil.example/", 1}}) {
    CAPTURE(std::string(row.region));
    struct Refusing : Servers {
      ScriptedReply bucket(const http::Exchange&) override {
        return error(400, "AuthorizationHeaderMalformed", "<Region>" + region + "</Region>");
      }
      std::string region;
    } servers;
    servers.region = row.region;
    Scene scene(servers, with_key());
    const std::optional<Error> failure = scene.probe();
    REQUIRE(failure);
    CHECK(failure->message().find("--s3-region") != std::string::npos);
    CHECK(servers.asked.size() == row.requests);
  }
}

TEST_CASE("a clock that is wrong is corrected by the server's") {
  struct Ahead : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      const std::string date = header_of(exchange, "x-amz-date");
      dates.push_back(date);
      if (dates.size() > 1) return image();
      return error(403, "RequestTimeTooSkewed", "", {"Date: Wed, 21 Oct 2065 07:28:00 GMT"});
    }
    std::vector<std::string> dates;
  } servers;
  Scene scene(servers, with_key());
  CHECK_FALSE(scene.probe());
  REQUIRE(servers.dates.size() == 2);
  CHECK(servers.dates[1].starts_with("20651021T0728"));
}

TEST_CASE("a clock that is right is no reason to ask again") {
  struct Refusing : Servers {
    ScriptedReply bucket(const http::Exchange&) override {
      return error(403, "RequestTimeTooSkewed", fmt::format("<ServerTime>{}</ServerTime>", iso(0)));
    }
  } servers;
  Scene scene(servers, with_key());
  CHECK(scene.probe());
  CHECK(servers.asked.size() == 1);
}

TEST_CASE("credentials that are over are renewed, and the request is sent again") {
  struct Expiring : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (header_of(exchange, "x-amz-security-token") == "token-2") return image();
      return error(400, "ExpiredToken");
    }
  } servers;
  Scene scene(servers, of_instance());
  CHECK_FALSE(scene.probe());
  CHECK(servers.leases == 2);
}

TEST_CASE("a refusal of one object renews nothing") {
  struct Forbidding : Servers {
    ScriptedReply bucket(const http::Exchange&) override { return error(403, "AccessDenied"); }
  } servers;
  Scene scene(servers, of_instance());
  const std::optional<Error> failure = scene.probe({0s, 60s, 60s});
  REQUIRE(failure);
  CHECK(failure->kind() == ErrorKind::denied);
  CHECK(servers.leases == 1);
}

TEST_CASE("credentials are renewed before they expire, and asked for only once until then") {
  Servers servers;
  Scene scene(servers, of_instance());
  CHECK_FALSE(scene.probe({0s, 1000s, 1000s, 1000s}));
  CHECK(servers.leases == 1);
  Servers later;
  Scene renewing(later, of_instance());
  CHECK_FALSE(renewing.probe({0s, 3400s, 1s}));
  CHECK(later.leases == 2);
  CHECK(renewing.login().version() == 2);
}

TEST_CASE("a metadata service that is slow at a renewal leaves the credentials as they are, and is asked again") {
  struct Slow : Servers {
    bool metadata_works(const std::string&) override { return leases != 1 || ++asked_again > 2; }
    ScriptedReply bucket(const http::Exchange& exchange) override {
      return exchange.signature().empty() ? error(403, "AccessDenied") : image();
    }
    int asked_again = 0;
  } servers;
  Scene scene(servers, of_instance());
  CHECK_FALSE(scene.probe({0s, 3400s, 5s, 70s, 70s, 70s}));
  CHECK(servers.leases == 2);
}

TEST_CASE("a service at the address of the metadata that has no credentials leaves requests unsigned") {
  for (const int status : {400, 403, 404}) {
    CAPTURE(status);
    Servers servers;
    servers.metadata_status = status;
    Scene scene(servers, of_instance());
    CHECK_FALSE(scene.probe());
    CHECK(servers.asked.back().ends_with("disk.img "));
  }
}

TEST_CASE("a redirect to another server gets no signature, and its refusals change nothing") {
  struct Redirecting : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (exchange.url().starts_with("https://images.")) {
        return text(307, "", {"Location: https://elsewhere.example/disk.img"});
      }
      signatures += exchange.signature().size();
      return error(400, "AuthorizationHeaderMalformed", "<Region>zone-7</Region>");
    }
    std::size_t signatures = 0;
  } servers;
  Scene scene(servers, with_key());
  CHECK(scene.probe());
  CHECK(servers.signatures == 0);
  for (const std::string& asked : servers.asked) CHECK(asked.find("zone-7") == std::string::npos);
}

TEST_CASE("without credentials requests are not signed, and still find the bucket's region") {
  struct Public : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (exchange.url().find("eu-west-1") != std::string::npos) return image();
      return error(301, "PermanentRedirect", "", {"x-amz-bucket-region: eu-west-1"});
    }
  } servers;
  Options options;
  options.anonymous = true;
  Scene scene(servers, options);
  CHECK_FALSE(scene.probe());
  CHECK(servers.asked.back() == "https://images.s3.eu-west-1.amazonaws.com/disk.img ");
}

TEST_CASE("a service of the instance that is not there leaves requests unsigned") {
  struct Absent : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      if (exchange.url().starts_with("http://absent")) {
        ScriptedReply nothing;
        nothing.hangs = true;
        return nothing;
      }
      return exchange.signature().empty() ? image() : error(403, "AccessDenied");
    }
  } servers;
  Options options;
  options.metadata_endpoint = "http://absent";
  Scene scene(servers, options);
  CHECK_FALSE(scene.probe());
}

TEST_CASE("what a server repeats of a token is not shown") {
  struct Telling : Servers {
    ScriptedReply bucket(const http::Exchange& exchange) override {
      return text(403, fmt::format("<Error><Code>AccessDenied</Code><Message>{} {}</Message></Error>",
                                   header_of(exchange, "x-amz-security-token"), header_of(exchange, "Authorization")));
    }
  } servers;
  Scene scene(servers, of_instance());
  const std::optional<Error> failure = scene.probe();
  REQUIRE(failure);
  CHECK(failure->message().find("token-1") == std::string::npos);
  CHECK(failure->message().find("Credential=") == std::string::npos);
}

}  // namespace
}  // namespace rimfs::catalog::s3
