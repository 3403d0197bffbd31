// SPDX-License-Identifier: MIT
// The rows of the settings that may differ for each source.
#include <fmt/format.h>

#include <algorithm>

#include "base/split.h"
#include "catalog/source_kinds.h"
#include "config/schema.h"
#include "config/source_url.h"
#include "http/fingerprint.h"
#include "http/url.h"

namespace rimfs::config {
namespace {

using T = Target&;
using V = const Value&;
using S = const Setting&;

void check_one_line(const std::string& text, const Position& position) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    refuse(position, "the value has more than one line", "give one line");
  }
}

void add_header(Target& target, const std::string& line, const Position& position) {
  check_one_line(line, position);
  const std::size_t colon = line.find(':');
  const bool good = colon != std::string::npos && colon > 0 && line.find_first_of(" \t") > colon;
  if (!good) refuse(position, "invalid header", "write \"Name: value\"");
  target.source.access.headers.emplace_back(line);
}

void add_header_file(Target& target, const Value& value, const Setting&) {
  const Secret text = target.secrets.file(value);
  for (std::string_view line : split(text.reveal(), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && line.front() != '#') add_header(target, std::string(line), value.position);
  }
}

void set_user(Target& target, const Value& value, const Setting&) {
  const std::size_t colon = value.text.find(':');
  check_one_line(value.text, value.position);
  target.source.access.user = value.text.substr(0, colon);
  if (colon != std::string::npos) target.source.access.password = Secret(value.text.substr(colon + 1));
}

Secret one_line(Secret secret, const Value& value) {
  check_one_line(secret.reveal(), value.position);
  return secret;
}

/// The message shows no part of the word, because libcurl and this program may disagree about where a password in it
/// ends.
void set_proxy(Target& target, const Value& value, const Setting&) {
  check_one_line(value.text, value.position);
  if (!value.text.empty() && !http::is_proxy_url(value.text)) {
    refuse(value.position, "invalid proxy URL",
           "allowed: [http|https|socks4|socks4a|socks5|socks5h://][USER[:PASSWORD]@]HOST[:PORT], with /, ?, # and @ in "
           "a password "
           "as %2F, %3F, %23 and %40");
  }
  target.source.access.proxy = value.text;
}

void add_resolve(Target& target, const Value& value, const Setting& setting) {
  const std::size_t host = value.text.find(':');
  const std::size_t port = host == std::string::npos ? host : value.text.find(':', host + 1);
  std::uint64_t number = 0;
  const bool good = port != std::string::npos && host > 0 && port + 1 < value.text.size() &&
                    parse_count(std::string_view(value.text).substr(host + 1, port - host - 1), number);
  if (!good || number < 1 || number > 65535) {
    refuse(value.position, "invalid address of a host: " + in_quotes(value.text), "write " + setting.allowed());
  }
  target.source.access.resolve.push_back(value.text);
}

void add_fingerprint(Target& target, const Value& value, const Setting&) {
  const std::optional<http::Fingerprint> fingerprint = http::read_fingerprint(value.text);
  if (!fingerprint) {
    refuse(value.position, "invalid fingerprint of a certificate: " + in_quotes(value.text),
           "write its SHA-256 or SHA-1 in hexadecimal, as openssl x509 -fingerprint -sha256 prints it");
  }
  target.source.access.fingerprints.push_back(*fingerprint);
}

void add_mirror(Target& target, const Value& value, const Setting&) {
  const SourceUrl parsed = parse_source_url(value);
  if (parsed.user)
    refuse(value.position, "a mirror's URL holds a user", "the source's login is used for its mirrors, too");
  if (parsed.kind->is_folder) refuse(value.position, "a mirror cannot be a folder", "give the URL of a file");
  if (!parsed.members.empty()) {
    refuse(value.position, "a mirror's URL names a member", "give the URL of the archive; the member is that of url");
  }
  target.source.mirrors.push_back(parsed.url);
}

/// A word that begins like a path is a local file. Any other word is relative to the image's URL, or a URL.
void set_extents(Target& target, const Value& value, const Setting&) {
  const std::string& text = value.text;
  const bool local = text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
  if (text.empty()) refuse(value.position, "empty name of the map", "name a file as ./NAME or /..., or a URL");
  if (!local && has_scheme(text) && parse_source_url(value).user) {
    refuse(value.position, "the map's URL holds a user", "the image's login is used for its map, too");
  }
  target.source.extents = local ? absolute_path(value) : text;
}

