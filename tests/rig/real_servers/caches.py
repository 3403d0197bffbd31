# SPDX-License-Identifier: MIT
"""Caches and a balancer in front of an origin at http://127.0.0.1:ORIGIN/, each as a function that makes its command
line. A cache believes what it has for `fresh` seconds. What is not said here is as the program's own defaults have it.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..index_servers import Command, quoted


def varnish(fresh: int, origin: int, folder: Path, _: Path, port: int) -> Command:
    """In memory. It fetches whole files, and serves ranges of what has come so far."""
    (folder / "rig.vcl").write_text(f"""vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{origin}"; }}
sub vcl_backend_response {{ set beresp.ttl = {fresh}s; set beresp.grace = 0s; set beresp.keep = 0s; }}
""")
    return ["varnishd", "-F", "-j", "none", "-n", str(folder / "varnish"), "-f", str(folder / "rig.vcl"),
            "-a", f"127.0.0.1:{port}", "-s", "malloc,256m", "-p", "thread_pool_min=10"]


def nginx(how: str, fresh: int, origin: int, folder: Path, _: Path, port: int) -> Command:
    """proxy_cache of whole files, or of what `how` makes of them."""
    temporary = "\n".join(f"{kind}_temp_path tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
{"user root root;" if os.geteuid() == 0 else ""}
daemon off;
pid nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    proxy_cache_path {quoted(folder / "cache")} keys_zone=rig:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{origin};
            proxy_http_version 1.1;
            proxy_cache rig;
            proxy_cache_valid 200 206 {fresh}s;
            {how}
        }}
    }}
}}
""")
    return ["nginx", "-e", "error.log", "-p", str(folder), "-c", "nginx.conf"]


# As the manual of ngx_http_slice_module has it.
NGINX_SLICES = """slice 1m;
            proxy_cache_key $uri$is_args$args$slice_range;
            proxy_set_header Range $slice_range;"""


def squid(more: str, fresh: int, origin: int, folder: Path, _: Path, port: int) -> Command:
    """As a reverse proxy, in memory."""
    (folder / "squid.conf").write_text(f"""
http_port 127.0.0.1:{port} accel defaultsite=127.0.0.1:{port} no-vhost
cache_peer 127.0.0.1 parent {origin} 0 no-query no-digest originserver
http_access allow all
cache_mem 128 MB
maximum_object_size_in_memory 64 MB
maximum_object_size 64 MB
refresh_pattern . 0 0% {fresh}
pid_filename none
access_log none
cache_log {folder}/squid.log
cache_store_log none
coredump_dir {folder}
shutdown_lifetime 0 seconds
pinger_enable off
netdb_filename none
visible_hostname rig
{more}
""")
    command = ["squid", "-N", "-f", str(folder / "squid.conf")]
    if os.geteuid() == 0:  # Squid will not serve as root
        folder.chmod(0o777)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=TERM", *command]
    return command


# Whole files, however little was asked for and although the client has gone.
SQUID_WHOLE = "range_offset_limit none\nquick_abort_min -1 KB"


def haproxy(origins: tuple[int, ...], folder: Path, _: Path, port: int) -> Command:
    """Requests go to the origins in turns, and to one that is gone no more after three failed checks."""
    servers = "\n".join(f"    server origin{index} 127.0.0.1:{origin} check inter 200ms"
                        for index, origin in enumerate(origins))
    (folder / "haproxy.cfg").write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen rig
    bind 127.0.0.1:{port}
    balance roundrobin
{servers}
""")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]
