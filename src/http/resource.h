// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/display_url.h"
#include "base/thread_safety.h"
#include "http/address_id.h"
#include "http/host.h"
#include "http/login.h"
#include "http/mirrors.h"
#include "http/options.h"
#include "http/reply.h"
#include "http/server_kind.h"

namespace rimfs::http {

class WholeFile;

/// The location of a file and the access to it: the address that the user gave, the login, and the target of a
/// redirect, which is remembered until another redirect replaces it. Reactor only, except members that are constant
/// after construction.
class Address {
 public:
  /// How long requests wait for a failing redirect target to recover before the given address is asked again.
  static constexpr std::chrono::seconds kLongestPatience{3};
  /// Failures of a target with less time between them count as one time of failing, whatever it served in between: a
  /// target may serve some ranges and fail for others. Longer than the longest wait before a retry (Backoff).
  static constexpr std::chrono::seconds kLongestGap{8};

  /// Throws Error{misuse} when `url` is not an absolute URL; accepts any scheme. `login` may be null.
  Address(std::string url, std::shared_ptr<const ServerAccess> access, std::shared_ptr<Login> login = nullptr);

  const ServerAccess& access() const { return *access_; }
  const std::shared_ptr<const ServerAccess>& shared_access() const { return access_; }
  /// Null when there is none, or when the address is at another origin than the login's.
  const std::shared_ptr<Login>& login() const { return login_; }
  /// The URL for display and logs.
  const DisplayUrl& shown() const { return shown_; }
  /// The identity of the given address; rewrite() does not change it.
  const AddressId& id() const { return id_; }
  /// The origin of the given address: "https://host:port".
  const std::string& origin() const { return origin_; }

  /// The kind of server that serves the given address; null when it is none of ServerAccess::server_kinds.
  const ServerKind* server_kind() const { return server_kind_; }

  /// The URL to request first, and again when a redirect target fails. Reactor only.
  const std::string& given() const { return given_; }
  /// The URL to request now. Reactor only.
  const std::string& current() const { return redirected_.empty() ? given_ : redirected_; }
  bool redirected() const { return !redirected_.empty(); }
  /// False when the requested URL (`given`: the given URL, otherwise current()) is at an origin that the user did not
  /// name: it must not receive the user's credentials.
  bool may_send_credentials(bool given) const {
    return given || redirected_.empty() ? given_may_see_ : redirected_may_see_;
  }

  /// Replaces the given URL by another spelling of the same address, as the server requires. Reactor only.
  /// Credentials are sent there only if it is at the origin of the user's URL.
  void rewrite(const std::string& url);
  /// Takes the URL of the credentials when they supply one for this address: it is then given in place of the user's.
  /// Where a signer leads, credentials are sent, too.
  /// Reactor only.
  void use(const Login::Credentials& credentials);
  /// Records that the redirect target has failed. True while it may be the target's passing failure: for a part of the
  /// `deadline`, at most kLongestPatience, since it began to fail. Reactor only.
  bool target_may_recover(Mirrors::Time now, std::chrono::milliseconds deadline);
  /// Remembers the target of a redirect, without a user and password that the server may have added.
  void redirect_to(const std::string& url);

 private:
  // Constant after construction.
  const std::shared_ptr<const ServerAccess> access_;
  const DisplayUrl shown_;
  const AddressId id_;
  const std::string origin_;
  const ServerKind* const server_kind_;
  const bool may_see_;  // the user's URL may see the credentials
  const std::shared_ptr<Login> login_;
  const std::string users_url_;

  // Reactor only.
  std::string given_;
  bool given_may_see_;
  std::string redirected_;
  bool redirected_may_see_ = false;
  /// Since when, and when last, the redirect target has failed.
  struct Failing {
    Mirrors::Time since;
    Mirrors::Time last;
  };
  std::optional<Failing> target_failing_;
};

/// One version of one remote file: its addresses, its identity, and the server that is used for it.
class Resource {
 public:
  /// `addresses` are the locations of the same file, at least one, the best first. `host` is the server of the first.
  /// Hosts outlive the resource.
  Resource(std::vector<Address> addresses, Identity identity, Host& host)
      : addresses_(std::move(addresses)),
        host_(&host),
        mirrors_(addresses_.size()),
        identity_(std::make_shared<const Identity>(std::move(identity))) {}

