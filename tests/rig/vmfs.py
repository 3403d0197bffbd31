# SPDX-License-Identifier: MIT
"""Runs a program that sees /vmfs, where descriptors of linked clones say that their parents are.

As root and as an ordinary user: the program has a mount namespace of its own (and a user namespace, where that is
needed), whose root is a tmpfs with the folders of this machine and /vmfs. Nothing outside of it changes.

A new mount namespace starts with a copy of every mount. A FUSE mount lives as long as one copy of it, so the mounts of
tests that run beside this one would not end when they are unmounted. Therefore the new root leaves out every mount of
rimfs but the one that /vmfs is in, and the old root, with the copies, is removed before the program starts. An
unprivileged user cannot unmount the copies one by one (mount_namespaces(7): they are locked together), but the old root
as a whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from . import clients

_TESTS = Path(__file__).parent.parent


def run(vmfs: Path, *command: str | Path, seconds: float = clients.SECONDS,
        **options: object) -> subprocess.CompletedProcess[str]:
    """clients.run() where /vmfs is this folder of a mount."""
    with tempfile.TemporaryDirectory(prefix="rimfs-vmfs-") as root:
        return clients.run(*words(root, vmfs, *command), seconds=seconds, **options)


def words(root: str | Path, vmfs: Path, *command: str | Path) -> list[str]:
    """The command line that runs `command` with this folder as /vmfs. `root`: an empty folder."""
    enter = ["env", f"PYTHONPATH={_TESTS}", sys.executable, "-m", "rig.vmfs"]
    return [*_alone(), *enter, str(root), str(vmfs), *map(str, command)]


def works() -> bool:
    """False where the kernel, or a container, does not permit such namespaces to this user."""
    return clients.run(*_alone(), "mount", "-t", "tmpfs", "vmfs", "/tmp", check=False).returncode == 0


def _alone() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-current-user", "--keep-caps", "--mount"]


def _mounts_of_rimfs() -> set[Path]:
    """The mountpoints in this mount namespace (proc(5), mountinfo: some bytes are written in octal)."""
    lines = (line.split(b" ") for line in Path("/proc/self/mountinfo").read_bytes().splitlines())
    return {Path(os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), words[4])))
            for words in lines if b"fuse.rimfs" in words}


def _show(folder: Path, root: Path, hidden: set[Path]) -> None:
    """Makes `folder` and what is below it visible below `root`, apart from the mounts that are hidden, what this user may
    not read, and what other tests remove meanwhile."""
    for path in folder.iterdir():
        if path not in hidden and path != Path("/vmfs"):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                _show_entry(path, root, hidden)


def _show_entry(path: Path, root: Path, hidden: set[Path]) -> None:
    target = root / path.relative_to("/")
    if path.is_symlink():
        target.symlink_to(path.readlink())
    elif path.is_file():
        target.touch()
        _bind("--bind", path, target)
    elif path.is_dir():
        target.mkdir()
        if any(mount.is_relative_to(path) for mount in hidden):
            _show(path, root, hidden)
        else:
            _bind("--rbind", path, target)


def _bind(how: str, path: Path, target: Path) -> None:
    done = subprocess.run(["mount", how, path, target], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        path.lstat()
        sys.exit(f"mount {how} {path}: {done.stderr}")


def _enter(root: Path, vmfs: Path, command: list[str]) -> None:
    """Replaces this process, which is alone in its mount namespace, by the command."""
    here = Path.cwd()
    subprocess.run(["mount", "-t", "tmpfs", "vmfs", root], check=True)
    _show(Path("/"), root, {mount for mount in _mounts_of_rimfs() if not vmfs.is_relative_to(mount)})
    (root / "vmfs").mkdir()
    subprocess.run(["mount", "--rbind", vmfs, root / "vmfs"], check=True)
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "."], check=True)  # the old root is now on top of the new one: pivot_root(2)
    subprocess.run(["umount", "--lazy", "."], check=True)
    os.chdir(here)
    os.execvp(command[0], command)


if __name__ == "__main__":
    _enter(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
