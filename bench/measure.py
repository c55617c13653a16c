"""What every bench needs: where it ran, and what a process took."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Taken:
    """What a process took: seconds by the clock and of the processor, memory at its highest."""

    wall_s: float
    cpu_s: float
    peak_mb: float

    def __add__(self, other: Taken) -> Taken:
        """One process after the other."""
        return Taken(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s, max(self.peak_mb, other.peak_mb))


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Taken:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; says with what words.
    """
    start = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        said = process.stderr.read() if process.stderr else ""
        # wait4 knows what this one process took; getrusage only the sum and the highest of all.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said[-2000:]}")
    # Linux counts kilobytes.
    return Taken(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def header(title: str, versions: Mapping[str, str]) -> None:
    """Say what is measured, on which machine, with which versions, beside how much other work."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    print(f"# {title}")
    print(f"{os.cpu_count()} x {cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"load average at the start {os.getloadavg()[0]:.1f}")
