// SPDX-License-Identifier: MIT
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "base/error.h"
#include "cli/command_help.h"
#include "config/schema.h"
#include "config/value.h"

namespace rimfs::cli {
namespace {

constexpr std::string_view kProgramText = "Mounts remote disk images as local, read-only files.\n";
constexpr std::string_view kProgramEnd =
    "See rimfs help COMMAND for the arguments and options of a command.\n"
    "Exit status: 0 done, 1 failed, 2 the command line or the configuration is wrong.\n";

/// More words than a command line can have, and less than the number that CLI11 treats as unlimited.
constexpr int kManyWords = CLI::detail::expected_max_vector_size - 1;

using Words = std::vector<std::string>;

/// CLI11 2.1 takes the next word as the value of "--name=", and "++" as the end of a command. A NUL at the end hides
/// both from CLI11; no word of a command line contains one.
Words protect(const Words& words) {
  Words result = words;
  for (std::string& word : result) {
    const bool has_empty_value = word.starts_with("--") && word.find('=') == word.size() - 1;
    if (has_empty_value || word == "++") word += '\0';
  }
  return result;
}

std::string unprotect(std::string word) {
  if (word.ends_with('\0')) word.pop_back();
  return word;
}

/// The part of a user's word that a message may show: neither a URL's password nor an option's value.
std::string shown(std::string_view word) {
  const bool is_option = word.size() > 1 && word[0] == '-';
  if (is_option) word = word[1] == '-' ? config::option_name(word) : word.substr(0, 2);
  return config::in_quotes(config::presentable(word));
}

std::string version_text() { return "rimfs " RIMFS_VERSION "\n"; }

/// A node in the tree of commands: the program, a group or a command.
struct Node {
  CLI::App* app = nullptr;
  const Command* command = nullptr;  ///< Null for the program.
  std::vector<Node*> children{};
  Syntax syntax{};
  std::unique_ptr<Prepared> prepared{};
  std::vector<std::pair<const OptionRow*, CLI::Option*>> options{};
  CLI::Option* words = nullptr;  ///< The arguments; null for the program and groups.

  /// "cache list"; empty for the program.
  std::string_view path() const { return command ? command->name : std::string_view(); }
  /// The beginning of a message about this command.
  std::string prefix() const { return command ? fmt::format("{}: ", path()) : std::string(); }
  std::string advice() const { return command ? fmt::format("see rimfs help {}", path()) : "see rimfs help"; }
  std::string usage() const {
    const std::string lines = usage_of(*command);
    return "usage: " + lines.substr(0, lines.find('\n'));
  }
  [[noreturn]] void refuse(std::string_view wrong, std::string_view remedy) const {
    throw Error(ErrorKind::misuse, fmt::format("{}{}; {}", prefix(), wrong, remedy));
  }

  std::string help() const {
    std::vector<const Command*> commands;
    for (const Node* child : children) commands.push_back(child->command);
    if (!command) return help_of_program(commands, syntax);
    return words ? help_of_command(*command, syntax) : help_of_group(*command, commands, syntax);
  }
};

/// Reads a command line with CLI11, which only splits it into words. Owns the tree of commands.
class Reader {
 public:
  explicit Reader(const std::vector<Command>& commands);

  Invocation read(const Words& arguments);

 private:
  /// Adds a node. The command's group has been added before.
  void add_command(const Command& command);
  /// Adds --help, and declares all options to CLI11. Their values are taken later, once all words are assigned.
  void declare(Node& node);
  void parse(const Words& arguments);
  /// The nodes that the words name: the program, the group, the command.
  std::vector<Node*> named();
  /// Refuses the words that CLI11 could not assign: unknown options, and unknown words where a command is expected.
  static void check_leftovers(const Node& node);
  static void check_exclusive(const Node& node);
  /// Passes the values and arguments to the command's syntax.
  static void take_options(const Node& node);
  static void take_arguments(const Node& node, bool has_end_of_options);
  /// The help of the command that the words name.
  std::string help_for(const Words& words) const;
  Command help_command() const;
  static Command version_command();

