# SPDX-License-Identifier: MIT
"""What the front counts and logs of the requests that it got."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Counters:
    logins: int = 0
    failed_logins: int = 0
    logouts: int = 0
    basic_sessions: int = 0  # sessions made by requests to /folder with a password and no live cookie
    cookie_and_basic: int = 0  # requests that sent both
    live_sessions: int = 0
    soap_requests: int = 0
    folder_requests: int = 0
    range_requests: int = 0
    listings: int = 0
    unauthorized: int = 0
    overloaded: int = 0  # answered 503
    max_concurrency: int = 0  # requests to /folder answered at the same time, the refused ones not counted
    bytes_sent: int = 0  # of files


@dataclass(frozen=True)
class Request:
    """One line of the front's log."""

    method: str
    target: str
    status: int
    range: str
    soap: str  # the SOAP method, or nothing
