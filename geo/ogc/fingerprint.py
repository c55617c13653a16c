"""What the entity tags of this room know of the program: an upgrade makes other bytes from the same data."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

# Documents come of pygeoapi, dates and numbers on pages of babel.
_LIBRARIES = ("pygeoapi", "babel")
_KINDS = frozenset({".py", ".sql", ".html", ".xml", ".json", ".po"})


def of_service(*configured: str) -> str:
    """A digest of the program and of how it is configured."""
    return hashlib.sha256("\0".join((of_program(), *configured)).encode()).hexdigest()[:12]


@cache
def of_program() -> str:
    """A digest of this program as it lay on disk when it was first asked for; one for a process."""
    return of_files(Path(__file__).parent.parent)


def of_files(folder: Path) -> str:
    """A digest of the code, templates and translations under a folder, and of the libraries that make answers."""
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name}={version(name)}\0".encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in _KINDS:
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
