# SPDX-License-Identifier: MIT
"""What tests put into datastores: files, disks with their descriptors, linked clones, and machines."""

from __future__ import annotations

import os
import subprocess
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path

from .disks import BASE_CID, Form, Parent, child_cid, descriptor, write_child
from .inventory import volume_of
from .machines import Disk, Machine, unit_of

if typing.TYPE_CHECKING:
    from .front import Front

_VMX = """.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "19"
displayName = "{name}"
guestOS = "debian12-64"
nvram = "{name}.nvram"
extendedConfigFile = "{name}.vmxf"
memSize = "2048"
numvcpus = "2"
scsi0.present = "TRUE"
scsi0.virtualDev = "pvscsi"
"""
_VMX_DISK = """scsi0:{unit}.present = "TRUE"
scsi0:{unit}.deviceType = "scsi-hardDisk"
scsi0:{unit}.fileName = "{file}"
"""


class Content:
    """Writes into the datastores of a front."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def add_file(self, datastore: str, path: str, source: Path | bytes) -> Path:
        """See Vsphere.add_file()."""
        target = self._front.datastores[datastore] / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
            return target
        target.unlink(missing_ok=True)
        try:
            os.link(Path(source).resolve(), target)
        except OSError:
            subprocess.run(["cp", "--reflink=auto", "--sparse=always", str(source), str(target)], check=True,
                           timeout=300)
        return target

    def add_disk(self, datastore: str, folder: str, raw: Path, form: Form, name: str) -> Disk:
        """See Vsphere.add_disk()."""
        if form == "absolute parent":
            below = self.add_disk(datastore, f"{folder}-base", raw, "short", name)
            return self.add_linked_clone(datastore, folder, datastore, below, name, {})
        size = raw.stat().st_size
        self.add_file(datastore, f"{folder}/{name}.vmdk", descriptor(size, f"{name}-flat.vmdk", form))
        self.add_file(datastore, f"{folder}/{name}-flat.vmdk", raw)
        return Disk(_path(datastore, folder, name), size)

    def add_linked_clone(self, datastore: str, folder: str, parent_datastore: str, parent: Disk, name: str,
                         changes: Mapping[int, bytes], hint: str | None = None) -> Disk:
        """See Vsphere.add_linked_clone()."""
        below = parent.path.partition("] ")[2]
        where = hint or f"/vmfs/volumes/{volume_of(parent_datastore)}/{below}"
        above = Parent(where, child_cid(parent.path) if parent.parent else BASE_CID)
        cid = child_cid(_path(datastore, folder, name))
        self.add_file(datastore, f"{folder}/{name}.vmdk",
                      descriptor(parent.capacity, f"{name}-delta.vmdk", "short", cid, above))
        write_child(self.add_file(datastore, f"{folder}/{name}-delta.vmdk", b""), parent.capacity, changes)
        return Disk(_path(datastore, folder, name), parent.capacity, parent)

    def add_vm(self, datastore: str, name: str, disks: Sequence[Path | Disk], snapshot: str) -> Machine:
        """See Vsphere.add_vm()."""
        added = []
        for index, one in enumerate(disks):
            plain = f"{name}_{index}" if index else name
            disk = one if isinstance(one, Disk) else self.add_disk(datastore, name, one, "short", plain)
            if snapshot:
                hint = f"{plain}.vmdk" if disk.path == _path(datastore, name, plain) else None
                below = _datastore_of(datastore, disk)
                disk = self.add_linked_clone(datastore, name, below, disk, f"{plain}-000001", {}, hint)
            added.append(disk)
        machine = Machine(name, datastore, added, snapshot)
        text = _VMX.format(name=name) + "".join(_VMX_DISK.format(unit=unit_of(index), file=_file_name(machine, one))
                                                for index, one in enumerate(added))
        for ending, body in {"vmx": text.encode(), "vmxf": b'<?xml version="1.0"?>\n<Foundry></Foundry>\n',
                             "nvram": b"MRVN" + bytes(8680), "vmsd": b'.encoding = "UTF-8"\n'}.items():
            self.add_file(datastore, f"{name}/{name}.{ending}", body)
        self.add_file(datastore, f"{name}/vmware.log", b"2026-01-01T00:00:00.000Z In(05) vmx Log\n")
        self._front.machines.append(machine)
        return machine


def _path(datastore: str, folder: str, name: str) -> str:
    return f"[{datastore.rpartition('/')[2]}] {folder}/{name}.vmdk"


def _datastore_of(near: str, disk: Disk) -> str:
    """The datastore of a disk, in the datacenter of another datastore."""
    return f"{near.rpartition('/')[0]}/{disk.path[1:disk.path.index(']')]}"


def _file_name(machine: Machine, disk: Disk) -> str:
    """How a .vmx names a disk: by its name in the machine's folder, or by its volume."""
    if disk.path.startswith(machine.home + "/"):
        return disk.path.rpartition("/")[2]
    return f"/vmfs/volumes/{volume_of(_datastore_of(machine.datastore, disk))}/{disk.path.partition('] ')[2]}"
