"""The peers' own Python environments, made from locks in the folder that is kept between runs."""

from __future__ import annotations

import subprocess
import sys

from bench import places
from bench.contestants import LeftOut

_LOCKS = places.HERE / "locks"


def python(name: str) -> str:
    """The interpreter of an environment, made or renewed when its lock has changed.

    Raises:
        LeftOut: its packages cannot be installed; says what pip said.
    """
    lock = _LOCKS / f"{name}.lock"
    folder = places.kept() / name
    stamp, wanted = folder / "stamp", f"{places.fingerprint(lock)} {sys.version_info[:2]}"
    interpreter = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return str(interpreter)
    print(f"Installing {name} into {folder}…", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(interpreter), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    ended = subprocess.run([*pip, "--require-hashes", "-r", str(lock)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise LeftOut(f"{name}: left out, its packages could not be installed: {ended.stderr.strip()[-300:]}")
    stamp.write_text(wanted, encoding="utf-8")
    return str(interpreter)
