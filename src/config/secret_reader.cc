// SPDX-License-Identifier: MIT
#include "config/secret_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/ascii.h"
#include "base/descriptor.h"
#include "base/printable.h"
#include "base/process_privacy.h"
#include "base/units.h"

namespace rimfs::config {
namespace {

/// No password, token or set of headers is longer. The limit keeps an image that is named by mistake out of memory.
constexpr ByteCount kLargestSecret = 64_KiB;

/// Reads to the end, and removes the line ends there.
Secret read_all(int fd, const Position& position, const std::string& what) {
  std::string text(kLargestSecret.value + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(position, fmt::format("{}: {}", what, std::strerror(errno)), "it has to be readable");
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kLargestSecret.value) refuse(position, what + " is too long for a secret", "it may have 64K");
  text.resize(trimmed_end(std::string_view(text).substr(0, size), "\r\n").size());
  if (text.find('\0') != std::string::npos)
    refuse(position, what + " holds a NUL byte", "it has to be one line of text");
  if (text.empty()) refuse(position, what + " is empty", "it has to be one line with the secret");
  return Secret(std::move(text));
}

/// Reads one typed line. Empty when the user ends it with Control-C or Control-D.
std::optional<std::string> read_line(int terminal) {
  constexpr char kControlC = 3, kControlD = 4, kBackspace = 8, kDelete = 127;
  std::string line;
  for (char letter = 0; ::read(terminal, &letter, 1) == 1;) {
    if (letter == '\n' || letter == '\r') return line;
    if (letter == kControlC || letter == kControlD) return std::nullopt;
    if (letter == kBackspace || letter == kDelete) {
      if (!line.empty()) line.pop_back();
    } else {
      line += letter;
    }
  }
  return std::nullopt;
}

}  // namespace

Secret SecretReader::file(const Value& name) {
  const std::string path = absolute_path(name);
  const auto known = known_.find("file " + path);
  if (known != known_.end()) return known->second;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    refuse(name.position, fmt::format("{}: {}", in_quotes(path), std::strerror(errno)),
           "name a readable file with the secret");
  }
  return known_["file " + path] = read_all(file.get(), name.position, in_quotes(path));
}

Secret SecretReader::environment(const Value& variable) {
  const std::string key = "environment " + variable.text;
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const char* text = variable.text.empty() ? nullptr : std::getenv(variable.text.c_str());
  if (!text || !*text) {
    refuse(variable.position,
           fmt::format("the environment has no variable {}, or it is empty", in_quotes(variable.text)),
           "name a variable that holds the secret");
  }
  Secret secret(text);
  erase_environment_variable(variable.text);  // /proc/PID/environ shows it, and scripts would inherit it
  return known_[key] = std::move(secret);
}

Secret SecretReader::descriptor(const Value& number) {
  std::uint64_t fd = 0;
  if (!parse_count(number.text, fd) || fd > 1'000'000) {
    refuse(number.position, "invalid file descriptor", "give a number such as 3, opened by the caller: 3< FILE");
  }
  const std::string key = fmt::format("descriptor {}", fd);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  Secret secret = read_all(static_cast<int>(fd), number.position, key);
  if (fd > 2) Descriptor(static_cast<int>(fd)).reset();
  return known_[key] = std::move(secret);
}

std::optional<Secret> SecretReader::prompt(const std::string& question) {
  const auto known = known_.find(question);
  if (known != known_.end()) return known->second;
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  termios shown{};
  if (!terminal.is_open() || ::isatty(STDIN_FILENO) == 0 || tcgetattr(terminal.get(), &shown) != 0) return std::nullopt;
  termios hidden = shown;
  // Reads letter by letter. Control-C is read as a letter, so that it cannot end the program while echo is off.
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
  hidden.c_cc[VMIN] = 1;
  hidden.c_cc[VTIME] = 0;
  tcsetattr(terminal.get(), TCSAFLUSH, &hidden);  // before the question, which may be answered at once
  const std::string shown_question = printable(question);
  (void)!::write(terminal.get(), shown_question.data(), shown_question.size());
  const std::optional<std::string> line = read_line(terminal.get());
  tcsetattr(terminal.get(), TCSAFLUSH, &shown);
  (void)!::write(terminal.get(), "\n", 1);
  if (!line) return std::nullopt;
  return known_[question] = Secret(*line);
}

}  // namespace rimfs::config
