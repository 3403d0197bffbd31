// SPDX-License-Identifier: MIT
#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/split.h"

namespace rimfs::config {
namespace {

using T = Target&;
using V = const Value&;
using S = const Setting&;

constexpr std::uint64_t kDay = 24ULL * 3'600'000;

void add_mount_options(T target, V value, S setting) {
  for (const std::string_view word : split(value.text, ',')) {
    if (word.empty()) refuse(value.position, "empty mount option", "write " + setting.allowed());
    if (word == "rw") refuse(value.position, "rimfs mounts are read-only", "leave out rw");
    if (word == "allow_other") {
      target.settings.fs.allow_other = true;
    } else if (word != "ro") {
      target.settings.fs.mount_options.emplace_back(word);
    }
  }
}

Section mount_section() {
  return {"Mount",
          {
              {"foreground", "foreground", 'f', Scope::mount, Shape::toggle, Form::choice, "", 0, 0,
               "stay in the foreground and log to the terminal",
               [](T t, V v, S) { t.settings.foreground = toggle_of(v); }, nullptr},
              {"options", "options", 'o', Scope::mount, Shape::list, Form::text, "OPTION,...", 0, 0,
               "mount options, such as allow_other", add_mount_options, nullptr},
              {"timeouts.attribute-time", "attribute-time", 0, Scope::mount, Shape::word, Form::duration, "TIME", 0,
               kDay, "time for which names and listings are used before the server is asked again",
               [](T t, V v, S s) { t.settings.fs.attribute_time = duration_of(v, s); },
               [] { return show(fs::Options{}.attribute_time); }},
              {"workers", "workers", 0, Scope::mount, Shape::word, Form::count, "N", 1, 64,
               "threads that take requests from the kernel",
               [](T t, V v, S s) { t.settings.fs.workers = static_cast<unsigned>(count_of(v, s)); },
               [] { return fmt::format("{}", fs::Options{}.workers); }},
              {"log.file", "log-file", 0, Scope::mount, Shape::word, Form::file, "FILE", 0, 0,
               "append the log to FILE instead of syslog or the terminal",
               [](T t, V v, S) { t.settings.log_file = absolute_path(v); }, nullptr},
              {"log.level", "log-level", 0, Scope::mount, Shape::word, Form::choice, "debug|info|warning|error", 0, 0,
               "how much to log", [](T t, V v, S s) { t.settings.log_level = static_cast<LogLevel>(choice_of(v, s)); },
               [] { return std::string("info"); }},
          }};
}

Section cache_section() {
  return {
      "Cache and readahead",
      {
          {"cache.memory", "cache-memory", 0, Scope::mount, Shape::word, Form::bytes, "SIZE", 1 << 20, 1ULL << 50,
           "hard limit of the RAM cache, all files together; at least 16 blocks (34 of 64K, 18 of 128K)",
           [](T t, V v, S s) { t.settings.cache.memory = bytes_of(v, s); },
           [] { return show(cache::Options{}.memory); }},
          {"cache.block-size", "block-size", 0, Scope::mount, Shape::word, Form::bytes, "SIZE", 64 << 10, 16 << 20,
           "unit of fetching and eviction; a power of two",
           [](T t, V v, S s) {
             t.settings.cache.block_size = bytes_of(v, s);
             const std::uint64_t size = t.settings.cache.block_size.value;
             if ((size & (size - 1)) != 0)
               refuse(v.position, fmt::format("invalid size: {} is not a power of two", in_quotes(v.text)),
                      "allowed: " + s.allowed());
           },
           [] { return show(cache::Options{}.block_size); }},
          {"cache.dir", "cache-dir", 0, Scope::mount, Shape::word, Form::file, "DIR", 0, 0,
           "keep fetched data in this directory for later mounts; created if missing, for this user only",
           [](T t, V v, S) { t.settings.cache.directory = absolute_path(v); }, nullptr},
          {"cache.size", "cache-size", 0, Scope::mount, Shape::word, Form::bytes, "SIZE", 16 << 20, 1ULL << 60,
           "hard limit of the disk cache, all images of all mounts together",
           [](T t, V v, S s) { t.settings.cache.size = bytes_of(v, s); }, [] { return show(cache::Options{}.size); }},
          {"cache.trace-dir", "trace-dir", 0, Scope::mount, Shape::word, Form::file, "DIR", 0, 0,
           "keep access traces in this directory; default: the directory traces in cache.dir",
           [](T t, V v, S) { t.settings.cache.trace_directory = absolute_path(v); }, nullptr},
          {"cache.offline", "offline", 0, Scope::mount, Shape::word, Form::choice, "refuse|allow", 0, 0,
           "allow: when a server is unreachable, show what the disk cache has of it, unchecked",
           [](T t, V v, S s) { t.settings.cache.offline = choice_of(v, s) == 1; },
           [] { return std::string("refuse"); }},
          {"readahead", "readahead", 0, Scope::mount, Shape::word, Form::bytes, "SIZE", 0, 1ULL << 50,
           "bytes requested ahead of all readers, at most three quarters of the cache, half with cache.dir; 0 turns it "
           "off",
           [](T t, V v, S s) { t.settings.readahead.budget = bytes_of(v, s); },
           [] { return show(readahead::Options{}.budget); }},
          {"format-prefetch", "format-prefetch", 0, Scope::mount, Shape::word, Form::choice, "off|on", 0, 0,
           "fetch the tables of disk images (qcow2, VMDK, VHD, VHDX, VDI, partitions) when their header is read",
           [](T t, V v, S s) { t.settings.readahead.formats = choice_of(v, s) != 0; },
           [] { return std::string("on"); }},
          {"access-traces", "access-traces", 0, Scope::mount, Shape::word, Form::choice, "off|on", 0, 0,
           "remember what is read first of each image, and request it at once at the next mount's first read",
           [](T t, V v, S s) { t.settings.readahead.traces = choice_of(v, s) != 0; }, [] { return std::string("on"); }},
      }};
}

Section copy_section() {
  return {"Copies",
          {
              {"verify", "verify", 0, Scope::mount, Shape::toggle, Form::choice, "", 0, 0,
               "for rimfs fetch: read the copy, or what the cache stores, from the disk again and compare",
               [](T t, V v, S) { t.settings.verify = toggle_of(v); }, nullptr},
          }};
}

Section connection_section() {
  return {"Connections",
          {
              {"connections.total", "connections", 0, Scope::mount, Shape::word, Form::count, "N", 1, 256,
               "concurrent connections to all servers together",
               [](T t, V v, S s) { t.settings.http.connections = static_cast<unsigned>(count_of(v, s)); },
               [] { return fmt::format("{}", http::Options{}.connections); }},
              {"connections.per-host", "connections-per-host", 0, Scope::mount, Shape::word, Form::count, "N", 1, 256,
               "concurrent connections to one server; default: as many as to all, 4 to a vSphere server",
               [](T t, V v, S s) { t.settings.http.connections_per_host = static_cast<unsigned>(count_of(v, s)); },
               [] { return fmt::format("{}", http::Options{}.connections); }},
              {"hedged-requests", "hedged-requests", 0, Scope::mount, Shape::word, Form::choice, "off|on", 0, 0,
               "request a range that stalls a second time over another connection, and use the first reply",
               [](T t, V v, S s) { t.settings.http.hedged_requests = choice_of(v, s) != 0; },
               [] { return std::string("on"); }},
              {"http-version", "http-version", 0, Scope::mount, Shape::word, Form::choice, "1.1|2", 0, 0,
               "HTTP version; 2 where the server supports it, over https",
               [](T t, V v, S s) { t.settings.http.http_version = static_cast<http::HttpVersion>(choice_of(v, s)); },
               [] { return std::string("1.1"); }},
              {"user-agent",
               "user-agent",
               0,
               Scope::mount,
               Shape::word,
               Form::text,
               "TEXT",
               0,
               0,
               "User-Agent header of requests; empty: send none",
               [](T t, V v, S) { t.settings.http.user_agent = v.text; },
               [] { return http::Options{}.user_agent; },
               {},
               Login::none,
               false,
               true},
              {"timeouts.connect", "connect-timeout", 0, Scope::mount, Shape::word, Form::duration, "TIME", 100, kDay,
               "limit for connecting, including name lookup and TLS",
               [](T t, V v, S s) { t.settings.http.connect_timeout = duration_of(v, s); },
               [] { return show(http::Options{}.connect_timeout); }},
              {"timeouts.stall", "stall-timeout", 0, Scope::mount, Shape::word, Form::duration, "TIME", 1000, kDay,
               "end a request that receives less than minimum-rate for this time",
               [](T t, V v, S s) { t.settings.http.stall_timeout = duration_of(v, s); },
               [] { return show(http::Options{}.stall_timeout); }},
              {"timeouts.minimum-rate", "minimum-rate", 0, Scope::mount, Shape::word, Form::bytes, "SIZE", 0, 1 << 30,
               "bytes a second that a reply must deliver, measured over stall-timeout; 0: any byte is enough",
               [](T t, V v, S s) { t.settings.http.minimum_rate = bytes_of(v, s); },
               [] { return show(http::Options{}.minimum_rate); }},
              {"timeouts.retry-deadline", "retry-deadline", 0, Scope::mount, Shape::word, Form::duration, "TIME", 0,
               kDay, "time that a reader waits while nothing arrives at the minimum rate",
               [](T t, V v, S s) { t.settings.http.retry_deadline = duration_of(v, s); },
               [] { return show(http::Options{}.retry_deadline); }},
              {"timeouts.revalidate-after", "revalidate-after", 0, Scope::mount, Shape::word, Form::duration, "TIME", 0,
               kDay, "an open checks whether the remote file has changed if the last check is older",
               [](T t, V v, S s) { t.settings.http.revalidate_after = duration_of(v, s); },
               [] { return show(http::Options{}.revalidate_after); }},
          }};
}

template <typename Matches>
const Setting* find_if(Matches matches) {
  for (const Section& section : schema()) {
    for (const Setting& setting : section.settings) {
      if (matches(setting)) return &setting;
    }
  }
  return nullptr;
}

}  // namespace

const std::vector<Section>& schema() {
  static const std::vector<Section> sections = {image_section(), access_section(), connection_section(),
                                                cache_section(), mount_section(),  copy_section()};
  return sections;
}

const Setting* find_by_flag(std::string_view flag) {
  if (flag.empty()) return nullptr;
  return find_if([&](const Setting& setting) { return setting.flag == flag; });
}

const Setting* find_by_path(std::string_view path) {
  return find_if([&](const Setting& setting) { return setting.path == path; });
}

}  // namespace rimfs::config
