# SPDX-License-Identifier: MIT
"""Files of servers without ranges: refused with what to do, copied, or downloaded once and read from there."""

from __future__ import annotations

import concurrent.futures
import errno
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.archives import tar_of
from rig.mount import Mount, MountFailed, rimfs
from rig.processes import wait_until
from rig.whole_server import WholeServer

MIB = 1 << 20
BODY = random.Random(31).randbytes(40 * MIB + 12345)


@pytest.fixture
def server() -> Iterator[WholeServer]:
    with WholeServer(BODY) as server:
        yield server


def allowed(cache: Path) -> tuple[str | Path, ...]:
    return ("--cache-dir", cache / "cache", "--whole-file", "allow")


def open_files_below(mount: Mount, folder: Path) -> int:
    """Files without a name that the mount's process holds open in this folder."""
    count = 0
    for pid in mount.all_pids():
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(link)
            except OSError:
                continue
            count += target.startswith(str(folder)) and target.endswith("(deleted)")
    return count


# ---- Without permission

def test_a_file_without_ranges_is_refused_with_what_to_do(server: WholeServer) -> None:
    with pytest.raises(MountFailed) as refused, Mount(server.url("/disk.img")):
        pass
    text = refused.value.done.stderr
    assert "does not serve ranges" in text and "rimfs fetch" in text and "--whole-file allow" in text
    assert server.downloads == 0


def test_a_listed_file_without_ranges_says_that_it_is_not_supported() -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/":
            return Answer(200, (("Content-Type", "text/html"),), b"<a href=disk.img>d</a><a href=b.img>b</a>")
        if request.path == "/b.img":
            return in_range(request, BODY[:5000])
        return Answer(200, (), BODY[:5000])

    with AnsweringServer(answer) as server, Mount(server.url("/"), foreground=True) as mount:
        assert sorted(os.listdir(mount.folder)) == ["b.img", "disk.img"]
        with pytest.raises(OSError) as refused:
            (mount / "disk.img").read_bytes()
        assert refused.value.errno == errno.EOPNOTSUPP
        wait_until(lambda: "--whole-file allow" in mount.log() and "disk.img" in mount.log(), 10, "the reason")
        assert (mount / "b.img").read_bytes() == BODY[:5000]


def test_permission_needs_a_place(server: WholeServer) -> None:
    with pytest.raises(MountFailed) as refused, Mount("--whole-file", "allow", server.url("/disk.img")):
        pass
    assert refused.value.done.returncode == 2 and "--cache-dir" in refused.value.done.stderr


# ---- With permission

@pytest.mark.parametrize("etag", ['"v1"', ""], ids=["with a tag", "without validators"])
def test_a_file_is_downloaded_once_and_read_in_any_order(tmp_path: Path, etag: str) -> None:
    places = random.Random(5)
    with WholeServer(BODY, etag) as server, Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        assert (mount / "disk.img").stat().st_size == len(BODY)
        assert server.downloads == 0, "nobody has read it"
        for _ in range(50):
            at = places.randrange(len(BODY))
            assert clients.read_at(mount / "disk.img", at, 5000) == BODY[at:at + 5000]
        assert (mount / "disk.img").read_bytes() == BODY
        assert server.downloads == 1 and server.sent == len(BODY)


def test_what_has_arrived_is_served_before_the_rest_comes(server: WholeServer, tmp_path: Path) -> None:
    server.stop_at = 20 * MIB
    with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        path = mount / "disk.img"
        assert clients.read_at(path, 0, 4096) == BODY[:4096]
        assert clients.read_at(path, 15 * MIB, 4096) == BODY[15 * MIB:15 * MIB + 4096]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            late = pool.submit(clients.read_at, path, 35 * MIB, 4096)
            assert clients.read_at(path, 8 * MIB, 4096) == BODY[8 * MIB:8 * MIB + 4096]
            assert not late.done()
            server.let_go(len(BODY))
            assert late.result(60) == BODY[35 * MIB:35 * MIB + 4096]


