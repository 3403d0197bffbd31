// SPDX-License-Identifier: MIT
#include "base/process_privacy.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace rimfs {

void forbid_looking_into_memory() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Where the kernel sends dumps to a program, a limit of 0 does not prevent them; the call above does.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void replace_arguments(int argc, char** argv, const std::vector<std::string>& shown) {
  if (argc < 1) return;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(argc), shown.size()); ++i) {
    words.push_back(shown[i].substr(0, std::strlen(argv[i])));
  }
  // The words are contiguous in memory (execve(2)). They are rewritten without gaps, so that ps does not show the
  // original lengths.
  bool is_one_piece = true;
  for (int i = 0; i + 1 < argc; ++i) is_one_piece &= argv[i + 1] == argv[i] + std::strlen(argv[i]) + 1;
  char* at = argv[0];
  char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
  if (!is_one_piece) {
    for (int i = 1; i < argc; ++i) ::explicit_bzero(argv[i], std::strlen(argv[i]));
    return;
  }
  ::explicit_bzero(at, static_cast<std::size_t>(end - at));
  for (const std::string& word : words) {
    at = std::copy(word.begin(), word.end(), at) + 1;  // the terminating zero is already there
  }
}

void erase_environment_variable(const std::string& name) {
  std::vector<char*> found;
  for (char** one = environ; one && *one; ++one) {
    if (std::strncmp(*one, name.c_str(), name.size()) == 0 && (*one)[name.size()] == '=') found.push_back(*one);
  }
  ::unsetenv(name.c_str());  // unsetenv only removes the pointer from the list
  for (char* const one : found) ::explicit_bzero(one, std::strlen(one));
}

}  // namespace rimfs
