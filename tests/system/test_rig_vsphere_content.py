# SPDX-License-Identifier: MIT
"""What the rig puts into datastores: descriptors, linked clones and machines, and how they stand in the inventory."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from rig import clients, images
from rig.vsphere import Vsphere
from rig.vsphere.disks import FORMS, Form
from rig.vsphere.plain import store_of

V = "{urn:vim25}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MIB = images.MIB


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A disk of 4 MiB and a sector."""
    target = tmp_path / "raw"
    target.write_bytes(images.pseudo_random(4 * MIB + 512, 50))
    return target


def local_hint(server: Vsphere, descriptor: Path) -> None:
    """Makes the volumes in a parentFileNameHint the folders that they are, so that qemu finds the parent."""
    text = descriptor.read_text()
    for store, folder in server.datastores.items():
        text = text.replace(f"/vmfs/volumes/{server.volume_of(store)}/", f"{folder}/")
    descriptor.write_text(text)


def read_by_qemu(descriptor: Path, target: Path) -> bytes:
    clients.qemu_img("convert", "-O", "raw", descriptor, target)
    return target.read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_a_descriptor_of_each_form(vcenter: Vsphere, raw: Path, tmp_path: Path, form: Form) -> None:
    store = "DC0/LocalDS_0"
    disk = vcenter.add_disk(store, f"form {form}", raw, form)
    descriptor = vcenter.datastores[store] / f"form {form}" / "disk.vmdk"
    text = descriptor.read_bytes()
    assert disk.path == f"[LocalDS_0] form {form}/disk.vmdk" and text.startswith(b"# Disk DescriptorFile")
    assert (text.find(b"\nRW ") > 4096 and 6144 < len(text) < 8192) == (form == "6 KiB")
    assert (text.count(b"\r\n") == text.count(b"\n")) == (form == "CRLF")
    assert (len(text) == 1024 and text.endswith(bytes(100))) == (form == "NUL padded")
    assert (vcenter.volume_of(store).encode() in text) == (form == "absolute parent")
    local_hint(vcenter, descriptor)
    assert read_by_qemu(descriptor, tmp_path / "copy") == raw.read_bytes()


def test_a_linked_clone_holds_what_differs_from_its_parent(vcenter: Vsphere, raw: Path, tmp_path: Path) -> None:
    parent = vcenter.add_disk("DC0/LocalDS_0", "parent", raw)
    changes = {0: b"A" * 512, MIB + 512: b"B" * 4096, 4 * MIB: b"C" * 512}
    child = vcenter.add_linked_clone("DC0/Data store+1", "clone", "DC0/LocalDS_0", parent, changes=changes)
    grandchild = vcenter.add_linked_clone("DC0/Data store+1", "clone", "DC0/Data store+1", child, "next",
                                          {512: b"D" * 512}, "disk.vmdk")
    folder = vcenter.datastores["DC0/Data store+1"] / "clone"
    hint = f'parentFileNameHint="/vmfs/volumes/{vcenter.volume_of("DC0/LocalDS_0")}/parent/disk.vmdk"'
    assert hint in (folder / "disk.vmdk").read_text() and [one.path for one in grandchild.chain()] == [
        "[LocalDS_0] parent/disk.vmdk", "[Data store+1] clone/disk.vmdk", "[Data store+1] clone/next.vmdk"]
    local_hint(vcenter, folder / "disk.vmdk")
    expected = bytearray(raw.read_bytes())
    for offset, text in {**changes, 512: b"D" * 512}.items():
        expected[offset:offset + len(text)] = text
    assert read_by_qemu(folder / "next.vmdk", tmp_path / "copy") == bytes(expected)


