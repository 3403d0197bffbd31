# SPDX-License-Identifier: MIT
"""Writes the files of a disk of an ESXi server: descriptors, a flat extent, and snapshots in the two sparse formats.

    disk = vmdk.flat(folder, "disk", content)
    first = vmdk.snapshot(folder, "disk-000001", vmdk.SE_SPARSE, disk, {3: b"data", 7: vmdk.ZERO})
    second = vmdk.snapshot(folder, "disk-000002", vmdk.VMFS_SPARSE, first, vmdk.changes(before, after, vmdk.VMFS_SPARSE))

What a sparse file holds is a mapping from the number of a grain to its bytes, in the order in which the guest wrote
them: so are tables and grains allocated. Bytes that are short of a grain are followed by zeros; a grain that is not in
the mapping is not allocated, and the guest sees the parent there.

Facts: documentation of libvmdk (descriptor, COWD), block/vmdk.c of QEMU (seSparse). QEMU reads all of these.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SECTOR = 512
NO_PARENT = 0xffffffff
ZERO = b""  # a grain of zeros, whatever the parent holds

Grains = Mapping[int, bytes]


@dataclass(frozen=True)
class Form:
    """A sparse format; `extent` is its name in a descriptor's list of files, `suffix` ends the file's name."""

    create_type: str
    extent: str
    suffix: str
    grain: int  # bytes


VMFS_SPARSE = Form("vmfsSparse", "VMFSSPARSE", "-delta.vmdk", 512)
SE_SPARSE = Form("seSparse", "SESPARSE", "-sesparse.vmdk", 4096)
ENTRIES = 4096  # of a grain table, in both formats


@dataclass(frozen=True)
class Disk:
    """What was written: the descriptor, which programs open, and the file with the data beside it."""

    descriptor: Path
    data: Path
    sectors: int
    cid: int


def flat(folder: Path, name: str, content: bytes | int, cid: int = 0x11111111) -> Disk:
    """NAME.vmdk and NAME-flat.vmdk: a disk without snapshots. The content is whole sectors; a number is the size of a
    disk of zeros, which takes no space."""
    size = content if isinstance(content, int) else len(content)
    disk = Disk(folder / f"{name}.vmdk", folder / f"{name}-flat.vmdk", size // SECTOR, cid)
    with open(disk.data, "wb") as out:
        out.write(b"" if isinstance(content, int) else content)
        out.truncate(size)
    _write_descriptor(disk, "vmfs", "VMFS", None)
    return disk


def snapshot(folder: Path, name: str, form: Form, parent: Disk, grains: Grains, cid: int | None = None) -> Disk:
    """NAME.vmdk and its sparse file: what was written since the parent, which lies in the same folder."""
    disk = Disk(folder / f"{name}.vmdk", folder / f"{name}{form.suffix}", parent.sectors,
                parent.cid + 1 if cid is None else cid)
    with open(disk.data, "wb") as out:
        (_write_vmfs_sparse if form is VMFS_SPARSE else _write_se_sparse)(out, disk.sectors, grains)
    _write_descriptor(disk, form.create_type, form.extent, parent)
    return disk


def changes(before: bytes, after: bytes, form: Form) -> dict[int, bytes]:
    """The grains in which the two contents differ, as the guest would have written them; grains of zeros are ZERO."""
    pieces = {at // form.grain: after[at:at + form.grain] for at in range(0, len(after), form.grain)
              if after[at:at + form.grain] != before[at:at + form.grain]}
    return {number: piece if any(piece) else ZERO for number, piece in pieces.items()}


def applied(before: bytes, grains: Grains, form: Form) -> bytes:
    """What the guest sees in a snapshot with these grains, of a parent with that content."""
    after = bytearray(before)
    for number, piece in grains.items():
        begin = number * form.grain
        count = min(form.grain, len(after) - begin)
        after[begin:begin + count] = piece.ljust(form.grain, b"\0")[:count]
    return bytes(after)


def _write_descriptor(disk: Disk, create_type: str, extent: str, parent: Disk | None) -> None:
    lines = ["# Disk DescriptorFile", "version=1", 'encoding="UTF-8"', f"CID={disk.cid:08x}",
             f"parentCID={parent.cid if parent else NO_PARENT:08x}", 'isNativeSnapshot="no"', f'createType="{create_type}"',
             *([f'parentFileNameHint="{parent.descriptor.name}"'] if parent else []),
             "", "# Extent description", f'RW {disk.sectors} {extent} "{disk.data.name}"',
             "", "# The Disk Data Base", "#DDB", "", 'ddb.adapterType = "lsilogic"', 'ddb.virtualHWVersion = "14"']
    disk.descriptor.write_text("\n".join(lines) + "\n")


def _write_at(out: BinaryIO, sector: int, content: bytes) -> None:
    out.seek(sector * SECTOR)
    out.write(content)


def _write_vmfs_sparse(out: BinaryIO, sectors: int, grains: Grains) -> None:
    """COWD: header of 4 sectors, directory, then tables and grains as they are allocated, all at the end of the file.
    QEMU knows no entry for zeros in this format: they are stored."""
    table_sectors = ENTRIES * 4 // SECTOR
    directory = [0] * -(-sectors // ENTRIES)
    tables: dict[int, list[int]] = {}
    free = 4 + -(-len(directory) * 4 // SECTOR)
    for number, piece in grains.items():
        table, entry = divmod(number, ENTRIES)
        if table not in tables:
            tables[table], directory[table] = [0] * ENTRIES, free
            free += table_sectors
        tables[table][entry] = free
        _write_at(out, free, piece.ljust(VMFS_SPARSE.grain, b"\0"))
        free += 1
    for table, entries in tables.items():
        _write_at(out, directory[table], struct.pack(f"<{ENTRIES}I", *entries))
    header = struct.pack("<4s7I", b"COWD", 1, 3, sectors, 1, 4, len(directory), free)
    _write_at(out, 0, header.ljust(4 * SECTOR, b"\0") + struct.pack(f"<{len(directory)}I", *directory))
    out.truncate(free * SECTOR)


# Where a server puts the parts of a seSparse file, in sectors. The directory has space for 2 TiB.
_VOLATILE, _JOURNAL_HEADER, _JOURNAL, _DIRECTORY, _TABLES = 1, 2, 2048, 4096, 6144
_DIRECTORY_SECTORS = 2048
_ALLOCATED_TABLE, _ZERO_GRAIN, _ALLOCATED_GRAIN = 0x1 << 60, 0x2 << 60, 0x3 << 60


def _write_se_sparse(out: BinaryIO, sectors: int, grains: Grains) -> None:
    """Two headers, journal, directory, the area of the tables, free bitmap, backmap (both left empty; only a writer
    needs them), the area of the grains. Tables and grains have numbers in the order in which they are allocated."""
    table_sectors, grain_sectors = ENTRIES * 8 // SECTOR, SE_SPARSE.grain // SECTOR
    numbers = {table: number for number, table in enumerate(dict.fromkeys(number // ENTRIES for number in grains))}
    bitmap = _TABLES + max(1, len(numbers)) * table_sectors
    backmap, grains_area = bitmap + 64, bitmap + 128
    tables: dict[int, list[int]] = {table: [0] * ENTRIES for table in numbers}
    count = 0
    for number, piece in grains.items():
        entry = _ZERO_GRAIN
        if piece != ZERO:
            entry = _ALLOCATED_GRAIN | (count & 0xfff) << 48 | count >> 12
            _write_at(out, grains_area + count * grain_sectors, piece.ljust(SE_SPARSE.grain, b"\0"))
            count += 1
        tables[number // ENTRIES][number % ENTRIES] = entry
    for table, entries in tables.items():
        _write_at(out, _TABLES + numbers[table] * table_sectors, struct.pack(f"<{ENTRIES}Q", *entries))
        out.seek(_DIRECTORY * SECTOR + table * 8)
        out.write(struct.pack("<Q", _ALLOCATED_TABLE | numbers[table]))
    version, flags = 0x200000001, 0
    header = struct.pack("<26Q", 0xcafebabe, version, sectors, grain_sectors, table_sectors, flags, 0, 0, 0, 0,
                         _VOLATILE, 1, _JOURNAL_HEADER, 2, _JOURNAL, 2048, _DIRECTORY, _DIRECTORY_SECTORS,
                         _TABLES, bitmap - _TABLES, bitmap, 64, backmap, 64, grains_area, max(1, count) * grain_sectors)
    _write_at(out, 0, header)
    _write_at(out, _VOLATILE, struct.pack("<4Q", 0xcafecafe, len(numbers), 1, 0))  # nothing to replay
    out.truncate((grains_area + max(1, count) * grain_sectors) * SECTOR)
