# SPDX-License-Identifier: MIT
"""The switches of the test server: everything in which real vCenter and ESXi servers differ, or may differ.

    server.front.behaviour.full_range = "206"     # one switch; a value that the switch does not have is a ValueError
    server.front.behaviour = Behaviour(lock="403", cookie="bare")

Each switch stands alone and may be changed while the server runs; Front.reset() restores the defaults. A default is
the most likely behaviour of a real server. Where no source tells, it is the first value. The sources: VMware's SDK
guide and API reference; recorded traffic and problem reports of govmomi, pyvmomi, rbvmomi, Apache CloudStack, virt-v2v,
nbdkit, libvirt, OpenStack and Xen Orchestra. "Unknown" in a meaning says that none of them tells.

`python3 -m rig.vsphere --list` in tests/ prints this table.
"""

from __future__ import annotations

import functools
import typing
from dataclasses import dataclass, field, fields
from typing import Any, Literal

_MEANING = "meaning"


def _switch(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={_MEANING: meaning})


@dataclass
class Behaviour:
    """One field for each switch. Any thread; a request reads each switch when it comes to it."""

    # Ranges of files on /folder
    full_range: Literal["200", "206"] = _switch(
        "200", "a Range from byte 0 that reaches the end of the file. 200 with the whole file: measured with Xen "
        "Orchestra")
    range_past_end: Literal["206", "416", "200"] = _switch(
        "206", "a Range that begins inside the file, not at byte 0, and passes its end: cut, refused, or the "
        "whole file. Unknown")
    range_at_eof: Literal["416", "200 empty", "206 empty"] = _switch(
        "416", "a Range that begins at the end of the file or behind it. govmomi expects 416")
    empty_file: Literal["416", "416 without Content-Range", "200"] = _switch(
        "416", "a Range of a file of no bytes. Unknown")
    ignore_range: Literal["never", "always", "every 3rd"] = _switch(
        "never", "200 and the whole file whatever the Range, as the URLs of exports do")
    content_range_total: Literal["number", "*", "wrong", "absent"] = _switch(
        "number", "the length in the Content-Range of a 206; 'wrong' is 1 more than the true one, 'absent': no "
        "Content-Range")
    accept_ranges: bool = _switch(True, "files carry Accept-Ranges. Unknown")
    last_modified: bool = _switch(False, "files carry Last-Modified. govmomi: they do not")
    etag: bool = _switch(False, "files carry ETag. govmomi: they do not")
    length: Literal["Content-Length", "chunked", "close"] = _switch(
        "Content-Length", "how the body of a file ends; 'close': with the connection. CloudStack and OpenStack "
        "depend on a length")
    head: Literal["ok", "500", "405", "wrong length"] = _switch(
        "ok", "the answer to HEAD of a file. Ansible's module calls its length unreliable ('wrong length': half of it)")

    # The datastore browser
    hide_extents: Literal["never", "always", "unless named", "with descriptor", "without query",
                          "with file type"] = _switch(
        "never", "when a listing lacks -flat, -delta and other data files: unless the pattern is the exact "
        "name; while the descriptor is there; unless a plain FileQuery is sent; when details ask for fileType. "
        "Sources disagree")
    vmdk_size: Literal["capacity", "allocated", "true", "0", "absent"] = _switch(
        "capacity", "fileSize of a descriptor. The capacity of the disk was seen for one of 523 bytes; "
        "terraform: bytes in use")
    flat_size: Literal["true", "allocated"] = _switch(
        "true", "fileSize of a data file: its length or the bytes in use. Unknown")
    owner_needed: bool = _switch(True, "a search whose details lack fileOwner is a fault, as govmomi's schema says")
    folder_types: Literal["typed", "untyped without query", "never typed"] = _switch(
        "untyped without query", "when a folder is a FolderFileInfo: with fileType; if a FolderFileQuery is sent "
        "too; never")
    query_only: bool = _switch(
        True, "with queries, only what fits one of them (API reference); a FileQuery without conditions fits "
        "every file, no folder")
    folder_path_slash: Literal["with", "without", "doubled"] = _switch(
        "with", "folderPath of a result ends with a slash. libvirt handles all three")
    missing_folder: Literal["FileNotFound", "FileFault", "InvalidArgument", "SOAP fault"] = _switch(
        "FileNotFound", "the error of a search in a folder that is not there, or is a file; 'SOAP fault': no "
        "task at all")
    task: Literal["immediate", "queued", "vanishes", "vanishes once"] = _switch(
        "immediate", "a search has ended when first asked for; is queued, then running; is "
        "ManagedObjectNotFound, always or once")
    slow_task: float = _switch(0.0, "seconds for which a search runs. govmomi and yavijava report several")
    huge_folder: int = _switch(0, "so many names more in each folder. No limit is known")
    system_folders: Literal["readable", "CannotAccessFile"] = _switch(
        "readable", "a search in .vSphere-HA, .sdd.sf and the like")
    vsan: Literal["off", "on"] = _switch(
        "off", "top folders are UUIDs with a friendlyName, extents are vsan:// and data files 404 (govmomi, Xen "
        "Orchestra)")

    # /folder: addresses and pages
    query_decode: Literal["once or twice", "once", "twice"] = _switch(
        "once or twice", "how often dcPath and dsName are decoded. virt-v2v must encode names with +, & or % twice")
    path_decode: Literal["once", "twice", "plus is space"] = _switch(
        "once", "how the path of a file is decoded. Unknown")
    dcpath: Literal["any", "slash needed", "slash refused"] = _switch(
        "any", "the slash before dcPath; govmomi: it may be there or not")
    missing_dcpath: Literal["by product", "404", "default"] = _switch(
        "by product", "dsName without dcPath: 404 on a vCenter, the default datacenter on an ESXi host (SDK guide)")
    page_form: Literal["2010", "double-encoded links", "folders without slash", "disabled"] = _switch(
        "2010", "the HTML pages; 2010 is the form recorded in CloudStack; 'disabled': 403. The slash of folders "
        "is unknown")
    page_size_sign: str = _switch("  - ", "the size column of a folder. Recorded for the parent's row only")
    folder_redirect: bool = _switch(False, "a folder's address without the last slash is redirected. Unknown")

    # Refusals of /folder
    lock: Literal["500 NFC", "500 plain", "403", "503"] = _switch(
        "500 NFC", "the answer for the data files of Front.running; HTML with NFC_FILE_LOCKED in several "
        "importers' reports")
    lock_from_byte: int | None = _switch(None, "only requests that reach this byte of a data file meet the lock")
    lock_seconds: float | None = _switch(None, "the lock of a file ends so long after a request first met it")
    privilege: Literal["401", "403", "500", "404"] = _switch(
        "401", "the answer for the files of Front.forbidden; 401 in rbvmomi's reports and VMware's guide, 500 "
        "for encrypted machines")
    overload: Literal["503 text", "503 empty", "reset", "silent"] = _switch(
        "503 text", "the answer to requests above Front.concurrency_limit; the text of a proxy without back end "
        "is usual")

    # Connections
    requests_per_connection: int | None = _switch(None, "a connection is closed after so many answers. Unknown")
    close_mid_body: bool = _switch(False, "every second answer with bytes of a file ends in the middle of them")
    expect: Literal["sent", "never", "417"] = _switch(
        "never", "the answer to Expect: 100-continue of a POST. libvirt turns it off, as it costs 2 s")
    soap_length: Literal["chunked", "Content-Length"] = _switch(
        "chunked", "how the body of a SOAP answer ends. Chunked in pyvmomi's recorded traffic")

    # Sessions
    cookie: Literal["quoted", "bare", "two cookies", "changes"] = _switch(
        "quoted", "the value of the cookie is in quotes (pyvmomi's recorded traffic), or not; a second cookie of "
        "a load balancer must come back too; each answer of /folder sets a new value, and the old ones stay "
        "valid")
    cookie_path: Literal["/", "/sdk"] = _switch("/", "the Path of the cookie; it is good for /folder all the same")
    cookie_with_failed_login: bool = _switch(
        True, "the answer to a wrong password sets a cookie too, of no worth (pyvmomi's recorded traffic)")
    session_death: Literal["SOAP fault", "401", "403", "login page", "reset"] = _switch(
        "SOAP fault", "the answer without a live session: NotAuthenticated on /sdk and 401 on /folder; this "
        "status on both; 200 with a login form on /folder; no answer")
    die_after: int | None = _switch(None, "a session ends after so many requests")
    session_cap: Literal["503", "InvalidLogin"] = _switch("503", "a login above Front.sessions.limit")
    basic_auth: Literal["accepted", "refused"] = _switch(
        "accepted", "/folder takes a password (nbdkit, virt-v2v) and opens a session for it")

    # The inventory
    page_size: int | None = _switch(None, "RetrievePropertiesEx gives so many objects and a token")
    split_objects: bool = _switch(False, "the last object of each page goes on in the next page (Xen Orchestra)")
    missing_propset: bool = _switch(False, "one datastore comes without properties, as what the user may not see does")
    summary_url: Literal["by product", "vCenter", "ESXi", "empty", "label"] = _switch(
        "by product", "summary.url: ds:///vmfs/volumes/UUID/; /vmfs/volumes/UUID; nothing; /vmfs/volumes/LABEL "
        "(govmomi, Xen Orchestra)")

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuses a switch that is not there, and a value that it does not have."""
        hint = hints().get(name)
        if hint is None:
            raise AttributeError(f"no switch {name!r}: see --list")
        choices = typing.get_args(hint)
        if typing.get_origin(hint) is Literal:
            if value not in choices:
                raise ValueError(f"{name}: {value!r} is none of {', '.join(map(repr, choices))}")
        elif not isinstance(value, choices or (hint, int if hint is float else hint)):
            raise ValueError(f"{name}: {value!r} is no {hint}")
        super().__setattr__(name, value)


@functools.lru_cache(maxsize=None)
def hints() -> dict[str, Any]:
    """The type of each switch."""
    return typing.get_type_hints(Behaviour)


@dataclass(frozen=True)
class Switch:
    """A row of the table of switches."""

    name: str
    values: tuple[str, ...]  # the default first
    meaning: str


def switches() -> list[Switch]:
    """All switches, in the order of Behaviour's fields. Numbers have their type for a value."""
    table = []
    for one in fields(Behaviour):
        hint, default = hints()[one.name], str(one.default)
        if typing.get_origin(hint) is Literal:
            values = [str(value) for value in typing.get_args(hint)]
        elif hint is bool:
            values = ["False", "True"]
        else:
            values = [" or ".join(kind.__name__ for kind in typing.get_args(hint) or (hint,))]
        others = (value for value in values if value != default)
        table.append(Switch(one.name, (default, *others), one.metadata[_MEANING]))
    return table


def describe() -> str:
    """The table for people."""
    return "\n".join(f"{one.name}: {' | '.join(map(repr, one.values))}\n    {one.meaning}" for one in switches())