  /// The address to request now. Reactor only.
  Address& address(Mirrors::Time now) { return addresses_[mirrors_.current(now)]; }
  /// True once a server has replied for the file, to a probe or a range request. Later failures may pass. Reactor only.
  bool served() const { return served_; }
  void note_served() { served_ = true; }
  /// The selection among several addresses. Reactor only.
  Mirrors& mirrors() { return mirrors_; }
  /// The places of the addresses that failed recently. Reactor only.
  std::vector<ImageId> passed_over(Mirrors::Time now) const;
  /// Marks the addresses at these places as failed, because a probe of the file failed there. Reactor only.
  void pass_over(const std::vector<ImageId>& places, Mirrors::Time now);
  /// The display URL of the first address. Any thread.
  const DisplayUrl& shown_url() const { return addresses_.front().shown(); }
  /// What tells its versions apart. Any thread.
  SameFile same_file_rule() const { return addresses_.front().access().same_file; }
  /// True at the first call: the resource's change is looked into once. Reactor only.
  bool begin_to_explain_change() { return !std::exchange(change_explained_, true); }
  /// The identity of the first address. Any thread.
  const AddressId& address_id() const { return addresses_.front().id(); }
  /// The reason why a reply of `asked`, one of several addresses, must not be used, independent of other checks.
  /// Nothing when there is only one address. Reactor only.
  std::optional<Rejection> check_mirror(const Address& asked, const ReplyHead& reply) const;
  /// True when `found`, a probe of one of its addresses, describes this version of this file. Reactor only.
  bool is_confirmed_by(const Resource& found) const;
  /// Takes over the data of `found`, which confirms this resource. Data that `found` lacks is kept. Reactor only.
  void confirm(const Resource& found);
  /// Any thread.
  std::shared_ptr<const Identity> identity() const {
    const MutexLock lock(mutex_);
    return identity_;
  }
  /// Takes over a later reply of the first address for the same version; validators that it lacks are kept. Any thread.
  void adopt(const Identity& newer);
  /// True when `reply` of `asked`, of the same version, contains validators that fill_in() would add. Reactor only.
  bool learns_from(const Address& asked, const Identity& reply) const;
  /// Adds new validators of a used reply of `asked`. Validators of a mirror are compared but not added: the first
  /// address, and data stored under its identity, must not be compared with them. Reactor only.
  void fill_in(const Address& asked, const Identity& reply);
  /// The server in use: that of the current mirror and its redirect target. Slots are taken there; delays and refusals
  /// are recorded there. Any thread; Host documents the threads of its members.
  Host& host() const { return *host_.load(std::memory_order_relaxed); }
  /// Sets the server that Client::host_of() has determined.
  void ask_at(Host& host) { host_.store(&host, std::memory_order_relaxed); }

  /// The local copy of a file that is served only as a whole; null when there is none. Reactor only.
  const std::shared_ptr<WholeFile>& whole_file() const { return whole_file_; }
  void set_whole_file(std::shared_ptr<WholeFile> file) { whole_file_ = std::move(file); }
  /// The bytes that its download has brought. Reactor only.
  ByteCount downloaded() const;

 private:
  std::optional<std::size_t> index_of(const ImageId& place) const;

  // Constant after construction, except the addresses' mutable part: reactor only.
  std::vector<Address> addresses_;

  std::atomic<Host*> host_;  // synchronises itself; written by the reactor

  // Reactor only.
  Mirrors mirrors_;
  bool served_ = false;
  bool change_explained_ = false;
  std::shared_ptr<WholeFile> whole_file_;

  mutable Mutex mutex_;
  std::shared_ptr<const Identity> identity_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::http
