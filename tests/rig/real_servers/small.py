# SPDX-License-Identifier: MIT
"""Smaller servers of Debian, and one configuration of Apache, each as a function that makes its command line. Those
whose listings the unit tests know, too, are in index_servers.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..index_servers import APACHE_OF_DEBIAN, Command, apache


def apache_with_encoding(folder: Path, docroot: Path, port: int) -> Command:
    """Apache that declares .gz a coding of something else, as httpd.conf did up to Apache 2.0 and Debian's mime.conf
    suggests in a comment."""
    return apache(APACHE_OF_DEBIAN, "TypesConfig /dev/null\nAddEncoding x-gzip .gz .tgz", folder, docroot, port)


def mini_httpd(folder: Path, docroot: Path, port: int) -> Command:
    return ["mini_httpd", "-D", "-h", "127.0.0.1", "-p", str(port), "-d", str(docroot), "-i", str(folder / "pid"),
            "-u", "root" if os.geteuid() == 0 else "nobody"]  # who ignores it


def webfs(folder: Path, docroot: Path, port: int) -> Command:
    return ["webfsd", "-F", "-4", "-i", "127.0.0.1", "-p", str(port), "-r", str(docroot), "-n", "127.0.0.1"]


def busybox(folder: Path, docroot: Path, port: int) -> Command:
    """It lists nothing by itself."""
    return ["busybox", "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", str(docroot)]


def h2o(folder: Path, docroot: Path, port: int) -> Command:
    configuration: dict[str, object] = {
        "listen": {"host": "127.0.0.1", "port": port}, "num-threads": 2, "error-log": str(folder / "error.log"),
        "hosts": {"default": {"paths": {"/": {"file.dir": str(docroot), "file.dirlisting": "ON", "file.index": []}}}}}
    if os.geteuid() == 0:
        configuration["user"] = "root"
    (folder / "h2o.conf").write_text(json.dumps(configuration))  # which is YAML
    return ["h2o", "-m", "worker", "-c", str(folder / "h2o.conf")]


def twisted(folder: Path, docroot: Path, port: int) -> Command:
    return ["twistd3", "--nodaemon", "--pidfile", "twistd.pid", "web", "--path", str(docroot), "--listen",
            f"tcp:{port}:interface=127.0.0.1"]


def rclone(folder: Path, docroot: Path, port: int) -> Command:
    return ["rclone", "serve", "http", "--config", "/dev/null", "--read-only", "--addr", f"127.0.0.1:{port}",
            str(docroot)]
