// SPDX-License-Identifier: MIT
// The rows of the table of commands.
#pragma once

#include <memory>
#include <string_view>

#include "cli/syntax.h"

namespace rimfs::cli {

/// A command with its options. Runs once.
class Prepared {
 public:
  Prepared() = default;
  virtual ~Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  /// Runs the command and returns its exit status. Throws Error.
  virtual int run() const = 0;
};

/// A command whose options are a struct with a member `void declare(Syntax&)`, which declares how they are filled.
template <typename Options>
class PreparedWith : public Prepared {
 public:
  explicit PreparedWith(int (*function)(const Options&)) : function_(function) {}

  Options options;
  int run() const override { return function_(options); }

 private:
  int (*const function_)(const Options&);
};

/// One command, or a group of commands: "cache" is the group of "cache list". Constant for the life of the program.
struct Command {
  std::string_view name;       ///< All its words. A group stands before its commands.
  std::string_view alias;      ///< An alternative last word, or empty.
  std::string_view arguments;  ///< The arguments as the usage shows them; alternative forms are separated by "\n".
  std::string_view summary;    ///< One phrase for lists of commands.
  /// The command runs in the background or for a long time. Broken pipes do not end it, and it keeps no descriptor of
  /// its caller.
  bool long_running = false;
  /// Fills the syntax, and returns the command that receives its words. Null for a group.
  std::function<std::unique_ptr<Prepared>(Syntax&)> prepare = {};
  std::string_view text = {};  ///< The help text of a group.
};

/// Makes a row for a command that reads its options into `Options` and calls `function` with them.
template <typename Options>
Command command(std::string_view name, std::string_view arguments, std::string_view summary,
                int (*function)(const Options&)) {
  Command row{name, {}, arguments, summary};
  row.prepare = [function](Syntax& syntax) {
    auto prepared = std::make_unique<PreparedWith<Options>>(function);
    prepared->options.declare(syntax);
    return prepared;
  };
  return row;
}

}  // namespace rimfs::cli
