// SPDX-License-Identifier: MIT
#include "catalog/vsphere/folder_url.h"

#include <doctest/doctest.h>

#include "catalog/vsphere/spelling_memory.h"

namespace rimfs::catalog::vsphere {
namespace {

constexpr const char* kServer = "https://vc.example/";

/// A place in one datastore of one datacenter.
struct Somewhere {
  Somewhere(std::string dc_path, std::string name, std::vector<std::string> path) {
    datacenter.dc_path = std::move(dc_path);
    datastore.name = std::move(name);
    place = {&datacenter, &datastore, std::move(path)};
  }
  Somewhere(const Somewhere&) = delete;
  Somewhere& operator=(const Somewhere&) = delete;

  Datacenter datacenter;
  Datastore datastore;
  Place place;
};

TEST_CASE("names in the query are encoded twice, in the path once") {
  const Somewhere where("F0/DC1", "a+b", {"x y", "1+2.vmdk"});
  CHECK(folder_url(kServer, where.place, false, {}) ==
        "https://vc.example/folder/x%20y/1%2B2.vmdk?dcPath=F0%252FDC1&dsName=a%252Bb");
  CHECK(folder_url(kServer, where.place, true, {}) ==
        "https://vc.example/folder/x%20y/1%2B2.vmdk/?dcPath=F0%252FDC1&dsName=a%252Bb");
  CHECK(folder_url(kServer, where.place, true,
                   {.query_twice = false, .path_twice = true, .leading_slash = true, .folder_slash = false}) ==
        "https://vc.example/folder/x%2520y/1%252B2.vmdk?dcPath=%2FF0%2FDC1&dsName=a%2Bb");
}

TEST_CASE("the top of a datastore has no slash") {
  const Somewhere where("DC0", "store", {});
  CHECK(folder_url(kServer, where.place, true, {}) == "https://vc.example/folder?dcPath=DC0&dsName=store");
}

TEST_CASE("only spellings that make another URL are tried") {
  const Somewhere plain("DC0", "store", {"a.vmdk"});
  CHECK(spellings_of(plain.place, false, {}).size() == 3);  // the leading slash, and its encodings
  const Somewhere odd("DC0", "a+b", {"50%.vmdk"});
  const auto spellings = spellings_of(odd.place, false, {});
  CHECK(spellings.size() == 8);
  CHECK(spellings.front() == Spelling());
  CHECK_FALSE(spellings[1].query_twice);
}

TEST_CASE("what a request has proven is not tried otherwise") {
  const Somewhere odd("DC0", "a+b", {"50%.vmdk"});
  const Somewhere plain("DC0", "store", {"a.vmdk"});
  SpellingMemory memory;
  CHECK(memory.to_try(odd.place, false).size() == 8);
  CHECK_FALSE(memory.worked(plain.place, false, memory.present()));
  CHECK(memory.to_try(odd.place, false).size() == 4);  // the leading slash is settled, the encodings are not
  Spelling once;
  once.query_twice = false;
  CHECK(memory.worked(odd.place, false, once));
  CHECK(memory.present() == once);
  CHECK(memory.to_try(odd.place, false).size() == 1);
  CHECK(memory.to_try(odd.place, true).size() == 2);  // no folder was asked for
}

TEST_CASE("a name that reads the same after one and two decodings proves no encoding") {
  const Somewhere blank("DC0", "store", {"x y", "a+b"});
  const Somewhere percent("DC0", "store", {"100%41"});
  SpellingMemory memory;
  memory.worked(blank.place, false, memory.present());
  CHECK(memory.to_try(percent.place, false).size() == 2);
  memory.worked(percent.place, false, memory.present());
  CHECK(memory.to_try(percent.place, false).size() == 1);
  const Somewhere spaced("DC 0", "store", {"a"});
  SpellingMemory once;
  Spelling single;
  single.query_twice = false;
  once.worked(spaced.place, false, single);
  CHECK(once.to_try(spaced.place, false).size() == 2);
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
