# SPDX-License-Identifier: MIT
"""A folder that a web server lists is shown as a folder: every server, every name, and pages that lie."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import ERROR_SECONDS, IMPATIENT, errno_of_pread, errno_of_read, refusal
from rig.index_servers import HOSTILE_FOLDERS, HOSTILE_NAMES, hostile_content, hostile_tree, index_servers
from rig.mount import COUNTED, Mount, rimfs
from rig.page_server import PageServer
from rig.processes import wait_until
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(8 << 20, 21)
FAR = 6 << 20
FORGETFUL = ("--attribute-time", "200ms", "--revalidate-after", "100ms")


# Every server

class Tree:
    """A mounted folder of one of the servers, and what must be in it."""

    def __init__(self, name: str, mount: Mount, sizes: dict[str, int]) -> None:
        self.name, self.mount, self.sizes = name, mount, sizes
        self.reads = name != "python"  # which serves no ranges

    def paths(self) -> list[Path]:
        return [self.mount / name for name in self.sizes]


@pytest.fixture(scope="module", params=index_servers())
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory,
         rimfs_program: str) -> Iterator[Tree]:
    docroot = tmp_path_factory.mktemp("www")
    (docroot / "images").mkdir()
    hostile_tree(docroot / "images")
    sizes = dict(HOSTILE_NAMES)
    if request.param == "go":  # it forgets to escape & in links, so that this one leads to and&and
        (docroot / "images" / "and&amp;and").unlink()
        del sizes["and&amp;and"]
    with index_servers()[request.param](docroot) as started, Mount(started.url + "images/") as mount:
        yield Tree(request.param, mount, sizes)


def test_the_names_are_those_of_the_server(tree: Tree) -> None:
    entries = {entry.name: entry for entry in os.scandir(tree.mount.folder)}
    assert entries.keys() == {*tree.sizes, *HOSTILE_FOLDERS}
    assert {name for name, entry in entries.items() if entry.is_dir()} == set(HOSTILE_FOLDERS)


def test_folders_in_it_are_folders(tree: Tree) -> None:
    for name in HOSTILE_FOLDERS:
        assert os.listdir(tree.mount / name) == ["inner"]
        if tree.reads:
            assert (tree.mount / name / "inner").read_bytes() == b"inner"
        with pytest.raises(FileNotFoundError):
            (tree.mount / name / "other").stat()


def test_every_size_is_exact_and_every_content_right(tree: Tree) -> None:
    if not tree.reads:
        for path in tree.paths():
            if tree.sizes[path.name] > 1:
                assert errno_of_read(path) == "ENOTSUP"
            else:
                assert path.read_bytes() == hostile_content(tree.sizes[path.name])
        return
    assert {path.name: path.stat().st_size for path in tree.paths()} == tree.sizes
    assert {path.name: path.read_bytes() for path in tree.paths()} == \
        {name: hostile_content(size) for name, size in tree.sizes.items()}
    assert {path.name: path.stat().st_size for path in tree.paths()} == tree.sizes


def test_find_ls_cp_and_tar_are_content(tree: Tree, tmp_path: Path) -> None:
    folder = tree.mount.folder
    found = clients.run("find", folder, "-printf", r"%P\0").stdout.split("\0") if tree.reads else \
        clients.run("find", folder, "-print0").stdout.replace(f"{folder}", "").split("\0")
    expected = {*tree.sizes, *HOSTILE_FOLDERS, *(f"{name}/inner" for name in HOSTILE_FOLDERS)}
    assert {name.strip("/") for name in found} - {""} == expected
    if not tree.reads:
        return
    shown = clients.run("ls", "-lN", folder).stdout
    for name, size in tree.sizes.items():
        assert any(line.endswith(f" {name}") and f" {size} " in line for line in shown.splitlines()), (name, shown)
    clients.run("cp", "-a", folder, tmp_path / "copy")
    clients.run("diff", "-r", folder, tmp_path / "copy")
    clients.run("tar", "-C", folder, "-cf", tmp_path / "all.tar", ".")
    clients.run("tar", "-C", folder, "-df", tmp_path / "all.tar")
    assert "1 MiB" in clients.qemu_img("info", "-f", "raw", folder / "plain.img")


def test_an_inode_is_the_same_before_during_and_after_an_open(tree: Tree) -> None:
    if not tree.reads:
        return
    for path in tree.paths():
        before = path.stat()
        with open(path, "rb") as file:
            during = os.fstat(file.fileno())
        assert len({(each.st_ino, each.st_size) for each in (before, during, path.stat())}) == 1, path
    assert len({path.stat().st_ino for path in tree.paths()}) == len(tree.sizes)


# What is asked of the server, and when

def put_tree(server: Server, name: str) -> None:
    """A file of 8 MiB, a small one, and a folder with another."""
    for path, body in (("disk.img", BODY), ("small", b"small"), ("sub/inner", b"inner")):
        server.put(f"{name}/{path}", body)


@pytest.fixture(name="folder")
def _folder(server: Server, request: pytest.FixtureRequest) -> str:
    """A folder of the rig's server, another for each test."""
    name = request.node.name.replace("[", "-").replace("]", "")
    put_tree(server, name)
    return name


