# SPDX-License-Identifier: MIT
"""What is measured on: links of the test server, the images behind them, a mount of one."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rig.mount import Mount
from rig.server import Server


MIB = 1 << 20
DELAY = {"lan": 0.0, "dc": 0.010, "wan": 0.040, "vcenter": 0.150}  # seconds before each response
RATE = {"lan": 0.0, "dc": 0.0, "wan": 25e6, "vcenter": 10e6}  # bytes a second of each response; 0: not paced


@dataclass(frozen=True)
class Link:
    profile: str
    connections: int = 16
    tls: bool = False

    def __str__(self) -> str:
        few = "" if self.connections == 16 else f" x{self.connections}"
        return self.profile + few + (" tls" if self.tls else "")

    @property
    def delay(self) -> float:
        return DELAY[self.profile]

    def transfer(self, count: int) -> float:
        """Seconds that so many bytes are on their way."""
        return count / RATE[self.profile] if RATE[self.profile] else 0.0


@dataclass(frozen=True)
class Effort:
    """How much work the measurements do."""

    quick: bool
    image: int  # MiB of the image that is copied
    part: int  # MiB of it that a slow peer reads
    peer_seconds: float  # and for how long at most
    longest: float  # seconds of a copy that is measured three times
    with_peers: bool = True


class Scene:
    """Owns the folder of images and the server. Images are made when they are first asked for, of random bytes."""

    def __init__(self, effort: Effort) -> None:
        self.effort = effort
        self.folder = Path(tempfile.mkdtemp(prefix="rimfs-bench-", dir=os.environ.get("RIMFS_BENCH_DIR", "/var/tmp")))
        self.docroot = self.folder / "served"
        self.docroot.mkdir()
        self.server = Server(self.docroot)

    def __enter__(self) -> Scene:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @functools.cached_property
    def raw(self) -> Path:
        return self.random_file("disk.raw", self.effort.image)

    @functools.cached_property
    def qcow2(self) -> Path:
        image = self.docroot / "disk.qcow2"
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", self.raw, image], check=True)
        return image

    @functools.cached_property
    def vast(self) -> Path:
        """For random reads: 64 GiB of zeros, so that hardly a read comes near another one."""
        image = self.docroot / "vast.raw"
        with open(image, "wb") as out:
            out.truncate(64 << 30)
        return image

    def random_file(self, name: str, mebibytes: int) -> Path:
        file = self.docroot / name
        with open(file, "wb") as out:
            for _ in range(mebibytes):
                out.write(os.urandom(MIB))
        return file

    @functools.cached_property
    def many(self) -> list[Path]:
        """64 images for as many readers."""
        return [self.random_file(f"many-{i:02}.img", 8 if self.effort.quick else 16) for i in range(64)]

    def url(self, image: Path | str, link: Link) -> str:
        name = image if isinstance(image, str) else image.name
        return self.server.url(name, link.profile, tls=link.tls)

    def trust(self, link: Link, option: str) -> list[str]:
        """The option by which a client takes the server's certificate, over TLS."""
        return [option, str(self.server.ca_file)] if link.tls else []

    def mount(self, link: Link, *images: Path | str, options: tuple[str, ...] = ()) -> Mount:
        urls = [self.url(image, link) for image in images]
        return Mount("--connections", str(link.connections), *self.trust(link, "--ca-file"), *options, *urls)

    def scratch(self, name: str) -> Path:
        """A new empty folder beside the images."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder
