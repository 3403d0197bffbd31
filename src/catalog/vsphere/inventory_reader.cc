// SPDX-License-Identifier: MIT
#include "catalog/vsphere/inventory_reader.h"

#include <algorithm>
#include <set>

#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {
namespace {

/// The parents of datacenters and known folders that are not known themselves.
std::vector<std::string> unknown_parents(const Objects& objects, const std::string& root) {
  std::set<std::string> parents;
  for (const auto& [object, properties] : objects.properties) {
    const std::string& kind = objects.kinds.at(object);
    const auto parent = properties.find("parent");
    if ((kind != "Datacenter" && kind != "Folder") || parent == properties.end()) continue;
    const std::string& name = parent->second.text;
    if (!name.empty() && name != root && !objects.kinds.contains(name)) parents.insert(name);
  }
  return {parents.begin(), parents.end()};
}

Retrieval::Count count_of(const Objects& objects) {
  return [&objects] { return Retrieval::Added{objects.kinds.size(), objects.values}; };
}

}  // namespace

reactor::Task<std::shared_ptr<const Inventory>> InventoryReader::read() {
  co_await tools_.session->open();
  Conversation conversation("the inventory of " + tools_.origin, tools_.loop.now());
  Objects objects;
  std::optional<Error> failure;
  try {
    co_await read_view(objects, conversation);
    co_await read_folders(objects, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  std::function<std::shared_ptr<const Inventory>()> parse = [&] {
    const Objects told = std::exchange(objects, Objects());  // freed here
    return failure ? nullptr : std::make_shared<const Inventory>(told);
  };
  std::shared_ptr<const Inventory> inventory = co_await reactor::compute(tools_.pool, std::move(parse));
  if (failure) throw *failure;
  co_return inventory;
}

reactor::Task<> InventoryReader::read_view(Objects& objects, Conversation& conversation) {
  const ServiceContent& service = tools_.session->service();
  const Records records = object_records(objects);
  const Retrieval::Count added = count_of(objects);
  Retrieval::RequestOfView request = [&service](const Reference& view) { return retrieve_inventory(service, view); };
  co_await retrieval_.read_view(create_inventory_view(service), std::move(request), records, added, conversation);
}

/// The server leaves out folders that the user may not see. Datacenters below them appear at the top.
reactor::Task<> InventoryReader::read_folders(Objects& objects, Conversation& conversation) {
  const Records records = object_records(objects);
  const Retrieval::Count added = count_of(objects);
  std::vector<std::string> asked;
  for (int depth = 0; depth < kDeepestInventory; ++depth) {
    std::function<std::vector<std::string>()> look = [&] {
      return unknown_parents(objects, tools_.session->service().root_folder.value);
    };
    std::vector<std::string> folders = co_await reactor::compute(tools_.pool, std::move(look));
    if (folders.empty() || folders == asked) co_return;
    asked = folders;
    std::optional<Error> failure;
    try {
      co_await retrieval_.read(retrieve_folders(tools_.session->service(), folders), records, added, conversation);
    } catch (const Error& error) {
      failure = error;
    }
    if (!failure) continue;
    if (failure->kind() != ErrorKind::missing && failure->kind() != ErrorKind::denied) throw *failure;
    tools_.log.info("{}: {}", tools_.origin, failure->message());
    co_return;
  }
}

}  // namespace rimfs::catalog::vsphere
