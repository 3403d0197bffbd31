// SPDX-License-Identifier: MIT
#include "cli/syntax.h"

#include <utility>

namespace rimfs::cli {

void Syntax::heading(std::string title) { sections_.push_back({std::move(title), {}}); }

void Syntax::option(OptionRow row) {
  if (sections_.empty()) heading("Options");
  sections_.back().rows.push_back(std::move(row));
}

void Syntax::common_option(OptionRow row) {
  if (sections_.empty()) heading("Options");
  sections_.front().rows.push_back(std::move(row));
}

void Syntax::flag(std::string name, std::string help, bool& target) {
  OptionRow row{std::move(name)};
  row.help = std::move(help);
  row.take = [&target](const config::Value& value) { target = config::toggle_of(value); };
  option(std::move(row));
}

void Syntax::argument(std::string metavar, std::string& target) {
  argument(std::move(metavar), [&target](const config::Value& value) { target = value.text; });
}

void Syntax::argument(std::string metavar, std::function<void(const config::Value&)> take) {
  arguments_.push_back({std::move(metavar), 1, 1, std::move(take)});
}

void Syntax::arguments(std::string metavar, std::vector<std::string>& target, std::size_t most) {
  arguments_.push_back(
      {std::move(metavar), 0, most, [&target](const config::Value& value) { target.push_back(value.text); }});
}

void Syntax::exclusive(std::vector<std::string> names) { exclusive_.push_back(std::move(names)); }

void Syntax::check(std::function<void()> check) { checks_.push_back(std::move(check)); }

std::vector<const OptionRow*> Syntax::rows() const {
  std::vector<const OptionRow*> rows;
  for (const OptionSection& section : sections_) {
    for (const OptionRow& row : section.rows) rows.push_back(&row);
  }
  return rows;
}

}  // namespace rimfs::cli
