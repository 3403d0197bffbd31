// SPDX-License-Identifier: MIT
#include "image/lookup_service.h"

#include <algorithm>
#include <utility>

#include "reactor/compute.h"

namespace rimfs::image {
namespace {

/// The listing's entry of the image. Throws Error{missing} when the listing has none.
catalog::Entry listed_entry(const Folder* folder, const Image& image) {
  const Folder::Listing listing = folder ? folder->listing() : nullptr;
  const catalog::Entry* entry = listing ? find_entry(*listing, image.name()) : nullptr;
  if (entry && !entry->folder) return *entry;
  throw Error(ErrorKind::missing, image.display_url().text() + ": it is no longer in the listing");
}

/// The path from the mount's root of the folder that is the root of the given folder's tree.
std::string path_of_tree(const Folder& folder) {
  const Folder* top = &folder;
  while (top->parent() && top->parent()->tree() == folder.tree()) top = top->parent().get();
  return top->path();
}

/// Runs `task` and passes its result, or its Error, to `on_done`.
template <typename T>
reactor::Task<> answer(reactor::Task<T> task, std::function<void(std::variant<T, Error>)> on_done) {
  reactor::Task<T> inner = std::move(task);
  std::optional<Error> failure;
  std::optional<T> result;
  try {
    result = co_await std::move(inner);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    on_done(std::move(*failure));
  } else {
    on_done(std::move(*result));
  }
}

}  // namespace

LookupService::LookupService(Parts parts, Namespace& names, ImageOpener& images, Freshness freshness)
    : parts_(parts), names_(names), images_(images), freshness_(freshness) {}

LookupService::~LookupService() = default;

reactor::Task<> LookupService::load(bool is_optional) {
  std::optional<Error> failure;
  try {
    co_await load_folder(root(), is_optional);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure && !goes_on_without(is_optional, *failure)) throw *failure;
}

/// The entries of the sources are asked for side by side. The first failure ends the requests of all others.
reactor::Task<> LookupService::load_folder(std::shared_ptr<Folder> folder, bool is_optional) {
  const Folder::Listing listing = co_await names_.list(folder);
  const std::optional<catalog::Entry> only_file = co_await folder->tree()->only_file();
  if (!folder->tree()->constant() && !only_file) co_return;
  std::optional<Error> failure;
  reactor::TaskScope scope;
  for (const catalog::Entry& entry : *listing) {
    scope.spawn(load_entry(folder, entry, is_optional || folder->tree()->is_optional(entry), failure));
  }
  auto joined = scope.joined();
  co_await joined;
  if (failure) throw *failure;
}

/// `is_optional`: of the entry, or of the source that it belongs to.
reactor::Task<> LookupService::load_entry(std::shared_ptr<Folder> folder, catalog::Entry entry, bool is_optional,
                                          std::optional<Error>& failure) {
  std::optional<Error> problem;
  try {
    if (entry.folder) {
      const std::shared_ptr<Folder> inner = Namespace::folder_of(folder, entry);
      folder->remember(inner, true, entry_id(entry));
      co_await load_folder(inner, is_optional);
    } else {
      const std::shared_ptr<Image> image = co_await images_.check(folder, entry);
      folder->remember(image, true, entry_id(entry));
    }
  } catch (const Error& error) {
    problem = error;
  } catch (const std::exception& error) {
    problem = Error(ErrorKind::system, error.what());
  }
  if (!problem || failure || goes_on_without(is_optional, *problem)) co_return;
  failure = std::move(problem);
  // The mount fails, and nothing is requested any more.
  parts_.client.cancel_all();
  parts_.loop.wake_sleepers();
}

/// True when the mount starts without what has failed, because it is optional. A mistake of the user stays one.
bool LookupService::goes_on_without(bool is_optional, const Error& failure) {
  const bool tolerable = failure.kind() != ErrorKind::misuse && failure.kind() != ErrorKind::cancelled;
  if (!is_optional || !tolerable) return false;
  parts_.log.warning("{}; the source is optional: the mount starts without it", failure.message());
  return true;
}

reactor::Task<> LookupService::close() {
  co_await running_.joined();
  co_await names_.close();
}

void LookupService::report(observe::Snapshot& into) const {
  const ByteCount block = parts_.cache.block_size();
  into.mount.set("cache.memory", (block * parts_.cache.capacity_blocks()).value);
  into.mount.set("cache.used", (block * parts_.cache.used_blocks()).value);
  into.mount.set("disk-cache.state", parts_.tier ? parts_.tier->state() : "none");
  const reactor::Steps::Longest longest = parts_.loop.steps().longest();
  into.mount.set("reactor.longest-step-ms", std::chrono::duration<double, std::milli>(longest.time).count());
  into.mount.set("reactor.longest-step-at",
                 fmt::format("{}:{}", reactor::below_src(longest.caller.file), longest.caller.line));
  into.mount.set("reactor.most-items-in-a-step", parts_.loop.steps().most_items());
  parts_.client.report(into);
}

std::chrono::milliseconds LookupService::answer_deadline() const { return parts_.client.options().answer_deadline(); }

reactor::EventLoop::Clock::time_point LookupService::extended_until(const std::string& server) const {
  return parts_.client.documents_extend_until(server);
}

// ---- Names

std::shared_ptr<Node> LookupService::node_of(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry) {
  if (entry.folder) return Namespace::folder_of(folder, entry);
  return images_.known(folder, entry);
}

std::optional<std::shared_ptr<Node>> LookupService::look_up_now(const std::shared_ptr<Folder>& folder,
                                                                const std::string& name) {
  const Folder::Listing listing = list_now(*folder);
  if (!listing) return std::nullopt;
  const catalog::Entry* entry = find_entry(*listing, name);
  if (!entry) return std::shared_ptr<Node>();
  std::shared_ptr<Node> node = node_of(folder, *entry);
  if (!node) return std::nullopt;
  return node;
}

void LookupService::look_up(std::shared_ptr<Folder> folder, std::string name, OnNode on_done) {
  parts_.loop.post([this, folder = std::move(folder), name = std::move(name), on_done = std::move(on_done)]() mutable {
    running_.spawn(answer(find_node(std::move(folder), std::move(name)), std::move(on_done)));
  });
}

reactor::Task<std::shared_ptr<Node>> LookupService::find_node(std::shared_ptr<Folder> folder, std::string name) {
  const std::optional<catalog::Entry> entry = co_await names_.find(folder, std::move(name));
  if (!entry) co_return nullptr;
  if (entry->folder) co_return Namespace::folder_of(folder, *entry);
  std::optional<Error> failure;
  try {
    std::shared_ptr<Node> image = co_await images_.find(folder, *entry);
    co_return image;
  } catch (const Error& error) {
    failure = error;
  }
  if (failure->kind() != ErrorKind::folder) throw *failure;
  co_return Namespace::folder_of(folder, catalog::as_folder(*entry));
}

Folder::Listing LookupService::list_now(const Folder& folder) const { return names_.known_listing(folder); }

void LookupService::list(std::shared_ptr<Folder> folder, OnListing on_done) {
  parts_.loop.post([this, folder = std::move(folder), on_done = std::move(on_done)]() mutable {
    running_.spawn(answer(names_.list(std::move(folder)), std::move(on_done)));
  });
}

// ---- Virtual machines

void LookupService::find_machines(std::shared_ptr<Folder> folder, OnMachines on_done) {
  parts_.loop.post([this, folder = std::move(folder), on_done = std::move(on_done)]() mutable {
    running_.spawn(answer(machines_below(std::move(folder)), std::move(on_done)));
  });
}

reactor::Task<std::optional<std::string>> LookupService::machines_below(std::shared_ptr<Folder> folder) {
  std::optional<catalog::Machines> found = co_await folder->tree()->machines(folder->entry());
  if (!found) co_return std::nullopt;
  std::function<std::string()> write = [&] {
    catalog::Machines machines = std::exchange(*found, {});  // freed here
    add_prefix(machines, path_of_tree(*folder));
    return machines_json(machines);
  };
  std::string text = co_await reactor::compute(parts_.pool, std::move(write));
  co_return std::optional<std::string>(std::move(text));
}

// ---- Images

void LookupService::revalidate(std::shared_ptr<Image> image, OnImage on_done) {
  if (images_.is_fresh(*image)) {
    on_done(std::move(image));
    return;
  }
  parts_.loop.post([this, image = std::move(image), on_done = std::move(on_done)]() mutable {
    running_.spawn(answer(check(std::move(image)), std::move(on_done)));
  });
}

reactor::Task<std::shared_ptr<Image>> LookupService::check(std::shared_ptr<Image> image) {
  const std::shared_ptr<Folder> folder = image->folder();
  // The listed time takes the place of a validator, so it must be as recent as a check.
  if (folder && is_known_by_listing(*image) && !folder->tree()->constant()) {
    co_await names_.list(folder, std::min(freshness_.image, freshness_.listing));
  }
  const catalog::Entry entry = listed_entry(folder.get(), *image);
  std::shared_ptr<Image> current = co_await images_.check(folder, entry);
  folder->remember(current, true, entry_id(entry));  // an image that was opened once keeps its blocks
  co_return current;
}

}  // namespace rimfs::image
