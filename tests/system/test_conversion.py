# SPDX-License-Identifier: MIT
"""From a mounted datastore to another hypervisor: the disks of a machine as qemu and virt-v2v read them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from rig import clients, images, vmfs
from rig.mount import Mount
from rig.vsphere import Vsphere
from rig.vsphere.machines import Machine

pytestmark = pytest.mark.usefixtures("rimfs_program")

HERE, THERE = "DC0/LocalDS_0", "DC0/Data store+1"
SECTOR = 512
CHANGED = {SECTOR: b"one" + bytes(SECTOR - 3), 20 << 20: b"two" + bytes(SECTOR - 3)}
MARK = "read through the mount"


def add_machine(server: Vsphere, raw: Path) -> Machine:
    """web01: two disks with a snapshot each; the first is a linked clone of a disk on another datastore, the second is on
    that datastore."""
    parent = server.add_disk(THERE, "golden", raw, name="golden")
    first = server.add_linked_clone(HERE, "web01", THERE, parent, "web01", CHANGED)
    second = server.add_disk(THERE, "data of web01", images.sparse(8), name="data")
    return server.add_vm(HERE, "web01", [first, second], snapshot="before")


def with_changes(raw: Path, target: Path) -> Path:
    clients.run("cp", "--sparse=always", raw, target)
    with open(target, "r+b") as out:
        for offset, text in CHANGED.items():
            out.seek(offset)
            out.write(text)
    return target


def disks_of(configuration: Path) -> list[Path]:
    """As virt-v2v does: a name in a .vmx is relative to the .vmx, or an absolute path."""
    names = re.findall(r'^scsi0:\d+\.fileName = "(.*)"$', configuration.read_text(), re.MULTILINE)
    return [configuration.parent / name for name in names]


@pytest.fixture
def namespaces() -> None:
    if not vmfs.works():
        pytest.skip("mount namespaces are not permitted here")


def test_qemu_converts_a_chain_over_two_datastores_where_vmfs_is_the_mounts(vcenter: Vsphere, tmp_path: Path,
                                                                            namespaces: None) -> None:
    raw = images.disk()
    add_machine(vcenter, raw)
    expected = [with_changes(raw, tmp_path / "expected.raw"), images.sparse(8)]
    with Mount(*vcenter.access, vcenter.source()) as mount:
        found = disks_of(mount / HERE / "web01/web01.vmx")
        assert [one.name for one in found] == ["web01-000001.vmdk", "web01_1-000001.vmdk"]
        for number, disk in enumerate(found):
            target = tmp_path / f"{number}.raw"
            vmfs.run(mount / "vmfs", "qemu-img", "convert", "-O", "raw", disk, target)
            clients.cmp(target, expected[number])


def test_qemu_converts_a_linked_clone_without_vmfs_when_its_parents_are_named(vcenter: Vsphere, tmp_path: Path) -> None:
    raw = images.disk()
    add_machine(vcenter, raw)
    with Mount(*vcenter.access, vcenter.source()) as mount:
        chain = [mount / THERE / "golden/golden.vmdk", mount / HERE / "web01/web01.vmdk",
                 mount / HERE / "web01/web01-000001.vmdk"]
        disk: dict[str, object] = {}
        for one in chain:
            backing = {"backing": disk} if disk else {}
            disk = {"driver": "vmdk", "file": {"driver": "file", "filename": str(one)}, **backing}
        clients.qemu_img("convert", "-O", "raw", "json:" + json.dumps(disk), tmp_path / "copy.raw")
    clients.cmp(tmp_path / "copy.raw", with_changes(raw, tmp_path / "expected.raw"))


def boot(disk: Path, tmp_path: Path) -> str:
    """What a machine with this disk writes to its serial port until it ends."""
    overlay, serial = tmp_path / "overlay.qcow2", tmp_path / "serial"
    clients.qemu_img("create", "-q", "-f", "qcow2", "-b", disk, "-F", "vmdk", overlay)
    done = clients.run(
        "qemu-system-x86_64", "-accel", "tcg", "-m", "64", "-nodefaults", "-display", "none", "-no-reboot", "-drive",
        f"file={overlay},format=qcow2,if=ide", "-serial", f"file:{serial}", "-device",
        "isa-debug-exit,iobase=0xf4,iosize=0x04", check=False)
    assert done.returncode == 0x10 << 1 | 1, done.stderr
    return serial.read_text()


def test_a_machine_boots_from_an_overlay_on_a_snapshot_chain_of_the_mount(vcenter: Vsphere, tmp_path: Path) -> None:
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("qemu-system-x86_64 is not installed")
    vcenter.add_vm(HERE, "web02", [images.bootable(MARK)], snapshot="before")
    with Mount(*vcenter.access, vcenter.source()) as mount:
        assert boot(mount / HERE / "web02/web02-000001.vmdk", tmp_path) == MARK + "\n"


@pytest.mark.seconds(2400)
def test_virt_v2v_converts_a_linked_clone_with_a_snapshot_and_a_second_disk(vcenter: Vsphere, tmp_path: Path,
                                                                            namespaces: None) -> None:
    if shutil.which("virt-v2v") is None:
        pytest.skip("virt-v2v is not installed")
    try:
        guest = images.convertible_guest()
    except images.Unavailable as problem:
        pytest.skip(str(problem))
    parent = vcenter.add_disk(THERE, "golden", guest, name="golden")
    first = vcenter.add_linked_clone(HERE, "web01", THERE, parent, "web01")
    second = vcenter.add_disk(THERE, "data of web01", images.sparse(8), name="data")
    vcenter.add_vm(HERE, "web01", [first, second], snapshot="before")
    target = tmp_path / "converted"
    target.mkdir()
    with Mount(*vcenter.access, vcenter.source()) as mount:
        vmfs.run(mount / "vmfs", "virt-v2v", "-i", "vmx", mount / HERE / "web01/web01.vmx", "-o", "local", "-os", target,
                 seconds=2300,
                 env=os.environ | {"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"})
    clients.fsck_ext4(target / "web01-sda", images.PARTITION_OFFSET)
    named = clients.run("debugfs", "-R", "cat /etc/hostname", f"{target / 'web01-sda'}?offset={images.PARTITION_OFFSET}")
    assert named.stdout == "rig-guest\n"
    clients.cmp(target / "web01-sdb", images.sparse(8))
    assert 'bus="virtio"' in (target / "web01.xml").read_text().replace("'", '"')
