// SPDX-License-Identifier: MIT
#include "cli/ask_mount.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/descriptor.h"
#include "base/error.h"

namespace rimfs::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Question = MountAnswer (*)(const std::string& path);

/// The kernel's limit for the value of an attribute.
constexpr std::size_t kLongestAttribute = 65536;

MountAnswer statfs_of(const std::string& mountpoint) {
  struct statvfs ignored {};
  return {::statvfs(mountpoint.c_str(), &ignored) == 0 ? 0 : errno, {}};
}

MountAnswer attribute_of(const std::string& path, const std::string& name) {
  std::string text(kLongestAttribute, '\0');
  const ssize_t size = ::getxattr(path.c_str(), name.c_str(), text.data(), text.size());
  if (size < 0) return {errno, {}};
  text.resize(static_cast<std::size_t>(size));
  return {0, std::move(text)};
}

MountAnswer status_of(const std::string& mountpoint) { return attribute_of(mountpoint, "user.rimfs.status"); }

/// The parts of the answer, one after the other (fs/machines.h).
MountAnswer machines_of(const std::string& folder) {
  const std::string name = "user.rimfs.machines";
  MountAnswer receipt = attribute_of(folder, name);
  if (receipt.problem != 0) return receipt;
  const nlohmann::json where = nlohmann::json::parse(receipt.text, nullptr, false);
  const auto value = [&where](const char* key) {
    const bool present = where.is_object() && where.contains(key) && where[key].is_number_unsigned();
    return present ? where[key].get<std::uint64_t>() : 0;
  };
  if (value("parts") == 0) return {EBADMSG, {}};
  MountAnswer all;
  for (std::uint64_t i = 0; i < value("parts"); ++i) {
    const MountAnswer part = attribute_of(folder, fmt::format("{}.{}.{}", name, value("answer"), i));
    if (part.problem != 0) return {part.problem == ENODATA ? EBADMSG : part.problem, {}};
    all.text += part.text;
  }
  return all;
}

void write_all(int fd, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t n = ::write(fd, bytes, count);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes += n;
    count -= static_cast<std::size_t>(n);
  }
}

/// Runs in the child. It closes the program's outputs: a process that waits for their end must not wait for a child
/// that is left behind.
[[noreturn]] void answer(Question question, const std::string& mountpoint, int pipe) {
  if (pipe > 0) ::close_range(0, static_cast<unsigned>(pipe) - 1, 0);
  ::close_range(static_cast<unsigned>(pipe) + 1, UINT_MAX, 0);
  const MountAnswer answer = question(mountpoint);
  write_all(pipe, reinterpret_cast<const char*>(&answer.problem), sizeof answer.problem);
  write_all(pipe, answer.text.data(), answer.text.size());
  ::_exit(0);
}

/// Reads until the end of the pipe. Empty when the end does not arrive in time.
std::optional<std::string> read_until(int pipe, Clock::time_point deadline) {
  std::string all;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd event{pipe, POLLIN, 0};
    if (::poll(&event, 1, static_cast<int>(left.count())) <= 0) continue;  // the time has passed, or a signal arrived
    const ssize_t n = ::read(pipe, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return all;
    all.append(piece.data(), static_cast<std::size_t>(n));
  }
}

std::optional<MountAnswer> ask(Question question, const std::string& mountpoint, std::chrono::seconds limit) {
  Pipe pipe = make_pipe("cannot ask " + mountpoint);
  const pid_t child = ::fork();
  const int problem = errno;
  if (child == 0) answer(question, mountpoint, pipe.writing.get());
  if (child < 0) throw system_error("cannot ask " + mountpoint, problem);
  pipe.writing.reset();
  const std::optional<std::string> said = read_until(pipe.reading.get(), Clock::now() + limit);
  pipe.reading.reset();
  if (!said) ::kill(child, SIGKILL);  // it ends the child if the mount has not taken the child's request
  while (::waitpid(child, nullptr, said ? 0 : WNOHANG) < 0 && errno == EINTR) {
  }
  MountAnswer result;
  if (!said || said->size() < sizeof result.problem) return std::nullopt;
  std::memcpy(&result.problem, said->data(), sizeof result.problem);
  result.text = said->substr(sizeof result.problem);
  return result;
}

}  // namespace

std::optional<MountAnswer> ask_alive(const std::string& mountpoint) { return ask(statfs_of, mountpoint, kAnswerTime); }

std::optional<MountAnswer> ask_status(const std::string& mountpoint) { return ask(status_of, mountpoint, kAnswerTime); }

std::optional<MountAnswer> ask_machines(const std::string& folder) { return ask(machines_of, folder, kMachinesTime); }

}  // namespace rimfs::cli
