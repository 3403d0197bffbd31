// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::doctor {

/// What a name is of, which its placeholder tells.
enum class Name { host, user, datacenter, datastore, cluster, volume, folder, file, cookie, session, secret };

/// Replaces names and secrets by placeholders, the same one for the same name in every text: "datacenter-1",
/// "file-3-flat.vmdk". A placeholder keeps a known ending, and each kind of odd character of the name ("datastore-2
/// x+x"); letters beyond ASCII become one "ü". Names are found in any encoding: as they are, percent-encoded once or
/// several times, as references of XML and HTML; the placeholder is encoded in the same way. A name is found only as
/// a whole word. Identifiers (UUIDs and other long hexadecimal words) are replaced without being learned. Values in the
/// queries of URLs are hidden. The number of names is bounded; learning and finding take logarithmic time in it. A
/// value; one thread.
class Redaction {
 public:
  /// More names than the recorded bodies of any real server contain. Secrets, users and hosts are not limited.
  static constexpr std::size_t kMostNames = 65'536;
  /// Names that differ only in the case of letters, or in "+" and space.
  static constexpr std::size_t kMostVariants = 64;

  /// Learns a name. An empty one, one that every server has ("vmware.log"), and a known one have no effect. A name
  /// above a limit is not learned: is_full() is true then.
  void learn(Name kind, std::string_view original);
  /// True when a name was not learned because of a limit: texts may contain it.
  bool is_full() const { return full_; }

  /// A text for people: the names that consist of digits or of one or two letters stay, because they are parts of
  /// other words.
  std::string prose(std::string_view text);
  /// The value of a header, a path, any text that may consist of names.
  std::string text(std::string_view text);
  /// XML or HTML: replaces in values of attributes and in texts, not in tags; numbers, dates and versions in elements
  /// that hold no name stay.
  std::string markup(std::string_view text);
  /// A URL or its path and query, also in markup: values of a query are hidden, unless their parameter is one of
  /// /folder.
  std::string url(std::string_view url);

  /// Learns what SOAP replies and requests say of names that no check has read: users, addresses, keys of sessions,
  /// paths.
  void learn_from_markup(std::string_view body);

  /// True when a secret, user or host that was learned occurs in the text, in any encoding.
  bool reveals_secret(std::string_view text) const;

 private:
  struct Known {
    Name kind;
    std::string key;  ///< The name; in lower case if its case does not matter.
    std::string placeholder;
    std::string odd;  ///< The odd characters that the placeholder ends with.
  };
  struct Unit;
  /// A text to search: its units, and their bytes without differences of case and of "+" and space.
  struct Decoded;
  static std::vector<Unit> decode(std::string_view text);
  static std::string canonical(std::string_view text);

  /// Which names are looked for.
  enum class Which {
    strong,     ///< Those that are no part of other words.
    all,        ///< The others, too.
    bracketed,  ///< Those with "<" or ">", which would be taken for tags.
  };
  static bool is_wanted(const Known& known, Which which);
  std::string tag(std::string_view tag);
  std::string replace(std::string_view text, Which which);
  static bool stands_at(const Known& known, const std::vector<Unit>& units, std::size_t at);
  const Known* match(const Decoded& text, std::size_t at, Which which) const;
  bool knows(const std::string& key) const;
  static std::string placeholder(const Known& known, std::string_view text, std::span<const Unit> units);
  static std::optional<std::size_t> identifier_end(const std::vector<Unit>& units, std::size_t at);
  std::string identifier(std::string_view value);
  void add(Name kind, const std::string& stem);

  std::map<std::string, std::vector<Known>, std::less<>> known_;  // by the folded name; see folded() in redaction.cc
  std::size_t size_ = 0;
  bool full_ = false;
  std::map<Name, std::size_t> counts_;
  std::map<std::string, std::string> identifiers_;
};

/// A name without its known ending: "vm-flat.vmdk" is "vm" and "-flat.vmdk". Pure.
struct NameParts {
  std::string stem;
  std::string ending;
};
NameParts split_ending(std::string_view name);

}  // namespace rimfs::doctor
