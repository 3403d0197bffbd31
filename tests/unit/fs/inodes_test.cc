// SPDX-License-Identifier: MIT
#include "fs/inodes.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

using namespace rimfs::fs;
using rimfs::image::Node;

namespace {

// Inodes never looks into an image, so an address with an owner will do.
std::shared_ptr<Node> some_image() {
  auto owner = std::make_shared<std::max_align_t>();
  return {owner, reinterpret_cast<Node*>(owner.get())};
}

}  // namespace

TEST_CASE("an image keeps its number, and no other image gets it") {
  Inodes inodes;
  const auto a = some_image();
  const auto b = some_image();
  const InodeNumber number = inodes.look_up(a);
  CHECK(number > kRootInode);
  CHECK(inodes.number_of(a) == number);
  CHECK(inodes.look_up(a) == number);
  CHECK(inodes.look_up(b) != number);
}

TEST_CASE("an image keeps its number after the kernel has forgotten it, as long as it lives") {
  Inodes inodes;
  const auto image = some_image();
  const InodeNumber number = inodes.look_up(image);
  inodes.forget(number, 1);
  CHECK(inodes.find(number) == nullptr);
  CHECK(inodes.look_up(image) == number);
  CHECK(inodes.find(number) == image);
}

TEST_CASE("an image lives until the kernel has forgotten its last lookup") {
  Inodes inodes;
  auto image = some_image();
  const std::weak_ptr<Node> watch = image;
  const InodeNumber number = inodes.look_up(image);
  inodes.look_up(image);
  inodes.look_up(image);
  image.reset();
  inodes.forget(number, 2);
  CHECK_FALSE(watch.expired());
  CHECK(inodes.known_to_kernel() == 1);
  inodes.forget(number, 1);
  CHECK(watch.expired());
  CHECK(inodes.known_to_kernel() == 0);
}

TEST_CASE("a node that the kernel has forgotten leaves no memory in use") {
  Inodes inodes;
  std::vector<std::shared_ptr<Node>> images;
  std::vector<InodeNumber> numbers;
  for (int i = 0; i < 1000; ++i) {
    images.push_back(some_image());
    numbers.push_back(inodes.look_up(images.back()));
  }
  const std::shared_ptr<Node> held = images.front();
  images.clear();
  for (const InodeNumber number : numbers) inodes.forget(number, 1);
  CHECK(inodes.numbered() == 1);
  CHECK(inodes.look_up(held) == numbers.front());
}

TEST_CASE("a number alone keeps no node alive and is not counted as known to the kernel") {
  Inodes inodes;
  auto image = some_image();
  const std::weak_ptr<Node> watch = image;
  const InodeNumber number = inodes.number_of(image);
  CHECK(inodes.find(number) == nullptr);
  image.reset();
  CHECK(watch.expired());
}

TEST_CASE("a new image at the address of a dead one gets a new number") {
  Inodes inodes;
  std::max_align_t place{};
  auto* const address = reinterpret_cast<Node*>(&place);
  const auto no_delete = [](Node*) {};
  auto first = std::shared_ptr<Node>(address, no_delete);
  const InodeNumber number = inodes.look_up(first);
  inodes.forget(number, 1);
  first.reset();
  const auto second = std::shared_ptr<Node>(address, no_delete);
  CHECK(inodes.look_up(second) != number);
}

TEST_CASE("surplus forgets, and forgets of unknown numbers, have no effect") {
  Inodes inodes;
  const auto image = some_image();
  const InodeNumber number = inodes.look_up(image);
  inodes.forget(number, 1000);
  inodes.forget(number, 1);
  inodes.forget(kRootInode, 1);
  inodes.forget(0, 1);
  CHECK(inodes.known_to_kernel() == 0);
}

TEST_CASE("numbers stay distinct over many short-lived images") {
  Inodes inodes;
  std::set<InodeNumber> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto image = some_image();
    const InodeNumber number = inodes.look_up(image);
    REQUIRE(seen.insert(number).second);
    inodes.forget(number, 1);
  }
}
