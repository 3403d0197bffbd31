# SPDX-License-Identifier: MIT
"""A mounted rimfs that leaves nothing behind.

    with Mount(server.url("disk.img"), "--block-size", "64K") as mount:
        (mount / "disk.img").stat()

The program is $RIMFS, else build/rimfs of this tree. Leaving the block unmounts with `rimfs umount` and fails unless
the mount and the process are gone in time; when the block itself failed, everything is removed by force.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

from .processes import alive, resident_bytes, wait_until

MOUNT_SECONDS = 20.0
END_SECONDS = 10.0
COUNTED = "the test counts requests, and a machine that stalls by itself would make a hedge one more"


def program() -> str:
    return os.environ.get("RIMFS") or str(Path(__file__).parents[2] / "build" / "rimfs")


def rimfs(*arguments: str | Path, seconds: float = MOUNT_SECONDS, user: int | None = None,
          env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs one rimfs command to its end. A daemon that keeps the pipes open would show as a timeout."""
    return subprocess.run([program(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=seconds, user=user, group=user,
                          extra_groups=None if user is None else [], env=None if env is None else os.environ | env)


def is_mounted(folder: Path | str) -> bool:
    escaped = str(folder).replace("\\", "\\134").replace(" ", "\\040")
    with open("/proc/self/mounts") as mounts:
        return any(line.split()[1] == escaped for line in mounts)


def daemons_of(folder: Path | str) -> list[int]:
    """Living rimfs processes that have this mountpoint on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        named = os.path.basename(words[0]) == os.fsencode(os.path.basename(program()))
        if named and os.fsencode(folder) in words and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


class MountFailed(AssertionError):
    """`rimfs mount` ended with a non-zero status."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        super().__init__(f"rimfs mount: status {done.returncode}\n{done.stdout}{done.stderr}")
        self.done = done


_living: set[Mount] = set()


def break_all() -> list[str]:
    """Kills every rimfs that serves a Mount, so that whoever hangs in one gets an error. Any thread."""
    broken = []
    for mount in list(_living):
        for pid in mount.all_pids():
            os.kill(pid, signal.SIGKILL)
            broken.append(str(mount.folder))
    return broken


class Mount:
    """Owns one mountpoint and the process that serves it.

    Arguments are passed to `rimfs mount` in their order, before the mountpoint. `config`: YAML text for --config.
    `foreground`: run with -f; its output is then in `log()`. All other settings are rimfs' own defaults. `unhedged`: a
    reason to switch hedged requests off, such as COUNTED.
    """

    def __init__(self, *arguments: str | Path, config: str | None = None, foreground: bool = False, unhedged: str = "",
                 folder: Path | None = None, env: dict[str, str] | None = None) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="rimfs-mount-"))
        self.folder = folder or self._scratch / "mnt"
        self.folder.mkdir(exist_ok=True)
        self._log = self._scratch / "log"
        self._arguments = [*(["--hedged-requests", "off"] if unhedged else []), *map(str, arguments)]
        if config is not None:
            (self._scratch / "config.yaml").write_text(config)
            self._arguments += ["--config", str(self._scratch / "config.yaml")]
        self._foreground = foreground
        self._env = env
        self._pids: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def __enter__(self) -> Mount:
        _living.add(self)
        try:
            self._start()
        except BaseException:
            self.force()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.umount()
        finally:
            self.force()

    def _start(self) -> None:
        command = ["mount", *(["-f"] if self._foreground else []), *self._arguments, str(self.folder)]
        if self._foreground:
            with open(self._log, "wb") as log:
                self.process = subprocess.Popen([program(), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                env=None if self._env is None else os.environ | self._env)
            wait_until(self._up, MOUNT_SECONDS, f"rimfs {' '.join(command)}")
            self._pids = [self.process.pid]
        else:
            done = rimfs(*command, env=self._env)
            if done.returncode != 0:
                raise MountFailed(done)
            assert is_mounted(self.folder), "rimfs mount returned 0 and nothing is mounted"
            self._pids = daemons_of(self.folder)

    def _up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"rimfs -f ended: {self.process.returncode}\n{self.log()}")
        return is_mounted(self.folder)

    @property
    def pid(self) -> int:
        assert len(self._pids) == 1, f"one process should serve the mount, found {self._pids}"
        return self._pids[0]

    def all_pids(self) -> list[int]:
        """The living processes of this mount, known to it or not."""
        return [pid for pid in {*self._pids, *daemons_of(self.folder)} if alive(pid)]

    def resident_bytes(self) -> int:
        return resident_bytes(self.pid)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def umount(self) -> None:
        """`rimfs umount`, unless the mount is gone already; then everything must be."""
        if is_mounted(self.folder):
            done = rimfs("umount", self.folder)
            assert done.returncode == 0, f"rimfs umount: status {done.returncode}\n{done.stdout}{done.stderr}"
        self.wait_gone()

    def wait_gone(self) -> None:
        """Fails unless the mount and its process are gone in time."""
        wait_until(lambda: not is_mounted(self.folder), END_SECONDS, "the mount to go away")
        wait_until(self._ended, END_SECONDS, "the rimfs process to end")

    def _ended(self) -> bool:
        if self.process is not None:
            self.process.poll()  # reaps it
        return not any(alive(pid) for pid in self._pids)

    def force(self) -> None:
        """Removes whatever is left, however it stands."""
        _living.discard(self)
        for pid in self.all_pids():
            os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.kill()
            self.process.wait(END_SECONDS)
        while is_mounted(self.folder):
            if subprocess.run(["umount", "-l", str(self.folder)], capture_output=True).returncode != 0:
                if subprocess.run(["fusermount3", "-u", "-z", str(self.folder)], capture_output=True).returncode != 0:
                    break
        subprocess.run(["rm", "-rf", "--one-file-system", str(self._scratch)], capture_output=True, timeout=60)
