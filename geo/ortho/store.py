"""Queries of flights and of the tasks that convert their files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geo.db import Connection, read_sql
from geo.editions import Edition, table_name
from geo.errors import NotFound
from geo.geometry import LngLatBbox
from geo.ortho.model import FlightFile, Task, TaskState
from geo.texts import Text

_FLIGHT_TABLE = Path(__file__).with_name("flight_table.sql")
_NO_FILES = sql.SQL(
    "(SELECT NULL::text AS id, NULL::geometry AS geom, NULL::text AS nazwa, NULL::date AS data_nalotu,"
    " NULL::double precision AS piksel_m, NULL::text AS cog WHERE false) AS none"
)


class TaskNotFound(NotFound):
    """There is no conversion with the number {id}."""

    code = "ortho-task-not-found"


def create_table(connection: Connection, flight: str, number: int, older: Edition | None, file: FlightFile) -> None:
    """Make the table of a new edition: the older one's files and a new one, which replaces its own former self."""
    name = table_name(flight, number)
    statement = read_sql(_FLIGHT_TABLE).format(
        table=sql.Identifier("layers", name),
        older=sql.Identifier("layers", older.table) if older else _NO_FILES,
        geom_index=sql.Identifier(f"{name}_geom"),
        geom_3857_index=sql.Identifier(f"{name}_geom_3857"),
        # A script of several statements takes no parameters: these are escaped by psycopg as literals.
        id=sql.Literal(file.id),
        geom=sql.Literal(shapely.to_wkb(file.footprint)),
        nazwa=sql.Literal(file.name),
        data_nalotu=sql.SQL("{}::date").format(sql.Literal(file.flown_on)),
        piksel_m=sql.SQL("{}::double precision").format(sql.Literal(file.pixel_m)),
        cog=sql.Literal(file.cog),
    )
    connection.execute(statement)


def summary(connection: Connection, table: str) -> tuple[int, date | None, LngLatBbox | None]:
    """How many files an edition's table holds, the latest date of flight, and their box in degrees."""
    row = connection.execute(
        sql.SQL(
            "SELECT count(*), max(data_nalotu), min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)),"
            " max(ST_YMax(geom)) FROM {table}"
        ).format(table=sql.Identifier("layers", table))
    ).fetchone()
    if row is None or row[0] == 0:
        return 0, None, None
    return int(row[0]), row[1], LngLatBbox(*row[2:6])


def cogs(connection: Connection, table: str) -> list[str]:
    """The COG names of an edition, the finest and newest first."""
    query = sql.SQL("SELECT cog FROM {} ORDER BY fid").format(sql.Identifier("layers", table))
    return [row[0] for row in connection.execute(query)]


def with_cogs(connection: Connection, tables: Sequence[str]) -> list[str]:
    """Those of some tables of the schema `layers` that are tables of flights."""
    query = (
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'layers' AND column_name = 'cog' AND table_name = ANY(%s)"
    )
    return [row[0] for row in connection.execute(query, [list(tables)])]


def holds(connection: Connection, table: str, file_id: str, cog: str) -> bool:
    """Whether an edition already has a file, converted by the same recipe."""
    query = sql.SQL("SELECT 1 FROM {} WHERE id = %s AND cog = %s").format(sql.Identifier("layers", table))
    return connection.execute(query, [file_id, cog]).fetchone() is not None


def insert_task(connection: Connection, task: Task) -> None:
    """Record a task."""
    values = {name: getattr(task, name) for name in Task.__dataclass_fields__}
    values["message"] = Jsonb(task.message.to_json())
    connection.execute(
        sql.SQL("INSERT INTO geo.ortho_task ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
        ),
        values,
    )


def task(connection: Connection, task_id: UUID) -> Task:
    """One task.

    Raises:
        TaskNotFound: there is none.
    """
    found = _tasks(connection, sql.SQL("WHERE id = %s"), [task_id])
    if not found:
        raise TaskNotFound(id=str(task_id))
    return found[0]


def recent_tasks(connection: Connection) -> list[Task]:
    """What is queued or running, and what failed in the last seven days, the oldest first."""
    which = (
        "WHERE state IN ('queued', 'running') OR (state = 'failed' AND changed_at > now() - interval '7 days')"
        " ORDER BY created_at"
    )
    return _tasks(connection, sql.SQL(which), [])


def _tasks(connection: Connection, which: sql.SQL, values: Sequence[Any]) -> list[Task]:
    columns = sql.SQL(", ").join(map(sql.Identifier, Task.__dataclass_fields__))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql.SQL("SELECT {} FROM geo.ortho_task {}").format(columns, which), values).fetchall()
    return [
        Task(**{**row, "state": TaskState(row["state"]), "message": Text.from_json(row["message"])}) for row in rows
    ]


def move_task(connection: Connection, task_id: UUID, state: TaskState, progress: float, message: Text) -> None:
    """Say how far a task is."""
    connection.execute(
        "UPDATE geo.ortho_task SET state = %s, progress = %s, message = %s, changed_at = clock_timestamp()"
        " WHERE id = %s",
        [state, progress, Jsonb(message.to_json()), task_id],
    )


def settle_tasks(connection: Connection, job: str, waiting: Text, given_up: Text) -> int:
    """Bring open tasks in line with their jobs, whose key is `{job}:{id}`; how many had to be.

    A task that runs while its job waits becomes queued; one without a living job becomes failed.
    """
    from geo import jobs  # noqa: PLC0415 - procrastinate: whoever only serves tiles does without

    # One statement, so one moment: a task that ends meanwhile is looked at again before it is changed.
    done = connection.execute(
        sql.SQL(
            "UPDATE geo.ortho_task AS task SET changed_at = clock_timestamp(),"
            " state = CASE WHEN job.key IS NULL THEN 'failed' ELSE 'queued' END,"
            " progress = CASE WHEN job.key IS NULL THEN task.progress ELSE 0 END,"
            " message = CASE WHEN job.key IS NULL THEN %(given_up)s ELSE %(waiting)s END"
            " FROM geo.ortho_task AS same LEFT JOIN ({living}) AS job"
            " ON job.name = %(job)s AND job.key = %(job)s || ':' || same.id"
            " WHERE same.id = task.id AND task.state IN ('queued', 'running')"
            " AND (job.key IS NULL OR (task.state = 'running' AND job.status = 'todo'))"
        ).format(living=jobs.LIVING),
        {"job": job, "waiting": Jsonb(waiting.to_json()), "given_up": Jsonb(given_up.to_json())},
    )
    return done.rowcount
