# SPDX-License-Identifier: MIT
"""One session for a mount of a vSphere server: made once, renewed once for all, ended at the end; and few requests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import refusal
from rig.mount import COUNTED, Mount, program
from rig.processes import wait_until
from rig.vsphere import Vsphere
from rig.vsphere.counters import Counters

pytestmark = pytest.mark.usefixtures("rimfs_program")

DISK = "machine/disk-flat.vmdk"
# A login that is refused sooner than this after it was made is not made again.
REST_BETWEEN_LOGINS = 5.0


def store_of(server: Vsphere, name: str = "LocalDS_0") -> str:
    return ("DC0/" if server.model == "vpx" else "ha-datacenter/") + name


@pytest.fixture
def disk(vsphere: Vsphere) -> str:
    """A disk in a datastore: its path below the server."""
    vsphere.add_disk(store_of(vsphere), "machine", images.disk())
    return f"{store_of(vsphere)}/{DISK}"


def check_logout(server: Vsphere, logins: int = 1) -> None:
    counters = server.counters()
    assert (counters.logins, counters.failed_logins, counters.basic_sessions, counters.cookie_and_basic) == (
        logins, 0, 0, 0)
    assert (counters.logouts, counters.live_sessions) == (1, 0)


def read_many(path: Path, readers: int, expected: Path, meanwhile: Callable[[], None] = lambda: None) -> None:
    """So many threads read a share of the file each, in pieces, and compare; `meanwhile` runs once all have begun."""
    size = expected.stat().st_size
    share = size // readers
    begun = threading.Barrier(readers + 1, timeout=60)

    def read(number: int) -> None:
        with open(path, "rb", buffering=0) as ours, open(expected, "rb") as theirs:
            for position in range(number * share, (number + 1) * share, 256 << 10):
                count = min(256 << 10, (number + 1) * share - position)
                assert os.pread(ours.fileno(), count, position) == os.pread(theirs.fileno(), count, position)
                if position == number * share:
                    begun.wait()

    with ThreadPoolExecutor(readers) as pool:
        results = [pool.submit(read, number) for number in range(readers)]
        begun.wait()
        meanwhile()
        for result in results:
            result.result()


# Sessions

@pytest.mark.parametrize("vsphere, early_cookie", [("vpx", False), ("esx", True)], indirect=["vsphere"])
def test_a_session_that_is_killed_is_renewed_once_for_64_readers(vsphere: Vsphere, disk: str, early_cookie: bool) -> None:
    vsphere.front.early_cookie = early_cookie
    with Mount("--readahead", "0", "--block-size", "256K", *vsphere.access, vsphere.source(),
               unhedged=COUNTED) as mount:
        path = mount / disk
        path.stat()
        time.sleep(REST_BETWEEN_LOGINS + 0.1)
        vsphere.front.delay = 0.01
        read_many(path, 64, images.disk(), vsphere.expire_sessions)
        assert vsphere.counters().unauthorized >= 1
    check_logout(vsphere, logins=2)


@pytest.mark.parametrize("vsphere, trouble", [("esx", "busy"), ("vpx", "silent")], indirect=["vsphere"])
def test_a_logout_that_the_server_does_not_answer_holds_up_no_renewal(vsphere: Vsphere, disk: str, trouble: str) -> None:
    with Mount("--retry-deadline", "40s", "--revalidate-after", "0s", *vsphere.access, vsphere.source()) as mount:
        (mount / disk).stat()
        time.sleep(REST_BETWEEN_LOGINS + 0.1)
        vsphere.front.trouble = {b"<Logout": trouble}
        vsphere.expire_sessions()
        begin = time.monotonic()
        assert clients.read_at(mount / disk, 0, 4096) == clients.read_at(images.disk(), 0, 4096)
        assert time.monotonic() - begin < 15
        vsphere.front.trouble = {}
        vsphere.front.going_on.set()
    check_logout(vsphere, logins=2)


@pytest.mark.parametrize("early_cookie, left", [(False, 3), (True, 0)])
def test_logins_whose_reply_is_lost_leave_few_sessions(vsphere: Vsphere, tmp_path: Path, early_cookie: bool,
                                                       left: int) -> None:
    vsphere.front.early_cookie = early_cookie
    vsphere.front.trouble = {b"<Login": "lost"}
    refusal("mount", *vsphere.access, vsphere.source(), tmp_path)
    counters = vsphere.counters()
    assert counters.logins <= 3
    assert counters.live_sessions <= left


@pytest.mark.parametrize("trouble", ["busy", "silent"])
def test_a_forbidden_file_is_forbidden_although_nobody_says_whether_the_session_is_good(
        vsphere: Vsphere, disk: str, trouble: str) -> None:
    with Mount("--retry-deadline", "40s", *vsphere.access, vsphere.source(), unhedged=COUNTED) as mount:
        vsphere.front.forbidden = {"disk-flat.vmdk"}
        vsphere.front.trouble = {b"currentSession": trouble}
        begin = time.monotonic()
        with pytest.raises(PermissionError):
            (mount / disk).read_bytes()
        assert time.monotonic() - begin < 20
        vsphere.front.going_on.set()
        assert vsphere.counters().live_sessions == 1


def test_a_conversion_does_not_notice_that_the_session_was_killed(vcenter: Vsphere, tmp_path: Path) -> None:
    raw = images.disk()
    vcenter.add_disk("DC0/LocalDS_0", "machine", raw)
    with Mount("--cache-memory", "32M", *vcenter.access, vcenter.source(), unhedged=COUNTED) as mount:
        disk = mount / "DC0/LocalDS_0/machine/disk.vmdk"
        clients.qemu_img("info", disk)
        time.sleep(REST_BETWEEN_LOGINS + 0.1)
        sent = vcenter.counters().bytes_sent
        vcenter.front.delay = 0.02
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(clients.qemu_img, "convert", "-O", "raw", disk, tmp_path / "back.raw")
            wait_until(lambda: vcenter.counters().bytes_sent > sent + (8 << 20), 30, "the conversion to be under way")
            vcenter.expire_sessions()
            done.result()
        clients.cmp(tmp_path / "back.raw", raw)
    check_logout(vcenter, logins=2)


def test_a_listing_does_not_notice_that_the_session_was_killed(vsphere: Vsphere, disk: str) -> None:
    with Mount("--attribute-time", "0s", *vsphere.access, vsphere.source()) as mount:
        os.listdir(mount / store_of(vsphere))
        time.sleep(REST_BETWEEN_LOGINS + 0.1)
        vsphere.expire_sessions()
        assert "machine" in os.listdir(mount / store_of(vsphere))
    check_logout(vsphere, logins=2)


def test_2000_opens_make_one_session(vsphere: Vsphere) -> None:
    names = [f"file {index}" for index in range(200)]
    for name in names:
        vsphere.add_file(store_of(vsphere), f"many/{name}", name.encode())
    with Mount(*vsphere.access, vsphere.source(store_of(vsphere)), unhedged=COUNTED) as mount:
        def read_all(_: int) -> None:
            for name in names:
                assert (mount / "many" / name).read_bytes() == name.encode()

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(read_all, range(10)))
        assert vsphere.counters().live_sessions == 1
    check_logout(vsphere)


def test_each_open_may_be_checked_in_one_session(vcenter: Vsphere) -> None:
    vcenter.add_file("DC0/LocalDS_0", "single/file", b"single")
    with Mount("--revalidate-after", "0s", *vcenter.access, vcenter.source("DC0/LocalDS_0"), unhedged=COUNTED) as mount:
        for _ in range(200):
            assert (mount / "single/file").read_bytes() == b"single"
    assert vcenter.counters().range_requests >= 200
    check_logout(vcenter)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_to_a_copy_ends_its_session(vsphere: Vsphere, disk: str, tmp_path: Path, number: int) -> None:
    vsphere.front.delay = 0.2
    words = ("fetch", "--user", vsphere.user, *vsphere.access, vsphere.url(store_of(vsphere), DISK), tmp_path / "copy")
    running = subprocess.Popen([program(), *map(str, words)], stderr=subprocess.PIPE, text=True)
    wait_until((tmp_path / "copy.part").exists, 20, "the copy to begin")
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 1 and "goes on where this one was" in said
    check_logout(vsphere)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_too(vsphere: Vsphere, disk: str, number: int) -> None:
    with Mount(*vsphere.access, vsphere.source()) as mount:
        clients.read_at(mount / disk, 0, 4096)
        mount.signal(number)
        mount.wait_gone()
    check_logout(vsphere)


def test_a_mount_that_fails_ends_its_session(vcenter: Vsphere, tmp_path: Path) -> None:
    refusal("mount", *vcenter.access, vcenter.source("DC0/absent"), tmp_path)
    check_logout(vcenter)


def test_a_server_that_is_gone_does_not_hold_up_the_unmount() -> None:
    with Vsphere("vpx") as server, Mount(*server.access, server.source()) as mount:
        os.listdir(mount / "DC0")
        server.close()
        begin = time.monotonic()
        mount.umount()
        assert time.monotonic() - begin < 5


def test_a_server_that_says_nothing_any_more_does_not_hold_up_the_unmount(vcenter: Vsphere) -> None:
    with Relay(int(vcenter.origin.rpartition(":")[2])) as relay:
        source = re.sub(r":\d+/", f":{relay.port}/", vcenter.source())
        with Mount(*vcenter.access, source) as mount:
            os.listdir(mount / "DC0")
            relay.silent.set()
            begin = time.monotonic()
            mount.umount()
            assert time.monotonic() - begin < 6


class Relay:
    """Passes connections on to a port of the loopback, until it is told to be silent."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.silent = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()
        except OSError:
            pass

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                if not self.silent.is_set():
                    other.sendall(data)
            if not self.silent.is_set():
                other.shutdown(socket.SHUT_WR)
        except OSError:
            pass