Setting access(std::string_view name, Shape shape, Form form, std::string_view metavar, std::string_view help,
               void (*store)(Target&, const Value&, const Setting&)) {
  return {name, name, 0, Scope::access, shape, form, metavar, 0, 0, help, store, nullptr};
}

Setting in_slot(Setting setting, std::string_view slot, Login login) {
  setting.slot = slot;
  setting.login = login;
  return setting;
}

Setting secret(Setting setting) {
  setting.secret = true;
  return setting;
}

Setting script_age() {
  constexpr std::uint64_t kDay = 24ULL * 3'600'000;
  Setting setting = access("script-age", Shape::word, Form::duration, "TIME",
                           "run the scripts again after TIME, and after a 401 or 403",
                           [](T t, V v, S s) { t.source.access.script_age = duration_of(v, s); });
  setting.least = 1000;
  setting.most = kDay;
  setting.standard = [] { return show(http::ServerAccess{}.script_age); };
  return setting;
}

Setting same_file() {
  Setting setting = access(
      "same-file", Shape::word, Form::choice, "validator|size-and-time|size",
      "what tells versions of a file apart: validator: entity tag, time and size; size-and-time, size: less, for "
      "servers behind one address, or mirrors, that describe the same file differently; you vouch for it",
      [](T t, V v, S s) { t.source.access.same_file = static_cast<http::SameFile>(choice_of(v, s)); });
  setting.standard = [] { return std::string(http::kSameFileWords.front()); };
  return setting;
}

Setting whole_file() {
  Setting setting =
      access("whole-file", Shape::word, Form::choice, "refuse|allow",
             "allow: download a file as a whole, when it is read, if its server does not serve ranges; into the "
             "disk cache's directory, which needs room for it twice",
             [](T t, V v, S s) { t.source.access.whole_file = choice_of(v, s) == 1; });
  setting.standard = [] { return std::string("refuse"); };
  return setting;
}

Setting archives() {
  Setting setting = access("archives", Shape::word, Form::choice, "file|folder",
                           "folder: show archives (OVA, tar, zip, and xz and zstd with frames) as folders of their "
                           "members; URL!/MEMBER names one member",
                           [](T t, V v, S s) { t.source.archives_are_folders = choice_of(v, s) == 1; });
  setting.standard = [] { return std::string("file"); };
  return setting;
}

Setting tls_minimum() {
  Setting setting =
      access("tls-minimum", Shape::word, Form::choice, "1.0|1.1|1.2|1.3",
             "the oldest version of TLS to use; 1.0 and 1.1, for old servers, also allow weak ciphers and "
             "keys",
             [](T t, V v, S s) { t.source.access.tls_minimum = static_cast<http::TlsVersion>(choice_of(v, s)); });
  setting.standard = [] { return std::string("1.2"); };
  return setting;
}

std::vector<Setting> login_settings() {
  return {
      secret(in_slot(access("user", Shape::word, Form::text, "NAME[:PASSWORD]",
                            "log in with this name (Basic); \":\" with the Kerberos ticket", set_user),
                     "login", Login::identity)),
      in_slot(access("password-file", Shape::word, Form::file, "FILE", "the password, from a file",
                     [](T t, V v, S) { t.source.access.password = one_line(t.secrets.file(v), v); }),
              "password", Login::password),
      in_slot(access("password-env", Shape::word, Form::text, "VARIABLE", "the password, from the environment",
                     [](T t, V v, S) { t.source.access.password = one_line(t.secrets.environment(v), v); }),
              "password", Login::password),
      in_slot(access("password-fd", Shape::word, Form::text, "N", "the password, from an open file descriptor",
                     [](T t, V v, S) { t.source.access.password = one_line(t.secrets.descriptor(v), v); }),
              "password", Login::password),
      in_slot(access("bearer-file", Shape::word, Form::file, "FILE", "a bearer token, from a file",
                     [](T t, V v, S) { t.source.access.bearer = one_line(t.secrets.file(v), v); }),
              "login", Login::identity),
      in_slot(access("netrc", Shape::toggle, Form::choice, "", "look up user and password in ~/.netrc",
                     [](T t, V v, S) { t.source.access.netrc = toggle_of(v); }),
              {}, Login::identity),
      in_slot(
          access("netrc-file", Shape::word, Form::file, "FILE", "look up user and password in FILE, in netrc format",
                 [](T t, V v, S s) {
                   t.source.access.netrc = true;
                   t.source.access.netrc_file = readable_file_of(v, s);
                 }),
          {}, Login::identity),
      secret(access("header", Shape::list, Form::text, "'NAME: VALUE'", "send this header; may be repeated",
                    [](T t, V v, S) { add_header(t, v.text, v.position); })),
      access("header-file", Shape::word, Form::file, "FILE", "send the headers in FILE, one a line", add_header_file),
      secret(in_slot(
          access("cookie", Shape::word, Form::text, "NAME=VALUE", "send this cookie; several are separated by \"; \"",
                 [](T t, V v, S) { t.source.access.cookie = one_line(Secret(v.text), v); }),
          "cookie", Login::none)),
      in_slot(access("cookie-file", Shape::word, Form::file, "FILE", "send the cookies in FILE, in the same format",
                     [](T t, V v, S) { t.source.access.cookie = one_line(t.secrets.file(v), v); }),
              "cookie", Login::none),
      in_slot(access("cookie-script", Shape::word, Form::command, "COMMAND",
                     "a shell command that prints cookies; gets the URL in RIMFS_URL; runs in the folder of the "
                     "configuration file, or in the working directory",
                     [](T t, V v, S) {
                       t.source.access.cookie_script = {v.text, folder_of(v.position)};
                     }),
              "cookie", Login::none),
      access("header-script", Shape::word, Form::command, "COMMAND",
             "a shell command that prints headers, one a line; runs as cookie-script does",
             [](T t, V v, S) {
               t.source.access.header_script = {v.text, folder_of(v.position)};
             }),
      access("url-script", Shape::word, Form::command, "COMMAND",
             "a shell command that prints the URL to request, such as a presigned one, in place of the file's; the "
             "file's size and validators stay; runs as cookie-script does",
             [](T t, V v, S) {
               t.source.access.url_script = {v.text, folder_of(v.position)};
             }),
      script_age(),
      access("cookie-jar", Shape::word, Form::file, "FILE", "send the cookies of a jar in Netscape format",
             [](T t, V v, S s) { t.source.access.cookie_jar = readable_file_of(v, s); }),
  };
}

