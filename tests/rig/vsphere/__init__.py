# SPDX-License-Identifier: MIT
"""A vCenter or ESXi host to test against; rig.py says how to use it."""

from .rig import Vsphere

__all__ = ["Vsphere"]
