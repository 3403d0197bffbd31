# SPDX-License-Identifier: MIT
"""Virtual machines that tests add: the properties that the front answers for them, in the simulator's form."""

from __future__ import annotations

import itertools
import re
import typing
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

if typing.TYPE_CHECKING:
    from .front import Front

_NUMBERS = itertools.count(9001)  # the simulator's own count from 1
_FIRST_DISK = 2000  # keys of disks, as real machines count them


@dataclass
class Disk:
    """A disk of a machine, or the one below it. Paths are `[datastore] folder/name.vmdk`."""

    path: str
    capacity: int
    parent: Disk | None = None
    thin: bool = False
    backing: str = "VirtualDiskFlatVer2BackingInfo"
    mode: str = "persistent"
    missing: bool = False  # the server says that it cannot reach the descriptor

    def chain(self) -> Iterator[Disk]:
        """From the oldest ancestor on."""
        if self.parent:
            yield from self.parent.chain()
        yield self

    @property
    def data_path(self) -> str:
        """Of the file with the bytes."""
        return self.path.removesuffix(".vmdk") + ("-delta.vmdk" if self.parent else "-flat.vmdk")


@dataclass
class Machine:
    """It runs while Front.running has its folder."""

    name: str
    datastore: str  # DATACENTER/NAME
    disks: list[Disk]
    snapshot: str = ""  # the name of its only one
    change_tracking: bool = False
    template: bool = False  # its configuration is a .vmtx then
    encrypted: bool = False
    power: str = ""  # instead of what Front.running says
    connection: str = "connected"
    guest: str = "Debian GNU/Linux 12 (64-bit)"
    reference: str = field(default_factory=lambda: f"vm-{next(_NUMBERS)}")

    @property
    def datacenter(self) -> str:
        return self.datastore.rpartition("/")[0]

    @property
    def home(self) -> str:
        """`[datastore] folder`."""
        return f"[{self.datastore.rpartition('/')[2]}] {self.name}"


def unit_of(number: int) -> int:
    """The unit of a disk on its controller, whose own unit is 7."""
    return number + (number > 6)


def _reference(kind: str, name: str) -> str:
    return f'<val xsi:type="ManagedObjectReference" type="{kind}">{escape(name)}</val>'


def _text(text: str, kind: str = "xsd:string") -> str:
    return f'<val xsi:type="{kind}">{escape(text)}</val>'


def _flag(value: bool) -> str:
    return _text("true" if value else "false", "xsd:boolean")


def properties(machine: Machine, front: Front) -> dict[str, str]:
    """Path of a property -> its <val>. What is not set is absent, as on real servers."""
    identity, instance = (str(uuid.uuid5(uuid.NAMESPACE_URL, f"{machine.datastore}/{machine.name}/{kind}"))
                          for kind in ("bios", "instance"))
    found = {
        "name": _text(machine.name),
        "parent": _reference("Folder", front.machine_folders[machine.datacenter]),
        "runtime.powerState": _text(machine.power or ("poweredOn" if machine.name in front.running else "poweredOff"),
                                    "VirtualMachinePowerState"),
        "runtime.host": _reference("HostSystem", front.hosts[machine.datacenter]),
        "runtime.connectionState": _text(machine.connection, "VirtualMachineConnectionState"),
        "config.guestFullName": _text(machine.guest),
        "config.template": _flag(machine.template),
        "config.uuid": _text(identity),
        "config.instanceUuid": _text(instance),
        "config.files.vmPathName": _text(f"{machine.home}/{machine.name}.vm{'t' if machine.template else ''}x"),
        "config.changeTrackingEnabled": _flag(machine.change_tracking),
        "config.hardware.device": f'<val xsi:type="ArrayOfVirtualDevice">{_devices(machine, front)}</val>',
        "datastore": f'<val xsi:type="ArrayOfManagedObjectReference">{_datastores(machine, front)}</val>',
        "layoutEx": f'<val xsi:type="VirtualMachineFileLayoutEx">{_layout(machine)}</val>',
    }
    if machine.encrypted:
        found["config.keyId"] = ('<val xsi:type="CryptoKeyId"><keyId>key-1</keyId>'
                                 "<providerId><id>provider</id></providerId></val>")
    if machine.snapshot:
        found["snapshot"] = f'<val xsi:type="VirtualMachineSnapshotInfo">{_snapshot(machine)}</val>'
    return found


def _store_of(path: str, machine: Machine) -> str:
    """The datastore, DATACENTER/NAME, of a path."""
    return f"{machine.datacenter}/{path[1:path.index(']')]}"


def _datastores(machine: Machine, front: Front) -> str:
    """All that the machine has files on."""
    stores = {machine.datastore, *(_store_of(one.path, machine) for disk in machine.disks for one in disk.chain())}
    return "".join(f'<ManagedObjectReference type="Datastore">{front.reference_of(store)}</ManagedObjectReference>'
                   for store in sorted(stores))


