"""Where and with what a run was made: date, machine, versions of everybody who took part."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import places
from bench.contestants.martin import VERSION as MARTIN
from bench.town import Town


def conditions(town: Town, rounds: int, seconds: int, load_average: float) -> list[str]:
    """Sentences for the head of the table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    commit = _said(["git", "-C", str(places.ROOT), "describe", "--always", "--dirty"])
    machine = f"{os.cpu_count()} x {_processor()}, {memory:.0f} GiB, {platform.system()} {platform.release()}"
    amount = f"{rounds} rounds of {seconds} s each; load average at the start {load_average:.1f}"
    known = ", ".join(f"{name} {version}" for name, version in _versions(town).items())
    now = datetime.now(UTC)
    return [f"{now:%Y-%m-%d %H:%M} UTC, {machine}; commit {commit or 'unknown'}; {amount}.", f"Versions: {known}."]


def _versions(town: Town) -> dict[str, str]:
    ((server, postgis),) = town.rows("SELECT current_setting('server_version'), postgis_lib_version()")
    found = {
        "Python": platform.python_version(),
        "PostgreSQL": str(server).split()[0],
        "PostGIS": str(postgis),
        "GDAL's programs": _of(["ogr2ogr", "--version"], r"GDAL ([\d.]+)"),
        "wrk": _of(["wrk", "-v"], r"wrk [^\d]*([\d.]+)"),
        "nginx": _of([str(places.kept() / "nginx" / "usr" / "sbin" / "nginx"), "-v"], r"nginx/([\d.]+)"),
        "MapServer": _of(["/usr/lib/cgi-bin/mapserv", "-v"], r"version ([\d.]+)"),
        "martin": MARTIN if (places.kept() / "martin" / "bin" / "martin").exists() else "",
    }
    for lock in sorted((places.HERE / "locks").glob("*.lock")):
        pinned = re.search(rf"^{lock.stem}[\w.-]*==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
        found[lock.stem] = pinned[1] if pinned else ""
    return {name: version for name, version in found.items() if version}


def _of(command: Sequence[str], pattern: str) -> str:
    found = re.search(pattern, _said(command))
    return found[1] if found else ""


def _said(command: Sequence[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{ended.stdout}{ended.stderr}".strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
