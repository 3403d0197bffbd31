// SPDX-License-Identifier: MIT
#pragma once

#include "cli/syntax.h"
#include "config/draft.h"
#include "config/settings.h"

namespace rimfs::cli {

/// Declares the options of the table of settings, --config, --help-settings, and sources as arguments. The check fills
/// `settings`: it reads the configuration file and the secrets, and throws Error as config::settings_of() does.
void declare_settings(Syntax& syntax, config::Purpose purpose, config::Settings& settings);

}  // namespace rimfs::cli
