// SPDX-License-Identifier: MIT
// The attributes by which `rimfs vms` asks for virtual machines. They belong to folders and are not listed:
//   user.rimfs.machines           asks the server; the value is {"answer": ID, "parts": COUNT}
//   user.rimfs.machines.ID.N      part N of that answer, from 0, for a minute; all parts together are
//                                 catalog::machines_json()
// A folder whose server knows of no virtual machines does not have them (ENODATA).
#pragma once

#include <string_view>

#include "fs/fuse.h"

namespace rimfs::fs {

/// True for the attributes of this file.
bool is_about_machines(std::string_view name);

/// Answers a getxattr of such an attribute, on a FUSE worker: a part at once, a question to the server by a parked
/// request. A failure of the server is part of the answer, as a message.
void reply_machines(fuse_req_t request, fuse_ino_t number, std::string_view name, std::size_t size);

}  // namespace rimfs::fs
