// SPDX-License-Identifier: MIT
#include "cli/vms_text.h"

#include <doctest/doctest.h>

using namespace rimfs::cli;
using Json = nlohmann::ordered_json;

namespace {

Json web() {
  return Json::parse(R"({"name": "web", "power": "off", "guest": "Debian", "ready": true, "blocks": [],
    "configuration": {"name": "[a] web.vmx", "path": "/mnt/a/web.vmx"},
    "disks": [{"label": "Hard disk 1", "size": 1048576, "name": "[a] web-000001.vmdk", "path": "/mnt/a/web-000001.vmdk",
               "parents": [{"name": "[b] web.vmdk", "path": ""}]}],
    "notes": [{"kind": "snapshot", "text": "the machine has snapshots"}]})");
}

}  // namespace

TEST_CASE("a machine is a paragraph with aligned values") {
  CHECK(machine_paragraph(web()) ==
        "web\n"
        "  power   off\n"
        "  guest   Debian\n"
        "  config  /mnt/a/web.vmx\n"
        "  disk           1.0 MiB  /mnt/a/web-000001.vmdk\n"
        "                    over  [b] web.vmdk (not in this mount)\n"
        "  note    the machine has snapshots\n"
        "  ready: virt-v2v -i vmx '/mnt/a/web.vmx' -o local -os OUTPUT\n");
}

TEST_CASE("a machine with blocks shows them in place of a command") {
  Json machine = web();
  machine["ready"] = false;
  machine["blocks"] = Json::parse(R"([{"kind": "running", "text": "the machine is running"}])");
  const std::string text = machine_paragraph(machine);
  CHECK(text.find("  blocked the machine is running\n") != std::string::npos);
  CHECK(text.find("virt-v2v") == std::string::npos);
}

TEST_CASE("foreign text cannot command the terminal") {
  Json machine = web();
  machine["name"] = "\x1b[31mred\nnext";
  CHECK(machine_paragraph(machine).starts_with("\\x1b[31mred\\nnext\n"));
}

TEST_CASE("a word is quoted for the shell") {
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's $x") == "'it'\\''s $x'");
  CHECK(shell_quoted("") == "''");
}

TEST_CASE("an answer of another form is an error") {
  Json machine = web();
  machine.erase("disks");
  CHECK_THROWS_AS(machine_paragraph(machine), Json::exception);
  machine = web();
  machine["power"] = 5;
  CHECK_THROWS_AS(machine_paragraph(machine), Json::exception);
  machine = web();
  machine["disks"][0]["size"] = 1e300;
  CHECK_THROWS_AS(machine_paragraph(machine), Json::exception);
}
