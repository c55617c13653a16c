"""nginx's program and configuration. The package is unpacked, not installed: installed it would listen on port 80."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench import places
from bench.contestants import WORKERS, LeftOut

_CONFIG = """{user}
worker_processes {workers};
daemon off;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=20000 inactive=300s;
    open_file_cache_valid 300s;
    types {{ application/vnd.mapbox-vector-tile mvt; image/webp webp; application/geo+json json; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        {locations}
    }}
}}
"""


def command(folder: Path, port: int, locations: str) -> list[str]:
    """The command line of an nginx whose folder is `folder`, with these directives in its one server.

    Raises:
        LeftOut: it is not here and cannot be fetched.
    """
    # As root its workers would be another account, which cannot read a cache folder under a private home.
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    filled = _CONFIG.format(user=user, workers=WORKERS, folder=folder, port=port, locations=locations)
    config.write_text(filled, encoding="utf-8")
    return [str(_program()), "-p", str(folder), "-c", str(config)]


def _program() -> Path:
    folder = places.kept() / "nginx"
    program = folder / "usr" / "sbin" / "nginx"
    if program.exists():
        return program
    if installed := shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return Path(installed)
    folder.mkdir(exist_ok=True)
    for step in (["apt-get", "-q", "download", "nginx"], ["sh", "-c", "dpkg -x nginx_*.deb ."]):
        if shutil.which(step[0]) is None:
            raise LeftOut("nginx: left out, it is not installed and there is no apt-get to bring it")
        ended = subprocess.run(step, cwd=folder, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise LeftOut(f"nginx: left out, {' '.join(step)}: {ended.stderr.strip()[-300:]}")
    return program