  const Command help_ = help_command();
  const Command version_ = version_command();
  CLI::App app_;
  std::deque<Node> nodes_;  // the first one is the program
};

/// The child whose last word or alias is `word`, or null.
const Node* child_named(const Node& node, std::string_view word) {
  for (const Node* child : node.children) {
    const std::string_view path = child->path();
    if (path.substr(path.rfind(' ') + 1) == word || (!word.empty() && child->command->alias == word)) return child;
  }
  return nullptr;
}

[[noreturn]] void refuse_command(const Node& node, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Node* child : node.children) {
    names.push_back(child->path().substr(child->path().rfind(' ') + 1));
    if (!child->command->alias.empty()) names.push_back(child->command->alias);
  }
  const std::string_view guess = config::nearest(word, names);
  node.refuse(fmt::format("unknown command {}", shown(word)),
              guess.empty() ? node.advice() : fmt::format("did you mean {}?", guess));
}

[[noreturn]] void refuse_option(const Node& node, std::string_view word) {
  std::vector<std::string_view> names;
  for (const OptionRow* row : node.syntax.rows()) names.push_back(row->name);
  const bool is_long = word.starts_with("--");
  const std::string_view guess =
      is_long ? config::nearest(config::option_name(word).substr(2), names) : std::string_view();
  node.refuse(fmt::format("unknown option {}", shown(word)),
              guess.empty() ? node.advice() : fmt::format("did you mean --{}?", guess));
}

Reader::Reader(const std::vector<Command>& commands) {
  Node& program = nodes_.emplace_back();
  program.app = &app_;
  program.syntax.text = kProgramText;
  program.syntax.examples = kProgramEnd;
  declare(program);
  for (const Command& command : commands) add_command(command);
  add_command(help_);
  add_command(version_);
}

void Reader::add_command(const Command& command) {
  const std::size_t blank = command.name.rfind(' ');
  const std::string_view group = blank == std::string_view::npos ? std::string_view() : command.name.substr(0, blank);
  Node& parent = *std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.path() == group; });
  Node& node = nodes_.emplace_back();
  node.command = &command;
  parent.children.push_back(&node);
  node.app = parent.app->add_subcommand(std::string(command.name.substr(group.empty() ? 0 : blank + 1)));
  if (!command.alias.empty()) node.app->alias(std::string(command.alias));
  if (command.prepare) {
    node.prepared = command.prepare(node.syntax);
    // With this number CLI11 never passes the words after "--" to the program.
    node.words = node.app->add_option("arguments", CLI::callback_t())
                     ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                     ->expected(kManyWords, kManyWords)
                     ->allow_extra_args(false);
  }
  declare(node);
}

void Reader::declare(Node& node) {
  OptionRow help{"help", 'h'};
  help.help = "show this help";
  node.syntax.common_option(std::move(help));
  if (!node.command) {
    OptionRow version{"version", 'V'};
    version.help = "show the version";
    version.text = version_text;
    node.syntax.common_option(std::move(version));
  }
  node.app->set_help_flag();
  node.app->allow_extras();
  node.app->require_subcommand(0, 1);
  for (const OptionRow* row : node.syntax.rows()) {
    const std::string names = row->letter ? fmt::format("-{},--{}", row->letter, row->name) : "--" + row->name;
    CLI::Option* const option =
        row->metavar.empty() ? node.app->add_flag(names)
                             : node.app->add_option(names, CLI::callback_t())->expected(1)->allow_extra_args(false);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    node.options.emplace_back(row, option);
  }
}

std::vector<Node*> Reader::named() {
  std::vector<Node*> result;
  for (Node& node : nodes_) {
    // Only the nodes on the path to one command were parsed, because each level takes one.
    if (node.app->parsed()) result.push_back(&node);
  }
  return result;
}

void Reader::parse(const Words& arguments) {
  Words words = protect(arguments);
  std::reverse(words.begin(), words.end());  // CLI11 takes the words from the end
  try {
    app_.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& problem) {
    const std::string text = problem.what();  // "--option: 1 required ..."
    const std::string name = text.substr(0, text.find(':'));
    const Node& node = *named().back();
    for (const OptionRow* row : node.syntax.rows()) {
      if ("--" + row->name != name) continue;
      node.refuse(fmt::format("{}: missing value", name), fmt::format("usage: {} {}", name, row->metavar));
    }
    node.refuse(name + ": missing value", node.advice());
  } catch (const CLI::ParseError&) {
    throw Error(ErrorKind::misuse, "the command line cannot be read; see rimfs help");
  }
}

