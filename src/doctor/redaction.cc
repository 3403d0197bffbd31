// SPDX-License-Identifier: MIT
#include "doctor/redaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/printable.h"

namespace rimfs::doctor {
namespace {

/// The endings that files of virtual machines and images have; a longer one comes first.
constexpr std::string_view kEndings[] = {
    "-sesparse.vmdk", "-delta.vmdk", "-digest.vmdk", "-flat.vmdk", "-rdmp.vmdk", "-rdm.vmdk", "-ctk.vmdk", "-aux.xml",
    ".vmdk",          ".vmxf",       ".vmx~",        ".vmx",       ".vmsd",      ".vmsn",     ".vmem",     ".vmss",
    ".nvram",         ".vswp",       ".hlog",        ".log",       ".lck",       ".iso",      ".img",      ".raw",
    ".qcow2",         ".qcow",       ".vhdx",        ".vhd",       ".vdi",       ".ova",      ".ovf",      ".mf",
    ".xml",           ".txt",        ".json",        ".html",      ".sf",        ".gz",       ".zst",      ".xz"};

/// The words that every server has: they tell nothing.
constexpr std::string_view kCommon[] = {
    "vmware", ".vSphere-HA", ".sdd", ".sdd.sf", ".fbb.sf", ".vh.sf", ".pb2.sf",  ".dvsData", "localhost", "root",
    "folder", "VMFS",        "NFS",  "vsan",    ".fbb",    ".vh",    "loopback", "vmfs",     "volumes"};

/// Names that rimfs doctor asks for, because no server has them.
constexpr std::string_view kOwnNames = "rimfs-doctor-";

constexpr std::string_view kKinds[] = {"host",   "user", "datacenter", "datastore", "cluster", "volume",
                                       "folder", "file", "cookie",     "session",   "secret"};

bool is_word(char c) { return is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
int hex(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }
bool ignores_case(Name kind) { return kind == Name::host || kind == Name::user; }
bool is_secret(Name kind) {
  return kind == Name::host || kind == Name::user || kind == Name::cookie || kind == Name::session ||
         kind == Name::secret;
}

/// True for a name that other words and numbers may be equal to.
bool is_weak(std::string_view name) {
  return name.size() < 3 || name.find_first_not_of("0123456789.-_: ") == std::string_view::npos;
}

/// Texts that may be the same name have the same folded bytes.
char folded_byte(char c) { return c == '+' ? ' ' : lower(c); }
std::string folded(std::string_view name) {
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(), folded_byte);
  return result;
}

void append_utf8(std::string& text, unsigned long code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | (code >> 6));
    text += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | (code >> 12));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x110000) {
    text += static_cast<char>(0xf0 | (code >> 18));
    text += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// The text of a reference that begins at `at`, and its length; an empty text when there is none.
std::pair<std::string, std::size_t> reference_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongest = 10;
  const std::size_t end = text.substr(0, at + kLongest).find(';', at);
  if (end == std::string_view::npos) return {};
  const std::string_view name = text.substr(at + 1, end - at - 1);
  constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) return {std::string(character), end + 1 - at};
  }
  if (name.size() < 2 || name[0] != '#') return {};
  const bool sixteen = lower(name[1]) == 'x';
  const std::string_view digits = name.substr(sixteen ? 2 : 1);
  unsigned long code = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code, sixteen ? 16 : 10);
  if (problem != std::errc{} || stop != digits.data() + digits.size() || code == 0) return {};
  std::string character;
  append_utf8(character, code);
  return {character, end + 1 - at};
}

/// Stands for all characters beyond ASCII in a list of odd characters.
constexpr char kForeign = '\xc3';

/// "ü", encoded as `raw` is, a byte or reference of another character beyond ASCII.
std::string foreign_as(std::string_view raw) {
  if (raw.size() <= 1) return "ü";
  if (raw.starts_with('&')) return "&#xFC;";
  const std::string_view escape = raw.substr(0, raw.size() - 2);
  return fmt::format("{0}C3{0}BC", escape);
}

/// The odd characters of a name, each once; those beyond ASCII as one.
std::string odd_characters(std::string_view name) {
  std::string odd;
  bool foreign = false;
  for (const char c : name) {
    const bool beyond = static_cast<unsigned char>(c) >= 0x80;
    if (!beyond && (is_alphanumeric(c) || c == '-' || c == '.' || c == '_')) continue;
    if (beyond && !foreign) odd += kForeign;
    foreign |= beyond;
    if (!beyond && odd.find(c) == std::string::npos) odd += c;
  }
  return odd;
}

/// The length of the separator of a query's parameters that stands here, "&" or a reference to it; otherwise 0.
std::size_t separator_at(std::string_view query, std::size_t at) {
  if (query[at] != '&') return 0;
  const auto [character, length] = reference_at(query, at);
  if (length == 0) return 1;
  return character == "&" ? length : 0;
}

