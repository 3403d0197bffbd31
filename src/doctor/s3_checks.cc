// SPDX-License-Identifier: MIT
// The checks of an S3 bucket: its credentials, the listing of a folder, and a file.
#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "base/split.h"
#include "catalog/s3/s3_sources.h"
#include "catalog/source_kind.h"
#include "doctor/examination.h"
#include "http/url.h"

namespace rimfs::doctor {
namespace {

using catalog::Entries;
using catalog::Entry;

/// The token of a session, and the key's name in "Credential=NAME/...".
void learn_signature(Redaction& redaction, std::string_view header) {
  constexpr std::string_view kToken = "x-amz-security-token: ";
  constexpr std::string_view kName = "Credential=";
  if (header.starts_with(kToken)) redaction.learn(Name::secret, header.substr(kToken.size()));
  const std::size_t name = header.find(kName);
  if (name == std::string_view::npos) return;
  const std::string_view rest = header.substr(name + kName.size());
  redaction.learn(Name::user, rest.substr(0, rest.find('/')));
}

/// The bucket, and the names of folders and of the file that the source leads to.
void learn_path(Redaction& redaction, const catalog::Source& source) {
  Name kind = Name::datastore;
  for (const std::string_view part : split(source.folder, '/')) {
    const bool last = part.data() + part.size() == source.folder.data() + source.folder.size();
    if (!part.empty()) redaction.learn(last && kind != Name::datastore ? Name::file : kind, http::percent_decode(part));
    kind = Name::folder;
  }
}

/// Adds the row of the credentials. Returns false when there is no way on.
reactor::Task<bool> check_credentials(Examination& examination, http::Login& login) {
  const std::string expected = "credentials are found, or the bucket is public";
  std::optional<Error> failure;
  try {
    co_await login.renew(0);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    examination.add("credentials", {Verdict::failed, printable(failure->message()), expected});
    co_return false;
  }
  const http::Signer::Signed request{"GET", examination.source.url, {}};
  const std::vector<Secret> headers = login.credentials().signer->sign(request, std::chrono::system_clock::now());
  for (const Secret& header : headers) learn_signature(examination.diagnosis.redaction, header.reveal());
  examination.add("credentials", {Verdict::ok, headers.empty() ? "none: requests are not signed" : "found", expected});
  co_return true;
}

/// The folder's entries; adds their row.
reactor::Task<Entries> check_listing(Examination& examination, catalog::Tree& tree) {
  const std::string expected = "a list of keys with their sizes";
  std::optional<Error> failure;
  Entries entries;
  try {
    entries = co_await tree.list(tree.root());
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    examination.add("listing", {Verdict::failed, printable(failure->message()), expected});
    co_return entries;
  }
  const auto folders = std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.folder; });
  examination.add("listing", {entries.empty() ? Verdict::differs : Verdict::ok,
                              fmt::format("{} entries, {} folders", entries.size(), folders), expected});
  for (const Entry& entry : entries) {
    examination.diagnosis.redaction.learn(entry.folder ? Name::folder : Name::file, entry.name);
  }
  co_return entries;
}

/// The smallest that is not empty.
const Entry* file_to_check(const Entries& entries) {
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    const bool readable = !entry.folder && entry.size && *entry.size > ByteCount{};
    if (readable && (!best || *entry.size < *best->size)) best = &entry;
  }
  return best;
}

}  // namespace

reactor::Task<> check_s3(Examination& examination) {
  const catalog::Source& source = examination.source;
  learn_path(examination.diagnosis.redaction, source);
  const catalog::Services services{examination.loop, examination.client, examination.pool, examination.log};
  const std::unique_ptr<catalog::SourceBuilder> builder = catalog::s3::kModule.builder(services);
  const std::optional<catalog::Access> access = builder->log_in(source);
  const bool ready = co_await check_credentials(examination, *access->login);
  if (!ready) co_return;
  std::string url = source.url;
  if (const std::shared_ptr<catalog::Tree> tree = builder->tree_of(source, *access)) {
    const Entries entries = co_await check_listing(examination, *tree);
    const Entry* const chosen = file_to_check(entries);
    if (!chosen) {
      examination.skip({"first byte"}, "the listing has no file that can be read");
      co_return;
    }
    url = tree->listed(*chosen).address.given();
  }
  http::Address file(url, access->access, access->login);
  file.use(access->login->credentials());
  http::Address unknown(http::resolve_location(source.url, "rimfs-doctor-no-such-file"), access->access, access->login);
  unknown.use(access->login->credentials());
  co_await check_file(examination, file, std::move(unknown), Server::web);
}

}  // namespace rimfs::doctor
