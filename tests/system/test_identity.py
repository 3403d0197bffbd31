# SPDX-License-Identifier: MIT
"""One identity for everything that keeps bytes: files that differ in the query alone never meet, and what people see of
an address holds no secret and decides nothing."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from rig import images
from rig.described_server import Described, DescribedServer
from rig.mount import COUNTED, Mount, MountFailed, program, rimfs
from rig.processes import wait_until

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
ONE = images.pseudo_random(3 * MIB + 5, 31)
TWO = images.pseudo_random(3 * MIB + 5, 32)
QUICK = ("--retry-deadline", "1s", "--revalidate-after", "0s")

# All that a server says of both files, besides their equal sizes.
SAID = {
    "one strong ETag": ('"same"', "Mon, 01 Jan 2024 00:00:00 GMT"),
    "one weak ETag": ('W/"same"', "Mon, 01 Jan 2024 00:00:00 GMT"),
    "one Last-Modified": (None, "Mon, 01 Jan 2024 00:00:00 GMT"),
}
each_way_to_describe = pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
# Where each of the two is. The last is the form of a vSphere server's datastores.
TARGETS = {
    "query": ("/get?id=1", "/get?id=2"),
    "datastores": ("/folder/vm/disk.vmdk?dcPath=dc&dsName=one", "/folder/vm/disk.vmdk?dcPath=dc&dsName=two"),
}
# Each description with the query, and one with datastores: how either is told apart is a value that unit tests compare
# (tests/unit/base/image_id_test.cc, tests/unit/http/path_parameters_test.cc).
PAIRS = {**{f"query-{name}": (TARGETS["query"], said) for name, said in SAID.items()},
         "datastores-one weak ETag": (TARGETS["datastores"], SAID["one weak ETag"])}
OFFLINE = {**PAIRS, "query-a strong ETag each": (TARGETS["query"], ('"own"', None))}


def serve_two(server: DescribedServer, said: tuple[str | None, str | None],
              targets: tuple[str, str] = TARGETS["query"]) -> tuple[str, str]:
    for target, body in zip(targets, (ONE, TWO)):
        server.files[target] = Described(body, *said)
    return server.url(targets[0]), server.url(targets[1])


def read_through(cache: Path, url: str, *more: str) -> bytes:
    with Mount("--cache-dir", cache, *more, f"file={url}") as mount:
        return (mount / "file").read_bytes()


@pytest.mark.parametrize("targets,said", PAIRS.values(), ids=PAIRS.keys())
def test_a_remount_shows_the_file_of_its_query(tmp_path: Path, said: tuple[str | None, str | None],
                                               targets: tuple[str, str]) -> None:
    with DescribedServer() as server:
        one, two = serve_two(server, said, targets)
        for url, body in ((one, ONE), (two, TWO), (one, ONE)):
            assert read_through(tmp_path / "cache", url) == body


@each_way_to_describe
def test_fetch_fills_the_cache_with_the_file_of_its_query(tmp_path: Path, said: tuple[str | None, str | None]) -> None:
    with DescribedServer() as server:
        cache = tmp_path / "cache"
        for number, (url, body) in enumerate(zip(serve_two(server, said), (ONE, TWO))):
            done = rimfs("fetch", "--verify", "--cache-dir", cache, url)
            assert done.returncode == 0, done.stderr
            assert rimfs("fetch", "--cache-dir", cache, url, tmp_path / f"copy{number}").returncode == 0
            assert (tmp_path / f"copy{number}").read_bytes() == body
        assert len(list(cache.glob("images/*/data"))) == 2


@pytest.mark.parametrize("targets,said", OFFLINE.values(), ids=OFFLINE.keys())
def test_offline_shows_the_file_of_its_query_or_nothing(tmp_path: Path, said: tuple[str | None, str | None],
                                                        targets: tuple[str, str]) -> None:
    with DescribedServer() as server:
        one, two = serve_two(server, said, targets)
        if said == ('"own"', None):
            server.files[targets[1]].etag = '"other"'
        assert read_through(tmp_path / "cache", one) == ONE
        with server.gone():
            with pytest.raises(MountFailed), Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK, two):
                pass
        assert read_through(tmp_path / "cache", two) == TWO
        with server.gone():
            for url, body in ((one, ONE), (two, TWO)):
                assert read_through(tmp_path / "cache", url, "--offline", "allow", *QUICK) == body


def interrupted_copy(url: str, copy: Path, *options: str) -> None:
    running = subprocess.Popen([program(), "fetch", "--connections", "1", *options, url, copy], stderr=subprocess.PIPE)
    part = copy.parent / (copy.name + ".part.json")
    wait_until(lambda: part.exists() and json.loads(part.read_text()).get("complete", 0) > 0, 30, "a part of the copy")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 1 and not copy.exists()


CHANGED = {
    "another query": ("/get?id=2", 'W/"1"', "Mon, 01 Jan 2024 00:00:00 GMT"),
    "another weak ETag": ("/get?id=1", 'W/"2"', "Mon, 01 Jan 2024 00:00:00 GMT"),
    "another Last-Modified": ("/get?id=1", 'W/"1"', "Tue, 02 Jan 2024 00:00:00 GMT"),
    "no validators at all": ("/get?id=1", None, None),
}


@pytest.mark.parametrize("target,etag,modified", CHANGED.values(), ids=CHANGED.keys())
def test_a_copy_of_another_file_begins_anew(tmp_path: Path, target: str, etag: str | None, modified: str | None) -> None:
    old, new = images.pseudo_random(24 * MIB, 41), images.pseudo_random(24 * MIB, 42)
    with DescribedServer() as server:
        server.seconds_per_mib = 0.3
        server.files["/get?id=1"] = Described(old, 'W/"1"' if etag else None, modified and "Mon, 01 Jan 2024 00:00:00 GMT")
        interrupted_copy(server.url("/get?id=1"), tmp_path / "copy")
        server.seconds_per_mib = 0
        server.files[target] = Described(new, etag, modified)
        assert rimfs("fetch", server.url(target), tmp_path / "copy").returncode == 0
        assert (tmp_path / "copy").read_bytes() == new


def test_a_copy_of_the_same_file_goes_on_with_a_new_signature(tmp_path: Path) -> None:
    body = images.pseudo_random(24 * MIB, 43)
    with DescribedServer() as server:
        server.ignored = {"X-Amz-Signature"}
        server.seconds_per_mib = 0.3
        server.files["/disk"] = Described(body, '"1"')
        interrupted_copy(server.url("/disk?X-Amz-Signature=first"), tmp_path / "copy")
        server.seconds_per_mib = 0
        server.asked.clear()
        assert rimfs("fetch", server.url("/disk?X-Amz-Signature=second"), tmp_path / "copy").returncode == 0
        assert (tmp_path / "copy").read_bytes() == body
        assert min(first for _, first, last, _ in server.asked if last > first) > 0


def test_a_copy_from_a_mount_of_another_query_begins_anew(tmp_path: Path) -> None:
    with DescribedServer() as server:
        one, two = serve_two(server, SAID["one strong ETag"])
        with Mount(f"one={one}", f"two={two}") as mount:
            ids = {os.getxattr(mount / name, "user.rimfs.id") for name in ("one", "two")}
            assert len(ids) == 2
            state = {"id": os.getxattr(mount / "one", "user.rimfs.id").decode(), "complete": 262144, "sum": 1}
            (tmp_path / "copy.part").write_bytes(ONE[:262144])
            (tmp_path / "copy.part.json").write_text(json.dumps(state))
            assert rimfs("fetch", mount / "two", tmp_path / "copy").returncode == 0
            assert (tmp_path / "copy").read_bytes() == TWO


def test_a_new_signature_finds_the_cached_file_when_its_etag_is_strong(tmp_path: Path) -> None:
    with DescribedServer() as server:
        server.ignored = {"X-Amz-Signature", "X-Amz-Date"}
        server.files["/disk?versionId=1"] = Described(ONE, '"1"')
        server.files["/disk?versionId=2"] = Described(TWO, '"1"')
        cache = tmp_path / "cache"
        signed = "/disk?versionId=1&X-Amz-Date=20240101&X-Amz-Signature="
        assert read_through(cache, server.url(signed + "first")) == ONE
        before = server.bytes_sent()
        assert read_through(cache, server.url(signed + "second")) == ONE
        assert server.bytes_sent() == before
        with server.gone():
            assert read_through(cache, server.url(signed + "third"), "--offline", "allow", *QUICK) == ONE
        assert read_through(cache, server.url("/disk?versionId=2&X-Amz-Signature=first")) == TWO


def test_without_a_strong_etag_another_token_may_be_another_file(tmp_path: Path) -> None:
    targets = ("/get?token=one", "/get?token=two")
    with DescribedServer() as server:
        one, two = serve_two(server, SAID["one weak ETag"], targets)
        for url, body in ((one, ONE), (two, TWO), (one, ONE)):
            assert read_through(tmp_path / "cache", url) == body
        with server.gone():
            for url, body in ((one, ONE), (two, TWO)):
                assert read_through(tmp_path / "cache", url, "--offline", "allow", *QUICK) == body


# What chooses the file although it looks like a credential, or is no part of the URL. Equal strong tags tell nothing:
# nginx makes them of size and time alone (ngx_http_set_etag).
LOOKALIKES = {
    "keyname": ("/get?keyname=one", "/get?keyname=two"),
    "md5": ("/get?md5=aaa", "/get?md5=bbb"),
    "si and sr of no signature": ("/get?si=1&sr=1&sig=q", "/get?si=2&sr=1&sig=q"),
    "x-amz-copy-source": ("/get?x-amz-copy-source=1", "/get?x-amz-copy-source=2"),
    "policy": ("/get?key-pair-id=1&policy=1", "/get?key-pair-id=1&policy=2"),
    "credential": ("/get?credential=1", "/get?credential=2"),
    "semicolon": ("/get?token=x;id=1", "/get?token=x;id=2"),
}


@pytest.mark.parametrize("targets", LOOKALIKES.values(), ids=LOOKALIKES.keys())
def test_a_parameter_that_only_looks_like_a_credential_chooses_the_file(tmp_path: Path, targets: tuple[str, str]) -> None:
    with DescribedServer() as server:
        one, two = serve_two(server, SAID["one strong ETag"], targets)
        for url, body in ((one, ONE), (two, TWO), (one, ONE)):
            assert read_through(tmp_path / "cache", url) == body


CHOICES = {
    "Host": ("Host", ("--header", "Host: one"), ("--header", "Host: two")),
    "X-Version": ("X-Version", ("--header", "X-Version: one"), ("--header", "X-Version: two")),
    "X-Author": ("X-Author", ("--header", "X-Author: one"), ("--header", "X-Author: two")),
    "User-Agent": ("User-Agent", ("--user-agent", "one"), ("--user-agent", "two")),
}
each_choice = pytest.mark.parametrize("header,one,two", CHOICES.values(), ids=CHOICES.keys())


def choose_by(server: DescribedServer, header: str, said: tuple[str | None, str | None],
              bodies: tuple[bytes, bytes]) -> str:
    server.choosing_header = header
    for name, body in zip(("one", "two"), bodies):
        server.files["/disk " + name] = Described(body, *said)
    return server.url("/disk")


# Each header, and each description.
DESCRIBED_CHOICES = {f"{name}-{described}": (SAID[described], *CHOICES[name]) for name, described in
                     zip(CHOICES, itertools.cycle(SAID))}


@pytest.mark.parametrize("said,header,one,two", DESCRIBED_CHOICES.values(), ids=DESCRIBED_CHOICES.keys())
def test_a_remount_shows_the_file_that_a_header_chooses(tmp_path: Path, said: tuple[str | None, str | None], header: str,
                                                        one: tuple[str, str], two: tuple[str, str]) -> None:
    with DescribedServer() as server:
        url = choose_by(server, header, said, (ONE, TWO))
        for options, body in ((one, ONE), (two, TWO), (one, ONE)):
            assert read_through(tmp_path / "cache", url, *options) == body
        with server.gone():
            assert read_through(tmp_path / "cache", url, *two, "--offline", "allow", *QUICK) == TWO


@each_choice
def test_a_copy_of_the_file_that_another_header_chooses_begins_anew(tmp_path: Path, header: str, one: tuple[str, str],
                                                                    two: tuple[str, str]) -> None:
    old, new = images.pseudo_random(24 * MIB, 41), images.pseudo_random(24 * MIB, 42)
    with DescribedServer() as server:
        server.seconds_per_mib = 0.3
        url = choose_by(server, header, SAID["one strong ETag"], (old, new))
        interrupted_copy(url, tmp_path / "copy", *one)
        server.seconds_per_mib = 0
        assert rimfs("fetch", *two, url, tmp_path / "copy").returncode == 0
        assert (tmp_path / "copy").read_bytes() == new


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"'], ids=["strong", "weak"])
@pytest.mark.parametrize("cached_first", [True, False], ids=["cached bytes first", "new bytes first"])
def test_a_tag_that_only_replies_to_ranges_name_tells_cached_bytes_apart(tmp_path: Path, tag: str,
                                                                        cached_first: bool) -> None:
    """The file changes between two mounts, within the second that Last-Modified tells."""
    options = ("--cache-dir", tmp_path / "cache", "--block-size", "64K", "--readahead", "0", "--format-prefetch", "off",
               "--access-traces", "off", *QUICK)
    places = (0, 2 * MIB) if cached_first else (2 * MIB, 0)
    with DescribedServer() as server:
        server.tags_of_probes = False
        server.ignore_conditions = True
        server.files["/disk"] = Described(ONE, tag.format(1))
        url = server.url("/disk")
        with Mount(*options, url) as mount, open(mount / "disk", "rb", buffering=0) as file:
            assert os.pread(file.fileno(), 65536, 0) == ONE[:65536]
        server.files["/disk"] = Described(TWO, tag.format(2))
        with Mount(*options, url) as mount, open(mount / "disk", "rb", buffering=0) as file:
            for at in places:
                assert os.pread(file.fileno(), 65536, at) == TWO[at:at + 65536]
        assert rimfs("cache", "verify", tmp_path / "cache").returncode == 0


def test_cached_bytes_are_used_once_a_reply_has_named_their_tag(tmp_path: Path) -> None:
    with DescribedServer() as server:
        server.tags_of_probes = False
        server.files["/disk"] = Described(ONE, 'W/"1"')
        assert read_through(tmp_path / "cache", server.url("/disk"), "--block-size", "64K") == ONE
        options = ("--cache-dir", tmp_path / "cache", "--block-size", "64K", "--readahead", "0", "--access-traces", "off")
        with Mount(*options, server.url("/disk"),
                   unhedged=COUNTED) as mount, open(mount / "disk", "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            places = iter(range(0, len(ONE) - 65536, 65536))

            def next_needs_no_request() -> bool:
                place, before = next(places), server.bytes_sent()
                assert os.pread(file.fileno(), 65536, place) == ONE[place:place + 65536]
                return server.bytes_sent() == before

            assert not next_needs_no_request(), "shown before any reply"
            wait_until(next_needs_no_request, 20, "the cached bytes")


def test_a_copy_goes_on_only_with_the_tag_that_replies_to_ranges_named(tmp_path: Path) -> None:
    old, new = images.pseudo_random(24 * MIB, 41), images.pseudo_random(24 * MIB, 42)
    with DescribedServer() as server:
        server.tags_of_probes = False
        server.seconds_per_mib = 0.3
        server.files["/disk"] = Described(old, 'W/"1"')
        interrupted_copy(server.url("/disk"), tmp_path / "copy")
        server.seconds_per_mib = 0
        server.files["/disk"] = Described(new, 'W/"2"')
        assert rimfs("fetch", server.url("/disk"), tmp_path / "copy").returncode == 0
        assert (tmp_path / "copy").read_bytes() == new


def test_a_cache_is_filled_when_only_replies_to_ranges_name_the_tag(tmp_path: Path) -> None:
    with DescribedServer() as server:
        server.tags_of_probes = False
        server.files["/disk"] = Described(ONE, 'W/"1"')
        done = rimfs("fetch", "--verify", "--cache-dir", tmp_path / "cache", server.url("/disk"))
        assert done.returncode == 0, done.stderr


def test_commands_ask_for_an_id_when_a_header_tells_two_files_apart(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with DescribedServer() as server:
        url = choose_by(server, "Host", SAID["one strong ETag"], (ONE, TWO))
        assert read_through(cache, url, "--header", "Host: one") == ONE
        path = rimfs("cache", "path", cache, url).stdout.strip()
        assert Path(path, "data").stat().st_size == len(ONE)
        assert read_through(cache, url, "--header", "Host: two") == TWO
        done = rimfs("cache", "drop", cache, url)
        assert done.returncode > 0 and "2 files are shown as this URL" in done.stderr
        assert rimfs("cache", "drop", cache, os.path.basename(path)).returncode == 0
        assert rimfs("cache", "drop", cache, url).returncode == 0
        assert not list(cache.glob("images/*"))


def test_secrets_of_an_address_are_written_nowhere(tmp_path: Path) -> None:
    secrets = ("sesame1", "sesame2", "sesame3", "sesame4")
    query = "id=1&token=sesame1&X-Amz-Signature=sesame2&sv=2022&sig=sesame3"
    with DescribedServer() as server:
        for target in (f"/get?{query}", f"/folder/get?dcPath=d&dsName=s&{query}"):
            for etag in ('"1"', 'W/"1"'):
                server.files[target] = Described(ONE, etag)
                login = "" if "folder" in target else "user:sesame4@"  # of a datastore it would be a vSphere session's
                url = server.url(target).replace("http://", "http://" + login)
                with Mount("--cache-dir", tmp_path / "cache", "--trace-dir", tmp_path / "traces", "--log-file",
                           tmp_path / "log", "--log-level", "debug", url) as mount:
                    assert (mount / "get").read_bytes() == ONE
                    shown = [os.getxattr(mount / "get", name).decode() for name in os.listxattr(mount / "get")]
                    shown.append(rimfs("status", "--json", mount.folder).stdout)
                (tmp_path / "shown").write_text("\n".join(shown))
                (tmp_path / "list").write_text(rimfs("cache", "list", tmp_path / "cache").stdout)
        copy = tmp_path / "copy"
        copy.with_suffix(".part.json").write_text("{}")
        (tmp_path / "said").write_text(rimfs("fetch", url, copy).stderr)
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.name not in ("data", "copy"):
                text = path.read_bytes().decode(errors="replace") + path.name
                assert not [secret for secret in secrets if secret in text], f"{path}: {text[:500]}"


def test_traces_of_files_that_differ_in_the_query_do_not_meet(tmp_path: Path) -> None:
    with DescribedServer() as server:
        for url in serve_two(server, SAID["one strong ETag"]):
            with Mount("--trace-dir", tmp_path / "traces", f"same={url}") as mount, open(mount / "same", "rb") as file:
                file.read(100_000)
                file.seek(2 * MIB)
                file.read(100_000)
        assert len(list((tmp_path / "traces").iterdir())) == 2


def test_a_listing_that_gives_a_name_another_query_shows_the_other_file() -> None:
    def list_only(server: DescribedServer, number: int) -> None:
        page = f'<title>Index of /</title><pre><a href="get?id={number}">get</a> 01-Jan-2024 00:00 {len(ONE)}\n</pre>'
        server.files["/"] = Described(page.encode(), None, None, "text/html")

    with DescribedServer() as server:
        serve_two(server, SAID["one strong ETag"])
        list_only(server, 1)
        with Mount("--attribute-time", "0s", "--revalidate-after", "0s", server.url("/")) as mount:
            file = next(mount.folder.rglob("get"))
            assert file.read_bytes() == ONE
            list_only(server, 2)
            wait_until(lambda: file.read_bytes() == TWO, 20, "the other file")


def test_commands_find_a_store_by_url_or_id_and_refuse_what_is_ambiguous(tmp_path: Path) -> None:
    with DescribedServer() as server:
        cache = tmp_path / "cache"
        one, two = serve_two(server, SAID["one strong ETag"])
        shown = server.url("/get")
        assert read_through(cache, one) == ONE
        assert rimfs("cache", "list", cache).stdout.splitlines()[0].split()[3:] == [shown]
        path = rimfs("cache", "path", cache, shown).stdout.strip()
        assert Path(path, "data").stat().st_size == len(ONE)
        assert read_through(cache, two) == TWO

        ids = re.findall(r" id ([0-9a-f]{32})$", rimfs("cache", "list", cache).stdout, re.MULTILINE)
        assert len(set(ids)) == 2
        for command in ("path", "drop"):
            done = rimfs("cache", command, cache, shown)
            assert done.returncode > 0 and "2 files are shown as this URL" in done.stderr
        assert rimfs("cache", "path", cache, one).stdout.strip() == path
        other, = {str(folder) for folder in cache.glob("images/*")} - {path}
        assert rimfs("cache", "path", cache, os.path.basename(other)).stdout.strip() == other
        assert rimfs("cache", "drop", cache, one + "&token=secret").returncode == 0
        assert [str(folder) for folder in cache.glob("images/*")] == [other]
        assert rimfs("cache", "drop", cache, shown).returncode == 0