std::vector<Setting> connection_settings() {
  return {
      access("client-certificate", Shape::word, Form::file, "FILE", "client certificate for the server (PEM)",
             [](T t, V v, S s) { t.source.access.client_certificate = readable_file_of(v, s); }),
      access("client-key", Shape::word, Form::file, "FILE",
             "private key of the client certificate, if it is in another file",
             [](T t, V v, S s) { t.source.access.client_key = readable_file_of(v, s); }),
      access("client-key-password-file", Shape::word, Form::file, "FILE", "password of the private key, from a file",
             [](T t, V v, S) { t.source.access.client_key_password = one_line(t.secrets.file(v), v); }),
      access("ca-file", Shape::word, Form::file, "FILE", "trust these certificate authorities (PEM)",
             [](T t, V v, S s) { t.source.access.ca_file = readable_file_of(v, s); }),
      access("ca-dir", Shape::word, Form::file, "DIR", "trust the authorities in a directory (c_rehash)",
             [](T t, V v, S s) { t.source.access.ca_dir = readable_file_of(v, s); }),
      in_slot(
          access("fingerprint", Shape::list, Form::text, "FINGERPRINT",
                 "accept the certificate with this SHA-256 or SHA-1 fingerprint (thumbprint), whatever its authority, "
                 "names and dates are; may be repeated",
                 add_fingerprint),
          "trust", Login::none),
      in_slot(access("insecure", Shape::toggle, Form::choice, "", "accept any certificate",
                     [](T t, V v, S) { t.source.access.insecure = toggle_of(v); }),
              "trust", Login::none),
      tls_minimum(),
      same_file(),
      whole_file(),
      archives(),
      secret(access("proxy", Shape::word, Form::text, "URL", "use this proxy instead of the environment's", set_proxy)),
      access("resolve", Shape::list, Form::text, "HOST:PORT:ADDRESS", "address of a host, instead of a DNS lookup",
             add_resolve),
      access("ip-version", Shape::word, Form::choice, "any|4|6", "connect over IPv4 or IPv6 only",
             [](T t, V v, S s) { t.source.access.ip_version = static_cast<http::IpVersion>(choice_of(v, s)); }),
  };
}

