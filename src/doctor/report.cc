// SPDX-License-Identifier: MIT
#include "doctor/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/directory.h"
#include "base/printable.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
/// The ending of the report while it is written: a name that is nobody else's file.
constexpr const char* kUnfinished = ".unfinished-rimfs-doctor";

/// Headers whose values are figures of the protocol and never names.
constexpr std::string_view kPlainHeaders[] = {"content-length", "content-range", "content-type",  "transfer-encoding",
                                              "accept-ranges",  "etag",          "last-modified", "date",
                                              "connection",     "cache-control", "expires",       "server",
                                              "keep-alive",     "retry-after",   "vary",          "content-encoding"};

std::string redacted_header(Redaction& redaction, const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return line;
  const std::string name = lower(line.substr(0, colon));
  if (std::find(std::begin(kPlainHeaders), std::end(kPlainHeaders), name) != std::end(kPlainHeaders)) return line;
  const std::string value = line.substr(colon + 1);
  return line.substr(0, colon + 1) + (name == "location" ? redaction.url(value) : redaction.text(value));
}

Json redacted_lines(Redaction& redaction, const std::vector<std::string>& lines) {
  Json result = Json::array();
  for (const std::string& line : lines) result.push_back(redacted_header(redaction, line));
  return result;
}

/// What a body is made of decides how names are replaced in it.
std::string redacted_body(Redaction& redaction, const http::ExchangeRecord& record) {
  const std::string type = record.header("content-type").value_or("");
  const bool markup =
      type.find("xml") != std::string::npos || type.find("html") != std::string::npos || record.body.starts_with('<');
  return markup ? redaction.markup(record.body) : redaction.text(record.body);
}

Json connection_of(const http::ExchangeRecord& record, std::map<int, std::size_t>& numbers) {
  if (record.local_port == 0) return nullptr;
  const std::size_t number = numbers.try_emplace(record.local_port, numbers.size() + 1).first->second;
  Json connection{{"number", number}, {"new", record.new_connection}};
  if (record.tls) connection["tls"] = record.tls->version;
  return connection;
}

Json exchange_of(Redaction& redaction, const http::ExchangeRecord& record, std::map<int, std::size_t>& connections) {
  Json exchange{{"method", record.method}, {"target", redaction.url(http::request_target(record.url))}};
  exchange["headers"] = redacted_lines(redaction, record.headers);
  if (record.method == "POST") {
    exchange["call"] = soap_call(record.posted);
    exchange["posted"] = redaction.markup(record.posted);
  }
  exchange["status"] = record.status;
  exchange["head"] = redacted_lines(redaction, record.head_lines);
  exchange["body-size"] = record.body_size;
  if (!record.body.empty()) exchange["body"] = redacted_body(redaction, record);
  exchange["complete"] = record.ended;
  if (!record.failure.empty()) exchange["failure"] = redaction.prose(record.failure);
  exchange["milliseconds"] = static_cast<double>(record.took.count()) / 1000;
  exchange["connection"] = connection_of(record, connections);
  return exchange;
}

Json rows_of(Diagnosis& diagnosis) {
  Json rows = Json::array();
  for (const Row& row : diagnosis.rows) {
    rows.push_back({{"name", row.name},
                    {"observed", diagnosis.redaction.prose(row.finding.observed)},
                    {"expected", row.finding.expected},
                    {"verdict", to_string(row.finding.verdict)}});
  }
  return rows;
}

