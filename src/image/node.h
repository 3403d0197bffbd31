// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace rimfs::image {

/// What a mount shows under a name: an Image or a Folder. Any thread.
class Node {
 public:
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& name() const { return name_; }

 protected:
  explicit Node(std::string name) : name_(std::move(name)) {}

 private:
  const std::string name_;
};

}  // namespace rimfs::image
