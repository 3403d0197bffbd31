# SPDX-License-Identifier: MIT
"""rimfs cache: what people look after a disk cache with, also while a mount uses it."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from rig.described_server import Described, DescribedServer
from rig.mount import COUNTED, Mount, rimfs
from rig.server import Server

MIB = 1 << 20
NAME = "disk.bin"
BODY = random.Random(5).randbytes(8 * MIB)


@pytest.fixture
def cache(server: Server, tmp_path: Path) -> Path:
    server.put(NAME, BODY)
    folder = tmp_path / "cache"
    with Mount("--cache-dir", folder, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    return folder


def data_file(cache: Path) -> Path:
    return next(cache.glob("images/*/data"))


def test_list_tells_size_share_and_url(server: Server, cache: Path) -> None:
    done = rimfs("cache", "list", cache)
    assert done.returncode == 0
    first, total = done.stdout.splitlines()
    assert first.split() == ["8M", "100.0", "%", server.url(NAME)]
    assert total.split()[0] == "8M"


def test_verify_finds_damage_and_gives_it_up(cache: Path) -> None:
    assert rimfs("cache", "verify", cache).returncode == 0
    with open(data_file(cache), "r+b") as file:
        file.seek(3 * MIB + 5)
        file.write(b"damage")
    done = rimfs("cache", "verify", cache)
    assert done.returncode == 1 and "8 blocks, 1 damaged and given up" in done.stdout
    assert "7 blocks, 0 damaged" in rimfs("cache", "verify", cache).stdout


def test_prune_makes_it_smaller_and_what_is_left_is_right(server: Server, cache: Path) -> None:
    assert rimfs("cache", "prune", cache, "3M").returncode == 0
    assert data_file(cache).stat().st_blocks * 512 <= 3 * MIB
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY


def test_drop_forgets_one_image_or_all(server: Server, cache: Path) -> None:
    assert rimfs("cache", "drop", cache, "http://nowhere/").returncode == 1
    assert rimfs("cache", "drop", cache, server.url(NAME)).returncode == 0
    assert list(cache.glob("images/*")) == []


def test_path_tells_where_an_image_is(server: Server, cache: Path) -> None:
    assert rimfs("cache", "path", cache, server.url(NAME)).stdout.strip() == str(data_file(cache).parent)


def test_what_a_mount_uses_is_listed_and_left_alone(server: Server, cache: Path) -> None:
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert server.url(NAME) in rimfs("cache", "list", cache).stdout
        assert "8 blocks, 0 damaged" in rimfs("cache", "verify", cache).stdout
        done = rimfs("cache", "drop", cache, "--all")
        assert done.returncode == 1 and "in use" in done.stderr
        assert (mount / NAME).read_bytes() == BODY


@pytest.mark.parametrize("words", [(), ("list",), ("eat", "/"), ("prune", "/tmp"), ("prune", "/tmp", "much"),
                                   ("list", "/proc/nothing")])
def test_mistakes_are_one_line(words: tuple[str, ...]) -> None:
    done = rimfs("cache", *words)
    assert done.returncode in (1, 2) and len(done.stderr.splitlines()) == 1


def test_stores_of_an_earlier_format_are_dropped_with_one_line(tmp_path: Path) -> None:
    cache, log = tmp_path / "cache", tmp_path / "log"
    with DescribedServer() as server:
        server.files["/get"] = Described(BODY, '"1"')
        with Mount("--cache-dir", cache, server.url("/get"), unhedged=COUNTED) as mount:
            assert (mount / "get").read_bytes() == BODY
        new, = cache.glob("images/*")
        for number in range(2):  # as version 2 wrote them
            old = cache / "images" / f"{number:032x}"
            old.mkdir(mode=0o700)
            (old / "identity").write_text(json.dumps({"url": "http://h/", "size": 5 * MIB, "validator": '"1"',
                                                      "block-size": MIB}))
            (old / "index").write_bytes(b"rimfsidx" + bytes(32))
            (old / "data").write_bytes(os.urandom(5 * MIB))
        before = len(server.asked)
        with Mount("--cache-dir", cache, "--log-file", log, server.url("/get"), foreground=True,
                   unhedged=COUNTED) as mount:
            assert (mount / "get").read_bytes() == BODY
            assert list(cache.glob("images/*")) == [new]
            used = int.from_bytes((cache / "space").read_bytes()[:8], "little")
            assert used == (new / "data").stat().st_blocks * 512
        assert len(server.asked) == before + 1
    assert len([line for line in log.read_text().splitlines() if "earlier version" in line]) == 1
