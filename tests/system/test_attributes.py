# SPDX-License-Identifier: MIT
"""Extended attributes: where a file comes from, and what is known and held of it."""

from __future__ import annotations

import errno
import os

import pytest

from rig import clients
from rig.mount import COUNTED, Mount
from rig.server import Server

BODY = os.urandom((4 << 20) + 100)


def attribute(path: object, name: str) -> str:
    return os.getxattr(str(path), "user.rimfs." + name).decode()


def test_attributes_tell_where_a_file_comes_from_without_secrets(server: Server) -> None:
    name = server.put("disk.bin", BODY)
    url = server.url(name)
    with Mount(url.replace("://", "://me:hunter2@") + "?token=hunter2") as mount:
        path = mount / name
        assert attribute(path, "url") == url
        assert attribute(path, "size") == str(len(BODY))
        assert attribute(path, "etag").startswith('"')
        assert "hunter2" not in "".join(attribute(path, one.removeprefix("user.rimfs.")) for one in os.listxattr(path))


def test_attributes_count_what_is_cached_and_what_was_hit(server: Server) -> None:
    name = server.put("disk.bin", BODY)
    with Mount("--readahead", "0", server.url(name), unhedged=COUNTED) as mount:
        path = mount / name
        assert (attribute(path, "cached-bytes"), attribute(path, "hits"), attribute(path, "misses")) == ("0", "0", "0")
        clients.read_at(path, 0, 4096, os.O_DIRECT)
        assert 4096 <= int(attribute(path, "cached-bytes")) <= 1 << 20
        assert (attribute(path, "hits"), attribute(path, "misses")) == ("0", "1")
        clients.read_at(path, 0, 4096, os.O_DIRECT)
        assert (attribute(path, "hits"), attribute(path, "misses")) == ("1", "1")
        path.read_bytes()
        assert attribute(path, "cached-blocks") == "5"
        assert attribute(path, "cached-bytes") == str(len(BODY))


def test_a_file_without_a_tag_has_no_such_attribute_and_a_folder_has_none(server: Server) -> None:
    name = server.put("disk.bin", BODY)
    server.fault(name, "no_etag", method="any")
    with Mount(server.url(name, fault=True)) as mount:
        assert "user.rimfs.etag" not in os.listxattr(mount / name)
        assert os.listxattr(mount / "") == []
        with pytest.raises(OSError) as missing:
            attribute(mount / name, "etag")
        assert missing.value.errno == errno.ENODATA
