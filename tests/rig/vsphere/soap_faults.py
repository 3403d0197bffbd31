# SPDX-License-Identifier: MIT
"""The SOAP faults that the front answers with, worded as a vCenter words them where that is known."""

from __future__ import annotations

from xml.sax.saxutils import escape

ENVELOPE = ('<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/'
             'encoding/" xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/'
             'XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n{}\n</soapenv:Body>\n'
             '</soapenv:Envelope>')


def fault(kind: str, text: str, detail: str = "") -> bytes:
    """`kind` as InvalidLogin; `detail` is XML: the properties of the fault."""
    return ENVELOPE.format(
        f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{escape(text)}</faultstring><detail>"
        f'<{kind}Fault xmlns="urn:vim25" xsi:type="{kind}">{detail}</{kind}Fault></detail></soapenv:Fault>').encode()


NOT_AUTHENTICATED = fault("NotAuthenticated", "The session is not authenticated.",
                          '<object type="Folder">group-d1</object><privilegeId>System.View</privilegeId>')
INVALID_LOGIN = fault("InvalidLogin", "Cannot complete login due to an incorrect user name or password.")
NO_PERMISSION = fault("NoPermission", "Permission to perform this operation was denied.",
                      '<object type="Datastore">datastore-1</object><privilegeId>Datastore.Browse</privilegeId>')
INVALID_TOKEN = fault("InvalidArgument", "A specified parameter was not correct: token",
                      "<invalidProperty>token</invalidProperty>")
OWNER_MISSING = fault("InvalidRequest",
                      "Required property fileOwner is missing from data object of type FileQueryFlags")
INVALID_DATASTORE = fault("InvalidDatastorePath", "Invalid datastore path.", "<datastorePath></datastorePath>")
INACCESSIBLE = fault("InaccessibleDatastore", "The datastore is not accessible.")


def system_error(reason: str) -> bytes:
    """`reason` is XML text already."""
    return fault("SystemError", "A general system error occurred: REASON", "<reason>REASON</reason>").replace(
        b"REASON", reason.encode())


def not_found(kind: str, name: str) -> bytes:
    """The object was deleted or never was."""
    return fault("ManagedObjectNotFound", "The object has already been deleted or has not been completely created",
                 f'<obj type="{kind}">{escape(name)}</obj>')