void Reader::check_leftovers(const Node& node) {
  for (const std::string& protected_word : node.app->remaining()) {
    const std::string word = unprotect(protected_word);
    if (word == "--" && node.words) continue;
    if (word.size() > 1 && word[0] == '-') refuse_option(node, word);
    refuse_command(node, word);
  }
}

void Reader::check_exclusive(const Node& node) {
  for (const std::vector<std::string>& names : node.syntax.exclusive_options()) {
    std::vector<std::string> given;
    for (const auto& [row, option] : node.options) {
      const bool is_one = std::find(names.begin(), names.end(), row->name) != names.end();
      if (is_one && option->count() > 0) given.push_back("--" + row->name);
    }
    if (given.size() > 1) {
      node.refuse(fmt::format("mutually exclusive: {}", fmt::join(given, ", ")), "give one of them");
    }
  }
}

void Reader::take_options(const Node& node) {
  for (const auto& [row, option] : node.options) {
    const std::string name = "--" + row->name;
    for (const std::string& word : option->results()) {
      const std::string value = unprotect(word);
      if (value.empty() && !row->may_be_empty) {
        const std::string usage = row->metavar.empty() ? name : fmt::format("{} {}", name, row->metavar);
        node.refuse(name + ": empty value", "usage: " + usage);
      }
      if (row->take) row->take({value, {name, {}}});
    }
  }
}

void Reader::take_arguments(const Node& node, bool has_end_of_options) {
  Words words;
  for (const std::string& word : node.words->results()) words.push_back(unprotect(word));
  for (const std::string& word : words) {
    // CLI11 takes "-1" and "---x" as arguments.
    if (!has_end_of_options && word.size() > 1 && word[0] == '-') refuse_option(node, word);
  }
  auto word = words.begin();
  for (const ArgumentRow& row : node.syntax.argument_rows()) {
    for (std::size_t count = 0; count < row.most && word != words.end(); ++count, ++word) {
      if (word->empty()) node.refuse(fmt::format("{}: empty argument", row.metavar), node.usage());
      row.take({*word, {}});
    }
  }
  if (word != words.end()) node.refuse(fmt::format("surplus argument {}", shown(*word)), node.usage());
  std::size_t least = 0;
  for (const ArgumentRow& row : node.syntax.argument_rows()) {
    least += row.least;
    if (words.size() < least) node.refuse("missing argument " + row.metavar, node.usage());
  }
}

Command Reader::help_command() const {
  Command row{"help", {}, "[COMMAND]", "show the help of a command"};
  row.prepare = [this](Syntax& syntax) {
    const auto words = std::make_shared<Words>();
    syntax.arguments("COMMAND", *words);
    syntax.answer = [this, words] { return help_for(*words); };
    return nullptr;
  };
  return row;
}

Command Reader::version_command() {
  Command row{"version", {}, "", "show the version"};
  row.prepare = [](Syntax& syntax) {
    syntax.answer = version_text;
    return nullptr;
  };
  return row;
}

std::string Reader::help_for(const Words& words) const {
  const Node* node = &nodes_.front();
  for (const std::string& word : words) {
    const Node* const child = child_named(*node, word);
    if (!child && node->words) node->refuse(fmt::format("unknown command {}", shown(word)), node->advice());
    if (!child) refuse_command(*node, word);
    node = child;
  }
  return node->help();
}

Invocation Reader::read(const Words& arguments) {
  parse(arguments);
  const std::vector<Node*> path = named();
  Node& last = *path.back();
  Invocation invocation;
  for (const Node* node : path) {
    for (const auto& [row, option] : node->options) {
      if (option->count() == 0) continue;
      if (row->name == "help") invocation.text = last.help();
      if (row->text) invocation.text = row->text();
    }
    if (!invocation.text.empty()) return invocation;
  }
  for (const Node* node : path) check_leftovers(*node);
  if (!last.words) last.refuse("missing command", last.advice());
  check_exclusive(last);
  take_options(last);
  take_arguments(last, std::find(arguments.begin(), arguments.end(), "--") != arguments.end());
  for (const auto& check : last.syntax.checks()) check();
  if (last.syntax.answer) {
    invocation.text = last.syntax.answer();
    return invocation;
  }
  invocation.command = last.command;
  invocation.prepared = std::move(last.prepared);
  return invocation;
}

}  // namespace

Invocation read_command_line(const std::vector<Command>& commands, const std::vector<std::string>& arguments) {
  return Reader(commands).read(arguments);
}

}  // namespace rimfs::cli