# A user who may browse and not read

@pytest.mark.parametrize("vsphere, status", [("vpx", 401), ("esx", 403)], indirect=["vsphere"])
def test_a_file_that_may_not_be_read_makes_no_further_session(vsphere: Vsphere, disk: str, status: int) -> None:
    """Missing privileges are 401 on real servers (VDDK and virt-v2v reports), the status of a dead session."""
    vsphere.front.forbidden_status = status
    vsphere.add_file(store_of(vsphere), "readable/open", b"open")
    with Mount(*vsphere.access, vsphere.source(store_of(vsphere)), unhedged=COUNTED) as mount:
        vsphere.front.forbidden = {"disk-flat.vmdk"}
        end = time.monotonic() + 2 * REST_BETWEEN_LOGINS + 1
        while time.monotonic() < end:
            with pytest.raises(PermissionError):
                (mount / "machine/disk-flat.vmdk").read_bytes()
            assert (mount / "readable/open").read_bytes() == b"open"
            time.sleep(0.2)
        counters = vsphere.counters()
        assert (counters.logins, counters.live_sessions) == (1, 1)
    check_logout(vsphere)


def test_a_session_that_dies_while_forbidden_files_are_read_is_renewed_all_the_same(vsphere: Vsphere, disk: str) -> None:
    vsphere.add_file(store_of(vsphere), "readable/open", images.data(1))
    vsphere.front.forbidden = {"disk-flat.vmdk"}
    with Mount("--revalidate-after", "0s", *vsphere.access, vsphere.source(store_of(vsphere)),
               unhedged=COUNTED) as mount:
        for _ in range(3):
            with pytest.raises(PermissionError):
                (mount / "machine/disk-flat.vmdk").read_bytes()
        assert clients.sha256(mount / "readable/open") == clients.sha256(images.data(1))
        time.sleep(REST_BETWEEN_LOGINS + 0.1)
        vsphere.expire_sessions()
        assert clients.sha256(mount / "readable/open") == clients.sha256(images.data(1))
        with pytest.raises(PermissionError):
            (mount / "machine/disk-flat.vmdk").read_bytes()
        assert vsphere.counters().live_sessions == 1
    check_logout(vsphere, logins=2)


