// SPDX-License-Identifier: MIT
#include "doctor/judgements.h"

#include <doctest/doctest.h>

namespace rimfs::doctor {
namespace {

using http::ExchangeRecord;

ExchangeRecord reply(int status, std::uint64_t bytes, std::vector<std::string> headers = {}) {
  ExchangeRecord record;
  record.method = "GET";
  record.status = status;
  record.body_size = bytes;
  record.ended = true;
  record.head_lines = std::move(headers);
  record.head_lines.insert(record.head_lines.begin(), "HTTP/1.1 " + std::to_string(status));
  return record;
}

constexpr ByteCount kSize{523};

TEST_CASE("a first byte with the length of the file is needed") {
  CHECK(judge_first_byte(reply(206, 1, {"Content-Range: bytes 0-0/523"})).verdict == Verdict::ok);
  CHECK(judge_first_byte(reply(206, 1, {"Content-Range: bytes 0-0/*"})).verdict == Verdict::failed);
  CHECK(judge_first_byte(reply(206, 1)).verdict == Verdict::failed);
  CHECK(judge_first_byte(reply(206, 2, {"Content-Range: bytes 0-0/523"})).verdict == Verdict::failed);
  CHECK(judge_first_byte(reply(200, 523)).verdict == Verdict::failed);
  CHECK(judge_first_byte(ExchangeRecord()).verdict == Verdict::failed);
}

TEST_CASE("the whole file: vSphere servers answer 200, web servers 206") {
  const ExchangeRecord whole = reply(200, 523);
  const ExchangeRecord part = reply(206, 523, {"Content-Range: bytes 0-522/523"});
  CHECK(judge_whole_range(whole, kSize, Server::vsphere).verdict == Verdict::ok);
  CHECK(judge_whole_range(part, kSize, Server::vsphere).verdict == Verdict::differs);
  CHECK(judge_whole_range(part, kSize, Server::web).verdict == Verdict::ok);
  CHECK(judge_whole_range(whole, kSize, Server::web).verdict == Verdict::differs);
  CHECK(judge_whole_range(reply(200, 522), kSize, Server::web).verdict == Verdict::failed);
}

TEST_CASE("a range past the end is cut, one at the end is refused") {
  const ExchangeRecord cut = reply(206, 10, {"Content-Range: bytes 513-522/523"});
  CHECK(judge_past_end(cut, ByteCount{513}, kSize).verdict == Verdict::ok);
  CHECK(judge_past_end(reply(416, 0), ByteCount{513}, kSize).verdict == Verdict::differs);
  CHECK(judge_suffix(cut, ByteCount{10}, kSize).verdict == Verdict::ok);
  CHECK(judge_at_end(reply(416, 0)).verdict == Verdict::ok);
  CHECK(judge_at_end(reply(200, 0)).verdict == Verdict::differs);
}

TEST_CASE("HEAD tells the length of the file") {
  CHECK(judge_head(reply(200, 0, {"Content-Length: 523"}), kSize).verdict == Verdict::ok);
  CHECK(judge_head(reply(200, 0, {"Content-Length: 261"}), kSize).verdict == Verdict::differs);
  CHECK(judge_head(reply(405, 0), kSize).verdict == Verdict::differs);
}

TEST_CASE("validators are stable; vSphere servers have none") {
  const ExchangeRecord tag = reply(206, 1, {"ETag: \"1\""});
  const ExchangeRecord other = reply(206, 1, {"ETag: \"2\""});
  CHECK(judge_validators(tag, tag, Server::web).verdict == Verdict::ok);
  CHECK(judge_validators(tag, other, Server::web).verdict == Verdict::differs);
  CHECK(judge_validators(tag, tag, Server::vsphere).verdict == Verdict::differs);
  CHECK(judge_validators(reply(206, 1), reply(206, 1), Server::vsphere).verdict == Verdict::ok);
  CHECK(judge_validators(reply(206, 1), reply(206, 1), Server::web).verdict == Verdict::differs);
}

TEST_CASE("a body ends with its length") {
  CHECK(judge_framing(reply(206, 1, {"Content-Length: 1"})).verdict == Verdict::ok);
  CHECK(judge_framing(reply(206, 1, {"Transfer-Encoding: chunked"})).verdict == Verdict::differs);
  CHECK(judge_framing(reply(206, 1)).verdict == Verdict::differs);
}

Record over(int port, bool is_new, bool ended = true) {
  auto record = std::make_shared<ExchangeRecord>(reply(206, 1));
  record->local_port = port;
  record->new_connection = is_new;
  record->ended = ended;
  return record;
}

TEST_CASE("connections stay open") {
  CHECK(judge_keep_alive({over(1, true), over(1, false), over(1, false)}).verdict == Verdict::ok);
  CHECK(judge_keep_alive({over(1, true), over(2, true), over(3, true)}).verdict == Verdict::differs);
  CHECK(judge_keep_alive({over(1, true), over(1, false, false), over(2, true)}).verdict == Verdict::ok);
}

TEST_CASE("each of several requests at once is answered") {
  CHECK(judge_parallel({over(1, true), over(2, true)}).verdict == Verdict::ok);
  auto busy = std::make_shared<ExchangeRecord>(reply(503, 10));
  const Finding finding = judge_parallel({over(1, true), busy});
  CHECK(finding.verdict == Verdict::differs);
  CHECK(finding.observed.find("1 x 503") != std::string::npos);
}

TEST_CASE("a certificate is verified, pinned or not accepted") {
  ExchangeRecord record = reply(200, 1);
  record.tls = http::TlsFacts{"TLSv1.3", http::CertificateFindings()};
  record.tls->certificate->chain = http::ChainFault::none;
  record.tls->certificate->fits_host = true;
  CHECK(judge_certificate(record, false, false).verdict == Verdict::ok);
  CHECK(judge_certificate(record, true, false).verdict == Verdict::differs);
  record.tls->certificate->fits_host = false;
  CHECK(judge_certificate(record, false, false).verdict == Verdict::differs);
  CHECK(judge_certificate(record, false, true).verdict == Verdict::ok);
  record.status = 0;
  CHECK(judge_certificate(record, false, false).verdict == Verdict::failed);
}

}  // namespace
}  // namespace rimfs::doctor
