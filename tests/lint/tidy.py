#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs clang-tidy with .clang-tidy on every source of a build; fails on any finding.
usage: tidy.py [BUILD]            the folder of an up-to-date build; build if not given

A source that was clean is not looked at again until it, a header of the project that it includes, its compile command,
.clang-tidy or clang-tidy itself changes. BUILD/tidy/ keeps one empty file for each such state."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
LOOKED_AT = (TOP / "src", TOP / "tests" / "unit")
FINDING = re.compile(r"^(/?[^:\s]+):(\d+:\d+: (?:warning|error): .*)$")


def output_of(*command: str | pathlib.Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def headers_by_object(build: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Object file -> the project's own files that it was compiled from, as the compiler told ninja."""
    headers: dict[str, list[pathlib.Path]] = {}
    for line in output_of("ninja", "-C", build, "-t", "deps").splitlines():
        if line and not line.startswith(" "):
            current = headers.setdefault(line.split(": #deps")[0], [])
        elif line.startswith("    .."):
            current.append(build / line.strip())
    return headers


def state_of(entry: dict, headers: list[pathlib.Path], common: bytes) -> str:
    state = hashlib.sha256(common + entry["command"].encode())
    for path in sorted(headers):
        state.update(str(path).encode())
        state.update(path.read_bytes() if path.exists() else b"")
    return state.hexdigest()


def findings_in(source: pathlib.Path, build: pathlib.Path) -> list[str]:
    """What clang-tidy says of one source and the headers it includes; one line each."""
    run = subprocess.run(["clang-tidy", "-p", build, "--quiet", source], capture_output=True, text=True)
    matches = [match for line in run.stdout.splitlines() if (match := FINDING.match(line))]
    if run.returncode != 0 and (not matches or "[clang-diagnostic-error" in run.stdout):
        return [f"{source.relative_to(TOP)}: clang-tidy failed:\n{run.stdout}{run.stderr}"]
    paths = [pathlib.Path(os.path.normpath(build / match[1])) for match in matches]
    return [f"{path.relative_to(TOP)}:{match[2]}" for path, match in zip(paths, matches) if path.is_relative_to(TOP)]


def main() -> int:
    build = (TOP / (sys.argv[1] if len(sys.argv) > 1 else "build")).resolve()
    clean = build / "tidy"
    clean.mkdir(exist_ok=True)
    common = output_of("clang-tidy", "--version").encode() + (TOP / ".clang-tidy").read_bytes()
    headers = headers_by_object(build)

    states: dict[pathlib.Path, str] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(os.path.normpath(build / entry["file"]))
        if any(source.is_relative_to(folder) for folder in LOOKED_AT):
            if entry["output"] not in headers:
                sys.exit(f"tidy.py: {source.relative_to(TOP)} was not built yet; run ninja first")
            states[source] = state_of(entry, [source, *headers[entry["output"]]], common)
    todo = [source for source, state in states.items() if not (clean / state).exists()]

    seen: set[str] = set()  # a finding in a header comes with every source that includes it
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for source, findings in zip(todo, workers.map(lambda s: findings_in(s, build), todo)):
            if not findings:
                (clean / states[source]).touch()
            for finding in findings:
                if finding not in seen:
                    print(finding, flush=True)
                seen.add(finding)
    for old in set(os.listdir(clean)) - set(states.values()):
        (clean / old).unlink()
    print(f"tidy.py: {len(states)} sources, {len(todo)} of them new or changed, {len(seen)} findings")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
