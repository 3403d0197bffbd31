#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fails when a source, a header or a script has no SPDX line at its top, or more than 400 lines."""
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
LICENSE = "SPDX-License-Identifier: MIT"
MOST_LINES = 400
# Where the project's own code lies. Samples and seeds are data.
FOLDERS = ("src", "tests", "contrib", ".ci")
DATA = ("samples", "seeds", "dictionaries")
SUFFIXES = (".h", ".cc", ".c", ".py", ".go", ".lua")


def is_code(path: pathlib.Path) -> bool:
    """By its suffix, or because it is a script."""
    return path.suffix in SUFFIXES or (path.suffix == "" and path.read_bytes()[:2] == b"#!")


def sources() -> list[pathlib.Path]:
    found = (path for folder in FOLDERS for path in sorted((TOP / folder).rglob("*")) if path.is_file())
    return [path for path in found if not set(path.parts) & {*DATA, "__pycache__"} and is_code(path)]


def faults_in(path: pathlib.Path) -> list[str]:
    lines = path.read_text().splitlines()
    name = path.relative_to(TOP)
    faults = []
    if not any(LICENSE in line for line in lines[:2]):
        faults.append(f"{name}: no '{LICENSE}' in its first two lines")
    if len(lines) > MOST_LINES:
        faults.append(f"{name}: {len(lines)} lines; divide it: {MOST_LINES} is the limit")
    return faults


def main() -> int:
    files = sources()
    faults = [fault for path in files for fault in faults_in(path)]
    print("\n".join(faults) if faults else f"form.py: {len(files)} files, each with its licence and at most {MOST_LINES} lines")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
