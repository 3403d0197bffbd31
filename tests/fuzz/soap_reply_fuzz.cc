// SPDX-License-Identifier: MIT
// Any bytes as a vSphere server's reply, read as every reply that rimfs knows. Checks that what is kept is bounded, and
// that no text of the server breaks out of the next request.
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/machines.h"
#include "catalog/vsphere/soap.h"
#include "fuzz.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

/// A request that holds the server's own words is one well-formed document of as many elements as without them.
void check_request(const std::string& body) {
  const Document request(envelope(body));
  require(request.root().child("Body").children().size() == 1);
}

/// As a part of a retrieval.
void check_inventory(const std::string& xml) {
  Objects objects;
  const Records records = object_records(objects);
  const auto reply = accepted(ErrorKind::corrupt, [&] { return Document(one_piece(xml), records); });
  if (!reply) return;
  const std::string token = read_token(*reply);
  require(token.size() <= xml.size());
  check_request(continue_retrieval(read_service_content(*reply), token));
  const Inventory inventory(objects);
  require(inventory.datacenters().size() <= objects.kinds.size());
  for (const Inventory::Name& name : inventory.names_below({})) {
    accepted(ErrorKind::missing, [&] { return inventory.find({name.name}); });
  }
}

/// As a part of the retrieval of machines, of a server whose inventory the same bytes tell.
void check_machines(const std::string& xml) {
  Objects objects;
  MachineCollector collector;
  const auto inventory =
      accepted(ErrorKind::corrupt, [&] { return Document(one_piece(xml), object_records(objects)); });
  const auto reply = accepted(ErrorKind::corrupt, [&] { return Document(one_piece(xml), collector.records()); });
  if (!inventory || !reply) return;
  const std::vector<MachineFacts> facts = collector.take();
  const rimfs::catalog::Machines machines = machines_of(facts, Inventory(objects), {}, {});
  require(machines.list.size() <= facts.size());
  for (const rimfs::catalog::Machine& machine : machines.list) {
    require(!machine.configuration.path.starts_with("/"));
    require(machine.configuration.path.find('\0') == std::string::npos);
    require(machine.disks.size() <= xml.size());
  }
  require(!rimfs::catalog::machines_json(machines).empty());
}

/// As the answer how far a search is.
void check_task(const std::string& xml) {
  std::size_t files = 0;
  const Records records = file_records([&](const FoundFile& file) {
    ++files;
    require(file.path.size() <= xml.size());
  });
  const auto reply = accepted(ErrorKind::corrupt, [&] { return Document(one_piece(xml), records); });
  if (reply) read_task(*reply);
  require(files <= xml.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string xml(reinterpret_cast<const char*>(data), size);
  const auto reply = accepted(ErrorKind::corrupt, [&] { return Document(xml); });
  const auto cut = accepted(ErrorKind::corrupt, [&] { return Document(small_pieces(xml), Records()); });
  require(reply.has_value() == cut.has_value());
  if (reply) require(reply->root().text() == cut->root().text());
  check_inventory(xml);
  check_machines(xml);
  check_task(xml);
  if (!reply) return 0;
  if (const auto fault = read_fault(*reply)) require(fault->type.size() + fault->sentence.size() <= 2 * size);
  const Reference reference = read_reference(*reply);
  check_request(destroy_view(reference));
  check_request(search_datastore(reference, reference.value));
  read_session(*reply);
  return 0;
}