def test_a_reader_of_the_end_waits_as_long_as_the_download_goes_on(server: WholeServer, tmp_path: Path) -> None:
    server.stop_at = 0
    with Mount(*allowed(tmp_path), "--retry-deadline", "2s", server.url("/disk.img")) as mount:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            late = pool.submit(clients.read_at, mount / "disk.img", len(BODY) - 4096, 4096)
            for part in range(1, 9):  # four seconds
                try:
                    late.result(0.5)
                except concurrent.futures.TimeoutError:
                    server.let_go(len(BODY) * part // 9)
            server.let_go(len(BODY))
            assert late.result(60) == BODY[-4096:]


def test_readers_of_what_is_still_to_come_hold_up_nobody_else(server: WholeServer, tmp_path: Path) -> None:
    server.stop_at = 5 * MIB
    with Mount(*allowed(tmp_path), "--connections-per-host", "4", server.url("/disk.img"), server.url("/b.img")) as mount:
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            late = [pool.submit(clients.read_at, mount / "disk.img", at * MIB, 512) for at in range(10, 26)]
            assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]
            assert (mount / "b.img").stat().st_size == len(BODY)
            assert clients.read_at(mount / "b.img", 0, 4096) == BODY[:4096]
            assert not any(one.done() for one in late)
            server.let_go(len(BODY))
            for at, one in zip(range(10, 26), late):
                assert one.result(60) == BODY[at * MIB:at * MIB + 512]


def test_a_disk_that_takes_no_more_fails_the_readers_with_the_reason(server: WholeServer, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10 * MIB, before[1]))
    try:
        with Mount(*allowed(tmp_path), server.url("/disk.img"), foreground=True) as mount:
            with pytest.raises(OSError) as failed:
                clients.read_at(mount / "disk.img", 30 * MIB, 4096)
            assert failed.value.errno == errno.EIO
            wait_until(lambda: "has stopped at" in mount.log() and "File too large" in mount.log(), 10, "the reason")
            assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_download_that_breaks_off_begins_again(server: WholeServer, tmp_path: Path) -> None:
    server.cut_at = [11 * MIB + 77, 25 * MIB + 1]
    with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY
        assert server.downloads == 3


def test_other_bytes_in_a_repeated_download_are_a_change_and_are_not_served(tmp_path: Path) -> None:
    with WholeServer(BODY, etag="") as server:
        server.cut_at = [20 * MIB]
        with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
            descriptor = os.open(mount / "disk.img", os.O_RDONLY)
            try:
                server.stop_at = 19 * MIB
                assert os.pread(descriptor, 4096, MIB) == BODY[MIB:MIB + 4096]
                server.body = BODY[:5 * MIB] + b"other" + BODY[5 * MIB + 5:]
                server.let_go(len(BODY))
                with pytest.raises(OSError) as stale:
                    os.pread(descriptor, 4096, 35 * MIB)
                assert stale.value.errno == errno.ESTALE
            finally:
                os.close(descriptor)


def test_another_version_at_the_download_is_a_change(server: WholeServer, tmp_path: Path) -> None:
    with Mount(*allowed(tmp_path), "--revalidate-after", "1h", server.url("/disk.img")) as mount:
        server.etag = '"v2"'
        with pytest.raises(OSError) as stale:
            clients.read_at(mount / "disk.img", 0, 4096)
        assert stale.value.errno == errno.ESTALE


def test_a_server_that_goes_away_fails_the_readers_and_a_later_read_begins_anew(tmp_path: Path) -> None:
    with WholeServer(BODY) as server:
        server.cut_at = [5 * MIB] * 1000
        with Mount(*allowed(tmp_path), "--retry-deadline", "1s", server.url("/disk.img")) as mount:
            with pytest.raises(OSError):
                clients.read_at(mount / "disk.img", 30 * MIB, 4096)
            server.cut_at = []
            wait_until(lambda: _reads(mount / "disk.img", 30 * MIB), 30, "the file once its server works")


