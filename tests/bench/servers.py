#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tries what programs make of real and of odd servers: whether they read rightly, refuse, or give wrong bytes.

    tests/bench/servers.py [--only SERVER]... [--clients CLIENT,...] [--results]

Servers: those of tests/rig/real_servers, and the rows of tests/system/test_odd_servers.py. Prints a Markdown table;
--results puts it into RESULTS.md. Packages: those of tests/rig/packages.txt, and nbdkit libnbd-bin. RIMFS is the
program (default: build/rimfs).
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import machine, report  # noqa: E402
from bench.server_clients import CLIENTS, STEPS, Dialect, Verdicts, Work  # noqa: E402
from rig import s3_signature, s3rver  # noqa: E402
from rig.odd_server import Manners, OddServer  # noqa: E402
from rig.real_servers import KINDS, content  # noqa: E402
from rig.real_servers.content import FOLDER, INNER, QCOW2, RAW, Content  # noqa: E402
from rig.webdav_servers import webdav_servers  # noqa: E402
from system import test_odd_servers  # noqa: E402

LISTS_NOTHING = ("busybox",)


def cell(verdicts: Verdicts) -> str:
    """What all steps have in common, or what is not right."""
    if len(set(verdicts.values())) == 1:
        return next(iter(verdicts.values()))
    said: dict[str, list[str]] = {}
    for step in STEPS:
        if verdicts.get(step, "right") != "right":
            said.setdefault(verdicts[step], []).append(step)
    parts = [f"{', '.join(steps)}: {verdict}" for verdict, steps in said.items()]
    return "; ".join(parts + (["else right"] if "right" in verdicts.values() else []))


def real(served: Content, wanted: set[str], scratch: Path) -> Iterator[tuple[str, Work]]:
    names = {*served.files, FOLDER + "/"}
    for kind in KINDS.values():
        if not wanted or kind.name in wanted:
            with kind.start(served.docroot) as server:
                listed = None if kind.name in LISTS_NOTHING else names
                yield (f"{kind.name} {kind.version}".strip(),
                       Work(server.url + "images/", served.files, listed, scratch))


def odd(served: Content, wanted: set[str], scratch: Path) -> Iterator[tuple[str, Work]]:
    files = {name: served.files[name] for name in (RAW, QCOW2)}
    rows = {row.title: row.manners for row in test_odd_servers.ROWS}
    said = ("Accept-Ranges", "bytes")  # without which qemu and nbdkit read nothing, whatever else is odd
    rows = {title: replace(one, headers=(*one.headers, said)) for title, one in rows.items()}
    for title, manners in (rows | {"no Accept-Ranges": Manners()}).items():
        if not wanted or title in wanted:
            with OddServer() as server:
                for name, body in files.items():
                    server.add(name, body, manners)
                page = "".join(f'<a href="{name}">{name}</a>\n' for name in files)
                url = server.add("", f"<pre>{page}</pre>".encode(), Manners(type="text/html"))
                yield f"odd: {title}", Work(url, files, {*files}, scratch)


def webdav(served: Content, wanted: set[str], scratch: Path) -> Iterator[tuple[str, Work]]:
    names = {*served.files, FOLDER + "/"}
    for name, start in webdav_servers().items():
        if not wanted or f"webdav-{name}" in wanted:
            with start(served.docroot) as server:
                folder = server.url + "images/"
                url = folder.replace("dav://", "http://")
                dialect = Dialect(folder, ("--webdav-url", url, ":webdav:"), lambda one, url=url: url + content.quoted(one))
                yield f"webdav-{name}", Work(url, served.files, names, scratch, dialect)


def buckets(served: Content, wanted: set[str], scratch: Path) -> Iterator[tuple[str, Work]]:
    """Clients that know no S3 get presigned URLs, as their users do."""
    if (wanted and "s3rver" not in wanted) or s3rver.installed() is None:
        return
    key = s3rver.KEY_ID
    with s3rver.S3rver({"images": {**served.files, f"{FOLDER}/{INNER}": b"inner"}}) as server:
        def presigned(name: str) -> str:
            return s3_signature.presigned(f"127.0.0.1:{server.port}", f"/images/{content.quoted(name)}", key, key,
                                          "us-east-1", 600)

        options = ("--s3-provider", "Other", "--s3-endpoint", server.endpoint, "--s3-access-key-id", key,
                   "--s3-secret-access-key", key, ":s3:images")
        environment = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": key, "AWS_ENDPOINT_URL": server.endpoint,
                       "AWS_REGION": "us-east-1"}
        dialect = Dialect("s3://images/", options, presigned, environment)
        yield f"s3rver {s3rver.VERSION}", Work(server.endpoint, served.files, {*served.files, FOLDER + "/"}, scratch,
                                               dialect)


def measure(wanted: set[str], clients: list[str]) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(prefix="rimfs-servers-") as folder:
        docroot, scratch = Path(folder, "www"), Path(folder, "scratch")
        Path(folder).chmod(0o755)
        docroot.mkdir()
        scratch.mkdir()
        served = content.make(docroot)
        for servers in (real, webdav, buckets, odd):
            for title, work in servers(served, wanted, scratch):
                row = [title, *(cell(CLIENTS[client](work)) for client in clients)]
                print("| " + " | ".join(row) + " |", file=sys.stderr, flush=True)
                yield row


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that mounts and servers end
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", default=[], metavar="SERVER",
                        help="a kind, or the title of an odd server; may be repeated")
    parser.add_argument("--clients", default=",".join(CLIENTS), help="default: %(default)s")
    parser.add_argument("--results", action="store_true", help="put the table into RESULTS.md")
    options = parser.parse_args()
    command = " ".join(["tests/bench/servers.py", *sys.argv[1:]])
    about = machine.describe() | {"load_begin": machine.load(), "command": command}
    begin, clients = time.monotonic(), options.clients.split(",")
    rows = list(measure({*options.only}, clients))
    about |= {"load_end": machine.load(), "minutes": round((time.monotonic() - begin) / 60, 1)}
    table = machine_and_table(about, clients, rows)
    print(table)
    if options.results:
        report.update(Path(__file__).with_name("RESULTS.md"), {"servers": table})
    return 0


def machine_and_table(about: dict[str, object], clients: list[str], rows: list[list[str]]) -> str:
    return report.machine_text(about) + "\n\n" + report.markdown_table(["server", *clients], rows)


if __name__ == "__main__":
    sys.exit(main())
