// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include "base/ascii.h"
#include "catalog/source_kinds.h"
#include "config/draft.h"
#include "config/environment_variables.h"
#include "config/source_url.h"
#include "http/url.h"

namespace rimfs::config {
namespace {

/// With fewer blocks, readers at several places evict one another's blocks before they are read.
constexpr std::uint64_t kFewestBlocks = 16;
/// The largest request of the kernel (256 pages).
constexpr ByteCount kLargestRead = 1_MiB;

/// The fewest blocks that a cache may have. A read holds each block that it touches until the last one arrives. Besides
/// one read of the largest size, which may wait for a server that hangs, there must be memory for another one.
std::uint64_t fewest_blocks(ByteCount block_size) {
  return std::max(kFewestBlocks, 2 * (kLargestRead.value / block_size.value + 1));
}

/// Where the setting was set, or the name of its flag when it was not set.
Position position_of(const Layer& layer, const Setting& setting) {
  const std::vector<Value>* values = layer.find(setting);
  return values ? values->back().position : Position{fmt::format("--{}", setting.flag), {}};
}

void check_sizes(Settings& settings, const Layer& layer) {
  const std::uint64_t fewest = fewest_blocks(settings.cache.block_size);
  const ByteCount least = settings.cache.block_size * fewest;
  if (settings.cache.memory < least) {
    refuse(position_of(layer, *find_by_flag("cache-memory")),
           fmt::format("{} of cache hold fewer than {} blocks of {}", show(settings.cache.memory), fewest,
                       show(settings.cache.block_size)),
           fmt::format("allowed: at least {}, or a smaller block-size", show(least)));
  }
  // Blocks that were fetched ahead stay in memory until they are read. Demand needs room in addition, and so do blocks
  // that wait for the disk cache: without room they would be evicted before they are written, and fetched again by the
  // next mount.
  const ByteCount most = settings.cache.directory.empty() ? settings.cache.memory * 3 / 4 : settings.cache.memory / 2;
  settings.readahead.budget = std::min(settings.readahead.budget, most);
  // A number that the user sets for all servers together counts for each of them, whatever its kind allows.
  if (!settings.http.connections_per_host && layer.says(*find_by_flag("connections"))) {
    settings.http.connections_per_host = settings.http.connections;
  }
}

void check_purpose(const Settings& settings, const Layer& general, Purpose purpose) {
  const Setting& verify = *find_by_flag("verify");
  if (purpose != Purpose::fetch && general.says(verify)) {
    refuse(position_of(general, verify), "this is for rimfs fetch", "leave it out");
  }
  if (settings.cache.offline && settings.cache.directory.empty()) {
    refuse(position_of(general, *find_by_flag("offline")), "there is no disk cache to read from",
           "set --cache-dir, or cache: dir:");
  }
}

/// Requires user and password for a kind of source that needs a login.
void need_login(catalog::Source& source, const Position& position, SecretReader& secrets) {
  http::ServerAccess& access = source.access;
  if (!access.user) {
    refuse(position, std::string(source.kind->user_missing), std::string(source.kind->user_advice));
  }
  if (!access.password.empty()) return;
  if (access.user->empty()) {
    refuse(position, "the user name is empty, which stands for a Kerberos ticket (Negotiate); this server takes none",
           std::string(source.kind->user_advice));
  }
  const std::optional<Secret> answer = secrets.prompt(fmt::format("Password of {} for {}: ", *access.user, source.url));
  if (!answer || answer->empty()) {
    refuse(position, fmt::format("there is no password for user {}", in_quotes(*access.user)),
           "give --password-file, --password-env or --password-fd");
  }
  access.password = *answer;
}

/// The address of the source: its url, or the server that the key of another kind names, such as "vsphere".
Value address_of(const SourceDraft& draft) {
  std::optional<Value> address;
  std::string_view key;
  std::string keys = "url: http(s)://...";
  if (const std::vector<Value>* url = draft.layer.find(*find_by_path("url"))) {
    address = url->front();
    key = "url";
  }
  for (const catalog::SourceKind* kind : catalog::kinds_with_scheme()) {
    keys += fmt::format(" or {}: {}", kind->scheme, kind->value_form);
    const std::vector<Value>* server = draft.layer.find(*find_by_path(kind->scheme));
    if (!server) continue;
    if (address) {
      refuse(server->front().position, fmt::format("mutually exclusive: {} and {}", key, kind->scheme),
             "give one of them");
    }
    address = server->front();
    key = kind->scheme;
    if (!has_scheme(address->text)) address->text = fmt::format("{}://{}", kind->scheme, address->text);
  }
  if (!address) refuse(draft.position, "this source has no url", "every source needs " + keys);
  return *address;
}

/// The URL of the map that the source names. When the query of the image's URL selects the file, the map's URL gets the
/// same query.
std::string map_url(const catalog::Source& source) {
  const std::string name = http::encode_unsafe(source.extents);
  std::string url = http::resolve_location(source.url, name);
  if (!has_scheme(name) && name.find('?') == std::string::npos && catalog::query_names_file(source.url)) {
    url += "?" + http::path_and_query(source.url).query;
  }
  return url;
}

/// Refuses mirrors without TLS for a source with a login: a mirror receives the login, and without TLS every host on
/// the path can read it. Entries of netrc and a cookie jar are not affected, because they name their hosts; a client
/// certificate is never sent without TLS.
void check_mirrors(const catalog::Source& source, const Position& position) {
  const http::ServerAccess& access = source.access;
  const bool has_login = access.user || !access.password.empty() || !access.bearer.empty() || !access.cookie.empty() ||
                         !access.headers.empty() || !access.cookie_script.empty() || !access.header_script.empty() ||
                         !access.url_script.empty();
  if (!has_login || !http::is_https(source.url)) return;
  for (const std::string& mirror : source.mirrors) {
    if (http::is_https(mirror)) continue;
    refuse(position,
           fmt::format("the mirror {} would get the source's login or headers without TLS",
                       http::display_url(mirror, catalog::server_kinds())),
           "name an https mirror, or leave it out");
  }
}

/// Refuses what would fail at each connection: the pinned certificate is the server's, not the proxy's.
void check_proxy(const catalog::Source& source, const Position& position) {
  const http::ServerAccess& access = source.access;
  if (access.fingerprints.empty() || !lower(access.proxy).starts_with("https://")) return;
  refuse(position, "a fingerprint cannot be used with an https proxy", "use an http proxy, or --ca-file");
}

/// Fills in what the settings leave open, for a kind of source whose other tools use variables. They are read only for
/// such a source.
void use_environment(catalog::Source& source, const Layer& layer, Settings& settings,
                     catalog::Environment& environment) {
  if (!source.kind->defaults_from_environment) return;
  static constexpr const char* kTrust[] = {"ca-file", "ca-dir", "fingerprint", "insecure"};
  const bool trust_is_set = std::any_of(std::begin(kTrust), std::end(kTrust),
                                        [&](const char* flag) { return layer.says(*find_by_flag(flag)); });
  for (const std::string& name : source.kind->defaults_from_environment(source, trust_is_set, environment)) {
    settings.notes.push_back(
        fmt::format("{} uses the variable {}", http::display_url(source.url, catalog::server_kinds()), name));
  }
}

/// Refuses what only a file can have, for a folder; and what needs a disk cache, without one.
void check_file_settings(const catalog::Source& source, const Settings& settings, const Position& position) {
  const bool folder = source.kind->is_folder;
  if (folder && (source.offset.value > 0 || source.length)) {
    refuse(position, "offset and length are for a file, and this source is a folder", "leave them out");
  }
  if (folder && source.prefetch_all) {
    refuse(position, "prefetch: all is for a file, and this source is a folder", "leave it out");
  }
  if (source.prefetch_all && settings.cache.directory.empty()) {
    refuse(position, "prefetch: all needs a disk cache", "set --cache-dir, or cache: dir:");
  }
  if (folder && !source.extents.empty()) {
    refuse(position, "extents is for a file, and this source is a folder", "leave it out");
  }
}

/// Refuses what only a file of a server can have, for a member of an archive.
void check_member_settings(const catalog::Source& source, const Position& position) {
  if (source.members.empty()) return;
  const bool is_part = source.offset.value > 0 || source.length;
  if (is_part || source.prefetch_all || !source.extents.empty()) {
    refuse(position, "offset, length, prefetch and extents cannot be used with a member of an archive",
           "leave them out");
  }
  if (source.file_name.empty()) {
    refuse(position, "\"!/\" stands behind the URL of a folder", "name an archive: .../NAME.ova!/MEMBER");
  }
}

/// Refuses a script that prints the address of one file, for a folder.
void check_url_script(const catalog::Source& source, const Position& position) {
  if (source.access.url_script.empty() || !source.kind->is_folder) return;
  refuse(position, "url-script is for a file, and this source is a folder", "give the URL of a file");
}

/// The places besides the settings that values come from.
struct Providers {
  SecretReader secrets;
  EnvironmentVariables environment;
};

catalog::Source make_source(const SourceDraft& draft, const Layer& general, Settings& settings, Providers& providers) {
  const SourceUrl parsed = parse_source_url(address_of(draft));
  const Setting& user = *find_by_flag("user");
  if (parsed.user && draft.layer.says(user)) {
    refuse(position_of(draft.layer, user), "the URL holds a user, too", "give one of them");
  }
  Layer near = draft.layer;
  if (parsed.user) near.add(user, {*parsed.user, draft.position});
  near.check_exclusive();
  const Layer layer = near.over(general);

  catalog::Source source;
  Target target{settings, source, providers.secrets};
  layer.store(target, Scope::image);
  source.kind = parsed.kind;
  source.url = parsed.url;
  source.folder = parsed.folder;
  source.file_name = parsed.file_name;
  source.members = parsed.members;
  check_file_settings(source, settings, draft.position);
  check_member_settings(source, draft.position);
  if (source.name.empty()) {
    check_file_name(parsed.name, draft.position);
    source.name = parsed.name;
  }
  // A ":" in the URL's user name is part of the name, and does not start a password.
  if (parsed.user && parsed.user->find(':') != std::string::npos && !parsed.password) {
    refuse(draft.position, "a user name cannot hold a \":\"", "write http://USER:PASSWORD@HOST/...");
  }
  layer.store(target, Scope::access);
  // Only a name that differs from the default, which changes with each version of this program.
  if (settings.http.user_agent != http::Options{}.user_agent) source.access.user_agent = settings.http.user_agent;
  if (parsed.user) source.access.user = parsed.user;
  if (parsed.password) source.access.password = *parsed.password;
  use_environment(source, layer, settings, providers.environment);
  if (!source.extents.empty() && !source.extents.starts_with('/')) source.extents = map_url(source);
  check_mirrors(source, draft.position);
  check_proxy(source, draft.position);
  check_url_script(source, draft.position);
  if (source.access.whole_file && settings.cache.directory.empty()) {
    refuse(draft.position, "whole-file: allow needs a disk cache", "set --cache-dir, or cache: dir:");
  }
  if (!source.kind->user_missing.empty()) need_login(source, draft.position, providers.secrets);
  return source;
}

/// Refuses flags that describe one image when there are several sources.
void check_image_flags(const Draft& command_line, std::size_t sources) {
  if (sources <= 1) return;
  for (const char* flag : {"offset", "length", "extents"}) {
    const Setting& setting = *find_by_flag(flag);
    if (!command_line.general.says(setting)) continue;
    refuse(position_of(command_line.general, setting),
           fmt::format("there are {} sources, and this is for one", sources),
           fmt::format("set {}: for each source in a configuration file", flag));
  }
}

/// The words of the sources' same-file rules, each once: "validator, size".
std::string same_file_words(const std::vector<catalog::Source>& sources) {
  std::set<http::SameFile> rules;
  for (const catalog::Source& source : sources) rules.insert(source.access.same_file);
  std::string words;
  for (const http::SameFile rule : rules) {
    words += fmt::format("{}{}", words.empty() ? "" : ", ", http::kSameFileWords[static_cast<std::size_t>(rule)]);
  }
  return words;
}

void add_sources(const Draft& draft, const Layer& general, Settings& settings, Providers& providers) {
  for (const SourceDraft& one : draft.sources) {
    catalog::Source source = make_source(one, general, settings, providers);
    const bool taken = std::any_of(settings.sources.begin(), settings.sources.end(),
                                   [&](const catalog::Source& other) { return other.name == source.name; });
    if (taken) {
      refuse(one.position, fmt::format("two sources have the file name {}", in_quotes(source.name)),
             "give one of them another: NAME=URL, or name: in a configuration file");
    }
    settings.sources.push_back(std::move(source));
  }
  settings.fs.same_file = same_file_words(settings.sources);
}

/// The settings of a copy from a mount. Its reads follow the settings of that mount, so no others may be set.
Settings copy_of_mounted_file(const Draft& command_line) {
  Settings settings;
  const Setting& verify = *find_by_flag("verify");
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      if (&setting == &verify || !command_line.general.says(setting)) continue;
      refuse(position_of(command_line.general, setting), "a mounted file is read with its mount's settings",
             "leave it out, or copy from a URL");
    }
  }
  const std::vector<Value>* const verified = command_line.general.find(verify);
  settings.verify = verified && toggle_of(verified->back());
  settings.mounted_file = absolute_path(*command_line.mounted_file);
  if (command_line.mountpoint) settings.destination = absolute_path(*command_line.mountpoint);
  if (settings.verify && settings.destination.empty()) {
    refuse(position_of(command_line.general, verify), "there is no copy to read back",
           "name one: rimfs fetch --verify MOUNTED FILE");
  }
  return settings;
}

