# SPDX-License-Identifier: MIT
"""What differs on a vSAN datastore: folders named by UUID, and descriptors whose extents are no files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .ranges import Content, text_content

_TEXT_LIMIT = 64 << 10


def uuid_of(name: str) -> str:
    """The UUID in place of a top folder's name; always the same one."""
    text = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def real_path(datastore: Path, path: str) -> str:
    """The path with the folder's name in place of its UUID; a path with the name is as good."""
    top, slash, rest = path.partition("/")
    found = next((one.name for one in datastore.iterdir() if one.is_dir() and uuid_of(one.name) == top), top)
    return found + slash + rest


def descriptor(content: Content) -> Content:
    """A disk's descriptor with vsan:// extents; anything else as it is."""
    text = content.read(0, _TEXT_LIMIT)
    if content.size > _TEXT_LIMIT or not text.startswith(b"# Disk DescriptorFile"):
        return content
    return text_content(re.sub(rb'(VMFS\w*) "([^"]*)"', _extent, text), content.modified)


def _extent(found: re.Match[bytes]) -> bytes:
    return b'%s "vsan://%s"' % (found[1], uuid_of(found[2].decode("utf-8", "surrogateescape")).encode())
