# SPDX-License-Identifier: MIT
"""The datastore browser: what a search answers for a folder of a datastore.

A search spec has queries (types of files), details (which properties to send) and patterns. The results are built
from the datastore's own folder, so that each switch has its way.
"""

from __future__ import annotations

import fnmatch
import os
import re
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from . import vsan
from .behaviour import Behaviour
from .folder_front import DATA_FILE, SYSTEM_FOLDER
from .listings import huge_names

_V = "{urn:vim25}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# Types are guessed from the ending of the name (API reference of HostDatastoreBrowser).
_TYPES = {".vmdk": "VmDiskFileInfo", ".vmx": "VmConfigFileInfo", ".vmtx": "TemplateConfigFileInfo",
          ".log": "VmLogFileInfo", ".nvram": "VmNvramFileInfo", ".vmsn": "VmSnapshotFileInfo",
          ".iso": "IsoImageFileInfo", ".flp": "FloppyImageFileInfo"}


class SearchError(Exception):
    """The error of the task, by its kind."""


@dataclass(frozen=True)
class Spec:
    """A HostDatastoreBrowserSearchSpec. A flag of details that was not sent is missing."""

    path: str
    queries: tuple[str, ...]
    details: dict[str, bool]
    patterns: tuple[str, ...]
    ignore_case: bool

    @property
    def datastore(self) -> str:
        found = re.match(r"\[([^]]*)\]", self.path)
        return found[1] if found else ""

    @property
    def folder(self) -> str:
        return self.path.partition("]")[2].strip().strip("/")


def read_spec(body: bytes) -> Spec:
    """From the request SearchDatastore_Task."""
    root = ElementTree.fromstring(body)
    details = root.find(f".//{_V}details")
    flags = {} if details is None else {one.tag.removeprefix(_V): one.text == "true" for one in details}
    return Spec(root.findtext(f".//{_V}datastorePath", ""),
                tuple(one.get(_TYPE, "FileQuery").rpartition(":")[2] for one in root.iterfind(f".//{_V}query")), flags,
                tuple(one.text or "" for one in root.iterfind(f".//{_V}matchPattern")),
                root.findtext(f".//{_V}searchCaseInsensitive", "false") == "true")


def search(datastore: Path, spec: Spec, behaviour: Behaviour) -> str:
    """The <result> without its datastore. Raises SearchError."""
    path = vsan.real_path(datastore, spec.folder) if behaviour.vsan == "on" else spec.folder
    folder = datastore / path
    if ".." in path.split("/") or not folder.is_dir():
        raise SearchError(behaviour.missing_folder)
    if behaviour.system_folders == "CannotAccessFile" and SYSTEM_FOLDER.fullmatch(folder.name):
        raise SearchError("CannotAccessFile")
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda one: one.name)
    names = {one.name for one in entries}
    files = [_file(one, spec, behaviour, top=not path) for one in entries if _is_listed(one, names, spec, behaviour)]
    if "FileQuery" in spec.queries or not spec.queries or not behaviour.query_only:
        files += [_huge(name, spec) for name in huge_names(behaviour) if _fits(name, spec)]
    return f"<folderPath>{escape(_folder_path(spec, behaviour))}</folderPath>{''.join(files)}"


def _folder_path(spec: Spec, behaviour: Behaviour) -> str:
    text = f"[{spec.datastore}] {spec.folder}"
    if behaviour.folder_path_slash == "without" or not spec.folder:
        return text
    return text + ("//" if behaviour.folder_path_slash == "doubled" else "/")


# Which files

def _fits(name: str, spec: Spec) -> bool:
    """Without a pattern it finds nothing, as was seen with govmomi's simulator."""
    if spec.ignore_case:
        return any(fnmatch.fnmatchcase(name.lower(), one.lower()) for one in spec.patterns)
    return any(one == name or fnmatch.fnmatchcase(name, one) for one in spec.patterns)


def _is_listed(entry: os.DirEntry[str], names: set[str], spec: Spec, behaviour: Behaviour) -> bool:
    if not _fits(_shown_name(entry, behaviour), spec) and not _fits(entry.name, spec):
        return False
    if DATA_FILE.search(entry.name) and _is_hidden(entry.name, names, spec, behaviour):
        return False
    return not spec.queries or not behaviour.query_only or _answers_query(entry, spec)


