// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "doctor/examination.h"

namespace rimfs::doctor {

/// The diagnosis as the JSON that --json prints: rows, advice and figures, with names and secrets replaced.
std::string json_of(Diagnosis& diagnosis);
/// The table for people, with names and secrets replaced, and the advice at its end.
std::string table_of(Diagnosis& diagnosis);
/// The report: the rows and each exchange (README.md has the format). Throws Error{system} when a secret would be in
/// it, which is a fault of the replacement, and when there are more names than Redaction replaces.
std::string report_of(Diagnosis& diagnosis);

/// Writes a report to a new file with access for this user only. Throws Error{misuse} when there is an entry of this
/// name, also a link, Error{system} when it cannot be written.
void write_report(const std::string& path, const std::string& report);
/// Throws Error{misuse} when write_report() would.
void check_report_path(const std::string& path);

}  // namespace rimfs::doctor