/// Learns everything of the exchanges before the first text is replaced.
void learn(Diagnosis& diagnosis) {
  Redaction& redaction = diagnosis.redaction;
  for (const Record& record : diagnosis.exchanges) {
    redaction.learn(Name::host, http::host_in_certificate(record->url));
    learn_query(redaction, record->url);
    for (const std::string& location : record->header_lines("location")) learn_query(redaction, location);
    if (record->tls && record->tls->certificate) {
      for (const std::string& name : record->tls->certificate->names) redaction.learn(Name::host, name);
      redaction.learn(Name::host, record->tls->certificate->issuer);
    }
    for (const std::string& line : record->header_lines("set-cookie")) {
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos) continue;
      redaction.learn(Name::cookie,
                      trimmed(std::string_view(line).substr(equals + 1, line.find(';') - equals - 1), "\""));
    }
    for (const std::string& part : http::decoded_path_parts(http::path_and_query(record->url).path)) {
      if (record->method != "POST" && part != "sdk" && part != "vimServiceVersions.xml" && part != "folder" &&
          !part.starts_with("rimfs-doctor-")) {
        redaction.learn(Name::file, part);
      }
    }
    redaction.learn_from_markup(record->posted);
    redaction.learn_from_markup(record->body);
  }
}

std::string dumped(const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string figures(const Diagnosis& diagnosis) {
  std::uint64_t bytes = 0;
  for (const Record& record : diagnosis.exchanges) bytes += record->body_size;
  return fmt::format("{} requests, {} bytes of bodies", diagnosis.exchanges.size(), bytes);
}

}  // namespace

std::string json_of(Diagnosis& diagnosis) {
  learn(diagnosis);
  return dumped({{"rows", rows_of(diagnosis)},
                 {"interrupted", diagnosis.interrupted},
                 {"requests", diagnosis.exchanges.size()},
                 {"advice", advice(diagnosis)}});
}

std::string table_of(Diagnosis& diagnosis) {
  learn(diagnosis);
  std::size_t name_width = 0;
  for (const Row& row : diagnosis.rows) name_width = std::max(name_width, row.name.size());
  std::string table;
  for (const Row& row : diagnosis.rows) {
    table += fmt::format("{:<9}  {:<{}}  {}\n", to_string(row.finding.verdict), row.name, name_width,
                         diagnosis.redaction.prose(row.finding.observed));
    const bool shows = row.finding.verdict == Verdict::differs || row.finding.verdict == Verdict::failed;
    if (shows) table += fmt::format("{:<9}  {:<{}}  expected: {}\n", "", "", name_width, row.finding.expected);
  }
  return table + "\n" + figures(diagnosis) + "; names are replaced: host-1, datastore-1 ...\n" + advice(diagnosis) +
         "\n";
}

std::string report_of(Diagnosis& diagnosis) {
  learn(diagnosis);
  if (diagnosis.redaction.is_full()) {
    throw Error(ErrorKind::system,
                "the report is not written: the server shows more names than can be replaced; examine a smaller "
                "folder, or send the table instead");
  }
  std::map<int, std::size_t> connections;
  Json exchanges = Json::array();
  for (const Record& record : diagnosis.exchanges) {
    exchanges.push_back(exchange_of(diagnosis.redaction, *record, connections));
  }
  std::string text = dumped({{"rimfs-doctor-report", kVersion},
                             {"program", "rimfs " RIMFS_VERSION},
                             {"examined", diagnosis.redaction.text(diagnosis.examined)},
                             {"rows", rows_of(diagnosis)},
                             {"exchanges", std::move(exchanges)}});
  if (diagnosis.redaction.reveals_secret(text)) {
    throw Error(ErrorKind::system,
                "the report is not written: it would contain a secret that was not replaced; send the table instead");
  }
  return text;
}

void check_report_path(const std::string& path) {
  const FilePath file = split_path(path);
  if (Directory::at(file.directory).has(file.name)) {
    throw Error(ErrorKind::misuse,
                "cannot write the report " + path + ": the file exists; remove it or name another file");
  }
}

void write_report(const std::string& path, const std::string& report) {
  check_report_path(path);
  const FilePath file = split_path(path);
  const Directory directory = Directory::at(file.directory);
  const std::string unfinished = "." + file.name + kUnfinished;
  directory.write_text(unfinished, report);
  try {
    directory.rename_to_new(unfinished, file.name);
  } catch (const Error&) {
    directory.remove(unfinished);
    throw;
  }
}

}  // namespace rimfs::doctor
