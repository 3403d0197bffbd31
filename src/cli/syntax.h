// SPDX-License-Identifier: MIT
// The syntax of a command. Each command declares it once; the reader of the command line and the help both use it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace rimfs::cli {

/// One option of a command. A plain value.
struct OptionRow {
  std::string name;           ///< The name without "--".
  char letter = 0;            ///< The short form, or 0.
  std::string metavar = {};   ///< The name of its value in the help, such as "FILE". Empty for a flag.
  std::string help = {};      ///< One phrase.
  std::string standard = {};  ///< The default as the user would write it, or empty.
  bool may_be_empty = false;  ///< True when an empty value has a meaning.
  bool hidden = false;        ///< True when the option is accepted but not in the help.
  /// Called once for each use of the option. A flag without a value passes "true". Throws Error{misuse}.
  std::function<void(const config::Value&)> take = {};
  /// Set for an option that prints a text instead of running the command, such as --help. Then `take` is not called.
  std::function<std::string()> text = {};
};

/// Options under one heading of the help.
struct OptionSection {
  std::string title;
  std::vector<OptionRow> rows;
};

/// One or several words of a command line that are not options. A plain value.
struct ArgumentRow {
  std::string metavar;  ///< The name in the usage, such as "DIR".
  std::size_t least;    ///< The fewest words.
  std::size_t most;     ///< The most words; kMany only for the last row.
  std::function<void(const config::Value&)> take;
};

/// The syntax of one command, and the texts of its help besides the usage and the options. Holds references to the
/// variables that are filled, which must outlive it. Not thread-safe.
class Syntax {
 public:
  static constexpr std::size_t kMany = static_cast<std::size_t>(-1);

  /// The help text between the usage and the options; ends with a line end. Empty: the command's summary is used.
  std::string text;
  /// The help text at the end.
  std::string examples;
  /// Set for a command that only prints a text: makes it after all words were taken. Throws Error.
  std::function<std::string()> answer;

  /// Starts a heading for the options that follow. The first options need none: theirs is "Options".
  void heading(std::string title);
  void option(OptionRow row);
  /// Adds an option that every command has, under the first heading.
  void common_option(OptionRow row);
  /// Adds a flag: --name, or --name=true and --name=false.
  void flag(std::string name, std::string help, bool& target);
  /// Adds an argument of exactly one word.
  void argument(std::string metavar, std::string& target);
  void argument(std::string metavar, std::function<void(const config::Value&)> take);
  /// Adds an argument of any number of words up to `most`, at the end of the line.
  void arguments(std::string metavar, std::vector<std::string>& target, std::size_t most = kMany);
  /// Makes these options mutually exclusive.
  void exclusive(std::vector<std::string> names);
  /// Adds a check that runs after all words were taken, in the order of declaration. It throws Error for an invalid
  /// combination.
  void check(std::function<void()> check);

  const std::vector<OptionSection>& sections() const { return sections_; }
  const std::vector<ArgumentRow>& argument_rows() const { return arguments_; }
  const std::vector<std::vector<std::string>>& exclusive_options() const { return exclusive_; }
  const std::vector<std::function<void()>>& checks() const { return checks_; }
  /// All options, including hidden ones.
  std::vector<const OptionRow*> rows() const;

 private:
  std::vector<OptionSection> sections_;
  std::vector<ArgumentRow> arguments_;
  std::vector<std::vector<std::string>> exclusive_;
  std::vector<std::function<void()>> checks_;
};

}  // namespace rimfs::cli