def test_a_machine_has_the_files_of_a_machine(vcenter: Vsphere, raw: Path) -> None:
    elsewhere = vcenter.add_disk("DC0/LocalDS_0", "elsewhere", raw)
    vcenter.add_vm("DC0/Data store+1", "web", [raw, elsewhere])
    folder = vcenter.datastores["DC0/Data store+1"] / "web"
    assert sorted(one.name for one in folder.iterdir()) == [
        "vmware.log", "web-flat.vmdk", "web.nvram", "web.vmdk", "web.vmsd", "web.vmx", "web.vmxf"]
    vmx = (folder / "web.vmx").read_text()
    assert 'displayName = "web"' in vmx and 'scsi0:0.fileName = "web.vmdk"' in vmx
    assert f'scsi0:1.fileName = "/vmfs/volumes/{vcenter.volume_of("DC0/LocalDS_0")}/elsewhere/disk.vmdk"' in vmx


def disks_of(machine: dict[str, ElementTree.Element]) -> list[ElementTree.Element]:
    return [one for one in machine["config.hardware.device"] if one.get(TYPE) == "VirtualDisk"]


def test_the_inventory_has_the_simulators_machines_and_the_added_ones(vsphere: Vsphere, raw: Path) -> None:
    store = store_of(vsphere)
    vsphere.add_vm(store, "running", [raw, raw])
    vsphere.add_vm(store, "ended", [raw], snapshot="before <it>")
    vsphere.front.running = {"running"}
    client = vsphere.client()
    client.login(vsphere.user, vsphere.password)
    for size in (None, 1):
        vsphere.front.behaviour.page_size = size
        found = client.machines()
        own = {"DC0_H0_VM0", "DC1_H0_VM0"} if vsphere.model == "vpx" else {"ha-host_VM0"}
        assert set(found) == own | {"running", "ended"}
    assert {name: one["runtime.powerState"].text for name, one in found.items()} == {
        **dict.fromkeys(own, "poweredOff"), "running": "poweredOn", "ended": "poweredOff"}
    assert found["running"]["config.files.vmPathName"].text == "[LocalDS_0] running/running.vmx"
    example = found[sorted(own)[0]]
    assert {name: found["running"][name].text for name in ("parent", "runtime.host")} == {
        name: example[name].text for name in ("parent", "runtime.host")}
    paths = [one.findtext(f"{V}backing/{V}fileName") for one in disks_of(found["running"])]
    assert paths == ["[LocalDS_0] running/running.vmdk", "[LocalDS_0] running/running_1.vmdk"]
    assert disks_of(found["running"])[0].findtext(f"{V}capacityInKB") == str(4096)
    disk, = disks_of(found["ended"])
    assert disk.findtext(f"{V}backing/{V}fileName") == "[LocalDS_0] ended/ended-000001.vmdk"
    assert disk.findtext(f"{V}backing/{V}parent/{V}fileName") == "[LocalDS_0] ended/ended.vmdk"
    assert found["ended"]["snapshot"].findtext(f"{V}rootSnapshotList/{V}name") == "before <it>"
    assert "snapshot" not in found["running"]
    layout = found["ended"]["layoutEx"]
    files = {one.findtext(f"{V}key"): one.findtext(f"{V}name") for one in layout.iterfind(f"{V}file")}
    chain = [files[key.text] for key in layout.iterfind(f"{V}disk/{V}chain/{V}fileKey")]
    assert chain == [f"[LocalDS_0] ended/{name}.vmdk"
                     for name in ("ended", "ended-flat", "ended-000001", "ended-000001-delta")]
    vsphere.front.reset()
    client.login(vsphere.user, vsphere.password)
    assert set(client.machines()) == own


def test_an_added_machine_may_be_asked_for_by_its_reference(vcenter: Vsphere, raw: Path) -> None:
    machine = vcenter.add_vm("DC0/LocalDS_0", "single", [raw])
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    reply = client.send("RetrievePropertiesEx", f"""<RetrievePropertiesEx xmlns="urn:vim25">
<_this type="PropertyCollector">{client.names["propertyCollector"]}</_this><specSet><propSet><type>VirtualMachine</type>
<pathSet>name</pathSet><pathSet>snapshot</pathSet></propSet><objectSet>
<obj type="VirtualMachine">{machine.reference}</obj></objectSet></specSet><options/></RetrievePropertiesEx>""")
    assert [one.findtext(f"{V}name") for one in reply.iterfind(f".//{V}propSet")] == ["name"]
    assert reply.findtext(f".//{V}val") == "single"
