# SPDX-License-Identifier: MIT
"""Descriptors of virtual disks as datastores hold them, and the data file of a child disk.

The text follows descriptors quoted in problem reports of Xen Orchestra and libguestfs. The data file is VMware's
copy-on-write format (magic COWD), whose layout libvmdk documents: a header of four sectors, a directory, and tables for
4096 sectors each.
"""

from __future__ import annotations

import struct
import typing
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# The variants of a descriptor that tests want. "absolute parent" is made by content.py: it takes a second disk.
Form = Literal["short", "6 KiB", "NUL padded", "CRLF", "absolute parent"]
FORMS = typing.get_args(Form)
BASE_CID = "fffffffe"
NO_PARENT = "ffffffff"
SECTOR = 512

_TEXT = """# Disk DescriptorFile
version=1
{encoding}CID={cid}
parentCID={parent_cid}
createType="{kind}"
{hint}{filler}
# Extent description
RW {sectors} {extent} "{data}"

# The Disk Data Base
#DDB
ddb.virtualHWVersion = "13"
ddb.geometry.cylinders = "{cylinders}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
ddb.adapterType = "lsilogic"
"""


@dataclass(frozen=True)
class Parent:
    """What a child's descriptor says of the disk below it."""

    hint: str  # a name in the same folder, or /vmfs/volumes/UUID/folder/name.vmdk
    cid: str = BASE_CID


def child_cid(path: str) -> str:
    """The CID of a child disk, always the same one for the same `[datastore] folder/name.vmdk`."""
    return f"{zlib.crc32(path.encode()):08x}"


def descriptor(size: int, data: str, form: Form = "short", cid: str = BASE_CID, parent: Parent | None = None) -> bytes:
    """The text for a disk of `size` bytes whose data file is named `data`."""
    filler = "".join(f"# {number:04} {'-' * 64}\n" for number in range(86)) if form == "6 KiB" else ""
    sectors = size // SECTOR
    text = _TEXT.format(
        encoding='encoding="UTF-8"\n' if parent or form == "6 KiB" else "", cid=cid,
        parent_cid=parent.cid if parent else NO_PARENT, kind="vmfsSparse" if parent else "vmfs",
        hint=f'parentFileNameHint="{parent.hint}"\n' if parent else "", filler=filler, sectors=sectors,
        extent="VMFSSPARSE" if parent else "VMFS", data=data, cylinders=sectors // (255 * 63)).encode()
    if form == "CRLF":
        return text.replace(b"\n", b"\r\n")
    return text + bytes(-len(text) % 1024) if form == "NUL padded" else text


_TABLE_SECTORS = 4096
_DIRECTORY = 4  # its first sector


def write_child(target: Path, size: int, changes: Mapping[int, bytes]) -> None:
    """The data file of a child disk of `size` bytes; it holds `changes` only (offset -> bytes, in whole sectors)."""
    tables = -(-size // (SECTOR * _TABLE_SECTORS))
    written = {offset // SECTOR + index: text[index * SECTOR:(index + 1) * SECTOR]
               for offset, text in changes.items() for index in range(len(text) // SECTOR)}
    used = sorted({sector // _TABLE_SECTORS for sector in written})
    begin = _DIRECTORY + -(-tables * 4 // SECTOR)  # of the tables
    table_length = _TABLE_SECTORS * 4 // SECTOR
    data = begin + len(used) * table_length
    places = {sector: data + index for index, sector in enumerate(sorted(written))}
    directory = [0] * tables
    with open(target, "wb") as file:
        for index, table in enumerate(used):
            directory[table] = begin + index * table_length
            entries = [places.get(table * _TABLE_SECTORS + sector, 0) for sector in range(_TABLE_SECTORS)]
            file.seek(directory[table] * SECTOR)
            file.write(struct.pack(f"<{_TABLE_SECTORS}I", *entries))
        file.seek(_DIRECTORY * SECTOR)
        file.write(struct.pack(f"<{tables}I", *directory))
        for sector, place in places.items():
            file.seek(place * SECTOR)
            file.write(written[sector])
        file.truncate(max((data + len(written)) * SECTOR, begin * SECTOR))
        file.seek(0)
        cylinders = size // SECTOR // (255 * 63)
        file.write(b"COWD" + struct.pack("<10I", 1, 3, size // SECTOR, 1, _DIRECTORY, tables, data + len(written),
                                         cylinders, 255, 63))
