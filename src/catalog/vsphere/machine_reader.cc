// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machine_reader.h"

#include <functional>

#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {

MachineReader::MachineReader(std::string server, std::shared_ptr<Session> session, reactor::EventLoop& loop,
                             reactor::Offload& pool, Log& log)
    : server_(std::move(server)),
      session_(std::move(session)),
      loop_(loop),
      pool_(pool),
      log_(log),
      retrieval_(server_, session_, log_) {}

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

/// The view is destroyed in any case.
reactor::Task<> MachineReader::read_view(MachineCollector& machines, Conversation& conversation) {
  const Reference view = co_await retrieval_.make_view(create_machine_view(session_->service()), conversation);
  std::optional<Error> failure;
  try {
    co_await read_machines(machines, view, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  co_await retrieval_.end_view(view);
  if (failure) throw *failure;
}

/// A server that does not know the property of encryption, or this version of the API, refuses the whole request; then
/// it has no encrypted machines.
reactor::Task<> MachineReader::read_machines(MachineCollector& machines, Reference view, Conversation& conversation) {
  const Records records = machines.records();
  const Retrieval::Count added = [&machines] { return Retrieval::Added{machines.machines(), machines.properties()}; };
  std::string request = retrieve_machines(session_->service(), view, machine_properties(true));
  std::optional<Error> refusal;
  try {
    co_await retrieval_.read(std::move(request), records, added, conversation, kApiWithEncryption);
  } catch (const Error& error) {
    refusal = error;
  }
  if (!refusal) co_return;
  if (refusal->kind() != ErrorKind::unsupported || machines.machines() > 0) throw *refusal;
  log_.info("{}: {}; asking for the machines without their encryption", server_, refusal->message());
  request = retrieve_machines(session_->service(), view, machine_properties(false));
  co_await retrieval_.read(std::move(request), records, added, conversation);
}

}  // namespace rimfs::catalog::vsphere
