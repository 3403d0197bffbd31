# SPDX-License-Identifier: MIT
"""Buckets as folders: what is listed and read, with a server that checks each signature (rig/s3_server.py) and one of other
people (rig/s3rver.py)."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from rig import clients, s3_server, s3rver
from rig.answering_server import Answer, AnsweringServer
from rig.aws_credentials import NOWHERE
from rig.mount import Mount, MountFailed, rimfs
from rig.s3_server import KEY_ID, MODIFIED, SECRET, S3Server
from rig.s3_signature import presigned

MIB = 1 << 20
BODY = random.Random(3).randbytes(3 * MIB)
WITH_KEY = NOWHERE | {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
COLD = ("--block-size", "64K", "--readahead", "0", "--revalidate-after", "1h")
# Keys of which each part is a file name that people use.
ODD_KEYS = ("plain.img", "with blank.img", "a+b.img", "100%.img", "%41.img", "x=1&y=2;z.img", "(round)[square]{}!'*,@$.img",
            "ä ö.img", "日本.img", "~tilde-_.img", "?mark#hash.img", 'quote".img', "<tag>&amp;.img", "dots...img", ".hidden")


def message(refused: pytest.ExceptionInfo[MountFailed]) -> str:
    return refused.value.done.stderr


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bucket_is_a_tree_of_folders_and_files() -> None:
    objects = {"top.img": b"1" * 1000, "a/one.img": BODY, "a/b/two.img": b"22", "empty": b"", "marked/": b"", "z/x": b"x"}
    with S3Server({"images": objects}) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images", env=WITH_KEY) as mount:
            assert sorted(os.listdir(mount.folder)) == ["a", "empty", "marked", "top.img", "z"]
            assert os.listdir(mount / "marked") == []
            found = (mount / "a/one.img").stat()
            assert (found.st_size, int(found.st_mtime)) == (len(BODY), MODIFIED)
            assert tree_of(mount.folder) == {key: body for key, body in objects.items() if not key.endswith("/")}
        assert all(seen.signed and seen.status in (200, 206, 416) for seen in server.requests)  # 416: of the empty file


def test_a_folder_is_listed_only_when_it_is_looked_at() -> None:
    with S3Server({"images": {f"{name}/disk.img": b"x" for name in "abc"}}) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images/", env=WITH_KEY) as mount:
            os.listdir(mount / "b")
        assert {seen.target.partition("prefix=")[2] for seen in server.listings()} == {"", "b%2F"}


def test_a_prefix_and_a_single_object_are_sources_too() -> None:
    objects = {"a/b/disk.img": BODY, "a/b c/other": b"x", "a/d": b"d"}
    with S3Server({"images": objects}) as server:
        arguments = ("--s3-endpoint", server.endpoint)
        with Mount(*arguments, "s3://images/a/b/", env=WITH_KEY) as mount:
            assert os.listdir(mount.folder) == ["disk.img"]
        with Mount(*arguments, "s3://images/a/b/disk.img", "part=s3://images/a/b%20c/", "plain=s3://images/a/d",
                   env=WITH_KEY) as mount:
            assert sorted(os.listdir(mount.folder)) == ["disk.img", "part", "plain"]
            assert (mount / "disk.img").read_bytes() == BODY
            assert tree_of(mount / "part") == {"other": b"x"}


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_odd_keys_are_signed_and_read_in_both_styles(style: str) -> None:
    objects = {f"folder + %/{key}": key.encode() * 3 for key in ODD_KEYS}
    with S3Server({"images": objects}, host="s3.localhost") as server:
        arguments = ("--s3-endpoint", server.endpoint, "--s3-style", style, "--resolve",
                     f"images.s3.localhost:{server.port}:127.0.0.1", "--resolve", f"s3.localhost:{server.port}:127.0.0.1")
        with Mount(*arguments, "s3://images", env=WITH_KEY) as mount:
            assert tree_of(mount.folder) == objects
        hosts = {seen.headers["Host"].split(":")[0] for seen in server.requests}
        assert hosts == {"images.s3.localhost" if style == "virtual" else "s3.localhost"}
        assert {seen.status for seen in server.requests} <= {200, 206}


def test_keys_that_no_path_leads_to_are_counted_in_one_warning() -> None:
    objects = {"ok": b"1", "/absolute": b"2", "..": b"4", "./x": b"5", "a//b": b"6", "a/c": b"7", "content/": b"8",
               "long" * 100: b"9", "both": b"10", "both/in": b"11", "line\nbreak": b"12"}
    with S3Server({"images": objects}) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images/", env=WITH_KEY, foreground=True) as mount:
            names = sorted(os.listdir(mount.folder))
            assert [name for name in names if not name.startswith("long")] == ["a", "both", "both~2", "content", "line%0Abreak",
                                                                               "ok"]
            assert (mount / "both").read_bytes() == b"10" and (mount / "both~2" / "in").read_bytes() == b"11"
            assert (mount / "line%0Abreak").read_bytes() == b"12"
            assert os.listdir(mount / "a") == ["c"] and os.listdir(mount / "content") == []
            long = next(name for name in names if name.startswith("long"))
            assert len(long) == 255 and (mount / long).read_bytes() == b"9"
            warnings = [line for line in mount.log().splitlines() if "cannot be file names" in line]
            assert any("/images/: 3 keys" in line for line in warnings), warnings
            assert any("/images/a/: 1 keys" in line for line in warnings), warnings
            assert any("/images/content/: 1 keys" in line for line in warnings), warnings


@pytest.mark.parametrize("dialect", ["second", "unencoded", "first", "refuses"])
def test_a_folder_of_many_pages_is_listed_whole_whatever_the_server_knows(dialect: str) -> None:
    objects = {f"d/{number:05} +%.img": b"x" for number in range(2345)} | {f"d/sub{number:03}/x": b"y" for number in range(99)}
    with S3Server({"images": objects}, dialect=dialect) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images/d/", env=WITH_KEY) as mount:
            expected = {key.split("/")[1] for key in objects}
            assert set(os.listdir(mount.folder)) == expected
            assert (mount / "02344 +%.img").read_bytes() == b"x"


def test_a_server_that_ignores_the_delimiter_shows_folders_all_the_same() -> None:
    objects = {"a/b/c": b"1", "a/d": b"2", "e": b"3"}
    with S3Server({"images": objects}) as server:
        page = server._page
        server._page = lambda known, prefix, _, after, most: page(known, prefix, "", after, most)  # type: ignore
        with Mount("--s3-endpoint", server.endpoint, "s3://images/", env=WITH_KEY) as mount:
            assert tree_of(mount.folder) == objects


def test_an_empty_bucket_is_an_empty_folder() -> None:
    with S3Server({"images": {}}) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images", env=WITH_KEY) as mount:
            assert os.listdir(mount.folder) == []


def test_a_public_bucket_is_read_without_credentials() -> None:
    with S3Server({"images": {"disk.img": BODY}}, public=True) as server:
        for arguments, env in ((("--s3-anonymous",), WITH_KEY), ((), NOWHERE)):
            with Mount("--s3-endpoint", server.endpoint, *arguments, "s3://images/", env=env) as mount:
                assert (mount / "disk.img").read_bytes() == BODY
        assert not any(seen.signed for seen in server.requests)


def test_a_header_of_the_user_that_s3_wants_signed_is_signed() -> None:
    with S3Server({"images": {"disk.img": BODY}}) as server:
        with Mount("--header", "X-Amz-Request-Payer:  requester", "--header", "X-Other: 1", "--s3-endpoint", server.endpoint,
                   "s3://images/", env=WITH_KEY) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert all(seen.headers["X-Amz-Request-Payer"] == "requester" for seen in server.requests)


def test_an_object_that_changes_is_noticed() -> None:
    with S3Server({"images": {"disk.img": BODY}}) as server:
        server.etags["disk.img"] = '"0123456789abcdef0123456789abcdef-17"'
        with Mount(*COLD, "--s3-endpoint", server.endpoint, "s3://images/", env=WITH_KEY) as mount:
            with open(mount / "disk.img", "rb", buffering=0) as file:
                assert clients.read_at(mount / "disk.img", 0, 4096, os.O_DIRECT) == BODY[:4096]
                assert os.getxattr(mount / "disk.img", "user.rimfs.etag").decode() == server.etags["disk.img"]
                server.buckets["images"]["disk.img"] = BODY[::-1]
                server.etags["disk.img"] = '"fedcba9876543210fedcba9876543210-17"'
                with pytest.raises(OSError) as stale:
                    os.pread(file.fileno(), 4096, MIB)
                assert stale.value.errno == 116  # ESTALE


def test_a_presigned_url_is_an_ordinary_url() -> None:
    with S3Server({"images": {"a b.img": BODY}}) as server:
        url = presigned(f"127.0.0.1:{server.port}", "/images/a%20b.img", KEY_ID, SECRET, "us-east-1", 600)
        with Mount(f"disk={url}", env=NOWHERE) as mount:
            assert (mount / "disk").read_bytes() == BODY
        assert not any(seen.signed for seen in server.requests)


def test_user_and_password_of_a_source_are_a_key() -> None:
    with S3Server({"images": {"disk.img": BODY}}) as server:
        config = f"sources: [{{s3: images/disk.img, s3-endpoint: '{server.endpoint}', user: {KEY_ID}, password-env: PW}}]"
        with Mount(config=config, env=NOWHERE | {"PW": SECRET}) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert all("Basic" not in seen.headers.get("Authorization", "") for seen in server.requests)


def test_a_copy_a_map_and_an_examination_work_as_with_any_source(tmp_path: Path) -> None:
    with S3Server({"images": {"disk.img": BODY}}) as server:
        arguments = ("--s3-endpoint", server.endpoint, "s3://images/disk.img")
        done = rimfs("fetch", *arguments, str(tmp_path / "copy"), env=WITH_KEY)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "copy").read_bytes() == BODY
        for source in ("s3://images/", "s3://images/disk.img"):
            done = rimfs("doctor", "--s3-endpoint", server.endpoint, "--report", str(tmp_path / f"report{len(source)}"), source,
                         env=WITH_KEY)
            assert "credentials" in done.stdout and "first byte" in done.stdout, done.stdout + done.stderr
            report = (tmp_path / f"report{len(source)}").read_text()
            assert SECRET not in report and "Signature=" not in report and KEY_ID not in report
        assert all(seen.status in (200, 206, 404, 416) for seen in server.requests)


def test_a_redirect_to_another_server_gets_no_signature() -> None:
    with AnsweringServer(lambda _: Answer(403)) as other:
        with S3Server({"images": {}}) as server:
            moved = s3_server.Answer(307, b"", {"Location": other.url("/x")})
            server._answer = lambda _: moved  # type: ignore
            with pytest.raises(MountFailed), Mount("--s3-endpoint", server.endpoint, "s3://images/disk.img", env=WITH_KEY):
                pass
        assert other.requests
        for request in other.requests:
            assert not [name for name in request.headers if name.lower() == "authorization" or name.lower().startswith("x-amz-")]


# ---- What goes wrong.


def test_errors_say_what_s3_said_and_what_to_do() -> None:
    with S3Server({"images": {"secret.img": b"x", "cold.img": b"y"}}) as server:
        server.forbidden.add("secret.img")
        server.archived.add("cold.img")
        wrong = WITH_KEY | {"AWS_SECRET_ACCESS_KEY": "wrong-secret-of-nobody"}
        unknown = WITH_KEY | {"AWS_ACCESS_KEY_ID": "AKIANOBODY"}
        rows = (("s3://images/secret.img", WITH_KEY, ("AccessDenied", "s3:GetObject", "s3:ListBucket")),
                ("s3://images/cold.img", WITH_KEY, ("InvalidObjectState", "restore")),
                ("s3://images/nothing", WITH_KEY, ("NoSuchKey", "a prefix ends with /")),
                ("s3://nothing/", WITH_KEY, ("NoSuchBucket", "--s3-endpoint")),
                ("s3://images/", wrong, ("SignatureDoesNotMatch", "secret")),
                ("s3://images/", unknown, ("InvalidAccessKeyId",)),
                ("s3://images/", NOWHERE, ("AccessDenied", "without credentials")))
        for source, env, words in rows:
            with pytest.raises(MountFailed) as refused, Mount("--s3-endpoint", server.endpoint, source, env=env):
                pass
            assert all(word in message(refused) for word in words), (source, message(refused))
            assert "wrong-secret" not in message(refused) and SECRET not in message(refused)
            assert "Signature=" not in message(refused)


def test_what_is_no_s3_server_is_said_to_be_none() -> None:
    with AnsweringServer(lambda _: Answer(200, (("Content-Type", "text/html"),), b"<html></html>")) as server:
        with pytest.raises(MountFailed) as refused, Mount("--s3-endpoint", server.url(""), "s3://images/", env=WITH_KEY):
            pass
        assert "is this an S3 server?" in message(refused)


def test_settings_that_cannot_work_are_refused() -> None:
    rows = ((("s3://images:9000/",), NOWHERE, "--s3-endpoint"), (("s3://images/a?b",), NOWHERE, "%3F"),
            (("--s3-endpoint", "nonsense", "s3://images/"), NOWHERE, "s3-endpoint: https://"),
            (("--s3-profile", "nobody", "s3://images/"), NOWHERE, "no AWS profile 'nobody'"),
            (("--s3-style", "host", "s3://images/"), NOWHERE, "auto"))
    for arguments, env, word in rows:
        with pytest.raises(MountFailed) as refused, Mount(*arguments, env=env):
            pass
        assert word in message(refused), message(refused)
        assert refused.value.done.returncode == 2


# ---- A server of other people.


@pytest.fixture(scope="module")
def needs_s3rver() -> None:
    if s3rver.installed() is None:
        pytest.skip("s3rver needs npm and its registry")


@pytest.mark.usefixtures("needs_s3rver")
def test_s3rver_is_listed_and_read() -> None:
    keys = [key for key in ODD_KEYS if key not in ("?mark#hash.img", 'quote".img', "<tag>&amp;.img")]
    objects = {f"a b/{key}": key.encode() for key in keys} | {"disk.img": BODY}
    env = NOWHERE | {"AWS_ACCESS_KEY_ID": s3rver.KEY_ID, "AWS_SECRET_ACCESS_KEY": s3rver.SECRET}
    with s3rver.S3rver({"images": objects}) as server:
        with Mount(*COLD, "--s3-endpoint", server.endpoint, "s3://images/", env=env) as mount:
            assert tree_of(mount.folder) == objects
            assert clients.read_at(mount / "disk.img", MIB + 5000, 4096) == BODY[MIB + 5000:MIB + 9096]
        unknown = env | {"AWS_ACCESS_KEY_ID": "AKIANOBODY"}  # it checks no signatures of version 4
        with pytest.raises(MountFailed) as refused, Mount("--s3-endpoint", server.endpoint, "s3://images/", env=unknown):
            pass
        assert "InvalidAccessKeyId" in message(refused)
