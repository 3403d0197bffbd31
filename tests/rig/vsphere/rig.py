# SPDX-License-Identifier: MIT
"""A vCenter (or ESXi host) on the loopback: govmomi's simulator behind a front that behaves as real servers do.

    with Vsphere("vpx") as center:                          # or "esx"
        center.add_file("DC0/LocalDS_0", "vm1/vm1-flat.vmdk", image)
        center.url("DC0/LocalDS_0", "vm1/vm1-flat.vmdk")    # https://127.0.0.1:PORT/folder/...?dcPath=...&dsName=...
        center.front.behaviour.full_range = "206"           # see Behaviour for the switches, Front for the rest
        center.front.concurrency_limit = 4
        center.expire_sessions()
        center.counters().logins

By hand, in tests/: python3 -m rig.vsphere vpx|esx [SWITCH=VALUE...]; --list prints the switches.

Inventory of vpx: DC0 with "LocalDS_0" and "Data store+1"; F0/DC1 (a datacenter in a folder) with "LocalDS_0", another
store than the first; "Büro 2" with nothing. Of esx: ha-datacenter with "LocalDS_0" and "Data store+1". Every LocalDS_0
also holds the files of one machine.

The SOAP conversation, whose bodies are in soap.py and, with real replies, in samples/{vpx,esx}-*.xml:
  RetrieveServiceContent              no login; about/apiType; the names of the singletons for all that follows
  Login                               the cookie, in quotes, which belong to its value
  CreateContainerView                 of rootFolder: Datacenter, Datastore, Folder
  RetrievePropertiesEx                Datacenter name, parent, datastore; Datastore name, browser, summary; Folder name,
                                      parent (dcPath is the names from below the root folder, joined by slashes)
  ContinueRetrievePropertiesEx        while there is a token
  DestroyView
  SearchDatastore_Task, TaskInfo      a folder's files: type (FolderFileInfo: a folder), name, size, time
  CurrentTime                         keeps the session alive
  Logout
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import certificates
from ..gobuild import built
from ..processes import end_with_parent
from .content import Content
from .counters import Counters
from .disks import Form
from .front import Front, Inventory
from .inventory import volume_of
from .listings import encode
from .machines import Disk, Machine
from .sessions import Sessions
from .soap import Client

USER = "administrator@vsphere.local"
PASSWORD = "secret <&> ö"


class Vsphere:
    """Owns the simulator, the front and a folder with the datastores and certificates."""

    def __init__(self, model: str = "vpx", user: str = USER, password: str = PASSWORD) -> None:
        self.model, self.user, self.password = model, user, password
        self._process: subprocess.Popen[str] | None = None
        self._front: Front | None = None
        program = built(Path(__file__).parent / "simulator" / "main.go", "vsphere-simulator")
        self.folder = Path(tempfile.mkdtemp(prefix="rimfs-vsphere-"))
        try:
            self._start(program)
        except BaseException:
            self.close()
            raise

    def _start(self, program: Path) -> None:
        certificates.make(self.folder)
        self.ca_file = self.folder / "ca.crt"
        self.password_file = self.folder / "password"
        self.password_file.write_text(self.password + "\n")
        with open(self.folder / "simulator.log", "wb") as log:
            self._process = subprocess.Popen(
                [str(program), "-model", self.model, "-user", self.user, "-password", self.password],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
                env={**os.environ, "TMPDIR": str(self.folder)}, preexec_fn=end_with_parent)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator did not start:\n" + (self.folder / "simulator.log").read_text())
        found = json.loads(line)
        self.datacenters: list[str] = found["datacenters"]
        self.datastores = {name: Path(folder) for name, folder in found["datastores"].items()}
        inventory = Inventory(found["url"], self.datacenters, self.datastores, found["browsers"], found["references"],
                              found["hosts"], found["machine_folders"])
        self._front = Front(inventory, self.folder / "server.crt", self.folder / "server.key",
                            Sessions(self.user, self.password), self.model == "esx")
        self._content = Content(self._front)

    def __enter__(self) -> Vsphere:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._front is not None:
            self._front.close()
        if self._process is not None:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.close()  # tells it to end
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
            self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Addresses

    @property
    def front(self) -> Front:
        assert self._front is not None
        return self._front

    @property
    def origin(self) -> str:
        return self.front.origin

    def url(self, datastore: str, path: str = "", double: bool | None = None) -> str:
        """The address of a file or folder; dcPath and dsName encoded as the front wants them now."""
        twice = self.front.double_encoded if double is None else double
        datacenter, _, name = datastore.rpartition("/")
        values = [encode(encode(one)) if twice else encode(one) for one in (datacenter, name)]
        return f"{self.origin}/folder/{encode(path, '/')}?dcPath={values[0]}&dsName={values[1]}"

    def source(self, path: str = "") -> str:
        """vsphere://USER@HOST:PORT/PATH; `path`: DATACENTER/DATASTORE/FOLDER, or the beginning of it, not encoded."""
        return f"vsphere://{encode(self.user)}@{self.origin.removeprefix('https://')}/{encode(path, '/')}"

    @property
    def access(self) -> tuple[str, ...]:
        """The flags that let rimfs in, the user excepted, whom source() names."""
        return "--ca-file", str(self.ca_file), "--password-file", str(self.password_file)

    @staticmethod
    def volume_of(datastore: str) -> str:
        """The UUID of a datastore's volume, as in /vmfs/volumes/UUID; always the same for the same datastore."""
        return volume_of(datastore)

    def context(self) -> ssl.SSLContext:
        """Trusts the front's certificate."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def client(self) -> Client:
        return Client(self.origin + "/sdk", self.context())

    # Content

    def add_file(self, datastore: str, path: str, source: Path | bytes) -> Path:
        """Puts a file into a datastore. Linked where possible, so the source must not change while it is served.

        Not a symbolic link: the simulator would list the link's own size.
        """
        return self._content.add_file(datastore, path, source)

    def add_disk(self, datastore: str, folder: str, raw: Path, form: Form = "short", name: str = "disk") -> Disk:
        """A raw image as a datastore holds a thick disk: disk.vmdk, a descriptor, and disk-flat.vmdk, the data.

        `form` is that of the descriptor: "6 KiB" has its extents behind the first 4096 bytes; "NUL padded" ends with
        zero bytes; "CRLF" has lines of Windows; "absolute parent" is a child without changes, whose parent in
        FOLDER-base it names by /vmfs/volumes/UUID.
        """
        return self._content.add_disk(datastore, folder, raw, form, name)

    def add_linked_clone(self, datastore: str, folder: str, parent_datastore: str, parent: Disk, name: str = "disk",
                         changes: Mapping[int, bytes] | None = None, hint: str | None = None) -> Disk:
        """A disk that holds `changes` (offset -> bytes, of whole sectors) over a parent, maybe on another datastore.

        disk.vmdk, whose parentFileNameHint is /vmfs/volumes/UUID/FOLDER/NAME.vmdk unless `hint` says otherwise, and
        disk-delta.vmdk in the format COWD.
        """
        return self._content.add_linked_clone(datastore, folder, parent_datastore, parent, name, changes or {}, hint)

    def add_vm(self, datastore: str, name: str, disks: Sequence[Path | Disk] = (), snapshot: str = "") -> Machine:
        """A machine in the inventory, with a folder of its name: .vmx, .nvram, .vmxf, .vmsd, vmware.log and its disks.

        A raw image becomes NAME.vmdk, NAME_1.vmdk and so on; a Disk stays where it is. With a snapshot of this name,
        each disk is NAME-000001.vmdk over the one before. It runs, and locks its disks, while front.running has its
        name. front.reset() takes it out of the inventory; its files stay.
        """
        return self._content.add_vm(datastore, name, disks, snapshot)

    # Sessions

    def expire_sessions(self) -> None:
        """From now on the cookies given out are worth nothing."""
        self.front.sessions.expire()

    def counters(self) -> Counters:
        return self.front.counters()
