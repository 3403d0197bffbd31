// SPDX-License-Identifier: MIT
// The checks of a vSphere server: session, inventory, listings, spellings of URLs; then those of one file.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "catalog/source_kinds.h"
#include "catalog/vsphere/folder_listing.h"
#include "catalog/vsphere/folder_url.h"
#include "catalog/vsphere/inventory_reader.h"
#include "catalog/vsphere/server_kind.h"
#include "catalog/web/web_index.h"
#include "doctor/examination.h"
#include "doctor/vsphere_choice.h"
#include "doctor/vsphere_judgements.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

namespace vsphere = catalog::vsphere;
using vsphere::FoundFile;
using Subject = VsphereSubject;

void learn(Redaction& redaction, const vsphere::Inventory& inventory) {
  for (const vsphere::Datacenter& datacenter : inventory.datacenters()) {
    for (const std::string& name : datacenter.path) redaction.learn(Name::datacenter, name);
    for (const vsphere::Datastore& datastore : datacenter.datastores) {
      redaction.learn(Name::datastore, datastore.name);
      redaction.learn(Name::datastore, datastore.shown);
      redaction.learn(Name::cluster, datastore.cluster);
      redaction.learn(Name::volume, datastore.volume);
    }
  }
}

// ---- Session

/// Returns false when there is no session.
reactor::Task<bool> check_login(Subject& subject) {
  Examination& examination = subject.examination;
  std::optional<Error> failure;
  try {
    co_await subject.session->open();
  } catch (const Error& error) {
    failure = error;
  }
  const std::string expected = "a session";
  if (failure) {
    examination.add("login", {Verdict::failed, printable(failure->message()), expected});
    co_return false;
  }
  examination.add("login", {Verdict::ok, "a session by the SOAP login", expected});
  const vsphere::ServiceContent& service = subject.session->service();
  examination.add(
      "product",
      {Verdict::ok, fmt::format("{} ({})", printable(service.full_name), service.vcenter ? "vCenter" : "ESXi host"),
       "any"});
  examination.add("cookies", judge_cookies(examination.recording.records()));
  co_return true;
}

reactor::Task<> check_session(Subject& subject) {
  const std::string expected = "the session is known";
  std::string observed;
  bool known = false;
  try {
    const catalog::Document session =
        co_await subject.session->call(vsphere::retrieve_current_session(subject.session->service()));
    known = vsphere::read_session(session);
    co_await subject.session->call(vsphere::current_time());
    observed = fmt::format("currentSession: {}; CurrentTime: answered", known ? "known" : "unknown");
  } catch (const Error& error) {
    known = false;
    observed = printable(error.message());
  }
  subject.examination.add("session", {known ? Verdict::ok : Verdict::differs, observed, expected});
}

/// Returns false when there is none.
reactor::Task<bool> check_inventory(Subject& subject) {
  Examination& examination = subject.examination;
  vsphere::InventoryReader reader(subject.tools());
  std::optional<Error> failure;
  try {
    subject.inventory = co_await reader.read();
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    examination.add("inventory", {Verdict::failed, printable(failure->message()), "datastores, all accessible"});
    co_return false;
  }
  learn(examination.diagnosis.redaction, *subject.inventory);
  examination.add("inventory", judge_inventory(*subject.inventory));
  examination.add("summary.url",
                  judge_summary_urls(examination.recording.records(), subject.session->service().vcenter));
  co_return true;
}

// ---- Listings

reactor::Task<Record> page_of(Subject& subject, std::optional<catalog::Entries>& entries) {
  Examination& examination = subject.examination;
  Question question;
  question.keeps_body = true;
  question.most = kLongestPage;
  http::Address address(folder_url(examination.source.url, subject.place, true, vsphere::Spelling()),
                        subject.session->access(), subject.session);
  const Record record = co_await examination.prober.ask(address, std::move(question));
  try {
    if (record->status == 200) entries = catalog::read_index(record->body, "text/html", record->url);
  } catch (const Error& error) {
    examination.log.info("{}", error.message());
  }
  for (const catalog::Entry& entry : entries ? *entries : catalog::Entries()) {
    examination.diagnosis.redaction.learn(entry.folder ? Name::folder : Name::file, entry.name);
  }
  co_return record;
}

reactor::Task<> check_missing_folder(Subject& subject) {
  vsphere::Place nowhere = subject.place;
  nowhere.path.emplace_back("rimfs-doctor-no-such-folder");
  std::string failure = "found";
  const std::optional<std::vector<FoundFile>> found = co_await search(subject, nowhere, failure);
  // The error of a task begins with the datastore path, a SOAP fault with the server.
  const bool usual = !found && failure.starts_with('[') && failure.find("(FileNotFound)") != std::string::npos;
  subject.examination.add("missing folder",
                          {usual ? Verdict::ok : Verdict::differs, printable(failure), "the task: FileNotFound"});
}

/// The rows that compare listings.
reactor::Task<> check_listings(Subject& subject, std::optional<std::vector<FoundFile>>& plain,
                               std::optional<catalog::Entries>& page) {
  Examination& examination = subject.examination;
  std::string failure;
  if (subject.searched) {
    plain = co_await search(subject, subject.place, failure, vsphere::Queries::none);
    Finding browser = plain ? judge_types(*plain) : Finding{Verdict::differs, printable(failure), "an answer"};
    browser.verdict = plain ? Verdict::ok : Verdict::differs;  // rimfs sends queries, because of the types
    browser.expected = "any; rimfs sends queries";
    examination.add("browser without queries", std::move(browser));
    co_await check_missing_folder(subject);
  }
  const Record record = co_await page_of(subject, page);
  const catalog::Entries none;
  examination.add("folder page", judge_page_form(*record, page ? *page : none));
  const Listings listings{subject.searched ? &subject.found : nullptr, plain ? &*plain : nullptr,
                          page ? &*page : nullptr};
  examination.add("extents of disks", judge_extents(listings));
}

