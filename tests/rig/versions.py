# SPDX-License-Identifier: MIT
"""Files whose every byte tells file, version and place, so that no wrong, shifted, stale or mixed byte goes unseen.

A version's bytes come from SHAKE-128 of its name, so server and readers compute them apart and need share only its
number. Each version has zeros at places of its own: a hole that outlives its version shows, too.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Literal

Validators = Literal["strong", "weak", "dated", "none"]

_ZEROS = 512 << 10
# 2026-01-01: the version adds seconds to it.
_FIRST_MODIFIED = 1767225600


@dataclass(frozen=True)
class VersionedFile:
    """One file that the fault server offers.

    `validators`: what tells two versions apart: a strong ETag; a weak ETag and Last-Modified; Last-Modified alone;
    nothing but the size. `replaced`: whether it ever gets another version.
    """

    name: str
    size: int
    validators: Validators = "strong"
    replaced: bool = True

    def size_of(self, version: int) -> int:
        """Some versions have one size, some are shorter or longer. Without validators the size has to tell each one."""
        if self.validators == "none":
            return self.size + version * 1000 % 100_000
        return self.size + (0, 0, -300_000, 77_777, 77_777)[version % 5]

    def content(self, version: int) -> bytes:
        return _content(self.name, version, self.size_of(version))

    def headers(self, version: int) -> dict[str, str]:
        """The validators of a version, as a server sends them."""
        tag = f'"{self.name}-{version}"'
        told = {"strong": ("ETag", "Last-Modified"), "weak": ("ETag", "Last-Modified"), "dated": ("Last-Modified",),
                "none": ()}[self.validators]
        every = {"ETag": tag if self.validators == "strong" else "W/" + tag, "Last-Modified": http_date(version)}
        return {name: every[name] for name in told}


def http_date(version: int) -> str:
    from email.utils import formatdate
    return formatdate(_FIRST_MODIFIED + version, usegmt=True)


@functools.lru_cache(maxsize=16)
def _content(name: str, version: int, size: int) -> bytes:
    body = bytearray(hashlib.shake_128(f"{name} {version}".encode()).digest(size))
    for turn in range(3):
        begin = (turn * size // 3 + version * 217_088) % max(1, size - _ZEROS)
        begin -= begin % 4096
        body[begin:begin + _ZEROS] = bytes(len(body[begin:begin + _ZEROS]))
    return bytes(body)