/// A parameter of a query without its value, unless it is one of /folder.
std::string without_value(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return "hidden";
  const std::string_view name = parameter.substr(0, equals);
  return name == "dcPath" || name == "dsName" ? std::string(parameter) : std::string(name) + "=hidden";
}

std::string without_query_values(std::string_view url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return std::string(url);
  const std::string_view query = url.substr(mark + 1);
  std::string result(url.substr(0, mark + 1));
  std::size_t begin = 0;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t length = separator_at(query, at);
    if (length == 0) {
      ++at;
      continue;
    }
    result += without_value(query.substr(begin, at - begin));
    result += query.substr(at, length);
    at += length;
    begin = at;
  }
  return result + without_value(query.substr(begin));
}

/// True for a word of a text that is a URL, or the end of one, with a parameter in its query.
bool has_parameter(std::string_view word) {
  const std::size_t mark = word.find('?');
  return mark != std::string_view::npos && word.find('=', mark) != std::string_view::npos;
}

/// A text whose URLs have no values in their queries.
std::string without_queries(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n\"'<>()[]{}";
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(kAround, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    result += has_parameter(word) ? without_query_values(word) : std::string(word);
    if (end < text.size()) result += text[end];
    at = end + 1;
  }
  return result;
}

}  // namespace

/// One decoded byte and where it stood. The bytes of a reference to one character beyond ASCII share its place: the
/// first has all of it.
struct Redaction::Unit {
  char byte;
  std::size_t begin;
  std::size_t end;
};

struct Redaction::Decoded {
  explicit Decoded(std::string_view text) : units(decode(text)) {
    folded.reserve(units.size());
    for (const Unit& unit : units) folded += folded_byte(unit.byte);
  }

  std::vector<Unit> units;
  std::string folded;
};

/// A percent escape may be encoded itself any number of times.
std::vector<Redaction::Unit> Redaction::decode(std::string_view text) {
  std::vector<Unit> units;
  units.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    char byte = text[at++];
    if (byte == '&') {
      const auto [character, length] = reference_at(text, begin);
      if (length > 0) {
        at = begin + length;
        for (std::size_t i = 0; i < character.size(); ++i) units.push_back({character[i], i == 0 ? begin : at, at});
        continue;
      }
    }
    while (byte == '%' && at + 1 < text.size() && is_hex(text[at]) && is_hex(text[at + 1])) {
      byte = static_cast<char>(hex(text[at]) * 16 + hex(text[at + 1]));
      at += 2;
    }
    units.push_back({byte, begin, at});
  }
  return units;
}

std::string Redaction::canonical(std::string_view text) {
  std::string result;
  for (const Unit& unit : decode(text)) result += unit.byte;
  return result;
}

NameParts split_ending(std::string_view name) {
  NameParts parts{std::string(name), ""};
  for (const std::string_view ending : kEndings) {
    if (lower(name).ends_with(ending)) {
      parts = {std::string(name.substr(0, name.size() - ending.size())),
               std::string(name.substr(name.size() - ending.size()))};
      break;
    }
  }
  // The number of a snapshot, of a disk or of a log: "vm-000001", "vm_1", "vmware-12".
  const std::size_t digits = parts.stem.find_last_not_of("0123456789");
  const bool numbered = !parts.ending.empty() && digits != std::string::npos && digits > 0 &&
                        digits + 1 < parts.stem.size() && (parts.stem[digits] == '-' || parts.stem[digits] == '_');
  if (numbered) {
    parts.ending = parts.stem.substr(digits) + parts.ending;
    parts.stem.resize(digits);
  }
  return parts;
}

void Redaction::learn(Name kind, std::string_view original) {
  const bool has_ending = kind == Name::file || kind == Name::folder;
  const std::string stem = has_ending ? split_ending(original).stem : std::string(original);
  if (stem.empty() || stem == "." || stem == ".." || stem.starts_with(kOwnNames)) return;
  if (std::find(std::begin(kCommon), std::end(kCommon), stem) != std::end(kCommon)) return;
  add(kind, stem);
}

bool Redaction::knows(const std::string& key) const {
  const auto variants = known_.find(folded(key));
  return variants != known_.end() && std::any_of(variants->second.begin(), variants->second.end(),
                                                 [&](const Known& known) { return known.key == key; });
}

void Redaction::add(Name kind, const std::string& stem) {
  const std::string key = ignores_case(kind) ? lower(stem) : stem;
  const std::string decoded = canonical(key);
  if (knows(key) || knows(decoded)) return;
  Known known{kind, key, fmt::format("{}-{}", kKinds[static_cast<std::size_t>(kind)], counts_[kind] + 1),
              is_secret(kind) ? "" : odd_characters(stem)};
  std::vector<Known>& variants = known_[folded(key)];
  const bool fits = variants.size() < kMostVariants && (size_ < kMostNames || is_secret(kind));
  full_ |= !fits;
  if (!fits) return;
  ++size_;
  ++counts_[kind];
  variants.push_back(known);
  if (decoded == key) return;
  known.key = decoded;
  known_[folded(decoded)].push_back(std::move(known));
}