def test_a_folder_is_listed_once_however_many_ask(server: Server, folder: str) -> None:
    with Mount(server.url(f"{folder}/", "wan"), unhedged=COUNTED) as mount:
        server.clear_log()
        listing = [subprocess.Popen(["ls", "-U", mount / "sub"], stdout=subprocess.PIPE) for _ in range(16)]
        assert {process.communicate(timeout=20)[0] for process in listing} == {b"inner\n"}
        assert len(server.requests("sub/")) == 1
        clients.run("ls", mount / "sub")
        assert len(server.requests("sub/")) == 1, "a listing is believed for a while"


def test_a_listing_with_sizes_costs_no_request_for_each_file(server: Server, folder: str) -> None:
    for index in range(50):
        server.put(f"{folder}/sub/{index}", b"x" * index)
    with Mount(server.url(f"{folder}/"), unhedged=COUNTED) as mount:
        server.clear_log()
        clients.run("ls", "-l", mount / "sub")
        assert [request.uri for request in server.requests()] == [f"/lan/{folder}/sub/"]


def test_a_new_file_appears_and_a_removed_one_goes(server: Server, folder: str) -> None:
    with Mount(server.url(f"{folder}/"), *FORGETFUL) as mount:
        assert "new" not in os.listdir(mount.folder)
        assert not (mount / "new").exists()
        server.put(f"{folder}/new", b"new")
        (server.docroot / folder / "small").unlink()
        wait_until(lambda: sorted(os.listdir(mount.folder)) == ["disk.img", "new", "sub"], 5, "the new listing")
        assert (mount / "new").read_bytes() == b"new"
        wait_until(lambda: not (mount / "small").exists(), 5, "the removed file to go")


@pytest.mark.parametrize("profile", ["lan", "lan-json"])
def test_a_replaced_file_is_stale_for_who_has_it_open_and_new_for_others(server: Server, folder: str,
                                                                         profile: str) -> None:
    fresh = images.pseudo_random((8 << 20) - 4096, 22)
    with Mount(server.url(f"{folder}/", profile), *FORGETFUL, "--readahead", "0") as mount:
        with open(mount / "disk.img", "rb", buffering=0) as file:
            assert file.read(4096) == BODY[:4096]
            server.replace(f"{folder}/disk.img", fresh)
            assert errno_of_pread(file.fileno(), FAR) == "ESTALE"
            assert (mount / "disk.img").read_bytes() == fresh
            assert (mount / "disk.img").stat().st_size == len(fresh)
            assert errno_of_pread(file.fileno(), FAR) == "ESTALE", "the old handle stays stale"


def test_a_replaced_file_has_its_new_size_when_the_listing_is_read_again(server: Server, folder: str) -> None:
    with Mount(server.url(f"{folder}/"), *FORGETFUL) as mount:
        assert (mount / "small").read_bytes() == b"small"
        server.replace(f"{folder}/small", b"not so small")
        wait_until(lambda: (mount / "small").stat().st_size == 12, 5, "the new size")
        assert (mount / "small").read_bytes() == b"not so small"


def test_without_its_server_a_folder_still_shows_what_it_had(server: Server, folder: str) -> None:
    server.put(f"{folder}/other/inner", b"inner")
    with Mount(server.url(f"{folder}/"), *FORGETFUL, *IMPATIENT) as mount:
        names = sorted(os.listdir(mount.folder))
        assert os.listdir(mount / "sub") == ["inner"]
        server.kill()
        time.sleep(0.5)  # until nothing is believed any more
        begin = time.monotonic()
        assert sorted(os.listdir(mount.folder)) == names
        assert os.listdir(mount / "sub") == ["inner"]
        assert time.monotonic() - begin < 2 * ERROR_SECONDS
        assert errno_of_read(mount / "disk.img") in ("EIO", "ETIMEDOUT")
        begin = time.monotonic()
        with pytest.raises(OSError) as problem:
            os.listdir(mount / "other")
        assert errno.errorcode[problem.value.errno or 0] in ("EIO", "ETIMEDOUT")
        assert time.monotonic() - begin < ERROR_SECONDS
        server.restart()
        wait_until(lambda: (mount / "small").read_bytes() == b"small", 10, "the server to be used again")
        assert os.listdir(mount / "other") == ["inner"]


def test_folders_and_files_side_by_side(server: Server, folder: str) -> None:
    with Mount(f"a={server.url(folder + '/')}", f"b.img={server.url(folder + '/disk.img')}",
               server.url(f"{folder}/sub/")) as mount:
        assert sorted(os.listdir(mount.folder)) == ["a", "b.img", "sub"]
        assert sorted(os.listdir(mount / "a")) == ["disk.img", "small", "sub"]
        assert (mount / "a/disk.img").read_bytes() == (mount / "b.img").read_bytes() == BODY
        assert (mount / "a/sub/inner").read_bytes() == (mount / "sub/inner").read_bytes() == b"inner"
        assert (mount / "a/sub/..").stat().st_ino == (mount / "a").stat().st_ino
        assert (mount / "a/..").stat().st_ino == mount.folder.stat().st_ino


