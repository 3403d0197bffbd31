// SPDX-License-Identifier: MIT
#include "catalog/vsphere/retrieval.h"

#include <optional>
#include <utility>

namespace rimfs::catalog::vsphere {

reactor::Task<> Retrieval::read_view(std::string create_view, RequestOfView request_of, const Records& records,
                                     const Count& added, Conversation& conversation, std::string_view api) {
  const Records none;
  const Document made = co_await tools_.session->call(std::move(create_view), none, conversation);
  const Reference view = read_reference(made);
  std::string request = request_of(view);
  std::optional<Error> failure;
  try {
    co_await read(std::move(request), records, added, conversation, api);
  } catch (const Error& error) {
    failure = error;
  }
  co_await tell(destroy_view(view));
  if (failure) throw *failure;
}

/// A token that is not used is given back.
reactor::Task<> Retrieval::read(std::string request, const Records& records, const Count& added,
                                Conversation& conversation, std::string_view api) {
  std::string token;
  std::optional<Error> failure;
  try {
    token = co_await read_part(std::move(request), records, added, conversation, api);
    while (!token.empty()) {
      std::string next = continue_retrieval(tools_.session->service(), token);
      token = co_await read_part(std::move(next), records, added, conversation, api);
    }
  } catch (const Error& error) {
    failure = error;
  }
  if (!token.empty()) {
    co_await tell(cancel_retrieval(tools_.session->service(), token));
  }
  if (failure) throw *failure;
}

/// One part; returns the token of the next one.
reactor::Task<std::string> Retrieval::read_part(std::string request, const Records& records, const Count& added,
                                                Conversation& conversation, std::string_view api) {
  const Document part = co_await tools_.session->call(std::move(request), records, conversation, api);
  const Added now = added();
  conversation.part(now.objects, now.values);
  co_return read_token(part);
}

/// Tells the server what it may forget. What it answers does not matter.
reactor::Task<> Retrieval::tell(std::string body) {
  try {
    co_await tools_.session->call(std::move(body));
  } catch (const Error& error) {
    tools_.log.info("{}: {}", tools_.origin, error.message());
  }
}

}  // namespace rimfs::catalog::vsphere
