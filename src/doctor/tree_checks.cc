// SPDX-License-Identifier: MIT
#include "doctor/tree_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"

namespace rimfs::doctor {

using catalog::Entries;
using catalog::Entry;

reactor::Task<Entries> check_listing(Examination& examination, catalog::Tree& tree, std::string expected) {
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

const Entry* smallest_file(const Entries& entries) {
  const Entry* best = nullptr;
  for (const Entry& entry : entries) {
    const bool readable = !entry.folder && entry.size && *entry.size > ByteCount{};
    if (readable && (!best || *entry.size < *best->size)) best = &entry;
  }
  return best;
}

}  // namespace rimfs::doctor