/// The settings of S3 sources. The other ones come from the AWS SDKs' variables and files (catalog/s3/environment.h).
std::vector<Setting> s3_settings() {
  std::vector<Setting> settings = {
      access("s3-endpoint", Shape::word, Form::text, "URL",
             "the S3 server, such as https://minio.example:9000; default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the "
             "profile's endpoint_url, AWS",
             [](T t, V v, S) { t.source.s3.endpoint = v.text; }),
      access("s3-region", Shape::word, Form::text, "REGION",
             "the bucket's region; default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region, what the server says",
             [](T t, V v, S) { t.source.s3.region = v.text; }),
      access("s3-profile", Shape::word, Form::text, "NAME",
             "profile of ~/.aws/config and ~/.aws/credentials to use; default: AWS_PROFILE, default",
             [](T t, V v, S) { t.source.s3.profile = v.text; }),
      access(
          "s3-style", Shape::word, Form::choice, "auto|path|virtual",
          "where the bucket stands in URLs: HOST/BUCKET (path) or BUCKET.HOST (virtual); auto: as the server needs it",
          [](T t, V v, S s) { t.source.s3.style = static_cast<catalog::s3::Style>(choice_of(v, s)); }),
      access("s3-anonymous", Shape::toggle, Form::choice, "", "sign no requests, for public buckets",
             [](T t, V v, S) { t.source.s3.anonymous = toggle_of(v); }),
  };
  settings[3].standard = [] { return std::string("auto"); };
  return settings;
}

/// The keys that replace url for a kind of source with a scheme of its own.
std::vector<Setting> server_settings() {
  std::vector<Setting> settings;
  for (const catalog::SourceKind* kind : catalog::kinds_with_scheme()) {
    settings.push_back({kind->scheme, "", 0, Scope::image, Shape::word, Form::text, kind->value_form, 0, 0, kind->help,
                        [](T, V, S) {}, nullptr});
  }
  return settings;
}

/// The help of the key url. Lives as long as the program.
std::string_view url_help() {
  static const std::string help = [] {
    std::string text = "URL of the image, or of a folder of images (then it ends with /); this";
    for (const catalog::SourceKind* kind : catalog::kinds_with_scheme()) text += fmt::format(" or {}", kind->scheme);
    return text + " is required";
  }();
  return help;
}

Section url_section() {
  return {"Images",
          {
              {"url",
               "",
               0,
               Scope::image,
               Shape::word,
               Form::text,
               "URL",
               0,
               0,
               url_help(),
               [](T t, V v, S) { t.source.url = v.text; },
               nullptr,
               {},
               Login::none,
               true},
              {"mirrors", "", 0, Scope::image, Shape::list, Form::text, "URL", 0, 0,
               "other URLs of the same file, used when url fails", add_mirror, nullptr},
          }};
}

std::vector<Setting> file_settings() {
  constexpr std::uint64_t kLargest = INT64_MAX;
  return {
      {"name", "", 0, Scope::image, Shape::word, Form::text, "NAME", 0, 0,
       "the file's name in the mount; otherwise the last part of the URL",
       [](T t, V v, S) {
         check_file_name(v.text, v.position);
         t.source.name = v.text;
       },
       nullptr},
      {"offset", "offset", 0, Scope::image, Shape::word, Form::bytes, "SIZE", 0, kLargest,
       "offset of the image in the remote file", [](T t, V v, S s) { t.source.offset = Offset{bytes_of(v, s).value}; },
       [] { return std::string("0"); }},
      {"length", "length", 0, Scope::image, Shape::word, Form::bytes, "SIZE", 1, kLargest,
       "size of the image; default: to the end of the remote file",
       [](T t, V v, S s) { t.source.length = bytes_of(v, s); }, nullptr},
      {"optional", "optional", 0, Scope::image, Shape::toggle, Form::choice, "", 0, 0,
       "mount although the source fails; it is tried again when it is used",
       [](T t, V v, S) { t.source.optional = toggle_of(v); }, nullptr},
      {"prefetch", "prefetch", 0, Scope::image, Shape::word, Form::choice, "none|all", 0, 0,
       "all: fill the disk cache with the whole image when no other request needs the connection",
       [](T t, V v, S s) { t.source.prefetch_all = choice_of(v, s) == 1; }, [] { return std::string("none"); }},
      {"extents", "extents", 0, Scope::image, Shape::word, Form::text, "FILE|URL", 0, 0,
       "map of the image's extents (qemu-img map's JSON or bmap): /... or ./... is a local file, otherwise a URL, "
       "relative to the image's; ranges that it marks as empty are read as zeros",
       set_extents, nullptr},
  };
}

}  // namespace

Section access_section() {
  std::vector<Setting> settings = login_settings();
  for (Setting& setting : s3_settings()) settings.push_back(setting);
  for (Setting& setting : connection_settings()) settings.push_back(setting);
  return {"Access to servers", std::move(settings)};
}

Section image_section() {
  Section section = url_section();
  for (Setting& setting : server_settings()) section.settings.push_back(setting);
  for (Setting& setting : file_settings()) section.settings.push_back(setting);
  return section;
}

}  // namespace rimfs::config
