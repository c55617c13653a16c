"""Queries of the view that holds what everybody may read, for the public role."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians
from typing import NamedTuple

from psycopg.rows import class_row

from geo.db import Connection
from geo.reports.categories import Nearby
from geo.reports.place import METRES_A_DEGREE

# As many as somebody looks through.
MOST_NEAR = 5

_COLUMNS = (
    "number, category, status, description, area, street, received_at, verified_at, closed_at,"
    " ST_X(geom) AS lng, ST_Y(geom) AS lat"
)


class Published(NamedTuple):
    """A report as everybody reads it; degrees WGS 84, as exact as its category permits; times with their zone."""

    number: int
    category: str
    status: str
    description: str
    area: str | None
    street: str | None
    received_at: datetime
    verified_at: datetime
    closed_at: datetime | None
    lng: float
    lat: float


def newest(connection: Connection, limit: int, before: int | None, category: str | None) -> list[Published]:
    """The newest verified reports, from before the one with a number; of one category, if it is given."""
    with connection.cursor(row_factory=class_row(Published)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM published.report WHERE (%(before)s::bigint IS NULL OR number < %(before)s)"
            " AND (%(category)s::text IS NULL OR category = %(category)s) ORDER BY number DESC LIMIT %(limit)s",
            {"before": before, "category": category, "limit": limit},
        ).fetchall()


def near(connection: Connection, category: str, lng: float, lat: float, nearby: Nearby) -> list[Published]:
    """Open reports of a category that are near a place (degrees, WGS 84) and young enough, the nearest first."""
    dy = nearby.radius_m / METRES_A_DEGREE
    with connection.cursor(row_factory=class_row(Published)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM published.report,"
            " (SELECT ST_SetSRID(ST_MakePoint(%(lng)s, %(lat)s), 4326) AS at) AS place"
            " WHERE geom && ST_Expand(at, %(dx)s, %(dy)s)"
            " AND ST_DWithin(geom::geography, at::geography, %(radius_m)s)"
            " AND category = %(category)s AND closed_at IS NULL AND received_at > now() - %(age)s"
            " ORDER BY geom::geography <-> at::geography, number LIMIT %(most)s",
            {
                "category": category,
                "lng": lng,
                "lat": lat,
                "dx": dy / max(cos(radians(lat)), 0.01),
                "dy": dy,
                "radius_m": nearby.radius_m,
                "age": timedelta(days=nearby.age_days),
                "most": MOST_NEAR,
            },
        ).fetchall()


def one(connection: Connection, number: int) -> Published | None:
    """A verified report; None where there is none that everybody may read."""
    with connection.cursor(row_factory=class_row(Published)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM published.report WHERE number = %s", [number]).fetchone()
