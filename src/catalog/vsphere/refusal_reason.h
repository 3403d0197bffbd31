// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "http/failures.h"

namespace rimfs::catalog::vsphere {

/// What /folder means by a refusal (a status from 400 on) whose body begins with `body`. Most reasons come with the
/// status 500 and only an HTML page says which; the page's words tell what to do. `refusal` is what the status alone
/// means: whether to retry stays as it says, unless the reason never passes. Pure.
///
/// Sources: NFC_FILE_LOCKED in the page of a locked disk, for GET and HEAD (migration tools, reports for ESXi 7 and 8);
/// a 500 when Cryptographer.Access is missing (packer-plugin-vsphere, issue 267).
http::Rejection explain_refusal(http::Rejection refusal, int status, std::string_view body);

/// The text of a page on one line: without its tags, styles and scripts, references decoded. Pure.
std::string text_of_page(std::string_view page);

}  // namespace rimfs::catalog::vsphere
