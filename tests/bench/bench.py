#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures rimfs beside its peers, in one run, against one server.

    tests/bench/bench.py [--profiles wan,vcenter] [--size MIB] [--tls] [--only N1,N3] [--json FILE]

Prints one table: the work, the link, ours, each peer, the ratio to the bar and whether it is met. Peers that are not
installed are left out. The packages: those of tests/rig/packages.txt, and aria2 rclone nbdkit libnbd-bin
qemu-block-extra fio gcc.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers  # noqa: E402
from rig.mount import Mount, program  # noqa: E402
from rig.server import PROFILES, Server  # noqa: E402

DELAY = {"lan": 0.0, "dc": 0.010, "wan": 0.040, "vcenter": 0.150}
RATE = {"lan": 0.0, "dc": 0.0, "wan": 25e6, "vcenter": 10e6}
CONNECTIONS = 16
WARM_MEMORY = 4 << 30  # the copy, the page cache, the cache of rimfs, and room


def touch_free_memory() -> None:
    """A virtual machine gives free memory back to its host; the first touch of such a page then costs 20 times as much
    (measured: 2.3 s a GiB instead of 0.08). So what the work will need is touched before it is timed."""
    size = WARM_MEMORY
    with mmap.mmap(-1, size) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes, from a cold page cache when we may drop it."""
    if os.geteuid() == 0:
        subprocess.run(["sync"], check=True)
        Path("/proc/sys/vm/drop_caches").write_text("1")
    touch_free_memory()
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def seconds_of(command: list[str]) -> float:
    """What a command takes whose output nobody reads."""
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def build_of(name: str) -> Path:
    """A program of the tree that the measured rimfs was built in."""
    return Path(program()).resolve().parent / name


def answer_of(*command: str | Path | int) -> dict[str, float]:
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class Bench:
    """The images, the server and the rows measured so far."""

    def __init__(self, folder: Path, size: int, tls: bool) -> None:
        self.folder, self.tls, self.rows = folder, tls, []
        self.docroot = folder / "served"
        self.docroot.mkdir()
        self.raw = self.docroot / "disk.raw"
        with open(self.raw, "wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 20))
        self.qcow2 = self.docroot / "disk.qcow2"
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", self.raw, self.qcow2], check=True)
        self.server = Server(self.docroot)

    def mount(self, url: str, *options: str) -> Mount:
        trust = ["--ca-file", str(self.server.ca_file)] if self.tls else []
        return Mount("--connections", str(CONNECTIONS), *trust, *options, url)

    def url(self, image: Path, profile: str) -> str:
        return self.server.url(image.name, profile, tls=self.tls)

    def add(self, row: str, profile: str, ours: float, others: dict[str, float], ratio: float, bar: str,
            met: bool) -> None:
        self.rows.append(dict(row=row, profile=profile, ours=ours, others=others, ratio=ratio, bar=bar, met=met))
        shown = "  ".join(f"{name} {value:.2f}" for name, value in others.items())
        print(f"{row:4} {profile:8} {ours:10.3f}  {ratio:8.3f}  {bar:24} {'met' if met else 'NOT MET':8} {shown}", flush=True)

    def check_fetched(self, profile: str, image: Path) -> None:
        ratio = self.server.bytes_sent() / image.stat().st_size
        self.add("N5", profile, ratio, {}, ratio, "fetched <= 1.02 x file", ratio <= 1.02)

    def convert(self, profile: str, with_peers: bool) -> None:
        """N1: qemu-img convert of a qcow2 on the mount."""
        url, target = self.url(self.qcow2, profile), self.folder / "out.raw"
        others = peers.convert_times(timed, url, self.server.ca_file, CONNECTIONS, self.folder, with_peers)
        self.server.clear_log()
        with self.mount(url) as mount:
            ours = timed(lambda: subprocess.run(
                ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", mount / "disk.qcow2", target], check=True))
        subprocess.run(["cmp", target, self.raw], check=True)
        target.unlink()
        ratio = ours / others["aria2c"]
        self.add("N1", profile, ours, others, ratio, "<= 1.00 x aria2c", ratio <= 1.0)
        self.check_fetched(profile, self.qcow2)

    def sequential(self, profile: str) -> None:
        """N2: dd of a raw image."""
        url = self.url(self.raw, profile)
        aria2c = timed(lambda: peers.aria2c(url, self.server.ca_file, CONNECTIONS, self.folder))
        self.server.clear_log()
        with self.mount(url) as mount:
            ours = timed(lambda: subprocess.run(
                ["dd", f"if={mount / 'disk.raw'}", "of=/dev/null", "bs=1M", "status=none"], check=True))
        self.add("N2", profile, ours, {"aria2c": aria2c}, aria2c / ours, ">= 0.95 of aria2c", aria2c / ours >= 0.95)

    def random(self, profile: str) -> None:
        """N3: cold random 4 KiB reads at depth 1 and 16."""
        rates = {}
        for depth in (1, 16):
            with self.mount(self.url(self.raw, profile)) as mount:
                done = subprocess.run(
                    ["fio", "--name=r", "--readonly", f"--filename={mount / 'disk.raw'}", "--rw=randread", "--bs=4k",
                     f"--iodepth={depth}", "--ioengine=libaio", "--direct=1", "--time_based", "--runtime=8",
                     "--norandommap=0", f"--randseed={depth}", "--output-format=json"],
                    check=True, capture_output=True, text=True)
                rates[depth] = json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]["read"]["iops"]
        mean = 1 / rates[1]
        transfer = 16384 / RATE[profile] if RATE[profile] else 0.0
        if DELAY[profile]:
            ratio = mean / (DELAY[profile] + transfer)
            self.add("N3", profile, mean, {}, ratio, "mean <= 1.10 x the delay", ratio <= 1.1)
        self.add("N3", profile, rates[16], {"depth 1": rates[1]}, rates[16] / rates[1], "depth 16 >= 14 x depth 1",
                 rates[16] / rates[1] >= 14)

    def memory_hit(self) -> None:
        """N4: reading again from the RAM cache, beside a FUSE program that replies from memory."""
        size = min(self.raw.stat().st_size, 256 << 20)
        command = ["bs=1M", "of=/dev/null", "status=none", f"count={size >> 20}"]
        with self.mount(self.url(self.raw, "lan"), "--cache-memory", "1G") as mount:
            read = ["dd", f"if={mount / 'disk.raw'}", *command]
            subprocess.run(read, check=True)
            ours = min(timed(lambda: subprocess.run(read, check=True)) for _ in range(3))
        floor = peers.memory_filesystem(timed, self.folder, size, command)
        if floor:
            self.add("N4", "-", size / ours / 1e6, {"minimal FUSE": size / floor / 1e6}, floor / ours,
                     ">= 0.90 of minimal FUSE", floor / ours >= 0.9)

    def memory_limit(self) -> None:
        """N6: 64 readers on 64 files with a 256 MiB cache."""
        for i in range(64):
            with open(self.docroot / f"f{i}.img", "wb") as file:
                file.write(os.urandom(16 << 20))
        urls = [self.server.url(f"f{i}.img", "dc", tls=self.tls) for i in range(64)]
        trust = ["--ca-file", str(self.server.ca_file)] if self.tls else []
        with Mount("--cache-memory", "256M", *trust, *urls) as mount:
            readers = [subprocess.Popen(["cat", mount / f"f{i}.img"], stdout=subprocess.DEVNULL) for i in range(64)]
            for reader in readers:
                assert reader.wait(300) == 0
            status = Path(f"/proc/{mount.pid}/status").read_text()
        most = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        self.add("N6", "dc", most, {}, most / 320, "<= cache + 64 MiB", most <= 320)

    def known_map(self) -> None:
        """N8: `qemu-img map` of a raw image of 100 GiB whose extents are known: 1 GiB of data in 256 and 1,000 places.
        It seeks three times for each."""
        for places in (256, 1_000):
            image = self.docroot / "known.raw"
            with open(image, "wb") as file:
                file.truncate(100 << 30)
                for i in range(places):
                    file.seek(i * ((100 << 30) // places) & ~4095)
                    file.write(os.urandom(((1 << 30) // places) & ~4095))
            extents = self.folder / "known.json"
            command = ["qemu-img", "map", "--output=json", "-f", "raw"]
            extents.write_text(subprocess.run([*command, image], check=True, capture_output=True, text=True).stdout)
            with self.mount(self.server.url(image.name, tls=self.tls), "--extents", str(extents)) as mount:
                self.server.clear_log()
                local = min(seconds_of([*command, str(image)]) for _ in range(3))
                ours = min(seconds_of([*command, str(mount / image.name)]) for _ in range(3))
                asked = len(self.server.requests())
            self.add("N8", "-", ours, {"local file": local, "places": places, "requests": asked}, ours / 0.1,
                     "< 0.1 s, no request", ours < 0.1 and asked == 0)
            image.unlink()
    def warm_copy(self) -> None:
        """C: a convert that the disk cache answers alone, after a new mount, beside the same from a local copy: both from
        a cold page cache, in turns, medians of five."""
        local, target, cache = self.folder / "local.raw", self.folder / "out.raw", self.folder / "cache"
        shutil.copy(self.raw, local)
        url = self.url(self.raw, "lan")
        for _ in range(2):  # a link faster than the disk leaves blocks out that memory could not keep
            with self.mount(url, "--cache-dir", str(cache), "--cache-size", "64G") as mount:
                subprocess.run(["cat", mount / "disk.raw"], check=True, stdout=subprocess.DEVNULL)

        def convert(source: Path) -> float:
            target.unlink(missing_ok=True)
            return timed(lambda: subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "raw", source, target],
                                                check=True))

        ours, there = [], []
        self.server.clear_log()
        for _ in range(5):
            there.append(convert(local))
            with self.mount(url, "--cache-dir", str(cache), "--cache-size", "64G") as mount:
                ours.append(convert(mount / "disk.raw"))
            subprocess.run(["cmp", target, self.raw], check=True)
        target.unlink()
        shutil.rmtree(cache)
        assert self.server.bytes_sent() <= 10, "something was fetched again"
        ratio = sorted(ours)[2] / sorted(there)[2]
        others = {"local file": sorted(there)[2], "best": min(ours), "best local": min(there)}
        self.add("WARM", "disk", sorted(ours)[2], others, ratio, "<= 1.10 x local file", ratio <= 1.1)

    def cache_writes(self) -> None:
        """N7: the same blocks written with page-cache windows and without, in turns; what stays in the page cache."""
        writer, size = build_of("tests/bench/disk-cache"), min(512, self.raw.stat().st_size >> 20)
        times: dict[str, list[float]] = {"windows": [], "plain": [], "store": []}
        resident = 0.0
        for _ in range(5):
            for way, measured in times.items():
                folder = self.folder / "writes"
                folder.mkdir()
                touch_free_memory()
                measured.append(answer_of(writer, "write", way, folder, size)["seconds"])
                if way != "plain":
                    kept = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", folder / "data"],
                                          check=True, capture_output=True, text=True).stdout
                    resident = max(resident, int(kept) / (size << 20))
                shutil.rmtree(folder)
        medians = {way: sorted(measured)[2] for way, measured in times.items()}
        ratio = medians["windows"] / medians["plain"]
        self.add("N7", "disk", medians.pop("windows"), medians, ratio, "<= 1.05 x without", ratio <= 1.05)
        self.add("N7", "disk", resident, {}, resident, "resident <= 0.001", resident <= 0.001)

    def large_index(self) -> None:
        """N10: opening the store of an image of 1 TiB whose 1,048,576 blocks are all there."""
        folder = self.folder / "index"
        folder.mkdir()
        touch_free_memory()
        measured = answer_of(build_of("tests/bench/disk-cache"), "index", folder, 1 << 20)
        shutil.rmtree(folder)
        seconds, each = measured["seconds"], measured["bytes_per_block"]
        self.add("N10", "disk", seconds, {}, seconds, "1 TiB opens in < 1 s", seconds < 1)
        self.add("N10", "disk", each, {}, each / 64, "<= 64 bytes a block", each <= 64)

    def large_folder(self) -> None:
        """N9: `ls -U` of 100,000 files, the request for the listing included, beside curl of the same page."""
        folder = self.docroot / "many" / "sub"
        folder.mkdir(parents=True)
        for i in range(100_000):
            (folder / f"disk-{i:06}.img").touch()
        url = self.server.url("many/", tls=self.tls)
        trust = ["--cacert", str(self.server.ca_file)] if self.tls else []
        page = ["curl", "--silent", "--fail", *trust, "-o", "/dev/null", url + "sub/"]
        curl, ours = [], []
        for _ in range(5):  # in turns: both meet the same load
            curl.append(seconds_of(page))
            with self.mount(url) as mount:  # which lists its root: what is below is listed when it is asked for
                ours.append(seconds_of(["ls", "-U", str(mount / "sub")]))
        others = {"curl": min(curl), "curl median": sorted(curl)[2], "ours median": sorted(ours)[2]}
        ratio = min(ours) / min(curl)
        self.add("N9", "lan", min(ours), others, ratio, "<= 2.00 x curl", ratio <= 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", default=",".join(PROFILES))
    parser.add_argument("--size", type=int, default=1024, help="MiB of the image")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--no-peers", action="store_true", help="only aria2c, which the bars need")
    parser.add_argument("--only", default="N1,N2,N3,N4,N6,N7,N8,N9,N10,WARM")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    wanted = options.only.split(",")
    folder = Path(tempfile.mkdtemp(prefix="rimfs-bench-", dir=os.environ.get("RIMFS_BENCH_DIR", "/var/tmp")))
    try:
        bench = Bench(folder, options.size, options.tls)
        print(f"{'row':4} {'link':8} {'ours':>10}  {'ratio':>8}  {'bar':24} {'':8} peers")
        with bench.server:
            for profile in options.profiles.split(","):
                if "N1" in wanted:
                    bench.convert(profile, not options.no_peers)
                if "N2" in wanted:
                    bench.sequential(profile)
                if "N3" in wanted:
                    bench.random(profile)
            if "N4" in wanted:
                bench.memory_hit()
            if "N6" in wanted:
                bench.memory_limit()
            if "N8" in wanted:
                bench.known_map()
            if "N7" in wanted:
                bench.cache_writes()
            if "N9" in wanted:
                bench.large_folder()
            if "N10" in wanted:
                bench.large_index()
            if "WARM" in wanted:
                bench.warm_copy()
        if options.json:
            options.json.write_text(json.dumps(bench.rows, indent=1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
