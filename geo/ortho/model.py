"""What a flight is made of: its files with their footprints, and the tasks that convert them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from shapely.geometry import Polygon

from geo.texts import Text

# Part of a COG's name: raised when the recipe of `geo.ortho.convert` changes, so that files are made anew.
RECIPE = 1


class TaskState(StrEnum):
    """Where a conversion stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FlightFile:
    """A file of a flight, converted: a row of the flight's table, and its COG on disk."""

    sha256: str  # of the source as it was delivered
    name: str  # the source's, as people know it
    footprint: Polygon  # degrees, longitude first
    pixel_m: float  # on the ground, of the source
    flown_on: date | None
    cog: str  # a file name in the folder `ortho` of the data folder

    @property
    def id(self) -> str:
        """What the public calls it: the first sixteen hex digits of its SHA-256."""
        return self.sha256[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """A file that waits for its conversion, or had it."""

    id: UUID
    flight: str
    file: str  # absolute path where the worker reads it
    file_name: str
    srid: int | None  # None: as the file says
    flown_on: date | None
    synthetic: bool
    anywhere: bool
    state: TaskState
    progress: float
    message: Text
    created_at: datetime
    changed_at: datetime


def cog_name(sha256: str, place: str) -> str:
    """The name of a source's COG: the same picture in the same place by the same recipe gives the same name.

    `place` is `Source.place`: a world file beside the picture, or a CRS said by the officer, moves it without changing
    a byte of it.
    """
    return f"{sha256}-{RECIPE}-{place}.tif"
