# SPDX-License-Identifier: MIT
"""The tables of disk images come at once, what is no image costs nothing, and rimfs map --guest tells where data is."""

from __future__ import annotations

import json
import os
import random
import struct
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from rig import clients, images, vmdk
from rig.mount import COUNTED, Mount, rimfs
from rig.server import Server, round_trips

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
TABLES = 16

# Name, qemu's format, its options.
FORMATS = [
    ("v3.qcow2", "qcow2", ()),
    ("v2.qcow2", "qcow2", ("compat=0.10",)),
    ("extended.qcow2", "qcow2", ("extended_l2=on,cluster_size=128k",)),
    ("sparse.vmdk", "vmdk", ()),
    ("stream.vmdk", "vmdk", ("subformat=streamOptimized",)),
    ("dynamic.vhd", "vpc", ()),
    ("dynamic.vhdx", "vhdx", ()),
    ("dynamic.vdi", "vdi", ()),
]


def converted(folder: Path, name: str, form: str, options: tuple[str, ...]) -> Path:
    """The rig's disk in another format."""
    target = folder / name
    words = [word for option in options for word in ("-o", option)]
    clients.qemu_img("convert", "-f", "raw", "-O", form, *words, images.disk(), target)
    return target


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A qcow2 whose data is so spread that it has many second-level tables, each far from the others."""
    image = tmp_path_factory.mktemp("spread") / "spread.qcow2"
    clients.qemu_img("create", "-q", "-f", "qcow2", image, f"{TABLES * 512}M")
    writes = [word for i in range(TABLES) for word in ("-c", f"write -q -P {i + 1} {i * 512 + 8}M 5M")]
    clients.run("qemu-io", "-f", "qcow2", *writes, image)
    return image


def measured(server: Server, image: Path, mode: str, *command: str) -> tuple[str, int, float]:
    """What qemu-img says of the cold image over a link of 150 ms, the round trips and the seconds."""
    with Mount("--format-prefetch", mode, server.url(server.share(image), "vcenter"), unhedged=COUNTED) as mount:
        server.clear_log()
        begin = time.monotonic()
        said = clients.qemu_img(*command, mount / image.name)
        seconds = time.monotonic() - begin
        requests = server.requests(image.name, "GET")
    return said.replace(str(mount.folder), ""), round_trips(requests), seconds


def test_the_tables_of_a_qcow2_take_few_round_trips(server: Server, spread: Path) -> None:
    command = ("map", "--output=json")
    said, trips, seconds = measured(server, spread, "on", *command)
    plain, plain_trips, plain_seconds = measured(server, spread, "off", *command)
    assert said == plain == clients.qemu_img(*command, spread)
    # 16 connections, of which one is left free: two rounds of tables behind the header, and what qemu reads besides.
    assert trips <= 6, f"{trips} round trips"
    assert plain_trips >= 2 * trips, f"{trips} round trips, without it {plain_trips}"
    assert seconds < plain_seconds / 2


def test_an_image_that_is_only_looked_at_costs_little(server: Server, spread: Path) -> None:
    said, _, _ = measured(server, spread, "on", "info")
    assert said == measured(server, spread, "off", "info")[0]
    with Mount(server.url(server.share(spread)), unhedged=COUNTED) as mount:
        server.clear_log()
        clients.qemu_img("info", mount / spread.name)
        assert server.bytes_sent(spread.name) <= (TABLES * 64 << 10) + 2 * MIB


@pytest.mark.parametrize(("name", "form", "options"), FORMATS, ids=[row[0] for row in FORMATS])
def test_every_byte_is_the_same_with_and_without(server: Server, tmp_path: Path, name: str, form: str,
                                                 options: tuple[str, ...]) -> None:
    image = converted(tmp_path, name, form, options)
    url = server.url(server.share(image), "dc")
    for mode in ("on", "off"):
        with Mount("--format-prefetch", mode, url, unhedged=COUNTED) as mount:
            server.clear_log()
            clients.qemu_img("compare", "-f", form, "-F", "raw", mount / name, images.disk())
            clients.cmp(mount / name, image)
            assert server.bytes_sent(name) <= 1.02 * image.stat().st_size


def test_a_disk_with_partitions_is_the_same_and_its_ends_are_there(server: Server) -> None:
    disk = images.disk()
    size = disk.stat().st_size
    with Mount(server.url(server.share(disk), "dc"), unhedged=COUNTED) as mount:
        server.clear_log()
        assert clients.read_at(mount / disk.name, 0, 512) == disk.read_bytes()[:512]
        time.sleep(0.5)  # behind the reader's back
        spans = [request.span for request in server.requests(disk.name, "GET") if request.span]
        assert any(span[1] == size for span in spans), f"the table at the end is not among {spans}"
        assert any(span[0] <= images.PARTITION_OFFSET < span[1] for span in spans), spans
        server.clear_log()
        with open(mount / disk.name, "rb") as file:
            file.seek(size - 33 * 512)
            assert file.read() == disk.read_bytes()[-33 * 512:]
        assert server.requests(disk.name, "GET") == [], "asked for what was there"
        clients.fsck_ext4(mount / disk.name, images.PARTITION_OFFSET)
        clients.cmp(mount / disk.name, disk)


def test_what_is_no_image_costs_no_request_more(server: Server) -> None:
    image = images.data(8)
    url = server.url(server.share(image))
    counts = {}
    for mode in ("on", "off"):
        with Mount("--format-prefetch", mode, url, unhedged=COUNTED) as mount:
            server.clear_log()
            assert clients.read_at(mount / image.name, 0, 4096) == image.read_bytes()[:4096]
            assert clients.read_at(mount / image.name, 5 * MIB, 4096) == image.read_bytes()[5 * MIB:5 * MIB + 4096]
            time.sleep(0.3)
            requests = server.requests(image.name, "GET")
            counts[mode] = (len(requests), sum(request.sent for request in requests))
    assert counts["on"] == counts["off"]


def test_a_file_whose_begin_nobody_reads_is_not_looked_at(server: Server, spread: Path) -> None:
    with Mount(server.url(server.share(spread)), unhedged=COUNTED) as mount:
        server.clear_log()
        clients.read_at(mount / spread.name, 20 * MIB, 4096)
        time.sleep(0.3)
        assert len(server.requests(spread.name, "GET")) == 1


def test_broken_images_are_read_like_any_file(server: Server, spread: Path) -> None:
    content = bytearray(spread.read_bytes()[:8 * MIB])
    first_level = int.from_bytes(content[40:48], "big")
    for at in range(first_level, first_level + TABLES * 8, 8):
        content[at:at + 8] = os.urandom(8)
    broken = {"cut.qcow2": bytes(content[:100]), "nonsense.qcow2": bytes(content),
              "huge.qcow2": bytes(content[:36]) + b"\xff" * 24 + bytes(content[60:])}
    for name, bytes_ in broken.items():
        with Mount(server.url(server.put(name, bytes_)), unhedged=COUNTED) as mount:
            assert (mount / name).read_bytes() == bytes_
            assert server.bytes_sent(name) <= 1.02 * len(bytes_) + 20_000


# Snapshots of an ESXi server: a descriptor, and a sparse file beside it.

SPARSE = pytest.mark.parametrize("form", [vmdk.VMFS_SPARSE, vmdk.SE_SPARSE], ids=lambda form: form.create_type)


class Chain:
    """A disk with two snapshots in a folder, and what the guest sees in the last one."""

    def __init__(self, folder: Path, form: vmdk.Form) -> None:
        self.folder = folder
        content = images.pseudo_random(40 * MIB, 31)
        disk = vmdk.flat(folder, "disk", content)
        many = {number: bytes([number % 255 + 1]) * form.grain for number in range(100, 4400)}  # two tables
        first = vmdk.snapshot(folder, "disk-000001", form, disk, {8 * MIB // form.grain: b"far", **many, 7: vmdk.ZERO})
        before = vmdk.applied(content, {8 * MIB // form.grain: b"far", **many, 7: vmdk.ZERO}, form)
        after = before[:MIB] + bytes(form.grain * 9) + before[MIB + form.grain * 9:-5] + b"abcde"
        self.last = vmdk.snapshot(folder, "disk-000002", form, first, vmdk.changes(before, after, form))
        self.first, self.content, self.below = first, after, before


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chain]:
    return {form.create_type: Chain(tmp_path_factory.mktemp(form.create_type), form)
            for form in (vmdk.VMFS_SPARSE, vmdk.SE_SPARSE)}


def shared_folder(server: Server, folder: Path, profile: str = "lan") -> str:
    """The address of a folder with these files."""
    for file in folder.iterdir():
        server.share(file, f"{folder.name}/{file.name}")
    return server.url(f"{folder.name}/", profile)


@SPARSE
@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_snapshot_and_its_parents_read_as_what_the_guest_sees(
        server: Server, chains: dict[str, Chain], tmp_path: Path, form: vmdk.Form, mode: str) -> None:
    chain = chains[form.create_type]
    with Mount("--format-prefetch", mode, shared_folder(server, chain.folder, "dc")) as mount:
        for disk, content in ((chain.last, chain.content), (chain.first, chain.below)):
            clients.qemu_img("convert", "-O", "raw", mount / disk.descriptor.name, tmp_path / "raw")
            assert (tmp_path / "raw").read_bytes() == content
        info = json.loads(clients.qemu_img("info", "--backing-chain", "--output=json", mount / chain.last.descriptor.name))
        for file in chain.folder.iterdir():
            clients.cmp(mount / file.name, file)
    types = [(Path(one["filename"]).name, one["format-specific"]["data"]["create-type"]) for one in info]
    assert types == [("disk-000002.vmdk", form.create_type), ("disk-000001.vmdk", form.create_type), ("disk.vmdk", "vmfs")]


def spread_snapshot(folder: Path, form: vmdk.Form) -> vmdk.Disk:
    """A snapshot with many tables, of which each is far from the one that a reader needs next."""
    if form is vmdk.SE_SPARSE:  # its tables lie side by side, in the order in which the guest wrote
        tables, grains = random.Random(5).sample(range(160), 160), 1
    else:  # its tables lie between the grains: a MiB of these for each
        tables, grains = list(range(24)), 2048
    disk = vmdk.flat(folder, "disk", len(tables) * vmdk.ENTRIES * form.grain)
    return vmdk.snapshot(folder, "disk-000001", form, disk,
                         {table * vmdk.ENTRIES + i: b"x" for table in tables for i in range(grains)})


def own_data(descriptor: Path) -> list[tuple[int, int, int]]:
    """What qemu-img tells of the data that the last snapshot holds itself: place on the disk, length, place in the file."""
    told = json.loads(clients.qemu_img("map", "--output=json", descriptor))
    return [(one["start"], one["length"], one["offset"]) for one in told if one["depth"] == 0 and one["data"]]


@SPARSE
def test_the_tables_of_a_snapshot_take_few_round_trips(server: Server, tmp_path: Path, form: vmdk.Form) -> None:
    folder = tmp_path / f"spread-{form.create_type}"
    folder.mkdir()
    disk = spread_snapshot(folder, form)
    url = shared_folder(server, folder, "vcenter")
    said, trips = {}, {}
    for mode in ("on", "off"):
        with Mount("--format-prefetch", mode, url, unhedged=COUNTED) as mount:
            os.listdir(mount.folder)
            server.clear_log()
            said[mode] = own_data(mount / disk.descriptor.name)
            trips[mode] = round_trips(server.requests(disk.data.name, "GET"))
    assert said["on"] == said["off"] == own_data(disk.descriptor)
    assert trips["on"] <= 5, f"{trips} round trips: the header, the directory, a round or two of tables"
    assert trips["off"] >= trips["on"] + 3, f"{trips} round trips"


# rimfs map --guest


def guest_map(path: Path) -> list[dict[str, int]]:
    done = rimfs("map", "--guest", "--json", path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("index", [0, 1, 2, 3], ids=[FORMATS[i][0] for i in range(4)])
def test_the_guests_map_is_the_one_qemu_img_tells(server: Server, tmp_path: Path, index: int) -> None:
    image = converted(tmp_path, *FORMATS[index])
    told = json.loads(clients.qemu_img("map", "--output=json", image))
    expected = [(one["start"], one["length"], one["offset"]) for one in told if one["data"]]
    with Mount(server.url(server.share(image))) as mount:
        found = guest_map(mount / image.name)
        text = rimfs("map", "--guest", mount / image.name).stdout
    # A cluster that lies beyond the end of the file is read as zeros, and joined differently: bytes decide.
    assert covered((one["guest-offset"], one["length"], one["offset"]) for one in found) == covered(expected)
    assert len(text.splitlines()) == len(found) + 1


def covered(extents: Iterable[tuple[int, int, int]]) -> set[tuple[int, int]]:
    """Each 4 KiB of the guest with its place in the file."""
    return {(guest + at, place + at) for guest, length, place in extents for at in range(0, length, 4096)}


@pytest.mark.parametrize("name", ["v3.qcow2", "stream.vmdk"])
def test_the_map_leads_to_the_guests_bytes(tmp_path: Path, name: str) -> None:
    row = next(row for row in FORMATS if row[0] == name)
    image = converted(tmp_path, *row)
    disk, file = images.disk().read_bytes(), image.read_bytes()
    found = guest_map(image)
    rest = bytearray(disk)
    for one in found:
        at, length = one["guest-offset"], one["guest-length"]
        if one["compressed"]:
            marker = file[one["offset"]:one["offset"] + 12]
            assert int.from_bytes(marker[:8], "little") * 512 == at
            assert int.from_bytes(marker[8:], "little") + 12 <= one["length"]
        else:
            assert file[one["offset"]:one["offset"] + one["length"]] == disk[at:at + length]
        rest[at:at + length] = bytes(length)
    assert not any(rest), "the guest has data that the map does not tell of"


@SPARSE
def test_the_map_of_a_snapshot_has_what_it_holds_itself(
        server: Server, chains: dict[str, Chain], form: vmdk.Form) -> None:
    chain = chains[form.create_type]
    with Mount(shared_folder(server, chain.folder)) as mount:
        for disk in (chain.last, chain.first):
            expected = own_data(mount / disk.descriptor.name)
            found = guest_map(mount / disk.data.name)
            assert [(one["guest-offset"], one["length"], one["offset"]) for one in found] == expected
            assert expected, "the snapshot holds nothing"


def test_zeroed_grains_of_a_vmdk_are_not_in_its_map(tmp_path: Path) -> None:
    image = tmp_path / "zeroed.vmdk"
    clients.qemu_img("create", "-q", "-f", "vmdk", "-o", "zeroed_grain=on", image, "64M")
    clients.run("qemu-io", "-f", "vmdk", "-c", "write -q -P 5 1M 2M", "-c", "write -q -z 2M 1M", image)
    told = json.loads(clients.qemu_img("map", "--output=json", image))
    assert any(one["zero"] and one["start"] == 2 * MIB and one["present"] for one in told), "no grain is zeroed"
    expected = [(one["start"], one["length"], one["offset"]) for one in told if one["data"]]
    assert [(one["guest-offset"], one["length"], one["offset"]) for one in guest_map(image)] == expected


def test_a_descriptor_and_tables_that_are_not_up_to_date_are_refused(tmp_path: Path) -> None:
    disk = vmdk.snapshot(tmp_path, "disk", vmdk.SE_SPARSE, vmdk.flat(tmp_path, "base", MIB), {1: b"x"})
    done = rimfs("map", "--guest", disk.descriptor)
    assert done.returncode == 1
    assert "is a descriptor" in done.stderr
    with open(disk.data, "r+b") as file:
        file.seek(512 + 24)
        file.write(struct.pack("<Q", 1))
    done = rimfs("map", "--guest", disk.data)
    assert done.returncode == 1
    assert "its tables are not up to date" in done.stderr
    assert done.stdout == ""


def test_files_without_such_a_map_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(bytes(5000))
    done = rimfs("map", "--guest", tmp_path / "x.raw")
    assert done.returncode == 1
    assert "neither a qcow2 nor a sparse VMDK" in done.stderr
    assert rimfs("map", "--guest", "--what", tmp_path / "x.raw").returncode == 2
