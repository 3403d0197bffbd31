// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
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

/// Where a file is and how to get at it: the address the user gave, the login, and the address a redirect led to,
/// which is remembered until it leads elsewhere. Reactor only, but for what is constant after construction.
class Address {
 public:
  /// Throws Error{misuse} when `url` is no http or https URL. `login` may be null.
  Address(std::string url, std::shared_ptr<const ServerAccess> access, std::shared_ptr<Login> login = nullptr);

  const ServerAccess& access() const { return *access_; }
  /// Null when there is none, or when the address is at another origin than the login's.
  const std::shared_ptr<Login>& login() const { return login_; }
  /// For people and logs.
  const DisplayUrl& shown() const { return shown_; }
  /// What the given address names, however it is written later.
  const AddressId& id() const { return id_; }
  /// "https://host:port" of the given address.
  const std::string& origin() const { return origin_; }

  /// The kind of server that serves the given address; null when it is none of ServerAccess::server_kinds.
  const ServerKind* server_kind() const { return server_kind_; }

  /// The URL to ask first, and when what a redirect led to fails. Reactor only.
  const std::string& given() const { return given_; }
  /// The URL to ask now. Reactor only.
  const std::string& current() const { return redirected_.empty() ? given_ : redirected_; }
  bool redirected() const { return !redirected_.empty(); }
  /// False when what is asked (`given`: the given URL, else current()) is at another origin than those that the user
  /// named: it must not see the user's credentials.
  bool may_send_credentials(bool given) const { return given ? given_may_see_ : redirected_may_see_; }

  /// The server wants the same address written in another way. Reactor only.
  void rewrite(const std::string& url) { given_ = url; }
  /// Remembers where the server sent us, without user and password that the server may have put there.
  void redirect_to(const std::string& url);

 private:
  // Constant after construction.
  const std::shared_ptr<const ServerAccess> access_;
  const DisplayUrl shown_;
  const AddressId id_;
  const std::string origin_;
  const ServerKind* const server_kind_;
  const bool given_may_see_;
  const std::shared_ptr<Login> login_;

  // Reactor only.
  std::string given_;
  std::string redirected_;
  bool redirected_may_see_ = false;
};

/// One version of one remote file: its addresses, what identifies the version, and the server that is asked for it.
class Resource {
 public:
  /// `addresses`: where the same file is, at least one, the best first. `host`: of the first. Hosts outlive the
  /// resource.
  Resource(std::vector<Address> addresses, Identity identity, Host& host)
      : addresses_(std::move(addresses)),
        host_(&host),
        mirrors_(addresses_.size()),
        identity_(std::make_shared<const Identity>(std::move(identity))) {}

  /// The one to ask now. Reactor only.
  Address& address(Mirrors::Time now) { return addresses_[mirrors_.current(now)]; }
  /// True once a server has answered for it: a probe, or a range. What fails from then on may pass. Reactor only.
  bool served() const { return served_; }
  void note_served() { served_ = true; }
  /// False once the server answered If-Range with the whole of the same file: it does not know the tag, or misreads the
  /// header, and would answer every range so. Reactor only.
  bool sends_if_range() const { return sends_if_range_; }
  void stop_if_range() { sends_if_range_ = false; }
  /// Which of several addresses are worth asking. Reactor only.
  Mirrors& mirrors() { return mirrors_; }
  /// The places of the addresses that failed a short time ago. Reactor only.
  std::vector<ImageId> passed_over(Mirrors::Time now) const;
  /// The addresses at these places failed when the file was looked for. Reactor only.
  void pass_over(const std::vector<ImageId>& places, Mirrors::Time now);
  /// Of the first address. Any thread.
  const DisplayUrl& shown_url() const { return addresses_.front().shown(); }
  /// Of the first address. Any thread.
  const AddressId& address_id() const { return addresses_.front().id(); }
  /// Why a reply of `asked`, one of several addresses, is not to be used, whatever else is right with it. Nothing when
  /// there is only one. Reactor only.
  std::optional<Rejection> check_mirror(const Address& asked, const ReplyHead& reply) const;
  /// True when `found`, which its first address has just answered for, is this version of this file. Reactor only.
  bool is_confirmed_by(const Resource& found) const;
  /// Takes over what `found` tells, which confirms this one. What it leaves out stays known. Reactor only.
  void confirm(const Resource& found);
  /// Any thread.
  std::shared_ptr<const Identity> identity() const {
    const MutexLock lock(mutex_);
    return identity_;
  }
  /// A later answer of the first address described the same version; what it leaves out stays known. Any thread.
  void adopt(const Identity& newer);
  /// True when `reply` of `asked`, of the same version, names validators that fill_in() would learn. Reactor only.
  bool learns_from(const Address& asked, const Identity& reply) const;
  /// A reply of `asked` that is used may name validators that were not known so far. Those of a mirror are compared and
  /// not learned: the first address, and what is kept under its identity, must not be measured by them. Reactor only.
  void fill_in(const Address& asked, const Identity& reply);
  /// The server that is asked now: that of the mirror in use, and where it redirected to. Slots are taken, delays and
  /// refusals are recorded there. Any thread; the host says what of it.
  Host& host() const { return *host_.load(std::memory_order_relaxed); }
  /// Client::host_of() has found which that is.
  void ask_at(Host& host) { host_.store(&host, std::memory_order_relaxed); }

 private:
  std::optional<std::size_t> index_of(const ImageId& place) const;

  // Constant after construction, but for the addresses' mutable part: reactor only.
  std::vector<Address> addresses_;

  std::atomic<Host*> host_;  // synchronises itself; written by the reactor

  // Reactor only.
  Mirrors mirrors_;
  bool served_ = false;
  bool sends_if_range_ = true;

  mutable Mutex mutex_;
  std::shared_ptr<const Identity> identity_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::http
