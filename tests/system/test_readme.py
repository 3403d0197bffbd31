# SPDX-License-Identifier: MIT
"""The documentation says what the program does, and the commands of the README work."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import images
from rig.mount import is_mounted, program, rimfs
from rig.server import Server

TOP = Path(__file__).parents[2]


def test_the_table_of_settings_in_the_manual_is_the_programs_own(rimfs_program: str) -> None:
    table = (TOP / "contrib" / "manual" / "settings.md").read_text().split("<!-- settings -->\n")[1]
    assert rimfs("mount", "--help-settings").stdout == table, "run contrib/update-reference"


def test_every_flag_the_readme_names_exists(rimfs_program: str) -> None:
    text = (TOP / "README.md").read_text()
    known = rimfs("mount", "--help").stdout
    commands = [line for line in text.splitlines() if "rimfs mount" in line]
    flags = {flag for line in commands for flag in re.findall(r"--[a-z][a-z-]+", line)}
    assert flags
    for flag in flags:
        assert flag in known, flag


# The commands in fenced blocks. They are executed as they stand, with a server, mountpoints and a home of the test's.

INSTALLS = "installs packages and builds, as contrib/test and the machine that runs it did before"
VSPHERE = "needs a certificate that the simulator's is not; test_vsphere.py does the same there"
WEBDAV = "leads to servers that are not there; test_webdav.py mounts such folders"
S3 = "leads to servers on the internet; test_s3.py mounts such buckets"
# Command, without its comment -> why it is not executed.
NOT_EXECUTED = {
    "contrib/quickstart": INSTALLS,
    "contrib/quickstart --end": INSTALLS,
    "contrib/quickstart URL DIRECTORY": INSTALLS,
    "contrib/test": "it is what runs this test",
    "guestfish --ro -a /mnt/x/disk.qcow2 -i": "waits for input; test_integrity.py runs guestfish with a script",
    "losetup --read-only --find --show --partscan /mnt/x/disk.raw": "takes a device of the machine; test_integrity.py does",
    "getfattr -d -m user.rimfs /mnt/x/disk.qcow2": "test_attributes.py reads the attributes without that program",
    "rimfs mount --user me --password-file F davs://cloud.example/remote.php/dav/files/me/images/ /mnt/x": WEBDAV,
    "rimfs mount dav://nas.example/images /mnt/x": WEBDAV,
    "rimfs fetch dav://nas.example/images/disk.qcow2 disk.qcow2": WEBDAV,
    "rimfs mount s3://images/templates/ /mnt/x": S3,
    "rimfs mount --s3-endpoint https://minio.example:9000 s3://images/disk.qcow2 /mnt/x": S3,
    "rimfs mount --s3-endpoint https://storage.googleapis.com s3://images/ /mnt/x": S3,
    "rimfs mount --s3-anonymous --s3-region us-west-2 s3://a-public-bucket/ /mnt/x": S3,
    "rimfs mount --password-file ~/.vc-password vsphere://me%40vsphere.local@vcenter/ /mnt/vc": VSPHERE,
    "rimfs doctor --password-file ~/.vc-password --report report.json vsphere://me%40vsphere.local@vcenter/": VSPHERE,
    "ls /mnt/vc/DC0/datastore1/web01": VSPHERE,
    "qemu-img convert -p -O qcow2 /mnt/vc/DC0/datastore1/web01/web01.vmdk web01.qcow2": VSPHERE,
    "guestfish --ro -a /mnt/vc/DC0/datastore1/web01/web01.vmdk -i": VSPHERE,
    "rimfs vms /mnt/vc/DC0/datastore1": VSPHERE,
    "sudo ln -s /mnt/vc/vmfs /vmfs": "changes the machine's root; test_conversion.py has a root of its own",
    "LIBGUESTFS_BACKEND=direct virt-v2v -i vmx /mnt/vc/DC0/datastore1/web01/web01.vmx -o local -os /var/tmp":
        "takes minutes; test_conversion.py does with --subset=all",
    "qemu-img create -f qcow2 -b /mnt/vc/DC0/datastore1/web01/web01.vmdk -F vmdk try.qcow2": VSPHERE,
    "rimfs mount vsphere://root@esxi/ha-datacenter/datastore1/web01 /mnt/web01": VSPHERE,
    "rimfs fetch 'vsphere://root@esxi/[datastore1] web01/web01-flat.vmdk' web01.raw": VSPHERE,
}
# The first lines of blocks that are no commands.
NO_COMMANDS = {"sources:"}
# What comes before a block, by its first command.
BEFORE = {
    "qemu-img info /mnt/x/disk.qcow2": "rimfs mount https://server/disk.qcow2 https://server/disk.raw /mnt/x",
    "qemu-img map --output=json -f raw disk.raw > disk.raw.json": "cd /served",
    "rimfs mount 'https://server/appliance.ova!/disk1.vmdk' /mnt/x":
        "qemu-img create -q -f vmdk disk1.vmdk 1M; tar cf /served/appliance.ova --remove-files disk1.vmdk",
    "rimfs mount --config images.yaml": "echo '{mountpoint: /mnt/x, sources: [{url: https://server/disk.raw}]}' > images.yaml",
}


def command_blocks() -> list[list[str]]:
    """The commands of each fenced block of the README, without prompts and comments."""
    found = []
    for block in re.findall(r"^```\n(.*?)^```$", (TOP / "README.md").read_text(), re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        if lines[0] not in NO_COMMANDS:
            prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
            found.append([re.sub(r"\s+#.*", "", line) for line in prompted or lines])
    return found


def executed_blocks() -> list[list[str]]:
    kept = [[command for command in block if command not in NOT_EXECUTED] for block in command_blocks()]
    return [block for block in kept if block]


def test_every_command_of_the_readme_that_is_not_executed_is_still_there() -> None:
    commands = {command for block in command_blocks() for command in block}
    assert set(NOT_EXECUTED) <= commands
    assert set(BEFORE) <= commands
    assert len(executed_blocks()) >= 6


@pytest.fixture
def mountpoints(tmp_path: Path) -> Iterator[Path]:
    """What stands for /mnt. Nothing stays mounted there."""
    folder = tmp_path / "mnt"
    for name in ("x", "images"):
        (folder / name).mkdir(parents=True)
    yield folder
    for mountpoint in folder.iterdir():
        if is_mounted(mountpoint):
            assert rimfs("umount", mountpoint).returncode == 0


@pytest.mark.parametrize("block", executed_blocks(), ids=lambda block: block[0])
def test_the_commands_of_the_readme_work(server: Server, tmp_path: Path, mountpoints: Path, block: list[str]) -> None:
    raw = images.disk()
    server.share(raw, "disk.raw")
    for name in ("disk.qcow2", "images/disk.qcow2"):
        server.share(images.qcow2(raw), name)
    (tmp_path / ".cache").mkdir()  # as every home has it
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "rimfs").symlink_to(program())
    script = "\n".join(["set -e", BEFORE.get(block[0], ":"), *block])
    for said, meant in (("https://server/", server.url("")), ("/mnt/", f"{mountpoints}/"), ("/served", str(server.docroot))):
        script = script.replace(said, meant)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=80,
                          env=os.environ | {"HOME": str(tmp_path), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"})
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
