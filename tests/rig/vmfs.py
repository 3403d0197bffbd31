# SPDX-License-Identifier: MIT
"""Runs a program that sees /vmfs, where descriptors of linked clones say that their parents are.

As root and as an ordinary user: the program has a mount namespace of its own (and a user namespace, where that is
needed), whose root is a tmpfs with the folders of this machine and /vmfs. Nothing outside of it changes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from . import clients

_SCRIPT = """set -e
root=$1 vmfs=$2
shift 2
mount -t tmpfs vmfs "$root"
for one in /*; do
  if [ -L "$one" ]; then cp -P "$one" "$root/"
  elif [ -d "$one" ] && [ "$one" != /vmfs ]; then mkdir "$root$one"; mount --rbind "$one" "$root$one"; fi
done
mkdir "$root/vmfs"
mount --rbind "$vmfs" "$root/vmfs"
exec chroot "$root" "$@"
"""


def run(vmfs: Path, *command: str | Path, seconds: float = clients.SECONDS,
        **options: object) -> subprocess.CompletedProcess[str]:
    """clients.run() where /vmfs is this folder of a mount."""
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-current-user", "--keep-caps", "--mount"]
    with tempfile.TemporaryDirectory(prefix="rimfs-vmfs-") as root:
        return clients.run(*alone, "sh", "-c", _SCRIPT, "sh", root, vmfs, *command, seconds=seconds, **options)


def works() -> bool:
    """False where the kernel, or a container, does not permit such namespaces to this user."""
    try:
        run(Path("/tmp"), "true")
    except (AssertionError, OSError):
        return False
    return True
