# SPDX-License-Identifier: MIT
"""Files and ranges of them: what to answer is decided apart from the sending of it."""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from .behaviour import Behaviour
from .wire import Headers, chunk

if typing.TYPE_CHECKING:
    from .exchange import Exchange

_CHUNK = 256 << 10


@dataclass(frozen=True)
class Asked:
    """A Range header. `last` is None for an open end; a suffix is turned into positions."""

    first: int
    last: int | None


@dataclass(frozen=True)
class Plan:
    """What to answer: the bytes [first, first + length) of the file."""

    status: int
    first: int
    length: int
    content_range: str | None = None


def read_range(header: str, size: int) -> Asked | None:
    """None for no Range, and for one that is not a single range of bytes: it is ignored, as RFC 9110 allows."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return Asked(max(0, size - int(found[2])), None)
    return Asked(int(found[1]), int(found[2]) if found[2] else None)


def plan(behaviour: Behaviour, header: str, size: int, number: int) -> Plan:
    """The answer to a GET or HEAD with this Range; `number` counts the requests with a Range, from 1."""
    whole = Plan(200, 0, size)
    asked = read_range(header, size)
    if asked is None or behaviour.ignore_range == "always" or behaviour.ignore_range == "every 3rd" and number % 3 == 0:
        return whole
    if size == 0:
        return _plan_empty(behaviour)
    if asked.first >= size:
        return _plan_at_end(behaviour, asked.first, size)
    passes_end = asked.last is not None and asked.last >= size
    if asked.first == 0 and (asked.last is None or asked.last >= size - 1) and behaviour.full_range == "200":
        return whole
    if asked.first > 0 and passes_end and behaviour.range_past_end != "206":
        return whole if behaviour.range_past_end == "200" else Plan(416, 0, 0, f"bytes */{size}")
    last = size - 1 if asked.last is None or passes_end else asked.last
    return Plan(206, asked.first, last + 1 - asked.first, _content_range(behaviour, asked.first, last, size))


def _plan_empty(behaviour: Behaviour) -> Plan:
    if behaviour.empty_file == "200":
        return Plan(200, 0, 0)
    return Plan(416, 0, 0, "bytes */0" if behaviour.empty_file == "416" else None)


def _plan_at_end(behaviour: Behaviour, first: int, size: int) -> Plan:
    if behaviour.range_at_eof == "200 empty":
        return Plan(200, 0, 0)
    if behaviour.range_at_eof == "206 empty":
        return Plan(206, first, 0, _content_range(behaviour, first, first - 1, size))
    return Plan(416, 0, 0, f"bytes */{size}")


def _content_range(behaviour: Behaviour, first: int, last: int, size: int) -> str | None:
    if behaviour.content_range_total == "absent":
        return None
    total = {"number": str(size), "*": "*", "wrong": str(size + 1)}[behaviour.content_range_total]
    return f"bytes {first}-{last}/{total}"


@dataclass(frozen=True)
class Content:
    """What a file holds. read(offset, count) gives fewer bytes only if the file was cut meanwhile."""

    size: int
    modified: float
    read: Callable[[int, int], bytes]


def content_of(handle: int) -> Content:
    """An open file, which must stay open meanwhile."""
    status = os.fstat(handle)
    return Content(status.st_size, status.st_mtime, lambda offset, count: os.pread(handle, count, offset))


def text_content(text: bytes, modified: float) -> Content:
    """A file that is made up."""
    return Content(len(text), modified, lambda offset, count: text[offset:offset + count])


def send(exchange: Exchange, content: Content, headers: Headers) -> None:
    """Answers a GET or HEAD of a file."""
    front, behaviour = exchange.server, exchange.server.behaviour
    header = exchange.headers.get("Range", "")
    what = plan(behaviour, header, content.size, front.next_range() if header else 0)
    fields = [*headers, *_validators(behaviour, content)]
    if what.content_range is not None:
        fields.append(("Content-Range", what.content_range))
    if what.status == 416:
        return exchange.reply(416, b"", "text/html", fields)
    if exchange.command == "HEAD":
        return _send_head(exchange, what, fields)
    chunked = behaviour.length == "chunked"
    if behaviour.length == "close":
        exchange.close_connection = True
    else:
        fields.append(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(what.length)))
    exchange.begin(what.status, "application/octet-stream", fields)
    return _send_body(exchange, content, what, chunked)


def _validators(behaviour: Behaviour, content: Content) -> Headers:
    fields = []
    if behaviour.accept_ranges:
        fields.append(("Accept-Ranges", "bytes"))
    if behaviour.last_modified:
        fields.append(("Last-Modified", formatdate(content.modified, usegmt=True)))
    if behaviour.etag:
        fields.append(("ETag", f'"{int(content.modified * 1e9):x}-{content.size:x}"'))
    return fields


def _send_head(exchange: Exchange, what: Plan, fields: Headers) -> None:
    behaviour = exchange.server.behaviour
    if behaviour.head in ("500", "405"):
        return exchange.reply(int(behaviour.head), b"", "text/html")
    length = what.length // 2 if behaviour.head == "wrong length" else what.length
    if behaviour.length == "Content-Length":
        fields = [*fields, ("Content-Length", str(length))]
    elif behaviour.length == "close":
        exchange.close_connection = True
    else:
        fields = [*fields, ("Transfer-Encoding", "chunked")]
    return exchange.begin(what.status, "application/octet-stream", fields)


def _send_body(exchange: Exchange, content: Content, what: Plan, chunked: bool) -> None:
    position, end = what.first, what.first + what.length
    cut = exchange.server.cuts_next() if what.length else False
    if cut:
        end = position + what.length // 2
    while position < end:
        part = content.read(position, min(_CHUNK, end - position))
        if not part:  # the file was cut short meanwhile
            exchange.close_connection = True
            return
        exchange.wfile.write(chunk(part) if chunked else part)
        position += len(part)
        exchange.server.count(bytes_sent=len(part))
    if cut:
        exchange.close_connection = True
    elif chunked:
        exchange.wfile.write(chunk(b""))
