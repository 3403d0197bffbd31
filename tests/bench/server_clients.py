# SPDX-License-Identifier: MIT
"""The programs that read a file of a web server, each doing the same steps on one server: does it open the file with
its size, list the folder, give the right bytes, convert the image? A verdict is "right", "wrong bytes", "refused: ...",
"crashes: ..." or "not done in ..."; steps that a client or server has not are left out."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rig.mount import Mount, MountFailed, is_mounted
from rig.processes import end_with_parent, wait_until
from rig.real_servers.content import GZIP, QCOW2, RAW, quoted

STEPS = ("open", "list", "read", "gz", "convert")
LIMIT = 8.0  # seconds for one program; each takes less than one where it works
QEMU_LIMIT = 4.0  # of its driver, which hangs in every second run, whatever the server: 7 of 12 on an idle nginx (7.2)
QEMU_RUNS = 3
SPAN = 5000  # bytes of a read at random
Verdicts = dict[str, str]


@dataclass(frozen=True)
class Dialect:
    """How the clients that know the server's own protocol reach its folder. `url`: for rimfs, with `environment`.
    `rclone`: options and the remote. `readable`: the address of a file for clients that know only HTTP."""

    url: str
    rclone: tuple[str, ...]
    readable: Callable[[str], str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """A folder of a server, what is in it, and a folder for what is made. `listed`: names that a listing must have;
    None: the server lists nothing. `dialect`: None: it is a web server."""

    url: str
    files: dict[str, bytes]
    listed: set[str] | None
    scratch: Path
    dialect: Dialect | None = None

    def address(self, name: str) -> str:
        return self.dialect.readable(name) if self.dialect else self.url + quoted(name)

    def spans(self, step: int = 1) -> list[int]:
        """Where to read, in multiples of a step, always the same places."""
        places = random.Random(8)
        return [places.randrange((len(self.files[RAW]) - SPAN) // step) * step for _ in range(8)]


class Refused(Exception):
    """The client says no; the text says why."""


class Crashed(Exception):
    """A signal ended the client; the text is its last word."""


def run(*words: str | Path, limit: float = LIMIT) -> bytes:
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
    if done.returncode != 0:
        kind = Crashed if done.returncode < 0 else Refused
        raise kind(done.stderr.decode(errors="replace") or f"status {done.returncode}")
    return done.stdout


# What a message says beside its reason: where, when and who.
_NOISE = (r"Could not open '.*': ", r"^qemu-img: \S+: \w+: (?=Assertion)", r"https?://[^\s'\"]*", r"/\w[\w./-]*/",
          r"^[\d/]+ [\d:]+ ", r": it answered .*", r"^(rimfs|curl|qemu-img|ERROR|nbdkit: curl\[\d\]|dd): ",
          r"^(error|problem doing HEAD request): ", r"^Failed to lsf with .*: (?=can't|directory)", r"\|")


def _short(text: str) -> str:
    """The line that says why, without addresses and paths, in so few words that a table bears it."""
    lines = text.strip().splitlines() or ["no word"]
    line = next((one for one in lines if one.startswith(("nbdkit:", "dd:"))), lines[-1])  # others end with theirs
    for noise in _NOISE:
        line = re.sub(noise, "", line)
    line = re.sub(r"\s+", " ", line).strip(" :'")
    return line if len(line) <= 100 else line[:97] + "..."


def judged(work: Callable[[], bool]) -> str:
    try:
        return "right" if work() else "wrong bytes"
    except (Refused, OSError, MountFailed) as problem:
        text = problem.done.stderr if isinstance(problem, MountFailed) else problem.strerror \
            if isinstance(problem, OSError) else str(problem)
        return f"refused: {_short(text or 'no word')}"
    except Crashed as problem:
        return f"crashes: {_short(str(problem))}"
    except subprocess.TimeoutExpired as problem:
        return f"not done in {problem.timeout:.0f} s"
    except AssertionError:
        return "does not mount"


# Without a mount

def curl(work: Work) -> Verdicts:
    """A range is right only if just that comes; what a caller makes of more is his affair."""
    def part(at: int) -> bool:
        got = run("curl", "-sSf", "-r", f"{at}-{at + SPAN - 1}", work.address(RAW))
        return got == work.files[RAW][at:at + SPAN]

    def whole(name: str) -> bool:
        return run("curl", "-sSf", work.address(name)) == work.files[name]

    return {"read": judged(lambda: all(map(part, work.spans())) and whole(RAW))} | (
        {"gz": judged(lambda: whole(GZIP))} if GZIP in work.files else {})


def qemu(work: Work) -> Verdicts:
    """Its driver for http and https, which rounds sizes up to sectors. What hangs is tried again."""
    def convert(source: str, target: Path) -> None:
        for _ in range(QEMU_RUNS - 1):
            with contextlib.suppress(subprocess.TimeoutExpired):
                run("qemu-img", "convert", "-O", "raw", source, target, limit=QEMU_LIMIT)
                return
        run("qemu-img", "convert", "-O", "raw", source, target, limit=QEMU_LIMIT)

    def source(name: str, form: str = "raw", **more: int) -> str:
        return "json:" + json.dumps({"driver": form, **more, "file": {"driver": "http", "url": work.address(name)}})

    def sectors(body: bytes) -> bytes:
        return body + bytes(-len(body) % 512)

    def size() -> bool:
        told = json.loads(run("qemu-img", "info", "--output=json", source(RAW)))["virtual-size"]
        return bool(told == len(sectors(work.files[RAW])))

    def part(at: int) -> bool:
        target = work.scratch / "part"
        convert(source(RAW, offset=at, size=4096), target)
        return target.read_bytes() == work.files[RAW][at:at + 4096]

    def whole(name: str, form: str, expected: str) -> bool:
        target = work.scratch / "whole"
        convert(source(name, form), target)
        return target.read_bytes() == sectors(work.files[expected])

    return {"open": judged(size), "read": judged(lambda: all(map(part, work.spans(512))) and whole(RAW, "raw", RAW)),
            "convert": judged(lambda: whole(QCOW2, "qcow2", RAW))} | (
        {"gz": judged(lambda: whole(GZIP, "raw", GZIP))} if GZIP in work.files else {})


# Mounts

def _reads(work: Work, file: Path, name: str) -> bool:
    """By dd, which can be ended when a read takes too long."""
    body, target = work.files[name], work.scratch / "read"

    def part(at: int) -> bool:
        run("dd", f"if={file}", f"of={target}", f"bs={SPAN}", "count=1", f"skip={at}", "iflag=skip_bytes,fullblock")
        return target.read_bytes() == body[at:at + SPAN]

    def whole() -> bool:
        run("dd", f"if={file}", f"of={target}", "bs=1M")
        return target.read_bytes() == body

    return all(map(part, work.spans() if name == RAW else [])) and whole()


def _converts(work: Work, file: Path) -> bool:
    target = work.scratch / "converted"
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", file, target)
    return target.read_bytes() == work.files[RAW]


def _steps_on(work: Work, at: Callable[[str], contextlib.AbstractContextManager[Path]]) -> Verdicts:
    """`at` mounts what has a file of this name, and gives its path."""
    def on(name: str, check: Callable[[Path], bool]) -> Callable[[], bool]:
        def work_on_it() -> bool:
            with at(name) as file:
                return check(file)
        return work_on_it

    return {"open": judged(on(RAW, lambda file: file.stat().st_size == len(work.files[RAW]))),
            "read": judged(on(RAW, lambda file: _reads(work, file, RAW))),
            "convert": judged(on(QCOW2, lambda file: _converts(work, file)))} | (
        {"gz": judged(on(GZIP, lambda file: _reads(work, file, GZIP)))} if GZIP in work.files else {})


def nbdkit(work: Work) -> Verdicts:
    """Its curl plugin behind nbdfuse, as it is: without filters."""
    @contextlib.contextmanager
    def at(name: str) -> Iterator[Path]:
        with _mounted("nbdfuse", lambda where: [
                "nbdfuse", "-r", str(where), "[", "nbdkit", "--exit-with-parent", "curl", f"url={work.address(name)}",
                "]"]) as folder:
            yield folder / "nbd"

    return _steps_on(work, at)


def rclone(work: Work) -> Verdicts:
    """A mount of the folder. It reads no file that is in no listing."""
    *options, remote = work.dialect.rclone if work.dialect else ("--http-url", work.url, ":http:")
    options = ["--config", "/dev/null", "--retries", "1", "--low-level-retries", "2", *options]
    names = judged(lambda: set(run("rclone", "lsf", *options, remote).decode().splitlines()) == work.listed)
    if work.listed is None:
        return {"list": names}

    @contextlib.contextmanager
    def at(name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=work.scratch) as cache, _mounted("rclone", lambda where: [
                "rclone", "mount", *options, "--read-only", "--vfs-cache-mode", "full", "--cache-dir", cache, remote,
                str(where)]) as folder:
            yield folder / name

    return _steps_on(work, at) | {"list": _names(names)}


def rimfs(work: Work) -> Verdicts:
    """A mount of each file, and one of the folder. It soon gives up, so that the table shows why."""
    folder = work.dialect.url if work.dialect else work.url
    environment = work.dialect.environment if work.dialect else None

    def mount(url: str) -> Mount:
        return Mount("--retry-deadline", "5s", url, env=environment)

    @contextlib.contextmanager
    def at(name: str) -> Iterator[Path]:
        with mount(folder + quoted(name)) as mounted:
            yield mounted / name

    def names() -> bool:
        with mount(folder) as mounted:
            return {entry.name + "/" * entry.is_dir() for entry in os.scandir(mounted.folder)} == work.listed

    return _steps_on(work, at) | ({} if work.listed is None else {"list": _names(judged(names))})


def _names(verdict: str) -> str:
    return verdict.replace("wrong bytes", "wrong names")


@contextlib.contextmanager
def _mounted(name: str, command: Callable[[Path], list[str]]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        where, errors = Path(scratch, "mnt"), Path(scratch, "errors")
        where.mkdir()
        with open(errors, "wb") as output:
            process = subprocess.Popen(command(where), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       preexec_fn=end_with_parent)
        try:
            wait_until(lambda: is_mounted(where) or process.poll() is not None, LIMIT, f"{name} to mount")
            if process.poll() is not None:
                raise Refused(errors.read_text(errors="replace"))
            yield where
        finally:
            subprocess.run(["fusermount3", "-u", "-z", where], capture_output=True)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


CLIENTS: dict[str, Callable[[Work], Verdicts]] = {
    "curl": curl, "qemu": qemu, "nbdkit": nbdkit, "rclone": rclone, "rimfs": rimfs}
