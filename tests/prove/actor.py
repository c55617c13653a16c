"""The process that does an operation and is stopped in the middle: killed, or bereft of its database or its child."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from procrastinate.exceptions import ConnectorException

from geo.errors import GeoError
from tests.prove import steps
from tests.prove.operations import OPERATIONS
from tests.prove.town import Place

_WATCHED_S = 20.0


class How(StrEnum):
    """What ends."""

    PROCESS = "the process"
    DATABASE = "the database"
    CHILD = "its child"


@dataclass(frozen=True)
class Stop:
    """At which occurrence of a step, counted from 0, what ends."""

    step: str
    occurrence: int
    how: How


def act(name: str, place: Place, file: Path, stop: Stop | None, driver: Connection) -> None:
    """Do the operation; tell the driver each step by name, and how it ended."""
    taken: Counter[str] = Counter()
    counting = threading.Lock()

    def at(step: str) -> None:
        with counting:
            number = taken[step]
            taken[step] += 1
            driver.send(("step", step))
        if stop is not None and (step, number) == (stop.step, stop.occurrence):
            driver.send(("stopped", step))
            _end(stop, driver)

    # What is logged of a database that goes away is expected here, and long.
    logging.disable()
    deps = place.deps()
    steps.watch(place.data_dir, at)
    try:
        OPERATIONS[name].act(deps, file)
    except (GeoError, ConnectorException, psycopg.Error, OSError) as exc:
        driver.send(("failed", repr(exc)))
    else:
        driver.send(("done", ""))
    # Without the pools' farewells: their connections may be gone.
    os._exit(0)


def _end(stop: Stop, driver: Connection) -> None:
    if stop.how is How.PROCESS:
        os.kill(os.getpid(), signal.SIGKILL)
    elif stop.how is How.DATABASE:
        driver.send(("restart", ""))
        driver.recv()
    elif steps.BIRTH in stop.step:
        # It is about to be born.
        threading.Thread(target=_kill_newborn, daemon=True).start()
    else:
        _kill_child()


def _kill_newborn() -> None:
    end = time.monotonic() + _WATCHED_S
    while not _kill_child() and time.monotonic() < end:
        time.sleep(0.001)


def _kill_child() -> bool:
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):
            for child in (task / "children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
                return True
    return False
