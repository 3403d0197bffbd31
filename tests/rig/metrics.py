# SPDX-License-Identifier: MIT
"""The metrics of a mount's status, from the README's table, which a unit test compares with the program's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "README.md"
SERVERS = "servers[]."


@dataclass(frozen=True)
class Metric:
    """`key`: the path in the status JSON, levels separated by dots; `kind`: as in the table, such as "counter"."""

    key: str
    kind: str


def documented() -> list[Metric]:
    table = README.read_text().split("<!-- metrics -->\n")[1].split("<!-- end of metrics -->\n")[0]
    return [Metric(key, kind) for key, kind in re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \|", table, re.MULTILINE)]


def keys_of(status: dict[str, Any]) -> list[str]:
    """Every key of the status JSON, written as in the table; those of the servers once."""
    found: dict[str, None] = {}

    def add(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, below in value.items():
                add(below, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for one in value:
                add(one, path + "[]")
        else:
            found[path] = None

    add(status, "")
    return list(found)


def value_of(status: dict[str, Any], key: str) -> Any:
    """-1 when the status has no such key."""
    value: Any = status
    for name in key.split("."):
        if not isinstance(value, dict) or name not in value:
            return -1
        value = value[name]
    return value
