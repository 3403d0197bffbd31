// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::catalog::webdav {

/// Tells where the hrefs of a reply to PROPFIND lead: to the folder itself, to a member of it, or somewhere else
/// (RFC 4918, section 8.3). Servers write them in ways of their own:
/// - As a URL or as a path. Scheme and host are not looked at: behind a proxy a server names itself as it knows itself.
///   A member is always asked for at the server and in the folder that the reply came from.
/// - Encoded or not. What a name cannot hold in a URL is encoded here; "?" and "#" belong to the name, because the
///   members of a folder have neither a query nor a fragment.
/// - As a name alone, which the RFC does not allow.
/// - In other letters: hosts that ignore case write the folder as it is on the disk. So ASCII letters of the folder's
///   own path may differ in case.
/// Immutable.
class MemberLinks {
 public:
  /// `url`: the address of the folder or file that was asked for, after redirects. Throws Error{misuse} for no URL.
  explicit MemberLinks(const std::string& url);

  enum class Place { itself, member, deeper, elsewhere };

  /// Where an href leads. A value.
  struct Link {
    Place place = Place::elsewhere;
    bool slash = false;     ///< It ends with "/", as that of a folder.
    std::string name = {};  ///< Of a member: decoded.
    std::string url = {};   ///< Of a member: absolute, without "/" at its end.
  };
  Link read(std::string_view href) const;

 private:
  std::string base_;               // the URL with "/" at its end
  std::vector<std::string> path_;  // decoded
};

}  // namespace rimfs::catalog::webdav
