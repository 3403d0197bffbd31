// SPDX-License-Identifier: MIT
#include "catalog/vsphere/refusal_reason.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "catalog/web/html_scanner.h"

namespace rimfs::catalog::vsphere {
namespace {

/// What is shown of a page that no row knows.
constexpr std::size_t kMostShown = 300;

struct ReasonRow {
  std::string_view words;  // in the page, in lower case
  ErrorKind kind;
  bool passes;  // retried as the status says; otherwise never
  const char* meaning;
};

constexpr const char* kLacksPrivilege =
    "the user lacks a privilege; reading needs Datastore.Browse and Datastore.FileManagement on the datacenter and on "
    "the datastore";

constexpr ReasonRow kReasons[] = {
    {"file_locked", ErrorKind::locked, true,
     "the file is locked, usually by a running machine; shut the machine down, or take a snapshot and read the disk "
     "that it was made from"},
    {"cryptographer", ErrorKind::denied, false,
     "the machine is encrypted, or the user lacks the privilege Cryptographer.Access; grant it, or decrypt the "
     "machine"},
    {"nopermission", ErrorKind::denied, false, kLacksPrivilege},
    {"permission to perform this operation was denied", ErrorKind::denied, false, kLacksPrivilege},
};

/// Keeps the text of a page, runs of blanks as one.
class Text final : public HtmlEvents {
 public:
  void start(std::string_view, const std::string*) override { blank_ = true; }
  void end(std::string_view) override { blank_ = true; }
  void text(std::string_view more) override {
    for (const char c : more) {
      const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
      if (!is_blank && blank_ && !text_.empty()) text_ += ' ';
      if (!is_blank) text_ += c;
      blank_ = is_blank;
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool blank_ = false;
};

}  // namespace

std::string text_of_page(std::string_view page) {
  Text text;
  HtmlScanner scanner(text);
  scanner.feed(page);
  scanner.finish();
  return text.take();
}

http::Rejection explain_refusal(http::Rejection refusal, int status, std::string_view body) {
  const std::string searched = lower(body);
  for (const ReasonRow& row : kReasons) {
    if (searched.find(row.words) == std::string::npos) continue;
    refusal.kind = row.kind;
    refusal.retry = refusal.retry && row.passes;
    refusal.reason = fmt::format("the server answered {} ({})", status, row.meaning);
    return refusal;
  }
  const std::string said = text_of_page(body);
  if (!said.empty()) refusal.reason += fmt::format(": '{}'", said.substr(0, kMostShown));
  return refusal;
}

}  // namespace rimfs::catalog::vsphere
