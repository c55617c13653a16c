"""What the HTTP server loads: `server.wsgi:application`, wired at the first request of each process."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from werkzeug.test import Client

from geo import registry, settings
from geo.http.answers import Environ
from server import app, database
from server.door import Application

# Shorter than a publisher needs to hear that it is done, and long enough to ask fifty times a second at most.
STALE_S = 0.02


class _Wired:
    """The application of this process, made by whoever asks first; the others wait for it."""

    def __init__(self) -> None:
        self._application: Application | None = None
        self._lock = Lock()

    def __call__(self) -> Application:
        """The application."""
        if self._application is None:
            with self._lock:
                if self._application is None:
                    self._application = _wire()
        return self._application


_wired = _Wired()


def _wire() -> Application:
    ours = settings.load(os.environ, Path(__file__).parent.parent)
    where = database.addresses(ours)
    town = app.create(ours, registry.read(ours.config_dir), where.owner, where.public, stale_s=STALE_S)
    # pygeoapi's first documents cost a second; nobody should wait for them.
    Client(town).get("/ogc/openapi")
    # What is loaded by now stays: the collector need not walk through all of it while somebody waits.
    gc.collect()
    gc.freeze()
    return town


def create() -> Callable[[Environ, Callable[..., Any]], Iterable[bytes]]:
    """The application, wired now: a mistake in the registry shows at the start."""
    _wired()
    return application


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI."""
    return _wired()(environ, start_response)
