# SPDX-License-Identifier: MIT
"""A large body of which few bytes are not zero, for in_range() of the answering server."""

from __future__ import annotations

import bisect


class SparseBody:
    """`pieces`: bytes by their offset; they do not overlap. Acts as bytes of this size where a slice is taken."""

    def __init__(self, size: int, pieces: dict[int, bytes]) -> None:
        self._size = size
        self._begins = sorted(pieces)
        self._pieces = pieces

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        begin, end = span.start, min(span.stop, self._size)
        part = bytearray(end - begin)
        for at in self._begins[max(bisect.bisect_right(self._begins, begin) - 1, 0):]:
            if at >= end:
                break
            piece = self._pieces[at]
            low, high = max(at, begin), min(at + len(piece), end)
            if low < high:
                part[low - begin:high - begin] = piece[low - at:high - at]
        return bytes(part)
