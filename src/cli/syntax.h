// SPDX-License-Identifier: MIT
// What a command takes. Each command declares it once; the command line is read by it, and the help is made from it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace rimfs::cli {

/// One option of a command. A plain value.
struct OptionRow {
  std::string name;           ///< Without "--".
  char letter = 0;            ///< The short form; 0: none.
  std::string metavar = {};   ///< What the help calls its value, such as "FILE". Empty: a flag.
  std::string help = {};      ///< One phrase.
  std::string standard = {};  ///< The default as the user would write it; empty: none.
  bool may_be_empty = false;  ///< An empty value has a meaning.
  bool hidden = false;        ///< Understood, but not in the help.
  /// Called once for each time the option is given. A flag without a value gives "true". Throws Error{misuse}.
  std::function<void(const config::Value&)> take = {};
  /// For an option that prints a text instead of running the command, such as --help; then `take` is not called.
  std::function<std::string()> text = {};
};

/// Options under one heading of the help.
struct OptionSection {
  std::string title;
  std::vector<OptionRow> rows;
};

/// A word, or several, of a command line that are no options. A plain value.
struct ArgumentRow {
  std::string metavar;  ///< "DIR".
  std::size_t least;    ///< How many words it needs.
  std::size_t most;     ///< How many words it takes; kMany only for the last row.
  std::function<void(const config::Value&)> take;
};

/// What one command takes, and what its help says beside the usage and the options. It holds references to the
/// variables that are filled, which must outlive it. Not thread-safe.
class Syntax {
 public:
  static constexpr std::size_t kMany = static_cast<std::size_t>(-1);

  /// What the help says between the usage and the options; ends with a line end. Empty: the command's summary.
  std::string text;
  /// What the help says at its end.
  std::string examples;
  /// For a command that only prints a text: makes it when all words were taken. Throws Error.
  std::function<std::string()> answer;

  /// The options that follow stand under this heading. The first ones need none: it is "Options".
  void heading(std::string title);
  void option(OptionRow row);
  /// An option that every command has: under the first heading.
  void common_option(OptionRow row);
  /// A flag: --name, or --name=true and --name=false.
  void flag(std::string name, std::string help, bool& target);
  /// Exactly one word.
  void argument(std::string metavar, std::string& target);
  void argument(std::string metavar, std::function<void(const config::Value&)> take);
  /// Any number of words, or at most so many, to the end of the line.
  void arguments(std::string metavar, std::vector<std::string>& target, std::size_t most = kMany);
  /// Of these options only one may be given.
  void exclusive(std::vector<std::string> names);
  /// Called after all words were taken, in the order of declaration. Throws Error for what does not fit together.
  void check(std::function<void()> check);

  const std::vector<OptionSection>& sections() const { return sections_; }
  const std::vector<ArgumentRow>& argument_rows() const { return arguments_; }
  const std::vector<std::vector<std::string>>& exclusive_options() const { return exclusive_; }
  const std::vector<std::function<void()>>& checks() const { return checks_; }
  /// All options, hidden ones too.
  std::vector<const OptionRow*> rows() const;

 private:
  std::vector<OptionSection> sections_;
  std::vector<ArgumentRow> arguments_;
  std::vector<std::vector<std::string>> exclusive_;
  std::vector<std::function<void()>> checks_;
};

}  // namespace rimfs::cli
