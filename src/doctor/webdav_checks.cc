// SPDX-License-Identifier: MIT
// The checks of a WebDAV source: the listing of a folder, and a file.
#include "catalog/webdav/webdav_sources.h"
#include "doctor/examination.h"
#include "doctor/tree_checks.h"
#include "http/url.h"

namespace rimfs::doctor {

reactor::Task<> check_webdav(Examination& examination) {
  const catalog::Source& source = examination.source;
  const catalog::Access access = co_await log_in(examination);
  const catalog::Services services{examination.loop, examination.client, examination.pool, examination.log};
  const std::shared_ptr<catalog::Tree> tree = catalog::webdav::kModule.builder(services)->tree_of(source, access);
  const catalog::Entries entries = co_await check_listing(examination, *tree, "files with their sizes, by PROPFIND");
  const catalog::Entry* const chosen = smallest_file(entries);
  if (!chosen) {
    examination.skip({"first byte"}, "the listing has no file that can be read");
    co_return;
  }
  http::Address file = tree->listed(*chosen).address;
  http::Address unknown(http::resolve_location(chosen->key, "rimfs-doctor-no-such-file"), access.access, access.login);
  co_await check_file(examination, file, std::move(unknown), Server::web);
}

}  // namespace rimfs::doctor
