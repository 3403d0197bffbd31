# SPDX-License-Identifier: MIT
"""Runs a server to try things on by hand. In tests/: python3 -m rig.vsphere [vpx|esx]"""

from __future__ import annotations

import sys

from .rig import Vsphere

with Vsphere(sys.argv[1] if len(sys.argv) > 1 else "vpx") as server:
    print(server.origin, f"user {server.user!r} password {server.password!r} CA {server.ca_file}")
    for name, folder in server.datastores.items():
        print(f"  {name}: {folder}")
    try:
        input("Enter ends it. ")
    except (EOFError, KeyboardInterrupt):
        pass
