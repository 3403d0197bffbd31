# SPDX-License-Identifier: MIT
"""The client against each way in which vCenter and ESXi servers behave, or may behave: rig/vsphere/behaviour.py."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rig import clients, images
from rig.expect import IMPATIENT, errno_of_read, refusal
from rig.mount import COUNTED, Mount, rimfs
from rig.processes import wait_until
from rig.vsphere import Vsphere
from rig.vsphere.behaviour import Behaviour

pytestmark = pytest.mark.usefixtures("rimfs_program")

STORE = "DC0/Data store+1"
TOP = "behaviour 1+2"
FILES = {"machine/disk.vmx": b'displayName = "web 01"\n', "machine/empty.log": b"", "machine/one.nvram": b"1",
         "machine/a+b 100%41.iso": images.pseudo_random(70_000, 5), "machine/deep/inner.txt": b"inner",
         "machine/vmware.log": images.pseudo_random(3_000_000, 6), "readme": b"at the top"}

# Each switch with each value that is not its default. Values with which no client can read everything have tests of their
# own below.
ROWS: list[tuple[str, Any]] = [
    ("full_range", "206"), ("range_past_end", "416"), ("range_past_end", "200"), ("range_at_eof", "200 empty"),
    ("range_at_eof", "206 empty"), ("empty_file", "416 without Content-Range"), ("empty_file", "200"),
    ("ignore_range", "every 3rd"), ("accept_ranges", False), ("last_modified", True), ("etag", True),
    ("length", "chunked"), ("length", "close"), ("head", "500"), ("head", "405"), ("head", "wrong length"),
    ("hide_extents", "always"), ("hide_extents", "unless named"), ("hide_extents", "with descriptor"),
    ("hide_extents", "without query"), ("hide_extents", "with file type"), ("vmdk_size", "allocated"),
    ("vmdk_size", "true"), ("vmdk_size", "0"), ("vmdk_size", "absent"), ("flat_size", "allocated"),
    ("owner_needed", False), ("folder_types", "typed"), ("folder_types", "never typed"), ("query_only", False),
    ("folder_path_slash", "without"), ("folder_path_slash", "doubled"), ("missing_folder", "FileFault"),
    ("missing_folder", "InvalidArgument"), ("missing_folder", "SOAP fault"), ("task", "queued"), ("task", "vanishes"),
    ("task", "vanishes once"), ("slow_task", 1.0), ("huge_folder", 5000), ("system_folders", "CannotAccessFile"),
    ("query_decode", "once"), ("query_decode", "twice"), ("path_decode", "twice"), ("path_decode", "plus is space"),
    ("dcpath", "slash needed"), ("dcpath", "slash refused"), ("missing_dcpath", "404"), ("missing_dcpath", "default"),
    ("page_form", "double-encoded links"), ("page_form", "folders without slash"), ("page_form", "disabled"),
    ("page_size_sign", "-"), ("folder_redirect", True), ("requests_per_connection", 1), ("requests_per_connection", 3),
    ("close_mid_body", True), ("expect", "sent"), ("expect", "417"), ("soap_length", "Content-Length"),
    ("cookie", "bare"), ("cookie", "two cookies"), ("cookie", "changes"), ("cookie_path", "/sdk"),
    ("cookie_with_failed_login", False), ("basic_auth", "refused"), ("page_size", 1), ("page_size", 3),
    ("split_objects", True),
    ("summary_url", "vCenter"), ("summary_url", "ESXi"), ("summary_url", "empty"), ("summary_url", "label"),
]


def prepare(server: Vsphere) -> Path:
    """A datastore with a machine; returns its disk."""
    for name, content in FILES.items():
        server.add_file(STORE, f"{TOP}/{name}", content)
    raw = images.disk()
    server.add_disk(STORE, f"{TOP}/machine", raw)
    return raw


def check_all(mount: Mount, raw: Path, target: Path, extra: int = 0) -> None:
    """Lists, looks at sizes, reads every file, and converts the disk by its descriptor."""
    top = mount / STORE / TOP
    found = {str(one.relative_to(top)) for one in top.rglob("*") if one.is_file()}
    wanted = set(FILES) | {"machine/disk.vmdk", "machine/disk-flat.vmdk"}
    assert wanted <= found
    assert len(found - wanted) <= 3 * extra, "phantom names"
    for name, content in FILES.items():
        assert (top / name).stat().st_size == len(content), name
        assert (top / name).read_bytes() == content, name
    assert (top / "machine/disk-flat.vmdk").stat().st_size == raw.stat().st_size
    descriptor = (top / "machine/disk.vmdk").read_bytes()
    assert len(descriptor) == (top / "machine/disk.vmdk").stat().st_size
    assert descriptor.startswith(b"# Disk DescriptorFile")
    clients.qemu_img("convert", "-O", "raw", top / "machine/disk.vmdk", target / "back.raw")
    clients.cmp(target / "back.raw", raw)


@pytest.mark.parametrize("switch, value", [("none", None), *ROWS], ids=lambda one: str(one))
def test_a_server_of_any_behaviour_is_listed_and_read(vcenter: Vsphere, tmp_path: Path, switch: str, value: Any) -> None:
    raw = prepare(vcenter)
    if switch != "none":
        setattr(vcenter.front.behaviour, switch, value)
    with Mount(*vcenter.access, vcenter.source()) as mount:
        check_all(mount, raw, tmp_path, value if switch == "huge_folder" else 0)
    assert vcenter.counters().live_sessions == 0 and vcenter.counters().basic_sessions == 0
    assert vcenter.counters().logins == 1


ODDEST = Behaviour(
    full_range="200", range_past_end="416", empty_file="416 without Content-Range", ignore_range="every 3rd",
    accept_ranges=False, length="close", head="500", hide_extents="always", vmdk_size="0", flat_size="allocated",
    folder_types="never typed", folder_path_slash="doubled", missing_folder="SOAP fault", task="queued",
    system_folders="CannotAccessFile", query_decode="twice", path_decode="plus is space", dcpath="slash needed",
    page_form="folders without slash", folder_redirect=True, requests_per_connection=3, close_mid_body=True,
    expect="417", cookie="two cookies", cookie_path="/sdk", basic_auth="refused", page_size=1, split_objects=True)


@pytest.mark.parametrize("changes", [
    {}, {"cookie": "changes", "query_decode": "once", "session_death": "login page", "die_after": 40},
    {"page_form": "disabled", "hide_extents": "never", "vmdk_size": "capacity"}], ids=["odd", "dying", "no pages"])
def test_a_server_that_is_odd_in_every_way(vcenter: Vsphere, tmp_path: Path, changes: dict[str, Any]) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour = replace(ODDEST, **changes)
    with Mount(*vcenter.access, vcenter.source()) as mount:
        check_all(mount, raw, tmp_path)
    assert vcenter.counters().live_sessions == 0 and vcenter.counters().basic_sessions == 0


@pytest.mark.parametrize("death", ["SOAP fault", "401", "403", "login page"])
def test_a_session_that_dies_is_renewed_however_the_server_says_so(vcenter: Vsphere, tmp_path: Path,
                                                                   death: str) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour = replace(Behaviour(), session_death=death, die_after=25)
    with Mount(*vcenter.access, vcenter.source()) as mount:
        check_all(mount, raw, tmp_path)
    assert 2 <= vcenter.counters().logins <= 30
    assert vcenter.counters().live_sessions == 0


def test_two_expiries_in_a_row_are_renewed_at_once(vcenter: Vsphere) -> None:
    prepare(vcenter)
    with Mount("--revalidate-after", "0s", *vcenter.access, vcenter.source(f"{STORE}/{TOP}"),
               unhedged=COUNTED) as mount:
        for _ in range(3):
            assert (mount / "machine/one.nvram").read_bytes() == b"1"
            vcenter.expire_sessions()
        assert (mount / "machine/one.nvram").read_bytes() == b"1"
    assert vcenter.counters().logins == 4


@pytest.mark.parametrize("overload", ["503 text", "503 empty", "reset", "silent"])
def test_a_server_that_takes_two_requests_at_once_is_read_however_it_refuses_more(vcenter: Vsphere, tmp_path: Path,
                                                                                  overload: str) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour.overload = overload
    vcenter.front.concurrency_limit, vcenter.front.delay = 2, 0.02
    with Mount("--stall-timeout", "2s", *vcenter.access, vcenter.source(f"{STORE}/{TOP}")) as mount:
        clients.qemu_img("convert", "-O", "raw", mount / "machine/disk.vmdk", tmp_path / "back.raw")
    clients.cmp(tmp_path / "back.raw", raw)
    assert vcenter.counters().overloaded > 0 and vcenter.counters().live_sessions == 0


def test_a_datastore_without_properties_is_left_out(vcenter: Vsphere) -> None:
    vcenter.front.behaviour.missing_propset = True
    with Mount(*vcenter.access, vcenter.source()) as mount:
        stores = {f"{datacenter}/{name}" for datacenter in vcenter.datacenters for name in os.listdir(mount / datacenter)}
        assert len(stores) == len(vcenter.datastores) - 1 and stores < set(vcenter.datastores)


# What cannot be read says why

def test_a_server_that_does_not_know_the_size_in_a_range_is_asked_otherwise(vcenter: Vsphere) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour.content_range_total = "*"
    with Mount(*vcenter.access, vcenter.source(f"{STORE}/{TOP}")) as mount:
        clients.cmp(mount / "machine/disk-flat.vmdk", raw)


@pytest.mark.parametrize("total, number, word", [
    ("absent", "EIO", "Content-Range"), ("wrong", "ESTALE", "has changed")])
def test_a_server_that_does_not_tell_the_size_right_is_refused(vcenter: Vsphere, total: str, number: str,
                                                               word: str) -> None:
    prepare(vcenter)
    vcenter.front.behaviour.content_range_total = total
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(f"{STORE}/{TOP}"), foreground=True) as mount:
        with pytest.raises(OSError) as raised:
            (mount / "machine/disk-flat.vmdk").read_bytes()
        assert errno.errorcode[raised.value.errno] == number
        wait_until(lambda: word in mount.log(), 10, "the reason")


@pytest.mark.parametrize("cap, word", [("503", "503"), ("InvalidLogin", "user name or password")])
def test_a_server_that_has_no_session_left_says_so(vcenter: Vsphere, tmp_path: Path, cap: str, word: str) -> None:
    vcenter.front.behaviour.session_cap = cap
    vcenter.front.sessions.limit = 0
    (tmp_path / "mnt").mkdir()
    line = refusal("mount", *IMPATIENT, *vcenter.access, vcenter.source(), tmp_path / "mnt")
    assert word in line

@pytest.mark.parametrize("lock, number, word", [
    ("500 NFC", "EBUSY", "locked"), ("500 plain", "EIO", "running"), ("403", "EACCES", "Datastore.Browse"),
    ("503", "EIO", "503")])
def test_a_locked_disk_says_so_soon(vcenter: Vsphere, lock: str, number: str, word: str) -> None:
    prepare(vcenter)
    vcenter.front.behaviour.lock = lock
    vcenter.front.running.add("machine")
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(f"{STORE}/{TOP}"), foreground=True) as mount:
        assert errno_of_read(mount / "machine/disk-flat.vmdk") == number
        wait_until(lambda: word in mount.log(), 10, "the reason")
        assert (mount / "machine/disk.vmdk").read_bytes().startswith(b"# Disk DescriptorFile")
        vcenter.front.running.clear()
        assert clients.read_at(mount / "machine/disk-flat.vmdk", 0, 512) == clients.read_at(images.disk(), 0, 512)


def test_a_lock_in_the_middle_of_a_copy_is_waited_for(vcenter: Vsphere, tmp_path: Path) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour = replace(Behaviour(), lock_from_byte=raw.stat().st_size // 2, lock_seconds=2.0)
    vcenter.front.running.add("machine")
    with Mount("--retry-deadline", "30s", *vcenter.access, vcenter.source(f"{STORE}/{TOP}")) as mount:
        clients.qemu_img("convert", "-O", "raw", mount / "machine/disk.vmdk", tmp_path / "back.raw")
    clients.cmp(tmp_path / "back.raw", raw)


@pytest.mark.parametrize("status, number", [("401", "EACCES"), ("403", "EACCES"), ("500", "EACCES"), ("404", "ENOENT")])
def test_a_missing_privilege_costs_no_session_and_says_which(vcenter: Vsphere, status: str, number: str) -> None:
    prepare(vcenter)
    vcenter.front.behaviour.privilege = status
    vcenter.front.forbidden.add("vmware.log")
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(f"{STORE}/{TOP}"), foreground=True) as mount:
        assert errno_of_read(mount / "machine/vmware.log") == number
        if status != "404":
            wait_until(lambda: "privilege" in mount.log(), 10, "the reason")
        assert (mount / "machine/one.nvram").read_bytes() == b"1"
    assert vcenter.counters().logins == 1


def test_a_server_that_ignores_every_range_is_refused(vcenter: Vsphere) -> None:
    prepare(vcenter)
    vcenter.front.behaviour.ignore_range = "always"
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(f"{STORE}/{TOP}"), foreground=True) as mount:
        assert (mount / "machine/one.nvram").read_bytes() == b"1"
        assert errno_of_read(mount / "machine/disk-flat.vmdk") == "ENOTSUP"
        wait_until(lambda: "range" in mount.log(), 10, "the reason")


def test_a_disk_on_vsan_says_why_it_cannot_be_read(vcenter: Vsphere) -> None:
    prepare(vcenter)
    vcenter.front.behaviour.vsan = "on"
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(STORE), foreground=True) as mount:
        assert TOP in os.listdir(mount.folder)
        machine = mount / TOP / "machine"
        assert (machine / "disk.vmdk").read_bytes().startswith(b"# Disk DescriptorFile")
        with pytest.raises(FileNotFoundError):
            (machine / "disk-flat.vmdk").stat()
        wait_until(lambda: "keep disks as objects" in mount.log(), 10, "the reason")


def test_an_inaccessible_datastore_says_so_and_others_are_read(vcenter: Vsphere) -> None:
    prepare(vcenter)
    vcenter.front.inaccessible.add("DC0/LocalDS_0")
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(), foreground=True) as mount:
        assert sorted(os.listdir(mount / "DC0")) == ["Data store+1", "LocalDS_0"]
        with pytest.raises(OSError):
            os.listdir(mount / "DC0/LocalDS_0")
        wait_until(lambda: "not accessible" in mount.log(), 10, "the reason")
        assert (mount / STORE / TOP / "readme").read_bytes() == FILES["readme"]
    vcenter.front.inaccessible.clear()
    vcenter.front.maintenance.add("DC0/LocalDS_0")
    with Mount(*vcenter.access, vcenter.source(), foreground=True) as mount:
        wait_until(lambda: "'DC0/LocalDS_0' is in maintenance mode" in mount.log(), 10, "a line about maintenance")
        os.listdir(mount / "DC0/LocalDS_0")


def test_a_system_folder_that_is_refused_does_not_end_the_pages_of_the_others(vcenter: Vsphere) -> None:
    prepare(vcenter)
    vcenter.add_file(STORE, ".sdd.sf/lock", b"")
    vcenter.front.behaviour = replace(Behaviour(), system_folders="CannotAccessFile", hide_extents="always")
    with Mount(*IMPATIENT, *vcenter.access, vcenter.source(STORE)) as mount:
        with pytest.raises(PermissionError):
            os.listdir(mount / ".sdd.sf")
        assert "disk-flat.vmdk" in os.listdir(mount / TOP / "machine")


def test_a_listing_without_its_page_keeps_the_names_that_only_the_page_knows(vcenter: Vsphere) -> None:
    raw = prepare(vcenter)
    vcenter.front.behaviour.hide_extents = "always"
    with Mount("--attribute-time", "1s", "--retry-deadline", "2s", *vcenter.access, vcenter.source(f"{STORE}/{TOP}"),
               foreground=True) as mount:
        assert "disk-flat.vmdk" in os.listdir(mount / "machine")
        vcenter.front.concurrency_limit = 0
        wait_until(lambda: "showing what it listed before" in (os.listdir(mount / "machine"), mount.log())[1], 30,
                   "a listing without the page", interval=1.0)
        assert "disk-flat.vmdk" in os.listdir(mount / "machine")
        vcenter.front.concurrency_limit = None
        assert clients.read_at(mount / "machine/disk-flat.vmdk", 0, 512) == clients.read_at(raw, 0, 512)


@pytest.mark.parametrize("fault", ["FileNotFound", "FileFault", "InvalidArgument", "SOAP fault"])
def test_a_folder_that_was_removed_is_missing(vcenter: Vsphere, fault: str) -> None:
    prepare(vcenter)
    gone = vcenter.add_file(STORE, f"{TOP}/gone/file", b"x")
    vcenter.front.behaviour.missing_folder = fault
    with Mount("--attribute-time", "1s", *vcenter.access, vcenter.source(f"{STORE}/{TOP}")) as mount:
        assert os.listdir(mount / "gone") == ["file"]
        handle = os.open(mount / "gone", os.O_RDONLY)
        try:
            gone.unlink()
            gone.parent.rmdir()
            wait_until(lambda: "gone" not in os.listdir(mount.folder), 20, "the listing without it", interval=0.5)
        finally:
            os.close(handle)


# Names

def test_absolute_paths_of_esxi_are_found_below_vmfs_volumes(vsphere: Vsphere) -> None:
    store = STORE if vsphere.model == "vpx" else "ha-datacenter/Data store+1"
    vsphere.add_file(store, "machine/one.nvram", b"1")
    with Mount(*vsphere.access, vsphere.source()) as mount:
        assert "vmfs" not in os.listdir(mount.folder)
        volume = vsphere.volume_of(store)
        assert volume in os.listdir(mount / "vmfs/volumes")
        for name in (volume, "Data store+1"):
            assert (mount / "vmfs/volumes" / name / "machine/one.nvram").read_bytes() == b"1"


@pytest.mark.parametrize("path", [f"[Data store+1] {TOP}/machine", f"DC0/[Data store+1] {TOP}/machine",
                                  f"{STORE}/{TOP}/machine"])
def test_a_datastore_path_is_a_source(vcenter: Vsphere, path: str) -> None:
    prepare(vcenter)
    with Mount(*vcenter.access, f"{vcenter.source()}{path}") as mount:
        assert (mount / "one.nvram").read_bytes() == b"1"


# One file as a source

def test_a_file_of_a_datastore_is_mounted_alone(vcenter: Vsphere) -> None:
    raw = prepare(vcenter)
    with Mount(*vcenter.access, vcenter.source(f"{STORE}/{TOP}/machine/disk-flat.vmdk")) as mount:
        assert os.listdir(mount.folder) == ["disk-flat.vmdk"]
        clients.cmp(mount / "disk-flat.vmdk", raw)
    assert vcenter.counters().live_sessions == 0


def test_files_of_a_datastore_are_mounted_side_by_side_under_their_names(vcenter: Vsphere) -> None:
    prepare(vcenter)
    one = vcenter.source(f"{STORE}/{TOP}/machine/one.nvram")
    with Mount(*vcenter.access, one, "other=" + vcenter.source(f"{STORE}/{TOP}/readme"), "machine=" +
               vcenter.source(f"{STORE}/{TOP}/machine"), unhedged=COUNTED) as mount:
        assert sorted(os.listdir(mount.folder)) == ["machine", "one.nvram", "other"]
        assert (mount / "one.nvram").read_bytes() == b"1"
        assert (mount / "other").read_bytes() == FILES["readme"]
        assert (mount / "machine/one.nvram").read_bytes() == b"1"
    assert (vcenter.counters().logins, vcenter.counters().live_sessions) == (1, 0)


def test_a_file_of_a_datastore_is_fetched(vcenter: Vsphere, tmp_path: Path) -> None:
    raw = prepare(vcenter)
    done = rimfs("fetch", *vcenter.access, f"{vcenter.source()}[Data store+1] {TOP}/machine/disk-flat.vmdk",
                 tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    clients.cmp(tmp_path / "copy", raw)
    assert vcenter.counters().live_sessions == 0


def test_a_path_that_leads_to_nothing_says_so(vcenter: Vsphere, tmp_path: Path) -> None:
    prepare(vcenter)
    (tmp_path / "mnt").mkdir()
    line = refusal("mount", *vcenter.access, vcenter.source(f"{STORE}/{TOP}/machine/absent.vmdk"), tmp_path / "mnt")
    assert "absent.vmdk" in line
