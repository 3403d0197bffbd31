# SPDX-License-Identifier: MIT
"""The documentation says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from rig.mount import rimfs

TOP = Path(__file__).parents[2]


def test_the_table_of_settings_in_the_readme_is_the_programs_own(rimfs_program: str) -> None:
    table = (TOP / "README.md").read_text().split("<!-- settings -->\n")[1]
    assert rimfs("mount", "--help-settings").stdout == table, "run contrib/update-reference"


def test_every_flag_the_readme_names_exists(rimfs_program: str) -> None:
    text = (TOP / "README.md").read_text().split("<!-- settings -->\n")[0]
    known = rimfs("mount", "--help").stdout
    commands = [line for line in text.splitlines() if "rimfs mount" in line]
    flags = {flag for line in commands for flag in re.findall(r"--[a-z][a-z-]+", line)}
    assert flags
    for flag in flags:
        assert flag in known, flag
