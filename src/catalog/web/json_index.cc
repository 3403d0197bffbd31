// SPDX-License-Identifier: MIT
#include "catalog/web/json_index.h"

#include <fmt/format.h>

#include <cstdint>
#include <istream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json_stream.h"
#include "catalog/listed_values.h"
#include "catalog/web/listed_item.h"

namespace rimfs::catalog {
namespace {

/// Of a name or a value: as for a link in HTML.
constexpr std::size_t kLongestValue = 65'536;
/// Arrays and objects in one another; a listing has two.
constexpr unsigned kDeepest = 64;

/// What one item of the listing says, as far as it says it.
struct Item {
  std::optional<std::string> name;
  std::optional<std::string> type;
  std::optional<bool> is_folder;
  std::optional<ByteCount> size;
  std::string mtime;     // nginx: "Sat, 03 Feb 2024 04:05:06 GMT"
  std::string mod_time;  // Caddy: "2024-02-03T04:05:06Z", perhaps with a fraction
};

/// Nothing for one that no offset reaches.
std::optional<ByteCount> size_of(std::uint64_t value) {
  return value > static_cast<std::uint64_t>(INT64_MAX) ? std::nullopt : std::optional(ByteCount{value});
}

std::optional<Entry> entry_of(Item item, const std::string& base) {
  if (!item.name) return std::nullopt;
  const bool folder = item.type ? *item.type == "directory" : item.is_folder.value_or(false);
  std::optional<std::int64_t> modified = listed_time(item.mtime);
  if (!modified) modified = listed_time(item.mod_time);
  return entry_of(ListedItem{std::move(*item.name), folder, item.size, modified}, base);
}

/// Takes the listing value by value, so that only entries stay in memory. The last value of a key counts.
class ListingReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  ListingReader(std::string base, EntryList& entries) : base_(std::move(base)), entries_(entries) {}

  bool null() override { return plain(); }
  bool boolean(bool value) override {
    if (in_item() && key_ == "is_dir") item_.is_folder = value;
    return plain();
  }
  bool number_integer(number_integer_t) override { return plain(); }  // negative
  bool number_unsigned(number_unsigned_t value) override {
    if (in_item() && key_ == "size") item_.size = size_of(value);
    return plain();
  }
  bool number_float(number_float_t, const string_t&) override { return plain(); }  // or larger than 2^64
  bool string(string_t& value) override {
    if (in_item()) take_text(value);
    return plain();
  }
  bool binary(binary_t&) override { return plain(); }
  bool start_object(std::size_t) override {
    if (depth_ == 1) item_ = Item();
    is_item_ = depth_ == 1 || (depth_ > 1 && is_item_);
    return open(depth_ > 0);
  }
  bool key(string_t& name) override {
    if (in_item()) key_ = name;
    return true;
  }
  bool end_object() override {
    if (in_item()) add();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 1) is_item_ = false;
    return open(true);
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    throw Error(ErrorKind::corrupt, fmt::format("invalid JSON in a listing at byte {}", position));
  }

 private:
  bool in_item() const { return depth_ == 2 && is_item_; }
  bool open(bool allowed) {
    if (!allowed) plain();
    if (++depth_ > kDeepest) {
      throw Error(ErrorKind::corrupt, fmt::format("a JSON listing of more than {} levels", kDeepest));
    }
    return true;
  }
  bool plain() const {
    if (depth_ == 0) throw Error(ErrorKind::corrupt, "a JSON listing that is not an array");
    return true;
  }
  void take_text(const string_t& value) {
    if (key_ == "name") item_.name = value;
    if (key_ == "type") item_.type = value;
    if (key_ == "mtime") item_.mtime = value;
    if (key_ == "mod_time") item_.mod_time = value;
  }
  void add() {
    if (std::optional<Entry> entry = entry_of(std::move(item_), base_)) entries_.add(std::move(*entry));
  }

  const std::string base_;  // of the addresses; with "/" at its end
  EntryList& entries_;
  Item item_;
  std::string key_;
  unsigned depth_ = 0;
  bool is_item_ = false;  // what is at depth 2 is an object
};

}  // namespace

void read_json_index(const Pieces& json, const std::string& url, EntryList& entries) {
  ListingReader reader(base_of_names(url), entries);
  JsonStream characters(json, kLongestValue);
  std::istream stream(&characters);
  nlohmann::json::sax_parse(stream, &reader);
}

Entries read_json_index(std::string_view json, const std::string& url) {
  EntryList entries;
  read_json_index(one_piece(json), url, entries);
  return entries.take();
}

}  // namespace rimfs::catalog