def _reads(path: Path, at: int) -> bool:
    try:
        return clients.read_at(path, at, 4096) == BODY[at:at + 4096]
    except OSError:
        return False


def test_the_next_mount_reads_the_disk_cache(server: WholeServer, tmp_path: Path) -> None:
    with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]
        # One read is enough: what is downloaded is kept whole, and the file without a name is then given back.
        wait_until(lambda: server.sent == len(BODY), 60, "the download")
        wait_until(lambda: open_files_below(mount, tmp_path / "cache") == 0, 60, "the end of the download")
    with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY
    assert server.downloads == 1


def test_an_unmount_in_mid_download_leaves_no_file(server: WholeServer, tmp_path: Path) -> None:
    server.stop_at = 10 * MIB
    with Mount(*allowed(tmp_path), server.url("/disk.img")) as mount:
        assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]
    assert not [path for path in (tmp_path / "cache").iterdir() if "download" in path.name]


def test_walking_through_a_folder_downloads_nothing(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        (images / f"{number}.img").write_bytes(BODY[:MIB])
    # The real server that people share files with.
    process = subprocess.Popen(["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"], cwd=images,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        port = process.stdout.readline().split(" port ")[1].split()[0]
        with Mount(*allowed(tmp_path), f"http://127.0.0.1:{port}/") as mount:
            assert [(one.name, one.stat().st_size) for one in sorted(mount.folder.iterdir())] == [
                (f"{number}.img", MIB) for number in range(3)]
            assert open_files_below(mount, tmp_path / "cache") == 0
            for number in range(3):
                assert (mount / f"{number}.img").read_bytes() == BODY[:MIB]
    finally:
        process.terminate()
        process.wait(10)


# ---- Copies

def test_a_page_is_not_copied_as_a_file(tmp_path: Path) -> None:
    with WholeServer(b"<!DOCTYPE html><html><body>log in</body></html>" * 50, etag="") as server:
        done = rimfs("fetch", "--retry-deadline", "2s", server.url("/disk.img"), tmp_path / "copy")
        assert done.returncode == 1 and "a page" in done.stderr
        assert not (tmp_path / "copy").exists()


def test_a_copy_needs_no_permission_and_no_cache(server: WholeServer, tmp_path: Path) -> None:
    copy = tmp_path / "copy.img"
    done = rimfs("fetch", server.url("/disk.img"), copy)
    assert done.returncode == 0, done.stderr
    assert copy.read_bytes() == BODY and server.downloads == 1
    assert os.listdir(tmp_path) == ["copy.img"]


def test_qemu_converts_a_file_of_such_a_server(tmp_path: Path) -> None:
    if shutil.which("qemu-img") is None:
        pytest.skip("no qemu-img")
    raw, image, result = tmp_path / "raw", tmp_path / "disk.qcow2", tmp_path / "result"
    raw.write_bytes(BODY)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image], check=True)
    with WholeServer(image.read_bytes()) as server, Mount(*allowed(tmp_path), server.url("/disk.qcow2")) as mount:
        subprocess.run(["qemu-img", "convert", "-O", "raw", mount / "disk.qcow2", result], check=True)
        assert server.downloads == 1
    assert result.read_bytes()[:len(BODY)] == BODY


# ---- Archives

def test_an_archive_is_downloaded_once_for_all_its_members(tmp_path: Path) -> None:
    one, two = BODY[:3 * MIB], BODY[3 * MIB:8 * MIB]
    with WholeServer(tar_of({"one.img": one, "two.img": two})) as server:
        with Mount(*allowed(tmp_path), f"{server.url('/a.tar')}!/") as mount:
            assert (mount / "two.img").read_bytes() == two
            assert (mount / "one.img").read_bytes() == one
        assert server.downloads == 1