def test_an_image_of_a_folder_is_known_for_what_it_is(server: Server, folder: str, tmp_path: Path) -> None:
    clients.qemu_img("create", "-f", "qcow2", tmp_path / "disk.qcow2", "1G")
    server.share(tmp_path / "disk.qcow2", f"{folder}/sub/disk.qcow2")
    with Mount(server.url(f"{folder}/")) as mount:
        shown = clients.qemu_img("info", mount / "sub/disk.qcow2")
        assert "file format: qcow2" in shown and "1 GiB" in shown


# What cannot be mounted

def refused_with_1(*arguments: str | Path) -> str:
    assert rimfs(*arguments).returncode == 1
    return refusal(*arguments)


def test_a_folder_behind_a_login_is_refused_in_one_line(server: Server, folder: str, tmp_path: Path) -> None:
    server.fault(f"{folder}/", "login", kind="basic", user="me", password="secret")
    assert "401" in refused_with_1("mount", server.url(f"{folder}/", fault=True), tmp_path)


def test_a_missing_folder_is_refused_in_one_line(server: Server, tmp_path: Path) -> None:
    assert "404" in refused_with_1("mount", server.url("no such folder/"), tmp_path)


def test_a_file_with_a_slash_behind_it_is_refused_in_one_line(server: Server, folder: str, tmp_path: Path) -> None:
    refused_with_1("mount", server.url(f"{folder}/small") + "/", tmp_path)


# Pages that lie

def page(*links: str) -> tuple[str, bytes]:
    rows = "".join(f'<a href="{link}">x</a>  03-Feb-2024 04:05  17\n' for link in links)
    return "text/html", f"<html><pre>{rows}</pre></html>".encode("utf-8", "surrogateescape")


def test_no_link_leads_out_of_the_folder() -> None:
    links = ["../", "../secret", "/etc/passwd", "//evil/images/x", "http://evil/images/x", "https://127.0.0.1/images/x",
             "javascript:alert(1)", "file:///etc/passwd", "%2e%2e", "%2e%2e/", "..%2f..%2fetc", "a%2fb", "a%00b", "a%0ab",
             "%c2%9b31m", "%ff", "deep/er/x", "?C=N;O=D", "#", "", ".", "good", "good#again", "good?other"]
    with PageServer({"/images/": page(*links)}) as pages, Mount(pages.url + "/images/", unhedged=COUNTED) as mount:
        assert sorted(os.listdir(mount.folder)) == sorted(
            ["..%2F..%2Fetc", "a%2Fb", "a%00b", "a%0Ab", "%C2%9B31m", "%FF", "good", "good~2"])
        clients.run("find", mount.folder)
        assert {path.name: path.stat().st_size for path in mount.folder.iterdir() if path.is_file()}.keys()
        assert not [path for path in pages.asked if not path.startswith("/images/")]


def test_a_login_page_is_refused_in_one_line(tmp_path: Path) -> None:
    form = b"<form action=login><input name=user><input type=password name=p></form><a href=/help>help</a>"
    with PageServer({"/images/": ("text/html", form)}) as pages:
        assert "login page" in refused_with_1("mount", pages.url + "/images/", tmp_path)


def test_what_is_no_listing_is_refused_in_one_line(tmp_path: Path) -> None:
    with PageServer({"/disk/": ("application/octet-stream", b"bytes"), "/api/": ("application/json", b"{}")}) as pages:
        assert "listing" in refused_with_1("mount", pages.url + "/disk/", tmp_path)
        assert "listing" in refused_with_1("mount", pages.url + "/api/", tmp_path)


def test_a_folder_that_shows_a_login_page_later_keeps_the_rest_usable(tmp_path: Path) -> None:
    form = ("text/html", b"<input type=password>")
    with PageServer({"/images/": page("private/", "public/"), "/images/private/": form,
                     "/images/public/": page("good")}) as pages, Mount(pages.url + "/images/") as mount:
        with pytest.raises(PermissionError):
            os.listdir(mount / "private")
        assert os.listdir(mount / "public") == ["good"]


@pytest.mark.parametrize("links", [
    ["a/" * 1, "x" * 300, "x" * 60_000, "y" * 70_000],
    [f"same?{index}" for index in range(20_000)],
    [f"{index}/" for index in range(20_000)],
], ids=["long names", "one name", "many folders"])
def test_an_odd_page_is_shown_promptly(links: list[str]) -> None:
    with PageServer({"/images/": page(*links)}) as pages:
        begin = time.monotonic()
        with Mount(pages.url + "/images/") as mount:
            names = os.listdir(mount.folder)
            assert len(set(names)) == len(names) >= len(links) - 1
            assert max(len(os.fsencode(name)) for name in names) <= 255
        assert time.monotonic() - begin < 20
