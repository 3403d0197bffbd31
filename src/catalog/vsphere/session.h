// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "catalog/vsphere/conversation.h"
#include "catalog/vsphere/soap.h"
#include "http/client.h"
#include "http/login.h"
#include "reactor/offload.h"
#include "reactor/task_scope.h"

namespace rimfs::catalog::vsphere {

/// The versions of the API that requests are made in. A server refuses what is newer than itself, and shows a request
/// only the properties of its version; virtual machines may be encrypted since 6.5.
inline constexpr std::string_view kApi = "6.0";
inline constexpr std::string_view kApiWithEncryption = "6.5";

/// The one session that a mount has with a vCenter or ESXi server: logged in when it is first needed, kept alive while
/// nothing else is asked, renewed once for all who find it expired, logged out at the end. A request that is refused
/// renews it only if the server says that it is over: servers refuse files that a user may not read with the same
/// status. A session that is replaced is logged out before, so there is no second one, unless the server does not
/// answer the logout, for which nobody waits long. Its cookie is shown by every request for a file, so that thousands
/// of opens make one session. Reactor only.
class Session : public http::Login, public std::enable_shared_from_this<Session> {
 public:
  /// `url`: any of the server. `access` must hold user and password, which only the SOAP login shows. The references
  /// outlive the session.
  Session(const std::string& url, const http::ServerAccess& access, reactor::EventLoop& loop, http::Client& client,
          reactor::Offload& pool, Log& log);
  ~Session() override;

  /// Logs in unless that was done. Throws Error.
  reactor::Task<> open();
  /// After open(): the server's own objects.
  const ServiceContent& service() const { return *service_; }

  /// Sends the content of a SOAP body, logging in again when the session has expired. Throws Error, for faults too:
  /// a file or folder that is not there is `missing`.
  reactor::Task<Document> call(std::string body);
  /// The same as part of a conversation, which bounds it. `records` are taken on a thread of the pool while this task
  /// waits. Both outlive the task.
  reactor::Task<Document> call(std::string body, const Records& records, Conversation& conversation,
                               std::string_view api = kApi);

  /// How to reach the server, without user and password: the cookie stands for them.
  const std::shared_ptr<const http::ServerAccess>& access() const { return access_; }

  bool keeps_cookies() const override { return true; }
  void take_cookies(const std::vector<std::string>& pairs) override;

  /// Logs out and ends the keeping alive.
  reactor::Task<> close() override;

 protected:
  reactor::Task<Credentials> fetch() override;
  reactor::Task<Verdict> ask_verdict() override;

 private:
  /// What is sent, and what is done with the reply.
  struct Message {
    Message(std::string content, Secret show) : body(std::move(content)), cookie(std::move(show)) {}

    std::string body;
    Secret cookie;
    const Records* records = nullptr;
    Conversation* conversation = nullptr;
    std::optional<std::chrono::milliseconds> only_attempt;  ///< Sent once, and given up after this; else retried.
    bool login = false;
    std::string_view api = kApi;
  };
  struct Reply {
    Document document;
    std::vector<std::string> cookies;
    std::optional<Fault> fault;
  };
  reactor::Task<Reply> send(Message message);
  reactor::Task<std::optional<Reply>> send_in_session(Message message);
  reactor::Task<Reply> log_in(Secret early_cookie);
  reactor::Task<> log_out(Secret cookie, std::chrono::milliseconds limit);
  reactor::Task<> keep_alive();
  Error error_of(const Fault& fault) const;

  // Constant after construction.
  const std::string user_;
  const Secret password_;
  const std::shared_ptr<const http::ServerAccess> access_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  http::Address address_;  // of the SOAP endpoint
  std::optional<ServiceContent> service_;
  std::optional<reactor::EventLoop::Clock::time_point> refused_at_;
  reactor::EventLoop::Clock::time_point last_call_{};
  bool closed_ = false;
  reactor::TaskScope keeping_alive_;
};

}  // namespace rimfs::catalog::vsphere
