# SPDX-License-Identifier: MIT
"""Every wrong answer of rig/faults.py, once while it lasts and once while it passes: right bytes, or an error in time."""

from __future__ import annotations

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig import certificates, clients
from rig.expect import DEADLINE, IMPATIENT, PATIENT
from rig.fault_server import INDEX, FaultServer
from rig.faults import CASES, Case
from rig.mount import Mount
from rig.versions import VersionedFile

pytestmark = pytest.mark.usefixtures("rimfs_program")

FILES = {case.name: VersionedFile(f"case-{INDEX[case.name]}.img", 400_000, replaced=False) for case in CASES}
OFFSET, COUNT = 70_123, 200_000
# Retries wait for up to 5 s each; a case that passes takes two of them.
PASSES = [case for case in CASES if not case.believed]
# These strike the server as a whole, or the next connection, whosesoever it is.
ALONE = {"connections are refused for a while", "the next connections are closed at once"}
TIMES = 2
# The deadline, a stall, and what a busy machine adds when a hundred files are read at once.
LONGEST = DEADLINE + 1 + 20


def title(case: Case) -> str:
    return case.name


@dataclass(frozen=True)
class Outcome:
    """What a reader got: the error's name, or none and whether the bytes were right."""

    right: bool
    error: str
    seconds: float


def read(path: Path, expected: bytes) -> Outcome:
    begin = time.monotonic()
    try:
        data = clients.read_at(path, OFFSET, COUNT)
        return Outcome(data == expected, "", time.monotonic() - begin)
    except OSError as problem:
        return Outcome(False, errno.errorcode[problem.errno or 0], time.monotonic() - begin)


def read_all_at_once(certificate: Path, cases: list[Case], options: tuple[str, ...], times: int | None, *,
                     again: bool = False) -> dict[str, Outcome]:
    """One file for each case, armed after the mount, all read at the same time, since most of it is waiting."""
    files = [FILES[case.name] for case in cases]
    with FaultServer(files, certificate=certificate) as server:
        urls = [server.url(FILES[case.name].name, tls=case.tls) for case in cases]
        trust = ("--ca-file", str(certificate / "ca.crt"))
        with Mount(*options, *trust, "--connections", "200", "--format-prefetch", "off", *urls) as mount:
            for case in cases:
                server.arm(FILES[case.name].name, case, *([] if times is None else [times]))
            with ThreadPoolExecutor(len(cases)) as readers:
                outcomes = readers.map(
                    lambda case: read(mount / FILES[case.name].name, FILES[case.name].content(0)[OFFSET:OFFSET + COUNT]),
                    cases)
                found = {case.name: outcome for case, outcome in zip(cases, outcomes)}
            server.disarm()
        never = [case for case in cases if server.counts[INDEX[case.name]] == 0]
    # On a busy machine a reader's time can be over before its request is sent, or before a good reply has come.
    too_late = [case for case in cases if not case.errors and found[case.name].error == "ETIMEDOUT"]
    crowded_out = [case for case in cases if case in never or case in too_late]
    if crowded_out and not again:
        found |= read_all_at_once(certificate, crowded_out, options, times, again=True)
    else:
        assert not never, f"never happened: {never}"
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    certificates.make(folder)
    return folder


@pytest.fixture(scope="module")
def lasting(certificate: Path, rimfs_program: str) -> dict[str, Outcome]:
    return read_all_at_once(certificate, [case for case in CASES if case.name not in ALONE], IMPATIENT, None)


@pytest.fixture(scope="module")
def passing(certificate: Path, rimfs_program: str) -> dict[str, Outcome]:
    return read_all_at_once(certificate, PASSES, PATIENT, TIMES)


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in ALONE], ids=title)
def test_while_it_lasts_a_reader_gets_right_bytes_or_an_error_in_time(lasting: dict[str, Outcome], case: Case) -> None:
    outcome = lasting[case.name]
    assert outcome.right or outcome.error, "wrong bytes"
    if case.errors:
        assert outcome.right or outcome.error in case.errors, outcome
        assert outcome.right or outcome.seconds < LONGEST, outcome
    else:
        assert outcome.right, outcome


@pytest.mark.parametrize("case", PASSES, ids=title)
def test_once_it_has_passed_a_reader_gets_right_bytes(passing: dict[str, Outcome], case: Case) -> None:
    outcome = passing[case.name]
    assert outcome.right, outcome


def test_an_etag_that_one_reply_brought_does_not_spoil_the_file_for_good() -> None:
    """A server without ETags answers If-Range with the whole file (RFC 9110, section 13.1.5): every later read failed
    with EIO, and a new open, whose probe sends no If-Range, found the same file and mended nothing."""
    file = VersionedFile("dated.img", 1 << 20, "dated", replaced=False)
    case = next(case for case in CASES if case.name == "another ETag")
    with FaultServer([file]) as server:
        url = server.url(file.name)
        with Mount(*IMPATIENT, "--revalidate-after", "0", "--block-size", "64K", "--readahead", "0", url) as mount:
            server.arm(file.name, case, times=2)
            read(mount / file.name, file.content(0)[OFFSET:OFFSET + COUNT])
            server.disarm()
            assert read(mount / file.name, file.content(0)[OFFSET:OFFSET + COUNT]).right
