"""What is known of a feature or of a point, read as the public role may read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from geo.db import Connection
from geo.errors import NotFound
from geo.feature import Collection
from geo.tiles import pixel_m

# How near a click must be to a point or a line, in screen pixels: as wide as a fingertip.
REACH_PIXELS = 12
MOST_PER_COLLECTION = 5

_COLUMNS = "to_jsonb(f.*) - 'geom' - 'geom_3857' AS fields"


@dataclass(frozen=True, slots=True)
class Fact:
    """One feature with its fields, and a point on it (degrees, WGS 84); no point when nobody has drawn it."""

    collection: Collection
    id: str
    # As JSON has them: dates and times are ISO texts.
    fields: dict[str, Any]
    lng: float | None
    lat: float | None

    @property
    def place(self) -> tuple[float, float] | None:
        """The point as (lng, lat)."""
        return None if self.lng is None or self.lat is None else (self.lng, self.lat)


class NoFeature(NotFound):
    """There is no such object in the published data."""

    code = "no-feature"


def here(
    connection: Connection, collections: Iterable[Collection], lng: float, lat: float, zoom: float
) -> Iterator[Fact]:
    """What is at a point, nearest first within each collection.

    Areas must hold the point; points and lines may lie within a fingertip of it at that zoom. Zooms are those
    of MapLibre, whose world is 512 pixels wide at zoom 0. Collections not yet drawn at that zoom say nothing.
    Of a flight it is the finest picture alone: its table has the finest first.
    """
    reach_m = REACH_PIXELS * pixel_m(int(zoom)) / 2 / (2 ** (zoom - int(zoom)))
    for collection in collections:
        if zoom < collection.tiles.min_zoom - 1 or not _near(collection, lng, lat):
            continue
        statement = sql.SQL(
            "WITH place AS (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%(lng)s, %(lat)s), 4326), 3857) AS geom)"
            " SELECT f.id, {columns}, ST_X(p.point), ST_Y(p.point)"
            " FROM layers.{table} f, place, LATERAL (SELECT ST_ClosestPoint(f.geom, ST_SetSRID(ST_MakePoint("
            " %(lng)s, %(lat)s), 4326)) AS point) p"
            " WHERE f.geom_3857 && ST_Expand(place.geom, %(reach)s)"
            " AND ST_DWithin(f.geom_3857, place.geom,"
            " CASE WHEN ST_Dimension(f.geom_3857) = 2 THEN 0 ELSE %(reach)s END)"
            " ORDER BY ST_Distance(f.geom_3857, place.geom), f.{order} LIMIT %(most)s"
        ).format(
            columns=sql.SQL(_COLUMNS),
            table=sql.Identifier(collection.table),
            order=sql.Identifier("fid" if collection.raster else "id"),
        )
        most = 1 if collection.raster else MOST_PER_COLLECTION
        values = {"lng": lng, "lat": lat, "reach": reach_m, "most": most}
        for feature_id, fields, x, y in connection.execute(statement, values):
            yield Fact(collection, feature_id, fields, x, y)


def _near(collection: Collection, lng: float, lat: float) -> bool:
    """Whether a point may touch the collection at all; a hundredth of a degree is more than any reach."""
    return collection.extent is not None and collection.extent.grown(0.01).contains(lng, lat)


def one(connection: Connection, collection: Collection, feature_id: str) -> Fact:
    """One feature, placed at a point on it; registers know streets that nobody has drawn, which have no place.

    Raises:
        NoFeature: nothing published has this id.
    """
    # PostgreSQL has no text with this letter, so nothing has such an id.
    if "\0" in feature_id:
        raise NoFeature
    statement = sql.SQL(
        "SELECT {columns}, ST_X(p.point), ST_Y(p.point) FROM layers.{table} f,"
        " LATERAL (SELECT CASE ST_Dimension(f.geom) WHEN 1 THEN ST_ClosestPoint(f.geom, ST_Centroid(f.geom))"
        " ELSE ST_PointOnSurface(f.geom) END AS point) p WHERE f.id = %(id)s"
    ).format(columns=sql.SQL(_COLUMNS), table=sql.Identifier(collection.table))
    row = connection.execute(statement, {"id": feature_id}).fetchone()
    if row is None:
        raise NoFeature
    return Fact(collection, feature_id, row[0], row[1], row[2])


def outside(connection: Connection, collection: Collection) -> str:
    """Everything around a collection's areas as a GeoJSON geometry: a degree wide, in degrees, WGS 84."""
    statement = sql.SQL(
        "SELECT ST_AsGeoJSON(ST_ForcePolygonCCW(ST_Difference("
        "ST_Expand(ST_Envelope(town.geom), 1.5), town.geom)), 6)"
        " FROM (SELECT ST_Union(geom) AS geom FROM layers.{table}) town"
    ).format(table=sql.Identifier(collection.table))
    row = connection.execute(statement).fetchone()
    return str(row[0]) if row and row[0] else '{"type":"Polygon","coordinates":[]}'
