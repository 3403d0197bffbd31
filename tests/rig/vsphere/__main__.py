# SPDX-License-Identifier: MIT
"""Runs a server to try things on by hand. In tests/: python3 -m rig.vsphere [vpx|esx] [SWITCH=VALUE...]

--list prints the switches with their values (the default first) and what each means.
"""

from __future__ import annotations

import ast
import sys

from .behaviour import Behaviour, describe
from .rig import Vsphere


def value_of(text: str) -> object:
    """False, 5 and None are what they say; the rest is text. A quoted value is text, too."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def assign(behaviour: Behaviour, setting: str) -> None:
    name, _, text = setting.partition("=")
    try:
        setattr(behaviour, name, value_of(text))
    except ValueError:
        setattr(behaviour, name, text)  # "200" of a switch whose values are texts


def run(model: str, settings: list[str]) -> None:
    with Vsphere(model) as server:
        for setting in settings:
            assign(server.front.behaviour, setting)
        print(server.origin, f"user {server.user!r} password {server.password!r} CA {server.ca_file}")
        for name, folder in server.datastores.items():
            print(f"  {name}: {folder}")
        try:
            input("Enter ends it. ")
        except (EOFError, KeyboardInterrupt):
            pass


words = sys.argv[1:]
if "--list" in words:
    print(describe())
else:
    run(next((word for word in words if "=" not in word), "vpx"), [word for word in words if "=" in word])