# The addresses of the datastore pages

@pytest.fixture
def own_cookie(vsphere: Vsphere, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The flags that show a session which somebody else made."""
    client = vsphere.client()
    client.login(vsphere.user, vsphere.password)
    (tmp_path / "cookie").write_text(client.cookie + "\n")
    yield "--ca-file", str(vsphere.ca_file), "--cookie-file", str(tmp_path / "cookie")
    assert vsphere.counters().live_sessions == 1, "the cookie's session is its owner's to end"
    assert vsphere.counters().logouts == 0


def test_the_address_of_a_file_with_user_and_password(vsphere: Vsphere, disk: str) -> None:
    url = vsphere.url(store_of(vsphere), DISK)
    with Mount("--user", vsphere.user, *vsphere.access, f"disk.img={url}") as mount:
        assert clients.sha256(mount / "disk.img") == clients.sha256(images.disk())
    check_logout(vsphere)


def test_the_addresses_of_several_files_share_a_session(vsphere: Vsphere, disk: str) -> None:
    urls = [vsphere.url(store_of(vsphere), "machine/" + name) for name in ("disk.vmdk", "disk-flat.vmdk")]
    with Mount("--user", vsphere.user, *vsphere.access, *urls) as mount:
        clients.qemu_img("compare", "-F", "raw", mount / "disk.vmdk", images.disk())
    check_logout(vsphere)


def test_the_address_of_a_file_with_a_cookie(vsphere: Vsphere, disk: str, own_cookie: tuple[str, ...]) -> None:
    with Mount(*own_cookie, f"disk.img={vsphere.url(store_of(vsphere), DISK)}", unhedged=COUNTED) as mount:
        assert clients.sha256(mount / "disk.img") == clients.sha256(images.disk())
    assert vsphere.counters().basic_sessions == 0


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_pages_of_a_datastore_are_folders(vsphere: Vsphere, disk: str, slash: str) -> None:
    url = vsphere.url(store_of(vsphere)).replace("/folder/?", f"/folder{slash}?")
    with Mount("--user", vsphere.user, *vsphere.access, url) as mount:
        assert "machine" in os.listdir(mount.folder)
        clients.qemu_img("compare", "-F", "raw", mount / "machine/disk.vmdk", images.disk())
    check_logout(vsphere)


def test_the_page_of_a_folder_with_a_cookie(vsphere: Vsphere, disk: str, own_cookie: tuple[str, ...]) -> None:
    with Mount(*own_cookie, vsphere.url(store_of(vsphere), "machine/")) as mount:
        assert sorted(os.listdir(mount.folder)) == ["disk-flat.vmdk", "disk.vmdk"]
        clients.qemu_img("compare", "-F", "raw", mount / "disk.vmdk", images.disk())


def test_the_page_of_a_datacenter_is_a_folder(vcenter: Vsphere) -> None:
    vcenter.add_disk("DC0/LocalDS_0", "machine", images.disk())
    with Mount("--user", vcenter.user, *vcenter.access, vcenter.origin + "/folder?dcPath=DC0") as mount:
        assert sorted(os.listdir(mount.folder)) == ["Data store+1", "LocalDS_0"]
        assert clients.read_at(mount / "LocalDS_0" / DISK, 0, 512) == clients.read_at(images.disk(), 0, 512)
    check_logout(vcenter)


# How many requests at once

def counters_of_16_readers(server: Vsphere, *options: str) -> Counters:
    server.add_disk(store_of(server), "machine", images.disk())
    for index in range(16):
        server.add_file(store_of(server), f"others/{index}", images.data(1))
    server.front.delay = 0.02
    with Mount("--block-size", "256K", *options, *server.access, server.source(store_of(server)),
               unhedged=COUNTED) as mount:
        with ThreadPoolExecutor(16) as pool:
            sums = pool.map(clients.sha256, [mount / "others" / str(index) for index in range(16)])
        assert set(sums) == {clients.sha256(images.data(1))}
        read_many(mount / DISK, 16, images.disk())
    return server.counters()


def test_a_server_gets_four_requests_at_once(vsphere: Vsphere) -> None:
    assert 2 <= counters_of_16_readers(vsphere).max_concurrency <= 4


def test_a_server_gets_as_many_requests_at_once_as_allowed(vsphere: Vsphere) -> None:
    assert 5 <= counters_of_16_readers(vsphere, "--connections", "8").max_concurrency <= 8


def test_a_server_that_takes_fewer_is_obeyed(vsphere: Vsphere) -> None:
    vsphere.front.concurrency_limit = 2
    counters = counters_of_16_readers(vsphere)
    assert counters.max_concurrency == 2
    # All but a few go through at the first try.
    assert counters.overloaded < counters.folder_requests / 4


def test_a_server_with_too_many_sessions_is_asked_again(vcenter: Vsphere) -> None:
    vcenter.front.sessions.limit = 0
    threading.Timer(1.0, lambda: setattr(vcenter.front.sessions, "limit", None)).start()
    with Mount(*vcenter.access, vcenter.source()) as mount:
        assert "DC0" in os.listdir(mount.folder)
    check_logout(vcenter)
