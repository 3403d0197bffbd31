# SPDX-License-Identifier: MIT
"""The test rig: a misbehaving image server, image builders, and a mounted rimfs to point at them."""
