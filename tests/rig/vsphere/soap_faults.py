# SPDX-License-Identifier: MIT
"""The SOAP faults that the front answers with."""

ENVELOPE = ('<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/'
             'encoding/" xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/'
             'XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n{}\n</soapenv:Body>\n'
             '</soapenv:Envelope>')
# As a vCenter words it.
NOT_AUTHENTICATED = ENVELOPE.format(
    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>The session is not authenticated.</faultstring>"
    '<detail><NotAuthenticatedFault xmlns="urn:vim25" xsi:type="NotAuthenticated"><object type="Folder">group-d1'
    "</object><privilegeId>System.View</privilegeId></NotAuthenticatedFault></detail></soapenv:Fault>")
INVALID_TOKEN = ENVELOPE.format(
    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>A specified parameter was not correct: token"
    '</faultstring><detail><InvalidArgumentFault xmlns="urn:vim25" xsi:type="InvalidArgument"><invalidProperty>token'
    "</invalidProperty></InvalidArgumentFault></detail></soapenv:Fault>")
NO_PERMISSION = ENVELOPE.format(
    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Permission to perform this operation was denied."
    '</faultstring><detail><NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission"><object type="Datastore">'
    "datastore-1</object><privilegeId>Datastore.Browse</privilegeId></NoPermissionFault></detail></soapenv:Fault>")
SYSTEM_ERROR = ENVELOPE.format(
    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>A general system error occurred: REASON"
    '</faultstring><detail><SystemErrorFault xmlns="urn:vim25" xsi:type="SystemError"><reason>REASON</reason>'
    "</SystemErrorFault></detail></soapenv:Fault>")
