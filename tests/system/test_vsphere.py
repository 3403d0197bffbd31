# SPDX-License-Identifier: MIT
"""The datastores of a vCenter or ESXi server as a tree, and what virtual machine tools make of the disks in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import IMPATIENT, errno_of_pread, errno_of_read
from rig.mount import COUNTED, Mount
from rig.processes import wait_until
from rig.vsphere import Vsphere

pytestmark = pytest.mark.usefixtures("rimfs_program")

ODD_NAMES = {"a b.iso": 1, "a+b": 22, "100%41.img": 333, "Büro ÄÖ.img": 4444, "[x] {y}": 55555, "a&b<c>'\".bin": 6,
             "#?;=": 7, "empty": 0}


def datacenter_of(server: Vsphere) -> str:
    return "DC0" if server.model == "vpx" else "ha-datacenter"


def store_of(server: Vsphere, name: str = "LocalDS_0") -> str:
    return f"{datacenter_of(server)}/{name}"


def add_odd_files(server: Vsphere, store: str) -> None:
    for index, (name, size) in enumerate(ODD_NAMES.items()):
        server.add_file(store, f"odd 1+2/{name}", images.pseudo_random(size, index))
    server.add_file(store, "odd 1+2/sub [a]/deep", b"deep")


def check_odd_files(folder: Path) -> None:
    assert {one.name: one.stat().st_size for one in folder.iterdir() if one.is_file()} == ODD_NAMES
    for index, (name, size) in enumerate(ODD_NAMES.items()):
        assert (folder / name).read_bytes() == images.pseudo_random(size, index), name
    assert (folder / "sub [a]" / "deep").read_bytes() == b"deep"


# The tree

def test_a_server_shows_its_datacenters_with_their_datastores(vsphere: Vsphere) -> None:
    with Mount(*vsphere.access, vsphere.source()) as mount:
        folders = clients.run("find", mount.folder, "-mindepth", "1", "-maxdepth", "2", "-type", "d",
                              "-printf", "%P\n").stdout.split("\n")[:-1]
        assert sorted(os.listdir(mount.folder)) == sorted({one.partition("/")[0] for one in vsphere.datacenters})
        if vsphere.model == "vpx":
            assert "F0/DC1" in folders and os.listdir(mount / "F0/DC1") == ["LocalDS_0"]
            assert os.listdir(mount / "Büro 2") == []
        for store in vsphere.datastores:
            assert (mount / store).is_dir()


@pytest.mark.parametrize("store", ["LocalDS_0", "Data store+1"])
def test_every_name_is_listed_with_its_size_and_read_right(vsphere: Vsphere, store: str) -> None:
    add_odd_files(vsphere, store_of(vsphere, store))
    with Mount(*vsphere.access, vsphere.source()) as mount:
        listed = clients.run("ls", "-l", mount / store_of(vsphere, store) / "odd 1+2").stdout
        assert "55555" in listed and "[x] {y}" in listed
        check_odd_files(mount / store_of(vsphere, store) / "odd 1+2")


def test_two_datastores_of_one_name_are_told_apart(vcenter: Vsphere) -> None:
    vcenter.add_file("DC0/LocalDS_0", "same/file", b"first")
    vcenter.add_file("F0/DC1/LocalDS_0", "same/file", b"second")
    with Mount(*vcenter.access, vcenter.source()) as mount:
        assert (mount / "DC0/LocalDS_0/same/file").read_bytes() == b"first"
        assert (mount / "F0/DC1/LocalDS_0/same/file").read_bytes() == b"second"


def test_an_address_may_name_a_folder_in_a_datastore(vsphere: Vsphere) -> None:
    store = store_of(vsphere, "Data store+1")
    add_odd_files(vsphere, store)
    source = vsphere.source(f"{store}/odd 1+2")
    assert "Data%20store%2b1/odd%201%2b2" in source
    with Mount(*vsphere.access, source) as mount:
        check_odd_files(mount.folder)
    with Mount(*vsphere.access, vsphere.source(store) + "/") as mount:
        check_odd_files(mount / "odd 1+2")
    with Mount(*vsphere.access, vsphere.source(datacenter_of(vsphere))) as mount:
        assert sorted(os.listdir(mount.folder)) == ["Data store+1", "LocalDS_0"]


def test_a_server_that_is_one_of_several_sources_is_a_folder(vcenter: Vsphere) -> None:
    vcenter.add_file("DC0/LocalDS_0", "same/file", b"first")
    with Mount(*vcenter.access, "center=" + vcenter.source(), "nested=" + vcenter.source("F0"),
               unhedged=COUNTED) as mount:
        assert sorted(os.listdir(mount.folder)) == ["center", "nested"]
        assert (mount / "center/DC0/LocalDS_0/same/file").read_bytes() == b"first"
        assert os.listdir(mount / "nested") == ["DC1"]
        assert vcenter.counters().logins == 1
    assert vcenter.counters().logouts == 1 and vcenter.counters().live_sessions == 0


def test_an_inventory_may_come_in_parts(vsphere: Vsphere) -> None:
    vsphere.front.page_objects = 1
    with Mount(*vsphere.access, vsphere.source()) as mount:
        assert {str(one.relative_to(mount.folder)) for store in vsphere.datastores
                if (one := mount / store).is_dir()} == set(vsphere.datastores)
    assert any(one.soap == "ContinueRetrievePropertiesEx" for one in vsphere.front.requests)


def test_folders_are_listed_by_their_pages_when_the_browser_may_not_be_used(vsphere: Vsphere) -> None:
    store = store_of(vsphere, "Data store+1")
    add_odd_files(vsphere, store)
    vsphere.front.browsing = False
    with Mount(*vsphere.access, vsphere.source(), unhedged=COUNTED) as mount:
        check_odd_files(mount / store / "odd 1+2")
    assert vsphere.counters().listings >= 2 and vsphere.counters().basic_sessions == 0


def test_pages_of_a_server_that_wants_values_encoded_twice(vsphere: Vsphere) -> None:
    store = store_of(vsphere, "Data store+1")
    add_odd_files(vsphere, store)
    vsphere.front.browsing, vsphere.front.double_encoded = False, True
    with Mount(*vsphere.access, vsphere.source()) as mount:
        check_odd_files(mount / store / "odd 1+2")


@pytest.mark.parametrize("decoded, unknown", [("twice", 0), ("once", 1)])
def test_values_are_encoded_as_the_server_wants_them(vsphere: Vsphere, decoded: str, unknown: int) -> None:
    store = store_of(vsphere, "Data store+1")
    add_odd_files(vsphere, store)
    vsphere.front.behaviour.query_decode = decoded
    with Mount(*vsphere.access, "--revalidate-after", "0s", vsphere.source(store)) as mount:
        folder = mount / "odd 1+2"
        os.listdir(folder)
        assert (folder / "a+b").read_bytes() == images.pseudo_random(22, 1)
        assert sum(one.status == 404 for one in vsphere.front.requests) == unknown
        check_odd_files(folder)
        assert sum(one.status == 404 for one in vsphere.front.requests) == unknown, "the first answers are remembered"


def test_a_busy_server_that_wants_values_encoded_twice(vcenter: Vsphere, tmp_path: Path) -> None:
    """Listed before the encoding was known, read when the server answers 503."""
    store = store_of(vcenter, "Data store+1")
    for index in range(8):
        vcenter.add_file(store, f"busy/{index}", images.data(4, seed=90 + index))
    vcenter.front.double_encoded, vcenter.front.delay, vcenter.front.concurrency_limit = True, 0.02, 1
    with Mount(*vcenter.access, vcenter.source(store), unhedged=COUNTED) as mount:
        clients.run("ls", "-l", mount / "busy")
        command = "ls {0} | xargs -P 8 -I NAME sha256sum {0}/NAME | sort -k 2".format(mount / "busy")
        sums = [line.split()[0] for line in clients.run("bash", "-c", command).stdout.splitlines()]
    assert sums == [clients.sha256(images.data(4, seed=90 + index)) for index in range(8)]
    assert vcenter.counters().overloaded > 0


# Disks

def test_qemu_reads_a_disk_by_its_description(vsphere: Vsphere, tmp_path: Path) -> None:
    raw = images.disk()
    vsphere.add_disk(store_of(vsphere), "machine", raw)
    with Mount(*vsphere.access, vsphere.source(), unhedged=COUNTED) as mount:
        disk = mount / store_of(vsphere) / "machine" / "disk.vmdk"
        information = clients.qemu_img("info", disk)
        assert "file format: vmdk" in information and f"({raw.stat().st_size} bytes)" in information
        clients.qemu_img("convert", "-O", "raw", disk, tmp_path / "back.raw")
        clients.cmp(tmp_path / "back.raw", raw)
        clients.qemu_img("compare", "-F", "raw", disk, raw)
        clients.cmp(disk.with_name("disk-flat.vmdk"), raw)
        clients.fsck_ext4(disk.with_name("disk-flat.vmdk"), images.PARTITION_OFFSET)
    counters = vsphere.counters()
    assert (counters.logins, counters.basic_sessions, counters.logouts) == (1, 0, 1)


@pytest.mark.seconds(240)
def test_guestfish_reads_a_disk_by_its_description(vcenter: Vsphere) -> None:
    if shutil.which("guestfish") is None:
        pytest.skip("guestfish is not installed")
    vcenter.add_disk(store_of(vcenter), "machine", images.disk())
    with Mount(*vcenter.access, vcenter.source(store_of(vcenter))) as mount:
        script = "run\nlist-filesystems\nmount-ro /dev/sda1 /\ncat /etc/hostname\n"
        output = clients.guestfish(script, mount / "machine/disk.vmdk", form="vmdk")
    assert output.split() == ["/dev/sda1:", "ext4", "rig"]


def test_the_disk_of_a_running_machine_says_so(vsphere: Vsphere) -> None:
    vsphere.add_disk(store_of(vsphere), "machine", images.disk())
    vsphere.front.running.add("machine")
    with Mount(*IMPATIENT, *vsphere.access, vsphere.source(store_of(vsphere)), foreground=True) as mount:
        assert errno_of_read(mount / "machine/disk-flat.vmdk") == "EBUSY"
        wait_until(lambda: "locked, usually by a running machine" in mount.log(), 10, "the reason")
        assert (mount / "machine/disk.vmdk").read_text().startswith("# Disk DescriptorFile")
        vsphere.front.running.clear()
        assert clients.read_at(mount / "machine/disk-flat.vmdk", 0, 512) == clients.read_at(images.disk(), 0, 512)


# Changes

@pytest.mark.parametrize("same_size", [False, True], ids=["other size", "other time"])
def test_a_replaced_file_is_stale_for_old_handles_and_new_for_new_ones(vcenter: Vsphere, same_size: bool) -> None:
    before, after = images.data(4, seed=70), images.data(4 if same_size else 5, seed=71)
    store = store_of(vcenter)
    target = vcenter.add_file(store, "changing/image", before.read_bytes())
    os.utime(target, (1_600_000_000, 1_600_000_000))
    ages = ("--attribute-time", "1s", "--revalidate-after", "0s", "--readahead", "0")
    with Mount(*ages, *vcenter.access, vcenter.source(store)) as mount:
        path = mount / "changing" / "image"
        handle = os.open(path, os.O_RDONLY)
        try:
            assert os.pread(handle, 4096, 0) == before.read_bytes()[:4096]
            target.unlink()
            vcenter.add_file(store, "changing/image", after.read_bytes())

            def sees_the_new_one() -> bool:
                with open(path, "rb", buffering=0) as fresh:
                    return fresh.read() == after.read_bytes()

            wait_until(sees_the_new_one, 10, "a new open to see the new file", interval=0.2)
            assert errno_of_pread(handle, 3 << 20) == "ESTALE"
        finally:
            os.close(handle)


def test_new_and_removed_files_show_after_the_attribute_time(vcenter: Vsphere) -> None:
    store = store_of(vcenter)
    vcenter.add_file(store, "coming/old", b"old")
    with Mount("--attribute-time", "1s", *vcenter.access, vcenter.source(store)) as mount:
        assert os.listdir(mount / "coming") == ["old"]
        vcenter.add_file(store, "coming/new", b"new").with_name("old").unlink()
        wait_until(lambda: os.listdir(mount / "coming") == ["new"], 10, "the new listing", interval=0.2)
        assert (mount / "coming/new").read_bytes() == b"new"
