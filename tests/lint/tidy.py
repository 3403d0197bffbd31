#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs clang-tidy with .clang-tidy on the sources of a build that are new or changed; fails on any finding.
usage: tidy.py [--all] [BUILD]    the folder of an up-to-date build; build if not given

A source that was clean is not looked at again until it, a header of the project that it includes, its compile command,
.clang-tidy or clang-tidy itself changes. BUILD/tidy/ keeps one file for each such state.

In a fresh build nothing is known to be clean, and all sources take several minutes. There git decides: what the last
COMMITS commits, those that the main branch does not have, and the working tree changed is looked at; a changed header with
one source that includes it. The rest is assumed to be clean, which the state's file says. All sources are looked at when git
cannot tell (no clone, or a shallow one), when .clang-tidy is among the changes, and with --all."""
import argparse
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
COMMITS = 20
ASSUMED = "assumed"
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


def changed_files() -> set[pathlib.Path] | None:
    """What changed lately in the project; None if git cannot tell."""
    def git(*words: str) -> list[str]:
        return output_of("git", "-C", TOP, *words).splitlines()

    try:
        found = set(git("diff", "--name-only", "--relative", f"HEAD~{COMMITS}"))
        found.update(git("ls-files", "--others", "--exclude-standard"))
    except (OSError, subprocess.CalledProcessError):
        return None
    try:
        base, = git("merge-base", "HEAD", "origin/main")
        found.update(git("diff", "--name-only", "--relative", base))
    except subprocess.CalledProcessError:
        pass  # there is no such branch: the last commits must do
    return {TOP / name for name in found}


def sources_of(changed: set[pathlib.Path], files: dict[pathlib.Path, list[pathlib.Path]]) -> set[pathlib.Path]:
    """Those that changed themselves, and for each changed header that none of them includes one more: the source of its
    own name, or else any. `files`: each source with the project's files that it is made of."""
    made_of = {source: {pathlib.Path(os.path.normpath(path)) for path in parts} for source, parts in files.items()}
    chosen = set(files) & changed
    for header in sorted(changed - set(files)):
        including = [source for source in sorted(made_of) if header in made_of[source]]
        if including and not chosen.intersection(including):
            chosen.add(next((source for source in including if source.stem == header.stem), including[0]))
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(usage="tidy.py [--all] [BUILD]")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("build", nargs="?", default="build")
    arguments = parser.parse_args()
    build = (TOP / arguments.build).resolve()
    clean = build / "tidy"
    clean.mkdir(exist_ok=True)
    common = output_of("clang-tidy", "--version").encode() + (TOP / ".clang-tidy").read_bytes()
    headers = headers_by_object(build)

    states: dict[pathlib.Path, str] = {}
    files: dict[pathlib.Path, list[pathlib.Path]] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(os.path.normpath(build / entry["file"]))
        if any(source.is_relative_to(folder) for folder in LOOKED_AT):
            if entry["output"] not in headers:
                sys.exit(f"tidy.py: {source.relative_to(TOP)} was not built yet; run ninja first")
            files[source] = [source, *headers[entry["output"]]]
            states[source] = state_of(entry, files[source], common)
    if not states:
        sys.exit(f"tidy.py: no source of {build} is the project's")
    known = {file.name for file in clean.iterdir()}
    if arguments.all:
        known = {name for name in known if (clean / name).read_text() != ASSUMED}
    elif not known and (changed := changed_files()) is not None and TOP / ".clang-tidy" not in changed:
        for source in set(states) - sources_of(changed, files):
            (clean / states[source]).write_text(ASSUMED)
            known.add(states[source])
    todo = [source for source, state in states.items() if state not in known]

    seen: set[str] = set()  # a finding in a header comes with every source that includes it
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for source, findings in zip(todo, workers.map(lambda s: findings_in(s, build), todo)):
            if not findings:
                (clean / states[source]).write_text("")
            for finding in findings:
                if finding not in seen:
                    print(finding, flush=True)
                seen.add(finding)
    for old in set(os.listdir(clean)) - set(states.values()):
        (clean / old).unlink()
    assumed = sum((clean / state).exists() and (clean / state).read_text() == ASSUMED for state in states.values())
    print(f"tidy.py: {len(states)} sources, {len(todo)} of them new or changed, {len(seen)} findings"
          + (f"; {assumed} have never been looked at in this build, tidy.py --all does" if assumed else ""))
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