def _devices(machine: Machine, front: Front) -> str:
    controller = ('<VirtualDevice xsi:type="ParaVirtualSCSIController"><key>1000</key><busNumber>0</busNumber>'
                  "<sharedBus>noSharing</sharedBus><scsiCtlrUnitNumber>7</scsiCtlrUnitNumber></VirtualDevice>")
    return controller + "".join(_disk(number, one, front, machine) for number, one in enumerate(machine.disks))


def _disk(number: int, disk: Disk, front: Front, machine: Machine) -> str:
    return (f'<VirtualDevice xsi:type="VirtualDisk"><key>{_FIRST_DISK + number}</key>'
            f'<deviceInfo xsi:type="Description">'
            f"<label>Hard disk {number + 1}</label><summary>{disk.capacity >> 10:,} KB</summary></deviceInfo>"
            f'<backing xsi:type="{disk.backing}">{_backing(disk, front, machine)}</backing>'
            f"<controllerKey>1000</controllerKey><unitNumber>{unit_of(number)}</unitNumber>"
            f"<capacityInKB>{disk.capacity >> 10}</capacityInKB><capacityInBytes>{disk.capacity}</capacityInBytes>"
            "</VirtualDevice>")


def _backing(disk: Disk, front: Front, machine: Machine) -> str:
    """The inside of a backing; a parent is one more, of the same type."""
    datastore = _store_of(disk.path, machine)
    text = (f'<fileName>{escape(disk.path)}</fileName><datastore type="Datastore">{front.reference_of(datastore)}'
            f"</datastore><diskMode>{disk.mode}</diskMode>"
            f"<thinProvisioned>{'true' if disk.thin else 'false'}</thinProvisioned>")
    if disk.parent:
        text += f'<parent xsi:type="VirtualDiskFlatVer2BackingInfo">{_backing(disk.parent, front, machine)}</parent>'
    return text


def _layout(machine: Machine) -> str:
    """Files with keys, and the files of each disk, the oldest first."""
    keys = itertools.count()
    files = [_layout_file(next(keys), f"{machine.home}/{machine.name}.{ending}", kind)
             for ending, kind in (("vmx", "config"), ("vmxf", "extendedConfig"), ("nvram", "nvram"))]
    chains = []
    for number, disk in enumerate(machine.disks):
        chain = ""
        for one in disk.chain():
            numbers = next(keys), next(keys)
            files += [_layout_file(numbers[0], one.path, "diskDescriptor", not one.missing),
                      _layout_file(numbers[1], one.data_path, "diskExtent")]
            chain += "<chain>" + "".join(f"<fileKey>{key}</fileKey>" for key in numbers) + "</chain>"
        chains.append(f"<disk><key>{_FIRST_DISK + number}</key>{chain}</disk>")
    return "".join(files + chains) + "<timestamp>2026-01-01T00:00:00Z</timestamp>"


def _layout_file(key: int, path: str, kind: str, accessible: bool = True) -> str:
    """Sizes are 0, as seen on VMFS (govmomi, pyvmomi)."""
    return (f"<file><key>{key}</key><name>{escape(path)}</name><type>{kind}</type><size>0</size>"
            f"<accessible>{'true' if accessible else 'false'}</accessible></file>")


def _snapshot(machine: Machine) -> str:
    name = f'<snapshot type="VirtualMachineSnapshot">snapshot-{machine.reference}</snapshot>'
    return (f"{name.replace('snapshot type', 'currentSnapshot type').replace('/snapshot>', '/currentSnapshot>')}"
            f'<rootSnapshotList>{name}<vm type="VirtualMachine">{machine.reference}</vm>'
            f"<name>{escape(machine.snapshot)}</name><description></description><id>1</id>"
            "<createTime>2026-01-01T00:00:00Z</createTime><state>poweredOff</state><quiesced>false</quiesced>"
            "</rootSnapshotList>")


# Answers

def _object(machine: Machine, paths: list[str], front: Front) -> str:
    values = properties(machine, front)
    pairs = "".join(f"<propSet><name>{path}</name>{values[path]}</propSet>" for path in paths if path in values)
    return f'<objects><obj type="VirtualMachine">{machine.reference}</obj>{pairs}</objects>'


def objects_for(body: bytes, front: Front) -> list[str]:
    """The <objects> that a RetrievePropertiesEx wants of the added machines: of a view, or by reference."""
    wanted = re.search(rb"<(?:\w+:)?propSet>\s*<(?:\w+:)?type>VirtualMachine<.*?</(?:\w+:)?propSet>", body, re.DOTALL)
    if wanted is None:
        return []
    paths = [one.decode() for one in re.findall(rb"<(?:\w+:)?pathSet>([^<]*)<", wanted[0])]
    view = b'type="ContainerView"' in body
    return [_object(one, paths, front) for one in list(front.machines)
            if view or f'"VirtualMachine">{one.reference}<'.encode() in body]


def only_added(body: bytes, front: Front) -> bool:
    """Whether the request names added machines by reference, of which the simulator knows nothing."""
    return any(f'"VirtualMachine">{one.reference}<'.encode() in body for one in list(front.machines))
