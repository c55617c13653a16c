"""What a process took."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import places

GEO = (sys.executable, "-m", "server.cli")


# A process begins with the highest memory of the one that started it (Linux carries it over exec: `true`
# started by a process of 700 MB "takes" 711), so something small stands between.
_LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[2:])
wall_s = time.monotonic() - start
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_s = usage.ru_utime + usage.ru_stime
with open(sys.argv[1], "w") as target:
    json.dump({"code": code, "wall_s": wall_s, "cpu_s": cpu_s, "peak_kb": usage.ru_maxrss}, target)
"""


@dataclass(frozen=True)
class Taken:
    """What a process took: seconds by the clock and of the processor, memory at its highest; and what it said."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str = ""

    def __add__(self, other: Taken) -> Taken:
        """One process after the other."""
        return Taken(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            max(self.peak_mb, other.peak_mb),
            self.said + other.said,
        )


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Taken:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; says with what words.
    """
    with TemporaryDirectory(prefix="geo-bench-") as folder:
        account = Path(folder) / "account.json"
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(account)]
        ended = subprocess.run(
            [*launcher, *command], cwd=places.ROOT, env=environ, capture_output=True, text=True, check=False
        )
        taken = json.loads(account.read_text(encoding="utf-8")) if account.exists() else {"code": ended.returncode}
    if taken["code"]:
        raise RuntimeError(f"{command[0]} ended with {taken['code']}: {ended.stderr[-2000:]}")
    return Taken(taken["wall_s"], taken["cpu_s"], taken["peak_kb"] / 1024, ended.stdout)
