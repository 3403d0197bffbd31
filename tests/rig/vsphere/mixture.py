# SPDX-License-Identifier: MIT
"""Switches all together: a server with a value of its own for each, that still lets every file be listed and read."""

from __future__ import annotations

import random
import typing
from dataclasses import fields
from typing import Any

from .behaviour import Behaviour, hints

# Values with which files cannot be read, or not all of them, whatever the client does.
EXCLUDED: dict[str, set[str]] = {
    "ignore_range": {"always", "every 3rd"},  # no byte but the first ones can be asked for
    "content_range_total": {"wrong", "absent"},  # the file seems to change, or the bytes to be others
    "system_folders": {"CannotAccessFile"},
    "task": {"vanishes"},
    "vsan": {"on"},
    "path_decode": {"twice", "plus is space"},  # some names have no address
    "dcpath": {"slash needed"},
    "missing_dcpath": {"404"},
    "expect": {"417"},
    "summary_url": {"empty", "label"},  # no parent is found by its volume
}
# Numbers that are drawn; other numbers keep their defaults.
_NUMBERS: dict[str, list[Any]] = {"slow_task": [0.0, 0.05], "huge_folder": [0, 500], "die_after": [None, 200],
                                  "requests_per_connection": [None, 1, 7], "page_size": [None, 1, 3]}
_KEPT = ("missing_propset",)  # a datastore would be missing


def choices(name: str) -> list[Any]:
    """The values that may be drawn for a switch."""
    hint = hints()[name]
    if typing.get_origin(hint) is typing.Literal:
        return [value for value in typing.get_args(hint) if value not in EXCLUDED.get(name, set())]
    if name in _NUMBERS:
        return _NUMBERS[name]
    default = getattr(Behaviour(), name)
    return [False, True] if hint is bool and name not in _KEPT else [default]


def mixed(seed: int) -> Behaviour:
    """A server drawn at random; always the same one for the same seed."""
    dice = random.Random(seed)
    behaviour = Behaviour()
    for one in fields(Behaviour):
        setattr(behaviour, one.name, dice.choice(choices(one.name)))
    if behaviour.length == "close":
        behaviour.close_mid_body = False  # nothing would tell that a body is not whole
    return behaviour
