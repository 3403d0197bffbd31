#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fails when src/ opens, makes, renames or removes a file in another way than through base/directory.h, or maps one.
Exceptions name the one call and why it is right."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
# System calls are written with "::" in src/, or with "std::"; the others are found by their names.
CALLS = re.compile(
    r"(?<![\w>:])(?:::|std::)(?:open|openat|openat2|creat|fopen|freopen|rename\w*|unlink\w*|mkdir\w*|mkstemp|mkdtemp|symlink\w*"
    r"|link|linkat|truncate|ftruncate|mknod|mmap|remove)\s*\("
    r"|(?<![\w.>:])(?:creat|fopen|mkstemp|ftruncate|mmap|mmap64|openat|renameat|unlinkat|mkdirat)\s*\("
    r"|\bstd::[oi]?fstream\b|\b\w+_file_sink"
    r"|\b(?:files|std::filesystem)::(?:remove|remove_all|rename|create_\w+|copy\w*|resize_file)\b")
# File -> what may stand in a line of it, and why.
ALLOWED = {
    "base/directory.cc": {"": "the one place"},
    "base/file.cc": {"::open(path.c_str(), O_RDONLY": "only to read", "::ftruncate(": "of a file that is checked"},
    "base/small_file.cc": {"O_RDONLY": "only to read"},
    "base/descriptors.cc": {'"/dev/null"': "a device of the system"},
    "cache/slot_pool.cc": {"MAP_PRIVATE | MAP_ANONYMOUS": "memory, not a file"},
    "cli/daemon.cc": {'"/dev/null"': "a device of the system"},
    "cli/map.cc": {"O_RDONLY": "only to read"},
    "config/secret_reader.cc": {"O_RDONLY": "only to read", '"/dev/tty"': "a device of the system"},
    "fs/kernel_readahead.cc": {"file(path)": "an attribute in /sys"},
    "fs/mountpoint.cc": {'"/etc/fuse.conf"': "only to read"},
    "image/map_import.cc": {"std::ifstream": "only to read"},
}


def faults_in(path: pathlib.Path) -> list[str]:
    name = str(path.relative_to(TOP / "src"))
    allowed = ALLOWED.get(name, {})
    faults = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        code = line.split("//")[0]
        if CALLS.search(code) and not any(part in code for part in allowed):
            faults.append(f"src/{name}:{number}: use base/directory.h: {code.strip()}")
    return faults


def main() -> int:
    files = sorted(p for p in (TOP / "src").rglob("*") if p.suffix in (".h", ".cc"))
    faults = [fault for path in files for fault in faults_in(path)]
    print("\n".join(faults) if faults else f"files.py: {len(files)} files, all through base/directory.h")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
