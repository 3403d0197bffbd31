# SPDX-License-Identifier: MIT
"""Readers against a server, disks and kills that misbehave all the time. Every byte is compared. See run."""
