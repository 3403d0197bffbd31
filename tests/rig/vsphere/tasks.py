# SPDX-License-Identifier: MIT
"""The front's own tasks: searches of datastores, what they found, and when they tell."""

from __future__ import annotations

import itertools
import re
import threading
import time
import typing
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from . import browser
from .soap_faults import ENVELOPE, INACCESSIBLE, INVALID_DATASTORE, NO_PERMISSION, OWNER_MISSING, fault, not_found

if typing.TYPE_CHECKING:
    from .front import Front

_FIRST = 100_001  # the simulator's own tasks count from 1
_TEXTS = {"FileNotFound": "File {} was not found", "FileFault": "Cannot access file {}",
          "InvalidArgument": "A specified parameter was not correct: datastorePath",
          "CannotAccessFile": "Unable to access file {}"}

Reply = tuple[int, bytes]


@dataclass
class Task:
    name: str
    datastore: str  # XML: the element of the datastore's reference
    path: str
    result: str = ""
    error: str = ""  # the kind of fault; none: it succeeds
    began: float = field(default_factory=time.monotonic)
    asked: int = 0
    cancelled: bool = False


class Tasks:
    """Any thread."""

    _numbers = itertools.count(_FIRST)

    def __init__(self, front: Front) -> None:
        self._front = front
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._tasks: dict[str, Task] = {}
            self._vanished = False

    # Requests

    def search(self, body: bytes) -> Reply:
        """SearchDatastore_Task: the name of a task."""
        front = self._front
        if not front.browsing:
            return 500, NO_PERMISSION
        spec = browser.read_spec(body)
        if front.behaviour.owner_needed and "fileOwner" not in spec.details and spec.details:
            return 500, OWNER_MISSING
        found = re.search(rb'<(?:\w+:)?_this[^>]*>([^<]*)<', body)
        store = front.browsers.get(found[1].decode() if found else "")
        if store is None or store.rpartition("/")[2] != spec.datastore:
            return 500, INVALID_DATASTORE
        if store in front.inaccessible:
            return 500, INACCESSIBLE
        reference = f'<datastore type="Datastore">{front.reference_of(store)}</datastore>'
        task = Task(f"task-{next(self._numbers)}", reference, spec.path)
        try:
            task.result = browser.search(front.datastores[store], spec, front.behaviour)
        except browser.SearchError as problem:
            task.error = str(problem)
        if task.error == "SOAP fault":
            return 500, fault("FileNotFound", f"File {spec.path} was not found", f"<file>{escape(spec.path)}</file>")
        with self._lock:
            self._tasks[task.name] = task
        return 200, _answer("SearchDatastore_Task", f'<returnval type="Task">{task.name}</returnval>')

    def cancel(self, body: bytes) -> Reply | None:
        """CancelTask; None: it is not one of these."""
        task = self._named(rb"_this", body)
        if task is None:
            return None
        task.cancelled = True
        return 200, _answer("CancelTask", "")

    def retrieve(self, method: str, body: bytes) -> Reply | None:
        """RetrievePropertiesEx of a task; None: it is not one of these."""
        task = self._named(rb"obj", body)
        if task is None:
            return None
        if self._vanishes(task):
            return 500, not_found("Task", task.name)
        state, properties = self._state(task), []
        for found in re.findall(rb"<(?:\w+:)?pathSet>([^<]*)<", body):
            path = found.decode()
            value = _property(task, state, path)
            if value:
                properties.append(f"<propSet><name>{path}</name>{value}</propSet>")
        objects = f'<objects><obj type="Task">{task.name}</obj>{"".join(properties)}</objects>'
        if method == "RetrieveProperties":
            objects = objects.replace("<objects>", "<returnval>").replace("</objects>", "</returnval>")
        else:
            objects = f"<returnval>{objects}</returnval>"
        return 200, _answer(method, objects)

    def _named(self, element: bytes, body: bytes) -> Task | None:
        found = re.search(rb'<(?:\w+:)?' + element + rb'[^>]*type="Task"[^>]*>([^<]*)<', body)
        with self._lock:
            return self._tasks.get(found[1].decode()) if found else None

    # Progress

    def _vanishes(self, task: Task) -> bool:
        with self._lock:
            kind = self._front.behaviour.task
            if kind == "vanishes once" and not self._vanished or kind == "vanishes":
                self._vanished = True
                self._tasks.pop(task.name, None)
                return True
            return False

    def _state(self, task: Task) -> str:
        behaviour = self._front.behaviour
        task.asked += 1
        if task.cancelled:
            task.error = "RequestCanceled"
            return "error"
        if behaviour.task == "queued" and task.asked <= 2:
            return ("queued", "running")[task.asked - 1]
        if self._front.searching or time.monotonic() - task.began < behaviour.slow_task:
            return "running"
        return "error" if task.error else "success"


def _answer(method: str, inner: str) -> bytes:
    return ENVELOPE.format(f'<{method}Response xmlns="urn:vim25">{inner}</{method}Response>').encode()


def _result(task: Task, element: str) -> str:
    return f'<{element} xsi:type="HostDatastoreBrowserSearchResults">{task.datastore}{task.result}</{element}>'


def _error(task: Task, element: str) -> str:
    detail = f"<file>{escape(task.path)}</file>" if task.error not in ("InvalidArgument", "RequestCanceled") else ""
    text = _TEXTS.get(task.error, task.error).format(task.path)
    return (f'<{element} xsi:type="LocalizedMethodFault"><fault xsi:type="{task.error}">{detail}</fault>'
            f"<localizedMessage>{escape(text)}</localizedMessage></{element}>")


def _property(task: Task, state: str, path: str) -> str:
    """The <val> of a property of the task, or nothing for one that is not set."""
    if path == "info.state":
        return f'<val xsi:type="TaskInfoState">{state}</val>'
    if path == "info.result":
        return _result(task, "val") if state == "success" else ""
    if path == "info.error":
        return _error(task, "val") if state == "error" else ""
    return _info(task, state) if path == "info" else ""


def _info(task: Task, state: str) -> str:
    end = _result(task, "result") if state == "success" else _error(task, "error") if state == "error" else ""
    cancelled = "true" if task.cancelled else "false"
    return (f'<val xsi:type="TaskInfo"><key>{task.name}</key><task type="Task">{task.name}</task>'
            "<name>SearchDatastore_Task</name><descriptionId>HostDatastoreBrowser.searchDatastore</descriptionId>"
            f"<state>{state}</state><cancelled>{cancelled}</cancelled><cancelable>true</cancelable>{end}"
            "<eventChainId>1</eventChainId></val>")
