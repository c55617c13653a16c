"""Orthophotos in the making: how far each flight is, and which are public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from flask import Blueprint, Response, request

from geo.catalog import Catalog
from geo.deps import Deps
from geo.http import language_of, only
from geo.map.room import Room, answer
from geo.registry import Registry

type State = Literal["queued", "running", "done"]


@dataclass(frozen=True, slots=True)
class FlightProgress:
    """One flight that is public or in the making."""

    id: str
    title: str
    # What its switch on the map says.
    name: str
    state: State
    # Of the files that are not done yet, from 0 to 1; of a flight that is done, 1.
    progress: float


@dataclass(frozen=True, slots=True)
class Progress:
    """All flights at one revision of the catalog, in the order of the registry."""

    catalog: Catalog
    # Pictures are being painted, and none of them may be queued yet: the demo town's first minutes.
    promised: bool
    flights: list[FlightProgress]

    @property
    def unfinished(self) -> list[FlightProgress]:
        """The flights with files that wait or are being converted."""
        return [flight for flight in self.flights if flight.state != "done"]

    @property
    def making(self) -> bool:
        """Whether anything will change soon."""
        return self.promised or bool(self.unfinished)


def add_routes(door: Blueprint, room: Room) -> None:
    """`/api/progress`."""
    door.add_url_rule("/api/progress", "progress", lambda: progress(room))


def progress(room: Room) -> Response:
    """Every flight that is public or in the making, and the catalog's revision."""
    only(request.args, "lang")
    language = language_of(request)
    now = read(room.deps, language)
    flights = [asdict(flight) for flight in now.flights]
    return answer({"revision": now.catalog.revision, "promised": now.promised, "flights": flights}, language=language)


def read(deps: Deps, language: str) -> Progress:
    """How far the orthophotos are, as the public role may know it."""
    with deps.database.public() as connection:
        # From the promise to the publication, as the work goes: what moves on in between is seen twice, never lost.
        promised = connection.execute("SELECT promised FROM published.ortho_promised").fetchone()
        tasks = connection.execute("SELECT flight, state, progress FROM published.ortho_progress").fetchall()
    catalog = deps.catalog()
    flights = list(_flights(deps.registry, catalog, tasks, language))
    return Progress(catalog, promised is not None and bool(promised[0]), flights)


def _flights(
    registry: Registry, catalog: Catalog, tasks: Iterable[tuple[str, State, float]], language: str
) -> Iterator[FlightProgress]:
    for name, entry in registry.flights.items():
        waiting = [(state, share) for flight, state, share in tasks if flight == name]
        if not waiting and name not in catalog.collections:
            continue
        state: State = "done"
        if waiting:
            state = "running" if any(state == "running" for state, _ in waiting) else "queued"
        share = round(sum(share for _, share in waiting) / len(waiting), 3) if waiting else 1.0
        yield FlightProgress(name, entry.title.both()[language], str(entry.year), state, share)
