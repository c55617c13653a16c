"""The tree to a condition in SQL: names looked up, kinds checked, values bound, geometries placed once.

The only identifiers that reach the SQL are those of the feature type, and the only operators those written here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from psycopg import sql
from shapely.geometry.base import BaseGeometry

from geo.config_file import nearest
from geo.crs import Crs
from geo.feature import FeatureType
from geo.ogc.areas import box_area, shape_area
from geo.ogc.condition import Bindings, Condition, column, joined, written
from geo.ogc.cql2 import arithmetic, spatial, temporal
from geo.ogc.cql2.folding import accenti, casei
from geo.ogc.cql2.nodes import Box, Instant, Interval, Node, Op, Open, Property, Scalar, Shape
from geo.ogc.cql2.problems import INSTEAD_OF_ILIKE, bad, too_deep
from geo.ogc.cql2.typed import Kind, Typed, expect, kind_name, matched
from geo.ogc.wrong import quoted
from geo.texts import Text

# Names under which the geometry answers, when no field has them.
GEOMETRY_NAMES = ("geometry", "geom")
FIELD_KINDS: dict[str, Kind] = {
    "text": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
COMPARISONS = {operator: sql.SQL(operator) for operator in ("=", "<>", "<", ">", "<=", ">=")}
# Sums of many terms nest to the left; each level is some frames of Python's stack.
MAX_LEVELS = 100


def to_sql(node: Node, feature_type: FeatureType, crs: Crs, prefix: str = "filter") -> Condition:
    """The condition that a tree means for a feature type, geometry literals being in `crs`.

    Raises:
        BadRequest: an unknown property or function, or a value of the wrong kind; says where.
    """
    bindings = Bindings(prefix)
    condition = expect(_Compiler(feature_type, crs, bindings).compile(node), "boolean")
    return Condition(condition.sql, bindings.values, condition.within)


class _Compiler:
    def __init__(self, feature_type: FeatureType, crs: Crs, bindings: Bindings) -> None:
        self._type = feature_type
        self._crs = crs
        self._bindings = bindings
        self._level = 0

    def compile(self, node: Node) -> Typed:
        self._level += 1
        if self._level > MAX_LEVELS:
            raise too_deep(node.at)
        try:
            return self._compile(node)
        finally:
            self._level -= 1

    def _compile(self, node: Node) -> Typed:
        match node:
            case Op():
                return self._op(node)
            case Property():
                return self._property(node)
            case Scalar():
                return self._scalar(node)
            case Instant():
                return self._instant(node)
            case Interval():
                return self._interval(node)
            case Shape() | Box():
                return self._area(node)
            case Open():
                raise bad(Text("An interval goes from one time to another."), node.at)

    def _op(self, node: Op) -> Typed:
        if node.name not in self._operators:
            problem = Text("There is no function '{name}' here.", name=quoted(node.name))
            raise bad(Text("{problem} {hint}", problem=problem, hint=_instead(node.name)), node.at)
        least, most, make = self._operators[node.name]
        if len(node.args) < least or (most is not None and len(node.args) > most):
            raise bad(Text("'{name}' takes another number of arguments.", name=node.name), node.at)
        return make(self, node)

    def _property(self, node: Property) -> Typed:
        field = self._type.field(node.name)
        if field is not None:
            return Typed(column(field.name), FIELD_KINDS[field.type], node.at)
        if node.name in GEOMETRY_NAMES:
            return Typed(column("geom"), "geometry", node.at)
        if node.name == "id":
            return Typed(column("id"), "text", node.at)
        known = [one.name for one in self._type.fields] + ["id", "geometry"]
        problem = Text("There is no property '{name}' here.", name=quoted(node.name))
        if node.quoted:
            problem = Text("{problem} Double quotes name a property; a text stands in single quotes.", problem=problem)
        raise bad(Text("{problem} {hint}", problem=problem, hint=nearest(node.name, known)), node.at)

    def _scalar(self, node: Scalar) -> Typed:
        value = node.value
        if isinstance(value, bool):
            return Typed(self._bindings.bind(value, "bool"), "boolean", node.at)
        if isinstance(value, str):
            return Typed(self._bindings.bind(value, "text"), "text", node.at)
        if isinstance(value, int):
            cast = "int8" if -(2**63) <= value < 2**63 else "numeric"
            return Typed(self._bindings.bind(value, cast), "number", node.at)
        return Typed(self._bindings.bind(value, "float8"), "number", node.at)

    def _instant(self, node: Instant) -> Typed:
        if isinstance(node.value, datetime):
            return Typed(self._bindings.bind(node.value.isoformat(), "timestamptz"), "datetime", node.at)
        return Typed(self._bindings.bind(node.value.isoformat(), "date"), "date", node.at)

    def _interval(self, node: Interval) -> Typed:
        start, end = (None if isinstance(one, Open) else self.compile(one) for one in (node.start, node.end))
        return temporal.interval(start, end, node.at)

    def _area(self, node: Shape | Box) -> Typed:
        area = self._shape(node) if isinstance(node, Shape) else self._box(node)
        placed = self._bindings.geometry(area)
        mixed = area.geom_type == "GeometryCollection"
        return Typed(placed, "geometry", node.at, mixed_collection=mixed, within=area.bounds)

    def _shape(self, node: Shape) -> BaseGeometry:
        try:
            return shape_area(node.geometry, self._crs)
        except ValueError as exc:
            problem = Text("The geometry lies outside of the world; check the order of its axes.")
            raise bad(problem, node.at) from exc

    def _box(self, node: Box) -> BaseGeometry:
        try:
            return box_area(node.values, self._crs, grown=False)
        except ValueError as exc:
            raise bad(Text("A box has 4 or 6 numbers, first the smallest, then the largest."), node.at) from exc

    def _junction(self, node: Op) -> Typed:
        terms = [expect(self.compile(term), "boolean").sql for term in node.args]
        glue = " AND " if node.name == "and" else " OR "
        return Typed(written("({})", joined(glue, terms)), "boolean", node.at)

    def _not(self, node: Op) -> Typed:
        term = expect(self.compile(node.args[0]), "boolean")
        return Typed(written("(NOT {})", term.sql), "boolean", node.at)

    def _compare(self, node: Op) -> Typed:
        left, right = matched(self.compile(node.args[0]), self.compile(node.args[1]))
        if left.kind == "boolean" and node.name not in {"=", "<>"}:
            raise bad(Text("'{kind}' has no order.", kind=kind_name("boolean")), node.at)
        return Typed(written("({} {} {})", left.sql, COMPARISONS[node.name], right.sql), "boolean", node.at)

    def _like(self, node: Op) -> Typed:
        value = expect(self.compile(node.args[0]), "text")
        _check_pattern(node.args[1])
        pattern = expect(self.compile(node.args[1]), "text")
        return Typed(written("({} LIKE {})", value.sql, pattern.sql), "boolean", node.at)

    def _between(self, node: Op) -> Typed:
        value, low, high = (expect(self.compile(arg), "number", "date", "datetime", "text") for arg in node.args)
        (above, floor), (below, ceiling) = matched(value, low), matched(value, high)
        made = written("({} >= {} AND {} <= {})", above.sql, floor.sql, below.sql, ceiling.sql)
        return Typed(made, "boolean", node.at)

    def _in(self, node: Op) -> Typed:
        value = self.compile(node.args[0])
        pairs = [matched(value, self.compile(member)) for member in node.args[1:]]
        if all(pair[0] is value for pair in pairs):
            members = joined(", ", [pair[1].sql for pair in pairs])
            return Typed(written("({} IN ({}))", value.sql, members), "boolean", node.at)
        equal = [written("{} = {}", pair[0].sql, pair[1].sql) for pair in pairs]
        return Typed(written("({})", joined(" OR ", equal)), "boolean", node.at)

    def _is_null(self, node: Op) -> Typed:
        value = self.compile(node.args[0])
        expect(value, "text", "number", "boolean", "date", "datetime", "geometry")
        return Typed(written("({} IS NULL)", value.sql), "boolean", node.at)

    def _fold(self, node: Op) -> Typed:
        value = expect(self.compile(node.args[0]), "text")
        fold = casei if node.name == "casei" else accenti
        return Typed(fold(value.sql), "text", node.at)

    def _arithmetic(self, node: Op) -> Typed:
        left, right = (expect(self.compile(arg), "number") for arg in node.args)
        return Typed(arithmetic.operation(node.name, left.sql, right.sql), "number", node.at)

    def _spatial(self, node: Op) -> Typed:
        left, right = (expect(self.compile(arg), "geometry") for arg in node.args)
        return Typed(
            spatial.relation(node.name, left, right),
            "boolean",
            node.at,
            within=spatial.found_within(node.name, left, right),
        )

    def _temporal(self, node: Op) -> Typed:
        left, right = (self.compile(arg) for arg in node.args)
        return Typed(temporal.relation(node.name, left, right), "boolean", node.at)

    # How many arguments an operator takes at least and at most, and what it means.
    _operators: ClassVar[dict[str, tuple[int, int | None, Callable[[_Compiler, Op], Typed]]]] = {
        "and": (2, None, _junction),
        "or": (2, None, _junction),
        "not": (1, 1, _not),
        "like": (2, 2, _like),
        "between": (3, 3, _between),
        "in": (2, None, _in),
        "isNull": (1, 1, _is_null),
        "casei": (1, 1, _fold),
        "accenti": (1, 1, _fold),
        **dict.fromkeys(COMPARISONS, (2, 2, _compare)),
        **dict.fromkeys(arithmetic.OPERATORS, (2, 2, _arithmetic)),
        **dict.fromkeys(spatial.RELATIONS, (2, 2, _spatial)),
        **dict.fromkeys(temporal.RELATIONS, (2, 2, _temporal)),
    }


def _instead(name: str) -> Text:
    """What to write for a function that there is not; older CQL has the spatial ones without their prefix."""
    if f"s_{name}" in spatial.RELATIONS:
        return Text("Did you mean '{nearest}'?", nearest=f"S_{name.upper()}")
    if name == "ilike":
        return INSTEAD_OF_ILIKE
    if name in {"dwithin", "s_dwithin"}:
        return Text("Buffer the place and give the polygon to S_INTERSECTS.")
    return nearest(name, ["casei", "accenti", *spatial.RELATIONS, *temporal.RELATIONS])


def _check_pattern(node: Node) -> None:
    """A pattern is a text, folded or not; PostgreSQL fails on one that ends within an escape."""
    while isinstance(node, Op) and node.name in {"casei", "accenti"} and len(node.args) == 1:
        node = node.args[0]
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise bad(Text("LIKE needs a pattern in single quotes."), node.at)
    backslashes = len(node.value) - len(node.value.rstrip("\\"))
    if backslashes % 2:
        raise bad(Text("The pattern ends within an escape; write \\\\ for a backslash."), node.at)
