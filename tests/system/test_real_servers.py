# SPDX-License-Identifier: MIT
"""Servers, caches and balancers that people have: a folder of each is mounted, listed, read and converted rightly, or
refused with a message that says why. rig/real_servers/ tells what is special about each."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig import clients
from rig.expect import errno_of_read, refusal
from rig.mount import Mount
from rig.real_servers import KINDS, Kind, content
from rig.real_servers.content import FOLDER, GZIP, IMAGES, INNER, NAMES, QCOW2, RAW, Content

pytestmark = pytest.mark.usefixtures("rimfs_program")

NO_RANGES = "does not serve ranges"


@dataclass(frozen=True)
class Row:
    """What rimfs does with a server; what is not said is right. `refused`: words of the message for each file.
    `unlisted`: words of the message for the folder."""

    kind: Kind
    refused: str = ""
    unlisted: str = ""


PARTICULAR = {
    "python": Row(KINDS["python"], refused=NO_RANGES),
    "mini-httpd": Row(KINDS["mini-httpd"], refused=NO_RANGES),
    "busybox": Row(KINDS["busybox"], unlisted="404"),
}
ROWS = [PARTICULAR.get(name, Row(kind)) for name, kind in KINDS.items()]


@dataclass(frozen=True)
class Served:
    row: Row
    folder: str  # URL
    content: Content

    def url(self, name: str) -> str:
        return self.folder + content.quoted(name)


@pytest.fixture(scope="module")
def served_content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return content.make(tmp_path_factory.mktemp("www"))


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.kind.name)
def running(request: pytest.FixtureRequest, served_content: Content) -> Iterator[Served]:
    row: Row = request.param
    with row.kind.start(served_content.docroot) as server:
        yield Served(row, server.url + "images/", served_content)


@pytest.fixture
def served(running: Served) -> Served:
    """Names the server in the report of a test that fails."""
    kind = running.row.kind
    print(f"{kind.name} {kind.version}: {kind.special}")
    return running


def test_a_folder_has_every_name_and_size(served: Served, tmp_path: Path) -> None:
    if served.row.unlisted:
        assert served.row.unlisted in refusal("mount", served.folder, tmp_path)
        return
    with Mount(served.folder) as mount:
        assert sorted(os.listdir(mount.folder)) == sorted([*served.content.files, FOLDER])
        for name, body in served.content.files.items():
            if served.row.refused:
                assert errno_of_read(mount / name) == "ENOTSUP"
            else:
                assert (mount / name).stat().st_size == len(body), name
                assert name in IMAGES or (mount / name).read_bytes() == body, name
                assert (mount / name).stat().st_size == len(body), name


def test_a_folder_in_it_is_a_folder(served: Served) -> None:
    if served.row.unlisted:
        pytest.skip("it lists nothing")
    with Mount(served.folder) as mount:
        assert (mount / FOLDER).is_dir()
        assert os.listdir(mount / FOLDER) == [INNER]


@pytest.mark.parametrize("name", (RAW, GZIP))
def test_an_image_is_right_at_random_and_as_a_whole(served: Served, name: str, tmp_path: Path) -> None:
    url, body = served.url(name), served.content.files[name]
    if served.row.refused:
        assert served.row.refused in refusal("mount", url, tmp_path)
        return
    places = random.Random(served.row.kind.name + name)
    with Mount(url) as mount:
        path = mount / name
        assert path.stat().st_size == len(body)
        for _ in range(20):
            at = places.randrange(len(body))
            assert clients.read_at(path, at, 5000) == body[at:at + 5000]
        assert path.read_bytes() == body


def test_names_that_urls_escape_can_be_mounted_by_themselves(served: Served, tmp_path: Path) -> None:
    urls = [served.url(name) for name in NAMES]
    if served.row.refused:
        assert served.row.refused in refusal("mount", *urls, tmp_path)
        return
    with Mount(*urls) as mount:
        assert {path.name: path.read_bytes() for path in mount.folder.iterdir()} == \
            {name: served.content.files[name] for name in NAMES}


def test_qemu_converts_an_image_of_it(served: Served, tmp_path: Path) -> None:
    if served.row.refused:
        assert served.row.refused in refusal("mount", served.url(QCOW2), tmp_path)
        return
    original = served.content.folder / QCOW2
    with Mount(served.url(QCOW2) if served.row.unlisted else served.folder) as mount:
        clients.qemu_img("convert", "-O", "raw", mount / QCOW2, tmp_path / "out.raw")
        clients.qemu_img("compare", "-f", "qcow2", "-F", "raw", original, tmp_path / "out.raw")
