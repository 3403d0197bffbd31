// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "config/schema.h"

namespace rimfs::config {

/// What was said in one place (the flags, the top level of a file, one source), unchecked and by setting.
/// Layers are put over one another; only what remains is looked at, so that an overridden file need not
/// exist.
class Layer {
 public:
  /// Adds a value to a list; for other shapes the last one stays.
  void add(const Setting& setting, Value value);
  bool says(const Setting& setting) const { return said_.contains(&setting); }
  const std::vector<Value>* find(const Setting& setting) const;

  /// Refuses two settings that are mutually exclusive, such as two places for one password.
  void check_exclusive() const;
  /// This layer and, of `further`, what this one leaves open.
  Layer over(const Layer& further) const;
  /// Checks and stores the settings of one scope, in the table's order.
  void store(Target& target, Scope scope) const;

 private:
  bool any(auto matches) const;

  std::map<const Setting*, std::vector<Value>> said_;
};

/// A source as it was named. The layer says the url, perhaps a name, and its own access.
struct SourceDraft {
  Layer layer;
  Place place;
};

/// What one origin (command line or file) said altogether.
struct Draft {
  Layer general;
  std::vector<SourceDraft> sources;
  std::optional<Value> mountpoint;    ///< Or where a copy goes.
  std::optional<Value> mounted_file;  ///< What to copy, when it is no URL.
};

/// What the settings are for, which says what the last word on the command line is.
enum class Purpose { mount, fetch };

/// Puts the command line over the file, a source over both, checks everything, reads the secrets. Throws
/// Error{misuse} for what the user said wrong, Error{system} for a mountpoint that is not usable.
Settings assemble(const Draft& command_line, const Draft& file, Purpose purpose);

}  // namespace rimfs::config
