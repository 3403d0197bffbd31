// SPDX-License-Identifier: MIT
#include "doctor/judgements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/printable.h"
#include "http/range_header.h"

namespace rimfs::doctor {
namespace {

using http::ExchangeRecord;

std::string bytes(std::uint64_t count) { return fmt::format("{} {}", count, count == 1 ? "byte" : "bytes"); }

/// For a check whose answer a mount needs.
Finding needed(bool as_expected, std::string observed, std::string expected) {
  return {as_expected ? Verdict::ok : Verdict::failed, std::move(observed), std::move(expected)};
}

bool is_complete(const ExchangeRecord& record, int status) { return record.status == status && record.ended; }

/// True for a complete 206 whose Content-Range and body are bytes first to end of a file of `size`.
bool is_part(const ExchangeRecord& record, std::uint64_t first, std::uint64_t end, ByteCount size) {
  const auto header = http::parse_content_range(record.header("content-range").value_or(""));
  return is_complete(record, 206) && record.body_size == end - first && header && header->range &&
         header->range->begin.value == first && header->range->end.value == end && header->total == size;
}

std::optional<std::uint64_t> content_length(const ExchangeRecord& record) {
  const std::string text = record.header("content-length").value_or("");
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string validators_of(const ExchangeRecord& record) {
  std::vector<std::string> found;
  for (const auto& [name, label] : {std::pair("etag", "ETag"), std::pair("last-modified", "Last-Modified")}) {
    if (record.header(name)) found.emplace_back(label);
  }
  return found.empty() ? "neither ETag nor Last-Modified" : fmt::format("{}", fmt::join(found, ", "));
}

}  // namespace

std::string shown(const ExchangeRecord& record) {
  if (record.status == 0) return printable(record.failure.empty() ? "no answer" : record.failure);
  std::string text = std::to_string(record.status);
  if (const auto range = record.header("content-range")) text += ", " + printable(*range);
  text += ", " + (record.method == "HEAD"
                      ? fmt::format("Content-Length: {}", record.header("content-length").value_or("none"))
                      : bytes(record.body_size));
  if (!record.failure.empty()) text += " (" + printable(record.failure) + ")";
  return text;
}

std::optional<ByteCount> size_from(const ExchangeRecord& record) {
  const auto header = http::parse_content_range(record.header("content-range").value_or(""));
  if (record.status != 206 || !header) return std::nullopt;
  return header->total;
}

Finding judge_certificate(const ExchangeRecord& record, bool insecure, bool pinned) {
  const std::string expected = pinned ? "the certificate of --fingerprint" : "verified";
  if (!record.tls || !record.tls->certificate) {
    return needed(false, record.failure.empty() ? "no certificate" : printable(record.failure), expected);
  }
  const http::CertificateFindings& found = *record.tls->certificate;
  std::string observed = record.status == 0 ? "refused" : found.is_trusted() ? "verified" : "accepted unverified";
  if (!found.is_trusted()) {
    observed += found.chain != http::ChainFault::none ? " (" + found.chain_text + ")" : " (it is for another name)";
  }
  observed += fmt::format("; for {}; issuer {}; {} to {}; {}", fmt::join(found.names, ", "), found.issuer,
                          found.valid_from, found.valid_until, show(found.sha256));
  if (record.status == 0) return needed(false, printable(observed), expected);
  return finding((found.is_trusted() && !insecure) || pinned, printable(observed), expected);
}

Finding judge_connection(const ExchangeRecord& record) {
  const std::string version = record.http_version();
  const std::string tls = record.tls && !record.tls->version.empty() ? record.tls->version : "no TLS";
  return needed(!version.empty(), version.empty() ? shown(record) : printable(version) + " over " + tls,
                "HTTP/1.1 or HTTP/2");
}

Finding judge_first_byte(const ExchangeRecord& record) {
  const auto header = http::parse_content_range(record.header("content-range").value_or(""));
  const bool right = is_complete(record, 206) && record.body_size == 1 && header && header->range &&
                     header->range->begin.value == 0 && header->range->end.value == 1 && header->total;
  return needed(right, shown(record), "206, Content-Range with the length of the file, 1 byte");
}

Finding judge_framing(const ExchangeRecord& record) {
  std::string observed = "the end of the connection";
  if (const auto coding = record.header("transfer-encoding")) {
    observed = "Transfer-Encoding: " + printable(*coding);
  } else if (const auto length = record.header("content-length")) {
    observed = "Content-Length: " + printable(*length);
  }
  return finding(observed.starts_with("Content-Length"), observed, "Content-Length");
}

Finding judge_whole_range(const ExchangeRecord& record, ByteCount size, Server server) {
  const bool whole = is_complete(record, 200) && record.body_size == size.value;
  const bool part = is_part(record, 0, size.value, size);
  if (!whole && !part) {
    return needed(false, shown(record), fmt::format("200 or 206 with {}", bytes(size.value)));
  }
  return server == Server::vsphere ? finding(whole, shown(record), "200 with the whole file")
                                   : finding(part, shown(record), "206 with the whole file");
}

Finding judge_past_end(const ExchangeRecord& record, ByteCount first, ByteCount size) {
  return finding(is_part(record, first.value, size.value, size), shown(record), "206, cut at the end of the file");
}

Finding judge_at_end(const ExchangeRecord& record) { return finding(record.status == 416, shown(record), "416"); }

Finding judge_suffix(const ExchangeRecord& record, ByteCount count, ByteCount size) {
  const std::uint64_t first = size > count ? (size - count).value : 0;
  return finding(is_part(record, first, size.value, size), shown(record), "206 with the last bytes");
}

Finding judge_if_range(const ExchangeRecord& record, bool has_tag) {
  if (has_tag) return finding(is_complete(record, 206), shown(record), "206: the entity tag is the file's");
  const bool either = is_complete(record, 206) || record.status == 200;
  return finding(either, shown(record), "206 or 200: the file has no strong entity tag");
}

Finding judge_head(const ExchangeRecord& record, ByteCount size) {
  return finding(record.status == 200 && content_length(record) == size.value, shown(record),
                 fmt::format("200, Content-Length: {}", size.value));
}

Finding judge_validators(const ExchangeRecord& one, const ExchangeRecord& two, Server server) {
  const bool stable =
      one.header("etag") == two.header("etag") && one.header("last-modified") == two.header("last-modified");
  const std::string observed =
      fmt::format("{}{}; Accept-Ranges: {}", validators_of(one), stable ? "" : ", other in the next reply",
                  printable(one.header("accept-ranges").value_or("absent")));
  const bool some = one.header("etag") || one.header("last-modified");
  if (server == Server::vsphere) return finding(stable && !some, observed, "neither ETag nor Last-Modified");
  return finding(stable && some, observed, "ETag or Last-Modified, the same in each reply");
}

Finding judge_unknown_file(const ExchangeRecord& record) {
  std::string observed = shown(record);
  if (const auto type = record.header("content-type")) observed += ", " + printable(*type);
  return finding(record.status == 404 || record.status == 410, observed, "404");
}

Finding judge_keep_alive(const std::vector<Record>& records) {
  std::map<int, int> requests;  // by connection
  std::size_t opened = 0;
  bool may_be_new = true;  // the first connection, and the one after a reply that was cut off
  for (const Record& record : records) {
    if (record->status == 0) {
      may_be_new = true;
      continue;
    }
    ++requests[record->local_port];
    // A login never goes over a connection that may be closed just then.
    if (record->new_connection && !may_be_new && soap_call(record->posted) != "Login") ++opened;
    may_be_new = !record->ended;
  }
  int most = 0;
  for (const auto& [port, count] : requests) most = std::max(most, count);
  return finding(opened == 0 && most > 1,
                 fmt::format("{} connections, at most {} requests on one", requests.size(), most),
                 "connections stay open");
}

Finding judge_parallel(const std::vector<Record>& records) {
  std::map<int, int> statuses;
  std::chrono::microseconds slowest{};
  for (const Record& record : records) {
    ++statuses[record->ended ? record->status : 0];
    slowest = std::max(slowest, record->took);
  }
  std::vector<std::string> parts;
  parts.reserve(statuses.size());
  for (const auto& [status, count] : statuses) {
    parts.push_back(status == 0 ? fmt::format("{} without an answer", count) : fmt::format("{} x {}", count, status));
  }
  const bool right = std::all_of(records.begin(), records.end(), [](const Record& record) {
    return record->ended && (record->status == 206 || record->status == 200);
  });
  return finding(right, fmt::format("{}; the slowest took {} ms", fmt::join(parts, ", "), slowest.count() / 1000),
                 "an answer to each");
}

}  // namespace rimfs::doctor
