// SPDX-License-Identifier: MIT
// The checks of a web source: its listing, if it is a folder, and a file.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "catalog/source_kind.h"
#include "catalog/source_kinds.h"
#include "catalog/web/web_index.h"
#include "doctor/examination.h"
#include "http/script_login.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

using catalog::Entries;
using catalog::Entry;

std::shared_ptr<const http::ServerAccess> access_of(const catalog::Source& source) {
  auto access = std::make_shared<http::ServerAccess>(source.access);
  access->origins = {http::origin_of(source.url)};
  access->server_kinds = catalog::server_kinds();
  return access;
}

/// A name that no server has, beside the file or below the folder.
std::string unknown_beside(const std::string& url) { return http::resolve_location(url, "rimfs-doctor-no-such-file"); }

std::string sizes_told(const Entries& entries) {
  const auto files = std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return !entry.folder; });
  const auto exact = std::count_if(entries.begin(), entries.end(),
                                   [](const Entry& entry) { return !entry.folder && entry.size.has_value(); });
  return fmt::format("{} entries, {} folders, exact sizes for {} of {} files", entries.size(),
                     entries.size() - static_cast<std::size_t>(files), exact, files);
}

/// The file whose checks cost least: the smallest of known size that is not empty.
const Entry* file_to_check(const Entries& entries) {
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    if (entry.folder || entry.size == ByteCount{0}) continue;
    const bool better = !best || (entry.size && (!best->size || *entry.size < *best->size));
    if (better) best = &entry;
  }
  return best;
}

/// The entries of a page; adds its row.
Entries read_listing(Examination& examination, const http::ExchangeRecord& record) {
  const std::string expected = "200 and a list of files";
  const std::string type = record.header("content-type").value_or("");
  Entries entries;
  if (record.status == 200 && record.ended) {
    try {
      entries = catalog::read_index(record.body, type, record.url);
      examination.add("listing",
                      {entries.empty() ? Verdict::differs : Verdict::ok,
                       fmt::format("{}, {}; {}", shown(record), printable(type), sizes_told(entries)), expected});
      return entries;
    } catch (const Error& error) {
      examination.add("listing", {Verdict::failed, printable(error.message()), expected});
      return {};
    }
  }
  examination.add("listing", {Verdict::failed, shown(record), expected});
  return entries;
}

}  // namespace

reactor::Task<catalog::Access> log_in(Examination& examination) {
  const catalog::Source& source = examination.source;
  catalog::Access found{access_of(source), nullptr};
  const http::ServerAccess& access = source.access;
  if (access.cookie_script.empty() && access.header_script.empty() && access.url_script.empty()) co_return found;
  found.login = std::make_shared<http::ScriptLogin>(source.url, access, examination.loop, examination.log);
  co_await found.login->renew(0);
  learn(examination.diagnosis.redaction, found.login->credentials());
  examination.add("login script", {Verdict::ok, "it ended well", "it ends well"});
  co_return found;
}

reactor::Task<> check_web(Examination& examination) {
  const catalog::Source& source = examination.source;
  const catalog::Access found = co_await log_in(examination);
  const std::shared_ptr<const http::ServerAccess> access = found.access;
  const std::shared_ptr<http::Login> login = found.login;
  http::Address address(source.url, access, login);
  Question question;
  question.most = source.kind->is_folder ? kLongestPage : 1_MiB;
  question.keeps_body = source.kind->is_folder;
  question.headers = {source.kind->is_folder ? "Accept: text/html, application/json;q=0.9, */*;q=0.1"
                                             : "Range: bytes=0-0"};
  const Record first = co_await examination.prober.ask(address, std::move(question));
  if (http::is_https(source.url)) {
    examination.add("certificate",
                    judge_certificate(*first, source.access.insecure, !source.access.fingerprints.empty()));
  }
  examination.add("connection", judge_connection(*first));
  if (first->status == 0) co_return;
  if (!source.kind->is_folder) {
    http::Address unknown(unknown_beside(address.given()), access, login);
    co_await check_file(examination, address, std::move(unknown), Server::web);
    co_return;
  }
  const Entries entries = read_listing(examination, *first);
  for (const Entry& entry : entries)
    examination.diagnosis.redaction.learn(entry.folder ? Name::folder : Name::file, entry.name);
  const Entry* const chosen = file_to_check(entries);
  if (!chosen) {
    examination.skip({"first byte"}, "the listing has no file that can be read");
    co_return;
  }
  http::Address file(chosen->key, access, login);
  http::Address unknown(unknown_beside(chosen->key), access, login);
  co_await check_file(examination, file, std::move(unknown), Server::web);
}

}  // namespace rimfs::doctor
