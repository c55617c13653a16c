"""Load by wrk: eight connections over loopback for some seconds, over a list of addresses."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CONNECTIONS = 8
# The slowest peer needs seconds for ten thousand features.
PATIENCE_S = 60
# Not sent: the script keeps it for itself.
_STATUS = "expect-status"
_SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True)
class Load:
    """What wrk measured: answers, their bytes with headers, and milliseconds.

    `refused` counts answers of another status than was expected, `broken` the ones that did not come whole.
    """

    requests: int
    seconds: float
    bytes: int
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float

    @property
    def failed(self) -> int:
        """Answers wrong or broken."""
        return self.refused + self.broken

    @property
    def per_second(self) -> float:
        """Good answers a second: to refuse is quick."""
        return max(0, self.requests - self.refused) / self.seconds

    @property
    def bytes_each(self) -> float:
        """Mean size of an answer, headers included; nan without any."""
        return self.bytes / self.requests if self.requests else float("nan")


def line(path: str, headers: Mapping[str, str], status: int | None = None) -> str:
    """An address with what is sent to it, as `run` takes it; of a list with a `status` every answer is checked."""
    expected = [f"{_STATUS}: {status}"] if status else []
    return "\t".join([path, *expected, *(f"{name}: {value}" for name, value in headers.items())])


def run(port: int, addresses: Sequence[str], seconds: int, begin: int = 0) -> Load:
    """Ask a server of this machine for the addresses in their order, from number `begin` on, again and again.

    What begins with 4 or 5 is refused; where a `line` names a status, so is what no line expects.

    Raises:
        RuntimeError: wrk is not installed or did not measure.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is missing: run 'make bench', which installs it")
    with TemporaryDirectory(prefix="geo-bench-") as folder:
        listed = Path(folder) / "addresses"
        listed.write_text("".join(f"{address}\n" for address in addresses), encoding="ascii")
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", f"{PATIENCE_S}s", "-s", str(_SCRIPT)]
        command = ["wrk", *options, f"http://127.0.0.1:{port}", "--", str(listed), str(begin)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"wrk ended with {ended.returncode}: {ended.stdout[-500:]}{ended.stderr[-500:]}")
    return read(ended.stdout)


def read(said: str) -> Load:
    """The measurement in the last line of what wrk and its script said."""
    found = json.loads(said.strip().splitlines()[-1])
    return Load(
        found["requests"],
        found["microseconds"] / 1e6,
        found["bytes"],
        found["refused"],
        found["broken"],
        found["p50_us"] / 1000,
        found["p99_us"] / 1000,
    )