// ---- URLs

struct SpellingRow {
  const char* name;
  vsphere::Spelling spelling;
  bool accepted;  ///< What is expected.
};
constexpr vsphere::Spelling kUsual;
constexpr SpellingRow kSpellings[] = {
    {"URL: dcPath encoded twice", kUsual, true},
    {"URL: dcPath encoded once", {.query_twice = false}, true},
    {"URL: dcPath begins with a slash", {.leading_slash = true}, true},
    {"URL: path encoded twice", {.path_twice = true}, false},
};

http::Address file_address(const Subject& subject, const vsphere::Spelling& spelling, const std::string& file) {
  vsphere::Place place = subject.place;
  place.path.push_back(file);
  return {folder_url(subject.examination.source.url, place, false, spelling), subject.session->access(),
          subject.session};
}

/// Which spellings of the file's URL the server takes; the first one is used from then on.
reactor::Task<> check_spellings(Subject& subject) {
  Examination& examination = subject.examination;
  std::vector<std::string> asked;
  bool chosen = false;
  for (const SpellingRow& row : kSpellings) {
    http::Address address = file_address(subject, row.spelling, subject.file);
    const std::string expected = row.accepted ? "206" : "404";
    if (std::find(asked.begin(), asked.end(), address.given()) != asked.end()) {
      examination.add(row.name, {Verdict::not_asked, "no name has a character that shows it", expected});
      continue;
    }
    asked.push_back(address.given());
    const Record record = co_await examination.prober.ask(address, range_question("0-0"));
    const bool accepted = record->status == 206 || record->status == 200;
    const bool refused = record->status == 404;
    const bool as_expected = row.accepted ? accepted : refused;
    if (accepted && !chosen) subject.spelling = row.spelling;
    chosen |= accepted;
    examination.add(row.name, {as_expected ? Verdict::ok : Verdict::differs, shown(*record), expected});
  }
}

/// The path of the folder that is looked at, as a source names it.
std::string examined(const vsphere::Place& place) {
  std::string path;
  for (const std::string& name : place.datacenter->path) path += http::percent_encode(name) + "/";
  path += http::percent_encode(place.datastore->shown);
  for (const std::string& name : place.path) path += "/" + http::percent_encode(name);
  return path;
}

reactor::Task<> check_content(Subject& subject) {
  Examination& examination = subject.examination;
  const bool has_folder = co_await choose(subject);
  if (!has_folder) co_return;
  examination.diagnosis.examined = examined(subject.place);
  std::optional<std::vector<FoundFile>> plain;
  std::optional<catalog::Entries> page;
  co_await check_listings(subject, plain, page);
  if (subject.file.empty()) subject.file = file_to_check(subject.found, page ? &*page : nullptr);
  if (subject.file.empty()) {
    examination.skip({"first byte"}, "no file was found");
    co_return;
  }
  co_await check_spellings(subject);
  http::Address file = file_address(subject, subject.spelling, subject.file);
  http::Address unknown = file_address(subject, subject.spelling, "rimfs-doctor-no-such-file");
  const std::size_t before = examination.recording.records().size();
  co_await check_file(examination, file, std::move(unknown), Server::vsphere);
  const std::vector<Record>& records = examination.recording.records();
  const auto size = before < records.size() ? size_from(*records[before]) : std::nullopt;
  if (!size || !subject.file.ends_with(".vmdk")) co_return;
  const Listings listings{subject.searched ? &subject.found : nullptr, plain ? &*plain : nullptr,
                          page ? &*page : nullptr};
  examination.add("size of the descriptor", judge_descriptor_size(listings, subject.file, size->value));
}

/// The logout is the last request; the loop's sleeps end at once from here on.
reactor::Task<> log_out(Subject& subject) {
  Examination& examination = subject.examination;
  examination.loop.wake_sleepers();
  const std::size_t before = examination.recording.records().size();
  co_await subject.session->close();
  const std::vector<Record>& records = examination.recording.records();
  if (before == records.size()) co_return;
  const bool done = records.back()->status == 200;
  examination.add("logout", {done ? Verdict::ok : Verdict::differs, shown(*records.back()), "200"});
}

}  // namespace

reactor::Task<> check_vsphere(Examination& examination) {
  const catalog::Source& source = examination.source;
  http::ServerAccess access = source.access;
  access.server_kinds = catalog::server_kinds();
  Subject subject(examination);
  subject.session = std::make_shared<vsphere::Session>(source.url, access, examination.loop, examination.client,
                                                       examination.pool, examination.log);
  http::Address versions(http::resolve_location(source.url, "/sdk/vimServiceVersions.xml"), subject.session->access());
  Question question;
  question.keeps_body = true;
  const Record first = co_await examination.prober.ask(versions, std::move(question));
  examination.add("certificate", judge_certificate(*first, access.insecure, !access.fingerprints.empty()));
  examination.add("connection", judge_connection(*first));
  if (first->status == 0) {
    examination.skip({"login"}, "there is no connection");
    co_return;
  }
  std::optional<Error> failure;
  try {
    const bool logged_in = co_await check_login(subject);
    bool known = false;
    if (logged_in) {
      co_await check_session(subject);
      known = co_await check_inventory(subject);
    }
    if (known) {
      co_await check_content(subject);
    }
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) examination.add("examination", {Verdict::failed, printable(failure->message()), "no failure"});
  co_await log_out(subject);
}

}  // namespace rimfs::doctor
