// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machine_reader.h"

#include <functional>

#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {

MachineReader::MachineReader(std::string server, std::shared_ptr<Session> session, reactor::EventLoop& loop,
                             reactor::Offload& pool, Log& log)
    : server_(std::move(server)), session_(std::move(session)), loop_(loop), pool_(pool), log_(log) {}

/// What was collected is sorted, or freed after a failure, on the pool.
reactor::Task<std::vector<MachineFacts>> MachineReader::read() {
  co_await session_->open();
  Conversation conversation("the virtual machines of " + server_, loop_.now());
  MachineCollector machines;
  std::optional<Error> failure;
  try {
    co_await read_view(machines, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  std::function<std::vector<MachineFacts>()> finish = [&] {
    std::vector<MachineFacts> all = machines.take();
    if (failure) all.clear();
    return all;
  };
  std::vector<MachineFacts> all = co_await reactor::compute(pool_, std::move(finish));
  if (failure) throw *failure;
  co_return all;
}

/// The view is destroyed in any case: servers keep them as long as the session.
reactor::Task<> MachineReader::read_view(MachineCollector& machines, Conversation& conversation) {
  const Records none;
  const Document made = co_await session_->call(create_machine_view(session_->service()), none, conversation);
  const Reference view = read_reference(made);
  std::optional<Error> failure;
  try {
    co_await read_machines(machines, view, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  co_await tell(destroy_view(view));
  if (failure) throw *failure;
}

/// A server that does not know the property of encryption, or this version of the API, refuses the whole request; then
/// it has no encrypted machines.
reactor::Task<> MachineReader::read_machines(MachineCollector& machines, Reference view, Conversation& conversation) {
  const std::string everything = retrieve_machines(session_->service(), view, machine_properties(true));
  std::optional<Error> refusal;
  try {
    co_await read_parts(machines, everything, kApiWithEncryption, conversation);
  } catch (const Error& error) {
    refusal = error;
  }
  if (!refusal) co_return;
  if (refusal->kind() != ErrorKind::unsupported || machines.machines() > 0) throw *refusal;
  log_.info("{}: {}; asking for the machines without their encryption", server_, refusal->message());
  co_await read_parts(machines, retrieve_machines(session_->service(), view, machine_properties(false)), kApi,
                      conversation);
}

/// All parts of a retrieval. A token that is not used is given back.
reactor::Task<> MachineReader::read_parts(MachineCollector& machines, std::string request, std::string_view api,
                                          Conversation& conversation) {
  std::string token;
  std::optional<Error> failure;
  try {
    token = co_await read_part(machines, std::move(request), api, conversation);
    while (!token.empty()) {
      token = co_await read_part(machines, continue_retrieval(session_->service(), token), api, conversation);
    }
  } catch (const Error& error) {
    failure = error;
  }
  if (!token.empty()) {
    co_await tell(cancel_retrieval(session_->service(), token));
  }
  if (failure) throw *failure;
}

/// One part of a retrieval; returns the token of the next one.
reactor::Task<std::string> MachineReader::read_part(MachineCollector& machines, std::string request,
                                                    std::string_view api, Conversation& conversation) {
  const Records records = machines.records();
  const Document part = co_await session_->call(std::move(request), records, conversation, api);
  conversation.part(machines.machines(), machines.properties());
  co_return read_token(part);
}

/// Tells the server what it may forget. What it answers does not matter.
reactor::Task<> MachineReader::tell(std::string body) {
  try {
    co_await session_->call(std::move(body));
  } catch (const Error& error) {
    log_.info("{}: {}", server_, error.message());
  }
}

}  // namespace rimfs::catalog::vsphere
