# SPDX-License-Identifier: MIT
"""The index rig itself: every server lists every hostile name, and its own link leads to the right file."""

from __future__ import annotations

import html.parser
import json
import tempfile
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import index_servers
from rig.index_servers import HOSTILE_FOLDERS, HOSTILE_NAMES, hostile_content

NAMES = list(index_servers.index_servers())
SAMPLES = Path(index_servers.__file__).parent / "samples" / "index"
# Names whose own link leads elsewhere, and where: Go writes & into an attribute as it is.
MISLED = {"go": {"and&amp;and": "and&and"}}


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if tag == "a" and name == "href" and value]


def listed(name: str, base: str, page: str) -> dict[str, str]:
    """Name (a folder's ends in a slash) -> address, of what is below the base."""
    entries = []
    if name.endswith("json"):
        entries = [(one["name"], one["type"] == "directory") for one in json.loads(page)]
    if name.endswith("xml"):
        entries = [(one.text or "", one.tag == "directory") for one in ElementTree.fromstring(page)]
    if entries:
        return {entry + "/" * folder: base + urllib.parse.quote(entry) + "/" * folder for entry, folder in entries}
    links = _Links()
    links.feed(page)
    found = {}
    for href in links.found:
        address = urllib.parse.urljoin(base, href)
        raw = address.removeprefix(base)
        if raw != address and raw and "?" not in raw and not raw.startswith(".."):
            found[urllib.parse.unquote(raw)] = address
    return found


def expected(name: str) -> set[str]:
    misled = MISLED.get(name, {})
    return {misled.get(entry, entry) for entry in HOSTILE_NAMES} | {entry + "/" for entry in HOSTILE_FOLDERS}


@pytest.fixture(scope="module")
def docroot() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        index_servers.hostile_tree(Path(folder))
        yield Path(folder)


def get(address: str, **headers: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as reply:
        return reply.status, reply.read()


@pytest.mark.parametrize("name", NAMES)
def test_a_server_lists_hostile_names_and_serves_them(
        docroot: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with index_servers.index_servers()[name](docroot) as server:
        found = listed(name, server.url, get(server.url)[1].decode())
        assert set(found) == expected(name)
        for entry, size in HOSTILE_NAMES.items():
            if entry not in MISLED.get(name, {}):
                assert get(found[entry])[1] == hostile_content(size), entry
        for entry in HOSTILE_FOLDERS:
            base = found[entry + "/"]
            inside = listed(name, base, get(base)[1].decode())
            assert list(inside) == ["inner"] and get(inside["inner"])[1] == b"inner"
        part = get(found["plain.img"], Range="bytes=10-19")
        assert part == ((200, hostile_content(1048577)) if name == "python" else (206, b"7" * 10))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_is_of_the_same_folder(name: str) -> None:
    base = "http://127.0.0.1:8080/images/"
    page = (SAMPLES / (name + index_servers.suffix(name))).read_text()
    assert set(listed(name, base, page)) == expected(name)
