# SPDX-License-Identifier: MIT
"""A YAML file says the same as flags, and its mistakes are answered with file, line and column."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from rig import images
from rig.expect import refusal
from rig.mount import COUNTED, Mount, is_mounted, rimfs
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(3 << 20, 55)
SECRET = "hunter2-and-more"


def yaml(text: str, **values: object) -> str:
    """The text without its indentation, with {names} filled in."""
    text = textwrap.dedent(text).lstrip("\n")
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@pytest.fixture
def url(server: Server) -> str:
    return server.url(server.put("file.bin", BODY), fault=True)


def test_sources_and_settings_come_from_the_file(server: Server, url: str) -> None:
    server.fault("file.bin", "login", kind="basic", user="u", password="p", method="any")
    text = yaml("""
        # a comment
        sources:
          - url: {url}
          - url: "{url}"
            name: disk.img
        block-size: 64K
        cache-memory: 32M
        connections: 2
        user: u:p
        header:
          - "X-Test: from a file"
        """, url=url)
    with Mount(config=text, unhedged=COUNTED) as mount:
        assert (mount / "file.bin").read_bytes() == (mount / "disk.img").read_bytes() == BODY
        assert {request.x_test for request in server.requests("file.bin")} == {"from a file"}


def test_the_mountpoint_can_be_in_the_file(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "mnt"
    folder.mkdir()
    config = tmp_path / "rimfs.yaml"
    config.write_text(yaml("""
        mountpoint: {folder}
        sources:
          - url: {url}
        """, folder=folder, url=url))
    done = rimfs("mount", "--config", config)
    try:
        assert (done.returncode, done.stderr) == (0, "")
        assert (folder / "file.bin").read_bytes() == BODY
    finally:
        if is_mounted(folder):
            rimfs("umount", folder)
    assert not is_mounted(folder)


def test_a_flag_wins_over_the_file(server: Server, url: str) -> None:
    server.fault("file.bin", "login", kind="cookie", cookie="session=right", method="any")
    text = yaml("""
        cookie: session=wrong
        sources:
          - url: {url}
        """, url=url)
    with Mount("--cookie", "session=right", config=text) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


# The mistake, and the line and column (from 1) of the word that is wrong.
MISTAKES = {
    "unknown key": ("""
        sources:
          - url: {url}
        blok-size: 64K
        """, 3, 1),
    "unknown key of a source": ("""
        sources:
          - url: {url}
            colour: red
        """, 3, 5),
    "bad unit": ("""
        block-size: 3 apples
        sources:
          - url: {url}
        """, 1, 13),
    "out of range": ("""
        sources:
          - url: {url}
        connections: 0
        """, 3, 14),
    "list where a word belongs": ("""
        block-size: [64K]
        sources:
          - url: {url}
        """, 1, 13),
    "word where a list belongs": ("""
        sources: {url}
        """, 1, 10),
    "no such password file": ("""
        user: u
        password-file: /no/such/secret
        sources:
          - url: {url}
        """, 2, 16),
    "key twice": ("""
        block-size: 64K
        block-size: 1M
        sources:
          - url: {url}
        """, 2, 1),
    "source without a url": ("""
        sources:
          - name: disk.img
        """, 2, 5),
    "bad url": ("""
        sources:
          - url: ftp://127.0.0.1/x
        """, 2, 10),
}


@pytest.mark.parametrize("text,line,column", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_its_place(url: str, tmp_path: Path, text: str, line: int, column: int) -> None:
    config, folder = tmp_path / "rimfs.yaml", tmp_path / "mnt"
    folder.mkdir()
    config.write_text(yaml(text, url=url))
    said = refusal("mount", "--config", config, folder, seconds=3)
    assert f"{config}:{line}:{column}" in said


def test_text_that_is_not_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    config, folder = tmp_path / "rimfs.yaml", tmp_path / "mnt"
    folder.mkdir()
    config.write_text("sources:\n  - url: [\n")
    said = refusal("mount", "--config", config, folder, seconds=3)
    assert re.search(re.escape(str(config)) + r":\d+:\d+", said)


def test_a_config_file_without_end_is_refused(tmp_path: Path) -> None:
    assert "File too large" in refusal("mount", "--config", "/dev/zero", tmp_path)


def test_a_config_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert "/no/such.yaml" in refusal("mount", "--config", "/no/such.yaml", tmp_path, seconds=3)


def test_a_secret_in_the_file_is_not_repeated(server: Server, url: str, tmp_path: Path) -> None:
    config, folder = tmp_path / "rimfs.yaml", tmp_path / "mnt"
    folder.mkdir()
    server.fault("file.bin", "status", code=401, method="any")
    config.write_text(yaml("""
        user: u:{secret}
        header: ["X-Test: {secret}"]
        cookie: session={secret}
        sources:
          - url: {url}
        """, url=url, secret=SECRET))
    refusal("mount", "--config", config, folder, secrets=(SECRET,))
