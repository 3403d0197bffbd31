# SPDX-License-Identifier: MIT
"""Builds the rig's small Go programs from Debian's Go packages, once for each state of their source."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .images import Unavailable, cache_folder, only_one


def built(source: Path, name: str) -> Path:
    """The program made of this one file, kept beside the images. The simulator takes 20 s, the first time 40."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    target = cache_folder() / f"{name}-{digest}"
    with only_one(target.name):
        if not target.exists():
            if shutil.which("go") is None:
                raise Unavailable("golang-go is not installed")
            part = target.with_name(f"{os.getpid()}-{target.name}")  # renamed, so that half a program is never run
            environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "-buildvcs=false",
                           "GOCACHE": str(cache_folder() / "go-build"), "CGO_ENABLED": "0"}
            try:
                subprocess.run(["go", "build", "-o", str(part), source.name], cwd=source.parent, env=environment,
                               check=True, timeout=300)
                os.replace(part, target)
            finally:
                part.unlink(missing_ok=True)
    return target
