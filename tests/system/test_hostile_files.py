# SPDX-License-Identifier: MIT
"""What others put in the place of rimfs's own files is never written to, waited for or believed; a disk that fails ends
the caching with one warning and never the reading."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, MountFailed, program, rimfs
from rig.processes import wait_until
from rig.server import Server

MIB = 1 << 20
BODY = random.Random(41).randbytes(6 * MIB + 777)
NAME = "hostile.bin"
PRECIOUS = b"precious\n" * 1000
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[Path]:
    """A file that must be the same at the end."""
    path = tmp_path / "precious"
    path.write_bytes(PRECIOUS)
    yield path
    assert path.read_bytes() == PRECIOUS
    assert path.stat().st_nlink <= 2


@pytest.fixture
def cache(server: Server, tmp_path: Path) -> Path:
    """A disk cache with one image in it."""
    server.put(NAME, BODY)
    path = tmp_path / "cache"
    with Mount("--cache-dir", path, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    return path


def replace(path: Path, kind: str, target: Path) -> None:
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(target)
    elif kind == "dangling link":
        path.symlink_to(str(target) + "-none")
    elif kind == "hard link":
        path.hardlink_to(target)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()


KINDS = ["link", "dangling link", "hard link", "fifo", "directory"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["data", "index", "lock", "identity"])
def test_a_stores_file_that_is_another_is_refused_and_reading_goes_on(
        server: Server, cache: Path, precious: Path, tmp_path: Path, name: str, kind: str) -> None:
    file, = cache.glob(f"images/*/{name}")
    replace(file, kind, precious)
    log = tmp_path / "log"
    with Mount("--cache-dir", cache, "--log-file", log, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    warnings = [line for line in log.read_text().splitlines() if " warning: " in line]
    assert len(warnings) == (0 if name == "identity" else 1), warnings
    if warnings:
        assert str(file) in warnings[0]
    assert not Path(str(precious) + "-none").exists()
    for command in (("list", cache), ("verify", cache), ("prune", cache, "1G")):
        done = rimfs("cache", *command)
        assert "Traceback" not in done.stderr and done.returncode in (0, 1)
        if name in ("index", "data", "identity") and command[0] != "prune":
            assert done.returncode == 1 and file.parent.name in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_file_that_is_another_refuses_the_mount_with_one_line(
        server: Server, cache: Path, precious: Path, kind: str) -> None:
    replace(cache / "space", kind, precious)
    with pytest.raises(MountFailed) as failed:
        with Mount("--cache-dir", cache, server.url(NAME)):
            pass
    lines = failed.value.done.stderr.splitlines()
    assert len(lines) == 1 and str(cache / "space") in lines[0]


@pytest.mark.parametrize("where", ["link", "link/", "link/."])
def test_a_cache_directory_that_is_a_link_is_refused(server: Server, cache: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "link").symlink_to(cache)
    with pytest.raises(MountFailed) as failed:
        with Mount("--cache-dir", f"{tmp_path}/{where}", server.url(NAME)):
            pass
    assert len(failed.value.done.stderr.splitlines()) == 1


def test_an_image_folder_that_is_a_link_is_left_alone(server: Server, cache: Path, tmp_path: Path) -> None:
    store, = cache.glob("images/*")
    elsewhere = tmp_path / "elsewhere"
    store.rename(elsewhere)
    store.symlink_to(elsewhere)
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert rimfs("cache", "drop", cache, "--all").returncode == 0
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".part", ".part.json"])
def test_a_copys_file_that_is_another_refuses_the_copy(
        server: Server, tmp_path: Path, precious: Path, suffix: str, kind: str) -> None:
    server.put(NAME, BODY)
    out = tmp_path / "out"
    replace(tmp_path / f"out{suffix}", kind, precious)
    done = rimfs("fetch", server.url(NAME), out)
    assert done.returncode != 0 and f"out{suffix}" in done.stderr and not out.exists()
    assert not Path(str(precious) + "-none").exists()


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "fifo"])
def test_nothing_is_written_through_what_has_the_name_of_the_copy(
        server: Server, tmp_path: Path, precious: Path, kind: str) -> None:
    server.put(NAME, BODY)
    replace(tmp_path / "out", kind, precious)
    done = rimfs("fetch", server.url(NAME), tmp_path / "out")
    assert done.returncode == 2 and "is there already" in done.stderr
    (tmp_path / "out").unlink()
    # What stands where an unfinished state was once written is in nobody's way.
    replace(tmp_path / "out.part.json.new", kind, precious)
    assert rimfs("fetch", server.url(NAME), tmp_path / "out").returncode == 0
    assert (tmp_path / "out").read_bytes() == BODY and not (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_file_that_is_another_is_refused(server: Server, tmp_path: Path, precious: Path, kind: str) -> None:
    server.put(NAME, BODY)
    replace(tmp_path / "log", kind, precious)
    with pytest.raises(MountFailed) as failed:
        with Mount("--log-file", tmp_path / "log", server.url(NAME)):
            pass
    assert "cannot write the log file" in failed.value.done.stderr
    assert not Path(str(precious) + "-none").exists()


def test_an_identity_of_a_tiny_block_size_is_no_store(cache: Path) -> None:
    file, = cache.glob("images/*/identity")
    identity = json.loads(file.read_text())
    for size in (1, 512, 65537, 1 << 40):
        file.write_text(json.dumps(identity | {"block-size": size}))
        begin = time.monotonic()
        done = rimfs("cache", "verify", cache)
        assert done.returncode == 1 and "identity" in done.stderr
        assert time.monotonic() - begin < 15  # it was 30 s on an idle machine


# ---- Disks that fail


def warnings_of(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if " warning: " in line and "cache" in line]


@root_only
def test_a_full_file_system_at_the_start_is_a_warning_and_no_crash(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "full"
    cache.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "none", cache], check=True)
    try:
        with open(cache / "fill", "wb", buffering=0) as fill:
            try:
                while fill.write(bytes(4096)):
                    pass
            except OSError:
                pass
        log = tmp_path / "log"
        with Mount("--cache-dir", cache, "--log-file", log, server.url(NAME)) as mount:
            assert (mount / NAME).read_bytes() == BODY
        assert len(warnings_of(log)) == 1, log.read_text()
    finally:
        subprocess.run(["umount", cache], check=True)


@root_only
def test_little_free_space_is_said_at_the_start_and_in_status(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "small"
    cache.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "none", cache], check=True)
    try:
        log = tmp_path / "log"
        with Mount("--cache-dir", cache, "--log-file", log, server.url(NAME)) as mount:
            assert (mount / NAME).read_bytes() == BODY
            state = json.loads(os.getxattr(mount.folder, "user.rimfs.status"))["disk-cache"]["state"]
            assert "less than 256 MiB are free" in state
        assert len([line for line in warnings_of(log) if "less than 256 MiB are free" in line]) == 1
        assert len(warnings_of(log)) == 1
    finally:
        subprocess.run(["umount", cache], check=True)


@pytest.mark.parametrize("name", ["space", "images/*/data", "images/*/index"])
def test_a_file_that_is_cut_under_a_live_mount_ends_nothing(server: Server, cache: Path, name: str) -> None:
    server.put("more.bin", BODY)
    with Mount("--cache-dir", cache, server.url(NAME), server.url("more.bin")) as mount:
        assert (mount / NAME).read_bytes() == BODY
        for file in cache.glob(name):
            os.truncate(file, 0)
        assert (mount / "more.bin").read_bytes() == BODY
        with open(mount / NAME, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        assert (mount / NAME).read_bytes() == BODY
    with Mount("--cache-dir", cache, server.url(NAME), server.url("more.bin")) as mount:
        assert (mount / NAME).read_bytes() == BODY and (mount / "more.bin").read_bytes() == BODY
    assert rimfs("cache", "verify", cache).returncode == 0


def test_a_limit_of_file_sizes_ends_the_caching_and_not_the_mount(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    log = tmp_path / "log"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    try:
        mount = Mount("--cache-dir", tmp_path / "cache", "--log-file", log, server.url(NAME))
        mount.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    try:
        assert (mount / NAME).read_bytes() == BODY
    finally:
        mount.__exit__(None, None, None)
    assert len(warnings_of(log)) == 1, log.read_text()


def test_a_vanished_directory_is_one_warning(server: Server, cache: Path, tmp_path: Path) -> None:
    server.put("more.bin", BODY)
    log = tmp_path / "log"
    with Mount("--cache-dir", cache, "--log-file", log, server.url(NAME), server.url("more.bin")) as mount:
        shutil.rmtree(cache)
        assert (mount / NAME).read_bytes() == BODY and (mount / "more.bin").read_bytes() == BODY
        wait_until(lambda: warnings_of(log), 30, "the warning")
    assert len(warnings_of(log)) == 1, log.read_text()


# ---- Processes that end


def test_kills_do_not_make_the_shared_space_drift_while_another_process_lives(
        server: Server, cache: Path, tmp_path: Path) -> None:
    def drift() -> int:
        counted = int.from_bytes((cache / "space").read_bytes()[:8], "little")
        return counted - sum(path.stat().st_blocks * 512 for path in cache.glob("images/*/data"))

    server.put("killed.bin", BODY)
    with Mount("--cache-dir", cache, server.url(NAME)):
        for turn in range(8):
            folder = tmp_path / f"killed-{turn}"
            folder.mkdir()
            process = subprocess.Popen([program(), "mount", "-f", "--cache-dir", str(cache), server.url("killed.bin"),
                                        str(folder)], stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda: os.path.ismount(folder), 30, "the mount")
                reader = subprocess.Popen(["cat", str(folder / "killed.bin")], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
                time.sleep(random.Random(turn).uniform(0, 0.2))
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
                reader.wait(30)
                subprocess.run(["umount", "-l", folder], check=False, capture_output=True)
                rimfs("umount", folder)
        wait_until(lambda: drift() == 0, 30, "the number to be what is there")


def test_a_mount_writes_to_the_store_of_one_that_ended(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "cache"
    log = tmp_path / "log"
    with Mount("--cache-dir", cache, server.url(NAME)) as first:
        clients.read_at(first / NAME, 0, 4096)
        with Mount("--cache-dir", cache, "--log-file", log, "--log-level", "info", server.url(NAME)) as second:
            assert (second / NAME).stat().st_size == len(BODY)
            clients.read_at(second / NAME, 0, 4096)
            first.umount()
            wait_until(lambda: "writes to the disk cache now" in log.read_text(), 30, "the second to write")
            assert (second / NAME).read_bytes() == BODY
    server.clear_log()
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes()[-MIB:] == BODY[-MIB:]
