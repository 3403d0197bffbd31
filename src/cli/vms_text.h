// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rimfs::cli {

/// One machine of catalog::machines_json(), in which paths are complete, as a paragraph for people: its name, then a
/// line for each fact. Foreign text is made printable. Throws Json::exception for JSON of another form.
std::string machine_paragraph(const nlohmann::ordered_json& machine);

/// A word for a POSIX shell. Pure.
std::string shell_quoted(const std::string& word);

}  // namespace rimfs::cli