def _is_hidden(name: str, names: set[str], spec: Spec, behaviour: Behaviour) -> bool:
    """A disk's data file."""
    if behaviour.vsan == "on" or behaviour.hide_extents == "always":
        return True
    if behaviour.hide_extents == "unless named":
        return name not in spec.patterns
    if behaviour.hide_extents == "with descriptor":
        return DATA_FILE.sub(".vmdk", name) in names
    if behaviour.hide_extents == "without query":
        return "FileQuery" not in spec.queries
    return behaviour.hide_extents == "with file type" and spec.details.get("fileType", False)


def _answers_query(entry: os.DirEntry[str], spec: Spec) -> bool:
    if entry.is_dir():
        return "FolderFileQuery" in spec.queries
    return "FileQuery" in spec.queries or _type_by_name(entry.name).replace("Info", "Query") in spec.queries


def _type_by_name(name: str) -> str:
    """VmDiskFileInfo is for descriptors: libvirt and govmomi get no others with a VmDiskFileQuery."""
    return "FileInfo" if DATA_FILE.search(name) else _TYPES.get(os.path.splitext(name)[1].lower(), "FileInfo")


# How they are described

def _shown_name(entry: os.DirEntry[str], behaviour: Behaviour, top: bool = True) -> str:
    return vsan.uuid_of(entry.name) if behaviour.vsan == "on" and top and entry.is_dir() else entry.name


def _type(entry: os.DirEntry[str], spec: Spec, behaviour: Behaviour) -> str:
    if not spec.details.get("fileType"):
        return "FileInfo"
    if not entry.is_dir():
        return _type_by_name(entry.name)
    typed = behaviour.folder_types == "typed" or (behaviour.folder_types == "untyped without query"
                                                  and "FolderFileQuery" in spec.queries)
    return "FolderFileInfo" if typed else "FileInfo"


def _file(entry: os.DirEntry[str], spec: Spec, behaviour: Behaviour, top: bool) -> str:
    status, kind, name = entry.stat(), _type(entry, spec, behaviour), _shown_name(entry, behaviour, top)
    text = f'<file xsi:type="{kind}"><path>{escape(name)}</path>'
    if kind == "FolderFileInfo" and name != entry.name:
        text += f"<friendlyName>{escape(entry.name)}</friendlyName>"
    size = _size(entry, status, behaviour)
    if spec.details.get("fileSize") and size is not None:
        text += f"<fileSize>{size}</fileSize>"
    if spec.details.get("modification"):
        text += f"<modification>{_time(status.st_mtime)}</modification>"
    if spec.details.get("fileOwner"):
        text += "<owner>root</owner>"
    return text + "</file>"


def _huge(name: str, spec: Spec) -> str:
    kind = "VmLogFileInfo" if spec.details.get("fileType") else "FileInfo"
    return f'<file xsi:type="{kind}"><path>{name}</path><fileSize>1</fileSize></file>'


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03}Z"


def _size(entry: os.DirEntry[str], status: os.stat_result, behaviour: Behaviour) -> int | None:
    if DATA_FILE.search(entry.name):
        return status.st_blocks * 512 if behaviour.flat_size == "allocated" else status.st_size
    if not entry.name.endswith(".vmdk") or entry.is_dir() or behaviour.vmdk_size == "true":
        return status.st_size
    if behaviour.vmdk_size in ("absent", "0"):
        return None if behaviour.vmdk_size == "absent" else 0
    return _disk_size(Path(entry.path), behaviour.vmdk_size == "allocated", status.st_size)


def _disk_size(descriptor: Path, allocated: bool, otherwise: int) -> int:
    """Bytes of the disk that a descriptor tells of, or those in use."""
    with open(descriptor, "rb") as file:
        text = file.read(64 << 10)
    extents = re.findall(rb'^RW (\d+) \w+ "([^"]*)"', text, re.MULTILINE)
    if not text.startswith(b"# Disk DescriptorFile") or not extents:
        return otherwise
    if not allocated:
        return sum(int(sectors) * 512 for sectors, _ in extents)
    files = [descriptor.parent / name.decode("utf-8", "replace") for _, name in extents]
    return sum(file.stat().st_blocks * 512 for file in files if file.exists())
