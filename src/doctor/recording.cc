// SPDX-License-Identifier: MIT
#include "doctor/recording.h"

#include "base/ascii.h"

namespace rimfs::doctor {
namespace {

bool is_credential(const std::string& header) {
  const std::string name = lower(header.substr(0, header.find(':')));
  return name == "cookie" || name == "authorization";
}

/// Fills in what is known of the request.
void note_request(http::ExchangeRecord& record, const http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  record.method = request.method();
  record.url = exchange.url();
  for (const std::string& header : request.headers) {
    if (!is_credential(header)) record.headers.push_back(header);
  }
  if (!request.body) return;
  record.posted = without_login(*request.body);
  record.bodies = http::ExchangeRecord::Bodies::all;
}

}  // namespace

void Recording::start(http::Exchange& exchange) {
  const bool logout = exchange.request().during_shutdown;
  if (!logout && !has_room(1)) {
    const char* const reason =
        stopped_ ? "the examination was ended" : "the examination has reached its limit of requests";
    exchange.finish(http::Rejection{ErrorKind::cancelled, false, reason}, {});
    return;
  }
  if (exchange.request().confidential) return carrier_.start(exchange);
  auto record = exchange.request().record ? exchange.request().record : std::make_shared<http::ExchangeRecord>();
  note_request(*record, exchange);
  exchange.record_into(record);
  records_.push_back(std::move(record));
  carrier_.start(exchange);
}

void Recording::stop() {
  stopped_ = true;
  carrier_.cancel_all();
}

std::string without_login(std::string body) {
  for (const std::string element : {"userName", "password"}) {
    const std::string opening = "<" + element + ">";
    const std::size_t begin = body.find(opening);
    if (begin == std::string::npos) continue;
    const std::size_t end = body.find("</" + element + ">", begin);
    body.erase(begin + opening.size(), end == std::string::npos ? end : end - begin - opening.size());
  }
  return body;
}

std::string soap_call(const std::string& body) {
  std::size_t at = body.find("Body>");
  if (at == std::string::npos) return "";
  at = body.find('<', at);
  if (at == std::string::npos) return "";
  std::string name = body.substr(at + 1, body.find_first_of(" >/\r\n\t", at) - at - 1);
  return name.substr(name.find(':') + 1);  // npos + 1 is 0: there is no prefix
}

}  // namespace rimfs::doctor
