// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "config/schema.h"

namespace rimfs::config {

/// The settings of one level (the flags, the top level of a file, one source), not yet checked. Layers are merged,
/// and only the remaining values are checked, so that a file whose setting is overridden need not exist.
class Layer {
 public:
  /// Adds a value to a list. For other shapes it replaces the value.
  void add(const Setting& setting, Value value);
  bool says(const Setting& setting) const { return values_.contains(&setting); }
  const std::vector<Value>* find(const Setting& setting) const;

  /// Refuses two settings that are mutually exclusive, such as two files for one password.
  void check_exclusive() const;
  /// Merges two layers: this one, and the settings of `further` that this one does not set.
  Layer over(const Layer& further) const;
  /// Checks and stores the settings of one scope, in the table's order.
  void store(Target& target, Scope scope) const;

 private:
  bool any(auto matches) const;

  std::map<const Setting*, std::vector<Value>> values_;
};

/// A source as the user named it. The layer holds its url, possibly a name, and its own access settings.
struct SourceDraft {
  Layer layer;
  Position position;
};

/// Everything that one origin (command line or file) sets.
struct Draft {
  Layer general;
  std::vector<SourceDraft> sources;
  std::optional<Value> mountpoint;    ///< The mountpoint, or the destination of a copy.
  std::optional<Value> mounted_file;  ///< The file to copy, when it is not a URL.
};

/// The command that uses the settings. It decides the meaning of the last word of the command line.
enum class Purpose { mount, fetch, doctor };

/// Merges the settings: those of a source override the command line's, and these the file's. Checks all of them and
/// reads the secrets. Throws Error{misuse} for invalid settings, Error{system} for an unusable mountpoint.
Settings assemble(const Draft& command_line, const Draft& file, Purpose purpose);

}  // namespace rimfs::config
