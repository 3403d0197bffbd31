# SPDX-License-Identifier: MIT
"""rimfs vms: the machines of a mounted vSphere server, and what blocks their conversion."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from rig import images
from rig.expect import IMPATIENT
from rig.mount import Mount, rimfs
from rig.server import Server
from rig.vsphere import Vsphere
from rig.vsphere.machines import Disk, Machine

pytestmark = pytest.mark.usefixtures("rimfs_program")

SECONDS = 80.0


def store_of(server: Vsphere, name: str = "LocalDS_0") -> str:
    return f"{'DC0' if server.model == 'vpx' else 'ha-datacenter'}/{name}"


def machines_in(folder: Path) -> dict[str, dict[str, Any]]:
    done = rimfs("vms", "--json", folder, seconds=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["failures"] == []
    return {one["name"]: one for one in told["machines"]}


def kinds(machine: dict[str, Any], what: str = "blocks") -> list[str]:
    return [one["kind"] for one in machine[what]]


def test_machines_are_listed_with_their_files_in_the_mount(vsphere: Vsphere) -> None:
    raw = images.sparse(8)
    other = vsphere.add_disk(store_of(vsphere, "Data store+1"), "more", raw, name="data 1")
    vsphere.add_vm(store_of(vsphere), "web 'Ä' [1]", [raw, other])
    with Mount(*vsphere.access, vsphere.source()) as mount:
        found = machines_in(mount.folder)["web 'Ä' [1]"]
        assert found["ready"] and found["power"] == "off" and "Debian" in found["guest"]
        home = mount / store_of(vsphere) / "web 'Ä' [1]"
        assert found["configuration"]["path"] == str(home / "web 'Ä' [1].vmx")
        assert [one["path"] for one in found["disks"]] == [
            str(home / "web 'Ä' [1].vmdk"), str(mount / store_of(vsphere, "Data store+1") / "more/data 1.vmdk")]
        assert [one["size"] for one in found["disks"]] == [8 << 20, 8 << 20]
        for one in [found["configuration"], *found["disks"]]:
            assert b"\n" in Path(one["path"]).read_bytes()
        assert kinds(found, "notes") == ["absolute-paths"]


def test_a_ready_machine_is_shown_with_a_command_that_a_shell_understands(vsphere: Vsphere) -> None:
    vsphere.add_vm(store_of(vsphere), "it's $HOME", [images.sparse(8)])
    with Mount(*vsphere.access, vsphere.source()) as mount:
        done = rimfs("vms", mount.folder, seconds=SECONDS)
        assert (done.returncode, done.stderr) == (0, "")
        paragraph = next(one for one in done.stdout.split("\n\n") if one.startswith("it's $HOME\n"))
        ready = next(line for line in paragraph.splitlines() if line.startswith("  ready: "))
        words = shlex.split(ready.removeprefix("  ready: "))
        assert words[:3] == ["virt-v2v", "-i", "vmx"] and Path(words[3]).is_file()


def test_a_folder_below_the_mount_has_the_machines_in_it(vcenter: Vsphere) -> None:
    vcenter.add_vm("DC0/LocalDS_0", "web", [images.sparse(8)])
    vcenter.add_vm("DC0/LocalDS_0", "web2", [images.sparse(8)])
    volume = vcenter.volume_of("DC0/LocalDS_0")
    with Mount(*vcenter.access, vcenter.source()) as mount:
        everything = machines_in(mount.folder)
        assert {"web", "web2", "DC0_H0_VM0", "DC1_H0_VM0"} <= set(everything)
        assert set(machines_in(mount / "DC0/LocalDS_0/web")) == {"web"}
        assert set(machines_in(mount / f"vmfs/volumes/{volume}/web")) == {"web"}
        assert {"web", "web2"} <= set(machines_in(mount / "DC0")) and "DC1_H0_VM0" not in machines_in(mount / "DC0")
        assert machines_in(mount / "Büro 2") == {}
        assert machines_in(mount / "DC0/LocalDS_0/web")["web"] == everything["web"]
        link = mount.folder.parent / "link"
        link.symlink_to(mount / "DC0/LocalDS_0/web2")
        assert machines_in(link) == {"web2": everything["web2"]}


def test_a_mount_of_a_part_has_the_machines_in_that_part(vcenter: Vsphere) -> None:
    raw = images.sparse(8)
    other = vcenter.add_disk("DC0/Data store+1", "more", raw)
    vcenter.add_vm("DC0/LocalDS_0", "web", [raw, other])
    with Mount(*vcenter.access, vcenter.source("DC0/LocalDS_0")) as mount:
        found = machines_in(mount.folder)
        assert "DC1_H0_VM0" not in found
        assert found["web"]["configuration"]["path"] == str(mount / "web/web.vmx")
        assert found["web"]["disks"][1]["path"] == "" and kinds(found["web"]) == ["outside"]
    with Mount(*vcenter.access, vcenter.source("DC0/Data store+1")) as mount:
        assert machines_in(mount.folder) == {}


def test_a_server_that_is_one_of_several_sources_has_its_machines_below_its_name(vcenter: Vsphere,
                                                                                  server: Server) -> None:
    vcenter.add_vm("DC0/LocalDS_0", "web", [images.sparse(8)])
    disk = server.url(server.put("disk.bin", b"x" * 512))
    with Mount(*vcenter.access, "center=" + vcenter.source(), "plain.bin=" + disk) as mount:
        path = str(mount / "center/DC0/LocalDS_0/web/web.vmx")
        assert machines_in(mount.folder)["web"]["configuration"]["path"] == path
        assert machines_in(mount / "center/DC0")["web"]["configuration"]["path"] == path


# What blocks a conversion

def test_a_running_machine_is_blocked_until_it_is_off(vsphere: Vsphere) -> None:
    vsphere.add_vm(store_of(vsphere), "web", [images.sparse(8)])
    with Mount(*vsphere.access, vsphere.source()) as mount:
        vsphere.front.running.add("web")
        found = machines_in(mount.folder)["web"]
        assert found["power"] == "on" and not found["ready"] and kinds(found) == ["running"]
        text = rimfs("vms", mount / store_of(vsphere) / "web", seconds=SECONDS).stdout
        assert "blocked the machine is running" in text and "virt-v2v" not in text
        vsphere.front.running.clear()
        assert machines_in(mount.folder)["web"]["ready"]


def test_of_a_snapshot_the_current_disk_is_named_with_those_below_it(vsphere: Vsphere) -> None:
    vsphere.add_vm(store_of(vsphere), "web", [images.sparse(8)], snapshot="before")
    with Mount(*vsphere.access, vsphere.source()) as mount:
        found = machines_in(mount.folder)["web"]
        home = mount / store_of(vsphere) / "web"
        assert found["disks"][0]["path"] == str(home / "web-000001.vmdk")
        assert [one["path"] for one in found["disks"][0]["parents"]] == [str(home / "web.vmdk")]
        assert found["ready"] and kinds(found, "notes") == ["snapshot", "snapshot-chain"]


def test_of_a_linked_clone_the_parent_is_named_wherever_it_is(vsphere: Vsphere) -> None:
    parent = vsphere.add_disk(store_of(vsphere, "Data store+1"), "base", images.sparse(8))
    clone = vsphere.add_linked_clone(store_of(vsphere), "clone", store_of(vsphere, "Data store+1"), parent, "clone")
    vsphere.add_vm(store_of(vsphere), "clone", [clone])
    with Mount(*vsphere.access, vsphere.source()) as mount:
        found = machines_in(mount.folder)["clone"]
        assert [one["path"] for one in found["disks"][0]["parents"]] == [
            str(mount / store_of(vsphere, "Data store+1") / "base/disk.vmdk")]
        assert found["ready"] and kinds(found, "notes") == ["snapshot-chain", "absolute-paths"]


@pytest.mark.parametrize("change, expected", [
    ({"template": True}, ["template"]),
    ({"encrypted": True}, ["encrypted"]),
    ({"power": "suspended"}, ["suspended"]),
    ({"connection": "orphaned"}, ["inaccessible"]),
    ({"change_tracking": True}, []),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
def test_the_state_of_a_machine_may_block_it(vcenter: Vsphere, change: dict[str, Any], expected: list[str]) -> None:
    vcenter.front.machines.append(Machine("web", "DC0/LocalDS_0", [Disk("[LocalDS_0] web/web.vmdk", 1 << 20)], **change))
    with Mount(*vcenter.access, vcenter.source()) as mount:
        found = machines_in(mount.folder)["web"]
        assert kinds(found) == expected and found["ready"] == (not expected)
        assert kinds(found, "notes") == (["changed-block-tracking"] if "change_tracking" in change else [])


@pytest.mark.parametrize("change, expected", [
    ({"backing": "VirtualDiskRawDiskMappingVer1BackingInfo"}, "rdm"),
    ({"missing": True}, "missing"),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else value)
def test_a_disk_may_block_its_machine(vcenter: Vsphere, change: dict[str, Any], expected: str) -> None:
    disk = Disk("[LocalDS_0] web/web.vmdk", 1 << 20, **change)
    vcenter.front.machines.append(Machine("web", "DC0/LocalDS_0", [disk]))
    with Mount(*vcenter.access, vcenter.source()) as mount:
        assert kinds(machines_in(mount.folder)["web"]) == [expected]


def test_a_datastore_that_keeps_objects_or_is_not_accessible_blocks_its_machines(vcenter: Vsphere) -> None:
    vcenter.front.machines.append(Machine("web", "DC0/LocalDS_0", [Disk("[LocalDS_0] web/web.vmdk", 1 << 20)]))
    with Mount(*vcenter.access, vcenter.source()) as mount:
        vcenter.front.inaccessible.add("DC0/LocalDS_0")
        assert kinds(machines_in(mount.folder)["web"]) == ["datastore"]
        vcenter.front.inaccessible.clear()
        vcenter.front.behaviour.vsan = "on"
        assert kinds(machines_in(mount.folder)["web"]) == ["vsan"]


# Many, and none

@pytest.mark.parametrize("page_size", [None, 500])
def test_thousands_of_machines_come_in_several_parts(vcenter: Vsphere, page_size: int | None) -> None:
    vcenter.front.behaviour.page_size = page_size
    vcenter.front.machines += [Machine(f"vm {number:04}", "DC0/LocalDS_0",
                                       [Disk(f"[LocalDS_0] vm {number:04}/vm.vmdk", 1 << 30)])
                               for number in range(3000)]
    with Mount(*vcenter.access, vcenter.source()) as mount:
        found = machines_in(mount.folder)
        assert sum(one.startswith("vm ") for one in found) == 3000
        assert found["vm 2999"]["disks"][0]["path"] == str(mount / "DC0/LocalDS_0/vm 2999/vm.vmdk")
        text = rimfs("vms", mount.folder, seconds=SECONDS).stdout
        assert text.count("  ready: ") >= 3000
        receipt = json.loads(os.getxattr(mount.folder, "user.rimfs.machines"))
        assert receipt["parts"] > 10
        assert "user.rimfs.machines" not in os.listxattr(mount.folder)


def test_a_machine_that_is_divided_among_parts_is_whole(vcenter: Vsphere) -> None:
    vcenter.front.behaviour.split_objects = True
    vcenter.add_vm("DC0/LocalDS_0", "web", [images.sparse(8)])
    with Mount(*vcenter.access, vcenter.source()) as mount:
        found = machines_in(mount.folder)
        assert found["web"]["ready"] and len(found["web"]["disks"]) == 1


def test_a_mount_of_another_server_has_no_machines(server: Server, tmp_path: Path) -> None:
    with Mount(server.url(server.put("disk.bin", b"x" * 512))) as mount:
        done = rimfs("vms", mount.folder)
        assert done.returncode == 1 and "no vSphere server is mounted here" in done.stderr and done.stdout == ""
        assert rimfs("vms", mount / "disk.bin").returncode == 1
        missing = rimfs("vms", mount / "nothing")
        assert missing.returncode == 1 and "No such file" in missing.stderr
    done = rimfs("vms", tmp_path)
    assert done.returncode == 1 and "not in a rimfs mount" in done.stderr


def test_a_server_that_is_gone_is_reported_by_name_within_the_deadline(vcenter: Vsphere) -> None:
    with Mount(*vcenter.access, *IMPATIENT, "center=" + vcenter.source()) as mount:
        vcenter.front.trouble = {b"VirtualMachine": "silent"}
        begin = time.monotonic()
        done = rimfs("vms", mount.folder, seconds=SECONDS)
        assert done.returncode == 1 and time.monotonic() - begin < 30
        assert done.stderr.startswith("rimfs: ") and done.stdout == ""
        vcenter.front.trouble = {}
        vcenter.front.going_on.set()
        assert machines_in(mount.folder)


def test_asking_does_not_hold_up_other_requests(vcenter: Vsphere) -> None:
    vcenter.add_file("DC0/LocalDS_0", "same/file", b"first")
    vcenter.front.trouble = {b"VirtualMachine": "silent"}
    with Mount(*vcenter.access, vcenter.source()) as mount:
        asking = [subprocess.Popen(["getfattr", "-n", "user.rimfs.machines", mount.folder], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL) for _ in range(20)]
        try:
            time.sleep(0.5)
            assert (mount / "DC0/LocalDS_0/same/file").read_bytes() == b"first"
            assert all(one.poll() is None for one in asking)
        finally:
            vcenter.front.trouble = {}
            vcenter.front.going_on.set()
            for one in asking:
                one.kill()
                one.wait()


def test_the_view_of_machines_is_given_back(vcenter: Vsphere) -> None:
    with Mount(*vcenter.access, vcenter.source()) as mount:
        machines_in(mount.folder)
    calls = [one.soap for one in vcenter.front.requests if one.soap]
    assert calls.count("CreateContainerView") == calls.count("DestroyView")
    assert vcenter.counters().logins == 1 and vcenter.counters().live_sessions == 0
