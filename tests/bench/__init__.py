# SPDX-License-Identifier: MIT
"""What rimfs promises in numbers, measured: one module for each kind of work, `run` is the command."""
