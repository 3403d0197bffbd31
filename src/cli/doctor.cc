// SPDX-License-Identifier: MIT
// rimfs doctor: examines what a server does, and writes a report about it.
#include <fmt/format.h>

#include <atomic>
#include <csignal>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/settings_syntax.h"
#include "doctor/examination.h"
#include "doctor/report.h"

namespace rimfs::cli {
namespace {

constexpr std::string_view kText =
    R"(Examines the server of a source: sends at most 64 requests within 60 seconds, reads at most a few
MiB, and never writes to the server. It shows what the server does, and what rimfs expects where
that differs. With --report it writes what was asked and answered to FILE, a new file that only you
can read. The table and the report contain versions, sizes, times, headers, error texts and the
structure of listings. Names of hosts, users, datacenters, datastores, folders and files are
replaced by others (datastore-1), and so are cookies, passwords and identifiers. Contents of files
are never recorded.
Exit status: 0 everything is as expected, 1 something differs or failed, or the examination was
ended early by a signal or the limit of time, 2 usage.
)";

std::atomic<bool> interrupted{false};

bool is_as_expected(const doctor::Diagnosis& diagnosis) {
  for (const doctor::Row& row : diagnosis.rows) {
    const doctor::Verdict verdict = row.finding.verdict;
    if (verdict == doctor::Verdict::differs || verdict == doctor::Verdict::failed) return false;
  }
  return !diagnosis.interrupted;
}

}  // namespace

void DoctorOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.flag("json", "print the rows as JSON", json);
  OptionRow row{"report", 0, "FILE", "write what was asked and answered to a new file"};
  row.take = [this](const config::Value& value) { report = value.text; };
  syntax.option(std::move(row));
  declare_settings(syntax, config::Purpose::doctor, settings);
}

int doctor_command(const DoctorOptions& options) {
  const config::Settings& settings = options.settings;
  if (settings.sources.size() != 1) throw Error(ErrorKind::misuse, "rimfs doctor examines one source: name one URL");
  if (!options.report.empty()) doctor::check_report_path(options.report);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, [](int) { interrupted = true; });
  const LogTarget target = settings.log_file.empty() ? LogTarget::standard_error : LogTarget::file;
  Log log(target, settings.log_file.empty() ? LogLevel::error : settings.log_level, settings.log_file);
  doctor::Diagnosis diagnosis =
      doctor::examine(settings.sources.front(), settings.http, doctor::Limits(), interrupted, log);
  print(options.json ? doctor::json_of(diagnosis) : doctor::table_of(diagnosis));
  if (!options.report.empty()) {
    doctor::write_report(options.report, doctor::report_of(diagnosis));
    const std::string written = fmt::format(
        "{}: the report. It contains the rows, the requests, and heads, sizes and times of the replies; listings, SOAP "
        "replies and error texts with other names; no content of files. Read it before you send it.\n",
        options.report);
    options.json ? say(written) : print(std::string_view(written));
  }
  return is_as_expected(diagnosis) ? kSuccess : kFailure;
}

}  // namespace rimfs::cli
