// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/vsphere/server_tools.h"

namespace rimfs::catalog::vsphere {

/// Retrieves the properties of many objects, part by part, and gives back what a server keeps for that: tokens of parts
/// that are not wanted any more, and views. Reactor only.
class Retrieval {
 public:
  /// How much the records of all parts so far have added. A value.
  struct Added {
    std::size_t objects;
    std::size_t values;
  };
  using Count = std::function<Added()>;
  /// The request for the objects of a view.
  using RequestOfView = std::function<std::string(const Reference& view)>;

  /// What the tools refer to outlives the retrieval.
  explicit Retrieval(const ServerTools& tools) : tools_(tools) {}

  /// Reads all parts of the answer to `request` into `records`; `added` counts what they hold. Throws Error. All
  /// references outlive the task. `api`: the version of the API that the request is written in.
  reactor::Task<> read(std::string request, const Records& records, const Count& added, Conversation& conversation,
                       std::string_view api = kApi);

  /// The same of all objects of some types: makes a view of them with the request `create_view`, reads what
  /// `request_of` asks of it, and destroys the view in any case, because servers keep views as long as the session.
  reactor::Task<> read_view(std::string create_view, RequestOfView request_of, const Records& records,
                            const Count& added, Conversation& conversation, std::string_view api = kApi);

 private:
  reactor::Task<std::string> read_part(std::string request, const Records& records, const Count& added,
                                       Conversation& conversation, std::string_view api);
  reactor::Task<> tell(std::string body);

  const ServerTools tools_;
};

}  // namespace rimfs::catalog::vsphere