std::string checked_mountpoint(const Value& value) {
  const std::string path = absolute_path(value);
  struct stat found {};
  struct statvfs ignored {};
  // Calls statvfs as well, because the kernel may answer stat from its cache for a mount whose process has ended.
  if (::stat(path.c_str(), &found) != 0 || ::statvfs(path.c_str(), &ignored) != 0) {
    if (errno == ENOTCONN) {
      throw Error(ErrorKind::system,
                  fmt::format("{} is a mount whose process is gone; remove it with: rimfs umount {}", path, path));
    }
    throw system_error(fmt::format("cannot mount on {}", path), errno);
  }
  if (!S_ISDIR(found.st_mode)) throw Error(ErrorKind::system, fmt::format("cannot mount on {}: not a directory", path));
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

}  // namespace

Settings assemble(const Draft& command_line, const Draft& file, Purpose purpose) {
  if (command_line.mounted_file) return copy_of_mounted_file(command_line);
  command_line.general.check_exclusive();
  file.general.check_exclusive();
  const Layer general = command_line.general.over(file.general);

  Settings settings;
  Providers providers;
  catalog::Source none;
  Target target{settings, none, providers.secrets};
  general.store(target, Scope::mount);
  check_sizes(settings, general);
  check_purpose(settings, general, purpose);

  const std::size_t count = file.sources.size() + command_line.sources.size();
  if (count == 0) {
    refuse({}, "no source: missing argument URL",
           purpose == Purpose::mount   ? "usage: rimfs mount [OPTION]... [NAME=]URL... MOUNTPOINT"
           : purpose == Purpose::fetch ? "usage: rimfs fetch [OPTION]... URL [FILE]"
                                       : "usage: rimfs doctor [OPTION]... URL");
  }
  check_image_flags(command_line, count);
  add_sources(file, general, settings, providers);
  add_sources(command_line, general, settings, providers);

  if (purpose != Purpose::mount) {
    for (catalog::Source& source : settings.sources) source.optional = false;  // there is nothing else to show
  }
  if (purpose == Purpose::doctor) {
    if (command_line.mountpoint) refuse({}, "rimfs doctor needs one URL, and no directory", "leave the directory out");
    return settings;
  }
  if (purpose == Purpose::fetch) {
    if (command_line.mountpoint) settings.destination = absolute_path(*command_line.mountpoint);
    // A copy needs the whole file in any case.
    const bool has_place = !settings.destination.empty() || !settings.cache.directory.empty();
    for (catalog::Source& source : settings.sources) source.access.whole_file = has_place;
    return settings;
  }
  const std::optional<Value>& mountpoint = command_line.mountpoint ? command_line.mountpoint : file.mountpoint;
  if (!mountpoint)
    refuse({}, "no mountpoint: missing argument MOUNTPOINT", "usage: rimfs mount [OPTION]... [NAME=]URL... MOUNTPOINT");
  settings.fs.mountpoint = checked_mountpoint(*mountpoint);
  return settings;
}

}  // namespace rimfs::config
