# SPDX-License-Identifier: MIT
"""Words of HTTP that the parts of the front share."""

from __future__ import annotations

from collections.abc import Sequence

Headers = Sequence[tuple[str, str]]
HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"


def chunk(data: bytes) -> bytes:
    """A piece of a chunked body; of no bytes: its end."""
    return b"%x\r\n%s\r\n" % (len(data), data)
