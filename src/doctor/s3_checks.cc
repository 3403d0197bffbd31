// SPDX-License-Identifier: MIT
// The checks of an S3 bucket: its credentials, the listing of a folder, and a file.
#include "base/printable.h"
#include "base/split.h"
#include "catalog/s3/s3_sources.h"
#include "catalog/source_kind.h"
#include "doctor/examination.h"
#include "doctor/tree_checks.h"
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

/// Asks for the file as a mount does, so that the login learns the bucket's region and clock, which the checks of
/// single requests cannot. What fails here is shown by those.
reactor::Task<> learn_from(Examination& examination, http::Address& file) {
  try {
    co_await examination.client.probe(file);
  } catch (const Error& error) {
    examination.log.debug("{}", error.message());
  }
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
    const Entries entries = co_await check_listing(examination, *tree, "a list of keys with their sizes");
    const Entry* const chosen = smallest_file(entries);
    if (!chosen) {
      examination.skip({"first byte"}, "the listing has no file that can be read");
      co_return;
    }
    url = tree->listed(*chosen).address.given();
  }
  http::Address file(url, access->access, access->login);
  co_await learn_from(examination, file);
  file.use(access->login->credentials());
  http::Address unknown(http::resolve_location(source.url, "rimfs-doctor-no-such-file"), access->access, access->login);
  unknown.use(access->login->credentials());
  co_await check_file(examination, file, std::move(unknown), Server::web);
}

}  // namespace rimfs::doctor
