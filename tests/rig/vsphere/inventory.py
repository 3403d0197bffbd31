# SPDX-License-Identifier: MIT
"""The simulator's answers about the inventory, changed to what the switches say; and their pages."""

from __future__ import annotations

import hashlib
import itertools
import re
import typing

from .behaviour import Behaviour
from .soap_faults import ENVELOPE

if typing.TYPE_CHECKING:
    from .front import Front
    from .sessions import Session

_TOKENS = itertools.count()
_OBJECT = re.compile(r"<objects>.*?</objects>", re.DOTALL)
_REST = "<!--rest-->"  # marks an object that began in the page before
_PROPERTY = re.compile(r"<propSet>.*?</propSet>", re.DOTALL)


def volume_of(datastore: str) -> str:
    """The UUID of a datastore's volume, in the form of VMFS; always the same one for the same name."""
    text = hashlib.sha256(datastore.encode()).hexdigest()
    return "-".join((text[:8], text[8:16], text[16:20], text[20:32]))


def summary_url(datastore: str, behaviour: Behaviour, esx: bool) -> str:
    """What the datastore's summary.url says."""
    form = behaviour.summary_url
    if form == "by product":
        form = "ESXi" if esx else "vCenter"
    volume = volume_of(datastore)
    if behaviour.vsan == "on":
        volume = f"vsan:{volume.replace('-', '')[:16]}-{volume.replace('-', '')[16:]}"
    return {"vCenter": f"ds:///vmfs/volumes/{volume}/", "ESXi": f"/vmfs/volumes/{volume}", "empty": "",
            "label": f"/vmfs/volumes/{datastore.rpartition('/')[2]}"}[form]


def objects_in(answer: bytes) -> list[str]:
    """The <objects> of an answer."""
    return _OBJECT.findall(answer.decode())


def rewritten(objects: list[str], front: Front) -> list[str]:
    """The objects with the datastores' summaries as the switches say."""
    stores = {front.reference_of(name): name for name in front.datastores}
    done, hidden = [], False
    for one in objects:
        found = re.match(r'<objects><obj type="Datastore">([^<]*)<', one)
        store = stores.get(found[1]) if found else None
        if store is not None:
            one = _PROPERTY.sub(lambda each: _summary(each[0], store, front), one)  # noqa: B023
            if front.behaviour.missing_propset and not hidden:
                one, hidden = _PROPERTY.sub("", one), True
        done.append(one)
    return done


def _summary(text: str, store: str, front: Front) -> str:
    """A <propSet> of a datastore: summary, or one of its parts."""
    whole = "<name>summary</name>" in text
    values = {"url": summary_url(store, front.behaviour, front.esx),
              "accessible": "false" if store in front.inaccessible else "true",
              "maintenanceMode": "inMaintenance" if store in front.maintenance else "normal",
              "type": "vsan" if front.behaviour.vsan == "on" else "VMFS"}
    if store in front.inaccessible:
        values |= {"capacity": "0", "freeSpace": "0"}
    for name, value in values.items():
        if whole:
            text = re.sub(f"<{name}>[^<]*</{name}>", lambda _: f"<{name}>{value}</{name}>", text)  # noqa: B023
        elif f"<name>summary.{name}</name>" in text:
            text = re.sub(r">[^<]*</val>", lambda _: f">{value}</val>", text)  # noqa: B023
    return text


# Pages

def page(method: str, session: Session, objects: list[str], front: Front) -> bytes:
    """The first of the objects, and a token for the rest."""
    behaviour = front.behaviour
    count = behaviour.page_size or len(objects)
    if behaviour.split_objects and behaviour.page_size is None:
        count = max(1, len(objects) // 2)
    first, rest = objects[:count], objects[count:]
    if behaviour.split_objects and first:
        first[-1], more = _split(first[-1])
        rest = [more, *rest] if more else rest
    token = ""
    if rest:
        name = str(next(_TOKENS))
        session.pages[name] = rest
        token = f"<token>{name}</token>"
    return answer(method, token + "".join(first).replace(_REST, ""))


def _split(text: str) -> tuple[str, str]:
    """An object with its first property, and the same object with the others. One that was split is not split again."""
    properties = _PROPERTY.findall(text)
    if len(properties) < 2 or _REST in text:
        return text.replace(_REST, ""), ""
    head = text[:text.index("<propSet>")]
    return f"{head}{properties[0]}</objects>", f"{head}{''.join(properties[1:])}{_REST}</objects>"


def answer(method: str, inner: str) -> bytes:
    inner = f"<returnval>{inner}</returnval>" if inner else ""
    return ENVELOPE.format(f'<{method}Response xmlns="urn:vim25">{inner}</{method}Response>').encode()
