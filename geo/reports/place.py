"""What our own published layers say of a place: queries only, of the public role."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians

from psycopg import sql

from geo.db import Connection
from geo.feature import Collection
from geo.reports.categories import Look, Looks
from geo.reports.model import Surroundings
from geo.templates import fields_of
from geo.wording import label

# Of a degree of latitude; of longitude it is less towards the pole.
METRES_A_DEGREE = 111_320.0


def around(
    connection: Connection, collections: Mapping[str, Collection], looks: Looks, lng: float, lat: float
) -> Surroundings:
    """The address, parcel, area, street and road of a place (degrees, WGS 84), as far as layers are published."""
    found = {word: _at(connection, collections, look, lng, lat) for word, look in looks.each() if word != "boundary"}
    said = {word: values[0] for word, values in found.items() if values}
    road = found.get("road")
    return Surroundings(**said, road_manager=road[-1] if road else None)


def is_inside(
    connection: Connection, collections: Mapping[str, Collection], looks: Looks, lng: float, lat: float
) -> bool:
    """Whether a place lies in the municipality; where no boundary is published, nobody can say it does not."""
    boundary = looks.boundary
    if boundary is None or boundary.layer not in collections:
        return True
    return _at(connection, collections, boundary, lng, lat) is not None


def addresses(
    connection: Connection, collections: Mapping[str, Collection], looks: Looks, most: int
) -> list[tuple[float, float]]:
    """The places of some addresses (degrees, WGS 84), always in one order; none where no addresses are published."""
    known = collections.get(looks.address.layer) if looks.address else None
    if known is None:
        return []
    query = sql.SQL(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM {table} ORDER BY 1) t LIMIT %s"
    )
    rows = connection.execute(query.format(table=sql.Identifier("layers", known.table)), [most])
    return [(float(lng), float(lat)) for lng, lat in rows]


def _at(
    connection: Connection, collections: Mapping[str, Collection], look: Look, lng: float, lat: float
) -> list[str] | None:
    """What the nearest feature's fields say; None where there is none near enough."""
    collection = collections.get(look.layer)
    if collection is None:
        return None
    names = sorted(fields_of(collection.label)) if look.label else [n for n in (look.field, look.name) if n]
    values: dict[str, object] = {"lng": lng, "lat": lat, "within": look.within_m}
    point = sql.SQL("ST_SetSRID(ST_MakePoint(%(lng)s, %(lat)s), 4326)")
    if look.within_m is None:
        condition, order = sql.SQL("ST_Intersects(geom, {point})"), sql.SQL("1")
    else:
        # Degrees for the index, metres on the spheroid for the answer.
        dy = look.within_m / METRES_A_DEGREE
        values |= {"dx": dy / max(cos(radians(lat)), 0.01), "dy": dy}
        condition = sql.SQL(
            "geom && ST_Expand({point}, %(dx)s, %(dy)s) AND ST_DWithin(geom::geography, {point}::geography, %(within)s)"
        )
        order = sql.SQL("geom::geography <-> {point}::geography")
    query = sql.SQL("SELECT {names} FROM {table} WHERE {condition} ORDER BY {order} LIMIT 1").format(
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        table=sql.Identifier("layers", collection.table),
        condition=condition.format(point=point),
        order=order.format(point=point),
    )
    row = connection.execute(query, values).fetchone()
    if row is None:
        return None
    if look.label:
        return [label(collection, dict(zip(names, row, strict=True)))]
    return ["" if value is None else str(value) for value in row]