bool Redaction::is_wanted(const Known& known, Which which) {
  if (which == Which::bracketed) return known.key.find_first_of("<>") != std::string::npos;
  return which == Which::all || is_secret(known.kind) || !is_weak(known.key);
}

/// True when the units from `at` on, which have the folded bytes of this name, are the name as a whole word.
bool Redaction::stands_at(const Known& known, const std::vector<Unit>& units, std::size_t at) {
  const std::string& key = known.key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char byte = units[at + i].byte;
    const bool same =
        byte == key[i] || (ignores_case(known.kind) && lower(byte) == key[i]) || (key[i] == ' ' && byte == '+');
    if (!same) return false;
  }
  const std::size_t end = at + key.size();
  return end == units.size() || !is_word(units[end].byte) || !is_word(key.back());
}

/// The longest known name that begins at this unit; null when there is none. In the order of known_, the last name that
/// is not after the text is a prefix of it, or it shows how much of the text a prefix can have at most.
const Redaction::Known* Redaction::match(const Decoded& text, std::size_t at, Which which) const {
  if (at > 0 && is_word(text.units[at - 1].byte) && is_word(text.units[at].byte)) return nullptr;
  std::string_view rest = std::string_view(text.folded).substr(at);
  while (!rest.empty()) {
    auto candidate = known_.upper_bound(rest);
    if (candidate == known_.begin()) return nullptr;
    --candidate;
    const std::string& name = candidate->first;
    const auto common = static_cast<std::size_t>(
        std::mismatch(name.begin(), name.end(), rest.begin(), rest.end()).first - name.begin());
    if (common < name.size()) {
      rest = rest.substr(0, common);
      continue;
    }
    for (const Known& known : candidate->second) {
      if (is_wanted(known, which) && stands_at(known, text.units, at)) return &known;
    }
    rest = rest.substr(0, name.size() - 1);
  }
  return nullptr;
}

/// A long hexadecimal word, and the same placeholder for the same one.
std::string Redaction::identifier(std::string_view value) {
  std::string& placeholder = identifiers_[lower(value)];
  if (placeholder.empty()) placeholder = fmt::format("id-{}", identifiers_.size());
  return placeholder;
}

/// The placeholder of a name that stands in these units, with its odd characters as the name has them there.
std::string Redaction::placeholder(const Known& known, std::string_view text, std::span<const Unit> units) {
  std::string result = known.placeholder;
  for (const char odd : known.odd) {
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) {
      if (odd == kForeign) return static_cast<unsigned char>(one.byte) >= 0x80;
      return one.byte == odd || (odd == ' ' && one.byte == '+');
    });
    if (unit == units.end()) continue;
    const std::string_view raw = text.substr(unit->begin, unit->end - unit->begin);
    result += odd == kForeign ? foreign_as(raw) : std::string(raw);
    result += 'x';
  }
  return result;
}

/// Where the identifier ends that begins at this unit: a word of hexadecimal digits and "-".
std::optional<std::size_t> Redaction::identifier_end(const std::vector<Unit>& units, std::size_t at) {
  constexpr std::size_t kFewestDigits = 16;  // a size in hexadecimal has fewer
  if (at > 0 && is_word(units[at - 1].byte)) return std::nullopt;
  std::size_t end = at;
  std::size_t digits = 0;
  bool letters = false;  // a long decimal number is a size or a time
  for (; end < units.size() && (is_hex(units[end].byte) || (end > at && units[end].byte == '-')); ++end) {
    digits += units[end].byte == '-' ? 0 : 1;
    letters |= !is_digit(units[end].byte);
  }
  const bool whole = end == units.size() || !is_word(units[end].byte);
  return digits >= kFewestDigits && letters && whole ? std::optional(end) : std::nullopt;
}

std::string Redaction::replace(std::string_view text, Which which) {
  const Decoded decoded(text);
  const std::vector<Unit>& units = decoded.units;
  std::string result;
  for (std::size_t at = 0; at < units.size();) {
    if (const Known* known = match(decoded, at, which)) {
      const std::size_t length = known->key.size();
      result += placeholder(*known, text, std::span(units).subspan(at, length));
      at += length;
    } else if (const auto id_end = identifier_end(units, at)) {
      std::string value;
      for (; at < *id_end; ++at) value += units[at].byte;
      result += identifier(value);
    } else {
      result += text.substr(units[at].begin, units[at].end - units[at].begin);
      ++at;
    }
  }
  return result;
}

std::string Redaction::prose(std::string_view text) { return without_queries(replace(text, Which::strong)); }
std::string Redaction::text(std::string_view text) { return without_queries(replace(text, Which::all)); }
std::string Redaction::url(std::string_view url) { return without_query_values(replace(url, Which::all)); }

bool Redaction::reveals_secret(std::string_view text) const {
  const Decoded decoded(text);
  for (std::size_t at = 0; at < decoded.units.size(); ++at) {
    const Known* known = match(decoded, at, Which::strong);
    if (known && is_secret(known->kind)) return true;
  }
  return false;
}

}  // namespace rimfs::doctor
