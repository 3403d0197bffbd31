// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::cache::disk {

/// Makes the folder, for the user alone, unless it is there. Throws Error{misuse} when others may write to it or it is
/// another user's: what it holds is believed. Throws Error{system}.
void make_private_folder(const std::string& path);

/// A name for what belongs to `key`: 128 bits of it in hexadecimal, so that two keys never meet by chance.
std::string name_of_key(std::string_view key);

/// Writes the file whole or not at all, whatever other processes and threads write there. Throws Error{system}.
void write_file(const std::string& path, const std::string& text);

/// What write_file() puts into the name of a file that is not whole yet: a crash may leave it.
inline constexpr const char* kUnfinished = ".new-";

}  // namespace rimfs::cache::disk
