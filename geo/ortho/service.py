"""Verbs of flights: add a file, promise its conversion, keep that promise, roll back, sweep.

Conversion takes minutes and stands outside any transaction; what makes it public is one short transaction.
The raw file is not kept unless asked: a flight is gigabytes that the office already keeps, and its COG carries
the whole picture; its SHA-256 and name say which file it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from geo import editions, jobs
from geo.db import Connection, Database
from geo.editions import Edition, EditionState
from geo.errors import BadRequest, GeoError, Refused
from geo.ortho import files, store
from geo.ortho.model import FlightFile, Task, TaskState
from geo.ortho.reading import Progress
from geo.registry import Registry
from geo.settings import Settings
from geo.texts import Text

log = logging.getLogger(__name__)

CONVERT_JOB = "ortho.convert"
_FILE = "config/layers.yaml"
# How often a running conversion writes its progress down.
_TELL_EVERY_S = 1.0
_BROKE_OFF = Text("The conversion broke off for a reason that the file does not explain; the log holds it.")
_STOPPED = Text("Stopped with the geoportal; it begins anew at the next start.")
_BEGINS_ANEW = Text("Its worker has ended; it begins anew.")
_GIVEN_UP = Text("Given up: it broke off again and again. The log says why; add the file anew once that is mended.")


class NoSuchFlight(BadRequest):
    """There is no flight '{flight}'. {remedy}"""

    code = "no-such-flight"


def flight_id(registry: Registry, name: str) -> str:
    """The collection of a flight named in full, `ortho-2024`, or by its year, `2024`.

    Raises:
        NoSuchFlight: the registry has no such flight, or several of that year.
    """
    if name in registry.flights:
        return name
    of_year = [flight for flight, entry in registry.flights.items() if str(entry.year) == name]
    if len(of_year) == 1:
        return of_year[0]
    if of_year:
        remedy = Text("That year has several; name one of them: {flights}.", flights=", ".join(of_year))
    elif registry.flights:
        flights = ", ".join(registry.flights)
        remedy = Text(
            "There are {flights}. A new flight is an entry under 'flights:' in {file}.", flights=flights, file=_FILE
        )
    else:
        remedy = Text("There is none yet. A new flight is an entry under 'flights:' in {file}.", file=_FILE)
    raise NoSuchFlight(flight=name, remedy=remedy)


def add(
    database: Database,
    settings: Settings,
    registry: Registry,
    flight: str,
    file: Path,
    *,
    flown_on: date | None = None,
    synthetic: bool = False,
    anywhere: bool = False,
    srid: int | None = None,
    keep: bool = False,
    progress: Progress,
) -> Edition:
    """Convert a file and publish it in its flight; doing it twice changes nothing.

    `srid` replaces the CRS that the file names or lacks; `keep` keeps a copy of the raw file.

    Raises:
        NoSuchFlight: the registry has no such flight.
        Unreadable: it is no usable GeoTIFF.
        OutsideTown: it lies elsewhere, and `anywhere` is not set.
        NotWritten: the disk is full.
    """
    name = flight_id(registry, flight)
    within = None if anywhere else settings.town.municipality.bbox
    converted = files.prepare(
        settings.data_dir, file, flown_on=flown_on, within=within, srid=srid, keep=keep, progress=progress,
        limits=settings.limits,
    )  # fmt: skip
    with database.transaction() as connection:
        return publish(connection, name, converted, synthetic=synthetic)


def publish(connection: Connection, flight: str, file: FlightFile, *, synthetic: bool) -> Edition:
    """Make a converted file public: a new edition with the files of the published one and this one.

    An edition that already has the file as it is, is returned as it is.
    """
    number = editions.next_number(connection, flight)
    older = editions.in_state(connection, flight, EditionState.PUBLISHED)
    if older is not None and store.holds(connection, older.table, file.id, file.cog):
        return older
    store.create_table(connection, flight, number, older, file)
    count, latest, extent = store.summary(connection, editions.table_name(flight, number))
    editions.stage(
        connection,
        Edition(
            flight, number, EditionState.STAGED, file.name, file.sha256, "GeoTIFF",
            read=count, stored=count, refused=0, cut=0, closed=0,
            synthetic=synthetic or (older is not None and older.synthetic), data_date=latest,
            extent=list(extent) if extent else None, loaded_at=datetime.now(UTC), published_at=None,
        ),
    )  # fmt: skip
    return editions.publish(connection, flight)


def rollback(connection: Connection, registry: Registry, name: str) -> Edition:
    """Exchange a flight's published edition and the previous one.

    Raises:
        NoSuchFlight: the registry has no such flight.
        NothingToRollBackTo: there is no previous edition.
    """
    return editions.rollback(connection, flight_id(registry, name))


def sweep(connection: Connection, data_dir: Path) -> list[str]:
    """Remove COGs that no living edition names, and what killed conversions left; the names that went.

    The editions say what lives: a flight that is out of the registry for a while keeps its files.
    """
    tables = [edition.table for edition in editions.listing(connection) if edition.state is not EditionState.WITHDRAWN]
    living = {cog for table in store.with_cogs(connection, tables) for cog in store.cogs(connection, table)}
    return files.sweep(data_dir, living)


def defer(
    connection: Connection,
    registry: Registry,
    flight: str,
    file: Path,
    *,
    flown_on: date | None = None,
    synthetic: bool = False,
    anywhere: bool = False,
    srid: int | None = None,
) -> UUID:
    """Promise that the worker converts and publishes a file; its progress is public from the commit on.

    Raises:
        NoSuchFlight: the registry has no such flight.
    """
    now = datetime.now(UTC)
    task = Task(
        uuid4(), flight_id(registry, flight), str(file.resolve()), file.name, srid, flown_on, synthetic, anywhere,
        TaskState.QUEUED, 0.0, Text("Waiting for its turn."), now, now,
    )  # fmt: skip
    store.insert_task(connection, task)
    jobs.defer(connection, CONVERT_JOB, {"task": str(task.id)}, key=f"{CONVERT_JOB}:{task.id}")
    return task.id


def run_task(
    database: Database,
    settings: Settings,
    registry: Registry,
    task_id: UUID,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> Edition | None:
    """Do what `defer` promised; None when it was done before or the file is refused.

    Leaves off within a second or two once `stopping` says so: nothing half-done stays, the task waits again. Safe to
    run again after a kill: it starts from the file. A refused file leaves the task failed with its reason, and is not
    tried again.

    Raises:
        TaskNotFound: there is no such task.
        NotWritten: the disk is full; worth another try.
        Interrupted: it was stopped.
        Exception: anything else that stopped it, as it came; the task is failed until the next try begins.
    """
    with database.transaction() as connection:
        task = store.task(connection, task_id)
    if task.state is TaskState.DONE:
        return None
    try:
        file = _converted(database, settings, task, stopping)
        with database.transaction() as connection:
            # The public sees the flight and the end of its progress at the same moment.
            edition = publish(connection, flight_id(registry, task.flight), file, synthetic=task.synthetic)
            store.move_task(connection, task.id, TaskState.DONE, 1.0, Text("The orthophoto is published."))
    except jobs.Interrupted:
        with database.transaction() as connection:
            store.move_task(connection, task_id, TaskState.QUEUED, 0.0, _STOPPED)
        raise
    except GeoError as exc:
        log.warning("orthophoto not added", extra={"flight": task.flight, "task": str(task_id), "cause": str(exc)})
        with database.transaction() as connection:
            store.move_task(connection, task_id, TaskState.FAILED, task.progress, exc.text)
        if isinstance(exc, Refused):
            return None
        raise
    except Exception:
        # Without this the map would show for ever a conversion that nobody does.
        log.exception("orthophoto not added", extra={"flight": task.flight, "task": str(task_id)})
        with database.transaction() as connection:
            store.move_task(connection, task_id, TaskState.FAILED, task.progress, _BROKE_OFF)
        raise
    return edition


def settle(connection: Connection) -> int:
    """Tasks that nobody works on any more say so, after their worker died; how many had to."""
    return store.settle_tasks(connection, CONVERT_JOB, _BEGINS_ANEW, _GIVEN_UP)


def _converted(database: Database, settings: Settings, task: Task, stopping: Callable[[], bool]) -> FlightFile:
    told_at = 0.0

    def tell(progress: float, message: Text) -> None:
        nonlocal told_at
        if stopping():
            raise jobs.Interrupted
        if time.monotonic() - told_at < _TELL_EVERY_S:
            return
        told_at = time.monotonic()
        with database.transaction() as connection:
            store.move_task(connection, task.id, TaskState.RUNNING, progress, message)

    return files.prepare(
        settings.data_dir,
        Path(task.file),
        flown_on=task.flown_on,
        within=None if task.anywhere else settings.town.municipality.bbox,
        srid=task.srid,
        progress=tell,
        limits=settings.limits,
    )
