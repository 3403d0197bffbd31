#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fails when an include points to a room that the table in ARCHITECTURE.md does not allow, when a library is included by
another file than its own, and on an await that g++ 12 may miscompile. Every room's options.h may be included from config/,
and from the rooms that the table allows."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| \d+ \| `src/(\w+)/`[^|]*\|[^|]*\| ([^|]*) \|$")
INCLUDE = re.compile(r'^\s*#include "(\w+)/([\w/.]+)"')
LIBRARY = re.compile(r"^\s*#include <(curl/|fuse|CLI/|yaml-cpp/|openssl/(?=ssl|x509)|lzma|zstd)")
# The one file that includes a library.
HOME = {"curl/": "src/http/curl.h", "fuse": "src/fs/fuse.h", "CLI/": "src/cli/command_line.cc",
        "yaml-cpp/": "src/config/yaml_reader.cc", "openssl/": "src/http/certificate_check.cc",
        "lzma": "src/archives/xz.cc", "zstd": "src/archives/zstd.cc"}
AWAIT_IN_CONDITION = re.compile(r"\b(if|while|switch|for)\s*\(.*\bco_await\b")
AWAIT_WITH_BRACES = re.compile(r"\bco_await\b[^;]*(\{|\[[&=\w, ]*\]\s*[({])")


def allowed_includes() -> dict[str, set[str]]:
    """Room -> rooms it may include, from the table in ARCHITECTURE.md."""
    table = {}
    for line in (TOP / "ARCHITECTURE.md").read_text().splitlines():
        if match := ROW.match(line):
            table[match[1]] = {match[1], *re.findall(r"\w+", match[2])}
    return table


def faults_in(path: pathlib.Path, table: dict[str, set[str]]) -> list[str]:
    room = path.relative_to(TOP / "src").parts[0]
    faults = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.relative_to(TOP)}:{number}"
        if match := INCLUDE.match(line):
            options_for_config = room == "config" and match[2].split("/")[-1] == "options.h"
            if match[1] not in table.get(room, set()) and not options_for_config:
                faults.append(f"{where}: {room}/ may not include {match[1]}/ (see ARCHITECTURE.md)")
        if (match := LIBRARY.match(line)) and str(path.relative_to(TOP)) != HOME[match[1]]:
            faults.append(f"{where}: only {HOME[match[1]]} may include this library")
        code = line.split("//")[0]
        if AWAIT_IN_CONDITION.search(code):
            faults.append(f"{where}: co_await inside a condition; await into a variable first")
        if AWAIT_WITH_BRACES.search(code.replace("operator co_await", "")):
            faults.append(f"{where}: braces or a lambda inside an await; name the value first")
    return faults


def main() -> int:
    table = allowed_includes()
    if len(table) < 8:
        print("layers.py: no table of rooms found in ARCHITECTURE.md")
        return 1
    files = sorted(p for p in (TOP / "src").rglob("*") if p.suffix in (".h", ".cc") and p.parent != TOP / "src")
    faults = [fault for path in files for fault in faults_in(path, table)]
    print("\n".join(faults) if faults else f"layers.py: {len(files)} files, every include points down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
