// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "catalog/environment.h"
#include "catalog/file_reader.h"
#include "catalog/source.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "http/login.h"
#include "http/server_kind.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog {

/// Where a URL with a scheme of its own leads. A value.
struct WebAddress {
  std::string url;     ///< http or https.
  std::string folder;  ///< What to show of the server: Source::folder.
};

/// One kind of source: how its URLs look, and what they lead to. A row of its module's table, constant for the life of
/// the program. Members that do not apply are empty or null.
struct SourceKind {
  bool is_folder = false;  ///< It leads to a tree, not to one image.

  /// How an http or https URL of this kind is recognised; the first kind that does takes it. `path`: of the URL, as
  /// written, "/" when it is empty. The URL has neither user, password nor fragment.
  bool (*recognises)(std::string_view path, const std::string& url) = nullptr;

  // For a kind with a scheme of its own. The scheme is also the key of such a source in YAML.
  std::string_view scheme{};      ///< Lower case: "vsphere".
  std::string_view url_form{};    ///< For messages: "vsphere://[USER@]HOST[:PORT]/[PATH]".
  std::string_view value_form{};  ///< Of the YAML key's value: "[USER@]HOST[/PATH]".
  std::string_view help{};        ///< Of the YAML key.
  bool names_host = true;         ///< The authority of its URLs is a host, which is read as one.
  /// `authority`: "HOST[:PORT]", valid; as written when it is no host. `path`: as written.
  WebAddress (*locate)(std::string_view authority, std::string_view path) = nullptr;

  /// The kind of what a path without "/" at its end leads to; null: this kind, too.
  const SourceKind* file_kind = nullptr;

  // For a kind that needs user and password: what is wrong when there is no user, and what to do.
  std::string_view user_missing{};
  std::string_view user_advice{};

  /// Fills in what the settings of a source leave open, from the environment. `trust_is_set`: the settings determine
  /// how the certificate is checked. Returns the names of the variables that were used. Throws Error{misuse}. Null: no
  /// variable is read.
  std::vector<std::string> (*defaults_from_environment)(Source& source, bool trust_is_set,
                                                        Environment& environment) = nullptr;
};

/// What trees are built from; all of it outlives them.
struct Services {
  reactor::EventLoop& loop;
  http::Client& client;
  reactor::Offload& pool;  ///< For reading what servers list.
  Log& log;
  FileReader* files = nullptr;  ///< For what lies in archives; null: they are files only.
};

/// How a source's server is reached. A value.
struct Access {
  std::shared_ptr<const http::ServerAccess> access;
  std::shared_ptr<http::Login> login;  ///< May be null.
};

/// Makes the logins and trees of one module's sources. One for a mount, so that sources on one server can share what
/// they need there.
class SourceBuilder {
 public:
  virtual ~SourceBuilder() = default;

  /// The login of a source, of whatever kind, whose server this module knows; nothing for any other source.
  virtual std::optional<Access> log_in(const Source&) { return std::nullopt; }
  /// The tree of a source of this module; null when it leads to one image.
  virtual std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) = 0;
};

/// What one folder below catalog/ contributes. Constant for the life of the program.
struct SourceModule {
  std::span<const SourceKind> kinds;
  std::unique_ptr<SourceBuilder> (*builder)(Services services);
  /// True for a URL whose query says where its file is, so that a file beside it has the same query; null: none.
  bool (*query_names_file)(const std::string& url) = nullptr;
  /// What its servers do in their own way, also when a source of another module leads to them; null: nothing.
  const http::ServerKind* server_kind = nullptr;
};

}  // namespace rimfs::catalog
