# SPDX-License-Identifier: MIT
"""The check of signatures that the tests of S3 rely on, against the published examples of AWS."""

from __future__ import annotations

import calendar

import pytest

from rig.s3_signature import EMPTY, Asked, Key, Refused, check, signature

DATE = "20130524T000000Z"
NOW = calendar.timegm((2013, 5, 24, 0, 0, 0))
KEYS = {"AKIAIOSFODNN7EXAMPLE": Key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")}
HEADERS = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9", "x-amz-content-sha256": EMPTY, "x-amz-date": DATE}
NAMES = ["host", "range", "x-amz-content-sha256", "x-amz-date"]
RIGHT = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
AUTHORIZATION = ("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                 f"SignedHeaders={';'.join(NAMES)},Signature={RIGHT}")


@pytest.mark.parametrize("target, names, right", [
    ("/test.txt", NAMES, RIGHT),
    ("/?lifecycle", [NAMES[0], *NAMES[2:]], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("/?max-keys=2&prefix=J", [NAMES[0], *NAMES[2:]], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")])
def test_a_signature_is_the_published_one(target: str, names: list[str], right: str) -> None:
    scope = "20130524/us-east-1/s3/aws4_request"
    assert signature(Asked("GET", target, HEADERS), scope, DATE, names, EMPTY, KEYS["AKIAIOSFODNN7EXAMPLE"].secret)[0] == right


def test_a_right_request_is_accepted() -> None:
    assert check(Asked("GET", "/test.txt", HEADERS | {"Authorization": AUTHORIZATION}), KEYS, service="s3", region="us-east-1",
                 now=NOW)
    assert not check(Asked("GET", "/test.txt", HEADERS), KEYS, service="s3", region="us-east-1", now=NOW)


@pytest.mark.parametrize("target, changes, region, now, code", [
    ("/other.txt", {}, "us-east-1", NOW, "SignatureDoesNotMatch"),
    ("/test.txt?x", {}, "us-east-1", NOW, "SignatureDoesNotMatch"),
    ("/test.txt", {"range": "bytes=0-8"}, "us-east-1", NOW, "SignatureDoesNotMatch"),
    ("/test.txt", {"x-amz-more": "1"}, "us-east-1", NOW, "AccessDenied"),
    ("/test.txt", {"x-amz-security-token": "t"}, "us-east-1", NOW, "AccessDenied"),
    ("/test.txt", {"Authorization": AUTHORIZATION.replace("AKIA", "AKIB")}, "us-east-1", NOW, "InvalidAccessKeyId"),
    ("/test.txt", {}, "eu-west-1", NOW, "AuthorizationHeaderMalformed"),
    ("/test.txt", {}, "us-east-1", NOW + 1000, "RequestTimeTooSkewed")])
def test_a_wrong_request_is_refused(target: str, changes: dict[str, str], region: str, now: float, code: str) -> None:
    asked = Asked("GET", target, HEADERS | {"Authorization": AUTHORIZATION} | changes)
    with pytest.raises(Refused) as refused:
        check(asked, KEYS, service="s3", region=region, now=now)
    assert refused.value.code == code
