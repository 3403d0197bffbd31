// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machine_reader.h"

#include <functional>

#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {

/// What was collected is sorted, or freed after a failure, on the pool.
reactor::Task<std::vector<MachineFacts>> MachineReader::read() {
  co_await tools_.session->open();
  Conversation conversation("the virtual machines of " + tools_.origin, tools_.loop.now());
  MachineCollector machines;
  std::optional<Error> failure;
  try {
    co_await read_into(machines, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  std::function<std::vector<MachineFacts>()> finish = [&] {
    std::vector<MachineFacts> all = machines.take();
    if (failure) all.clear();
    return all;
  };
  std::vector<MachineFacts> all = co_await reactor::compute(tools_.pool, std::move(finish));
  if (failure) throw *failure;
  co_return all;
}

/// A server that does not know the property of encryption, or this version of the API, refuses the whole request; then
/// it has no encrypted machines.
reactor::Task<> MachineReader::read_into(MachineCollector& machines, Conversation& conversation) {
  std::optional<Error> refusal;
  try {
    co_await read_properties(machines, true, conversation);
  } catch (const Error& error) {
    refusal = error;
  }
  if (!refusal) co_return;
  if (refusal->kind() != ErrorKind::unsupported || machines.machines() > 0) throw *refusal;
  tools_.log.info("{}: {}; asking for the machines without their encryption", tools_.origin, refusal->message());
  co_await read_properties(machines, false, conversation);
}

reactor::Task<> MachineReader::read_properties(MachineCollector& machines, bool encryption,
                                               Conversation& conversation) {
  const ServiceContent& service = tools_.session->service();
  const Records records = machines.records();
  const Retrieval::Count added = [&machines] { return Retrieval::Added{machines.machines(), machines.properties()}; };
  Retrieval::RequestOfView request = [&service, encryption](const Reference& view) {
    return retrieve_machines(service, view, machine_properties(encryption));
  };
  const std::string_view api = encryption ? kApiWithEncryption : kApi;
  co_await retrieval_.read_view(create_machine_view(service), std::move(request), records, added, conversation, api);
}

}  // namespace rimfs::catalog::vsphere
