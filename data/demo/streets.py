"""Streets: the faces between main roads are cut, again and again, by streets until blocks have a town's size."""

from collections import deque
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.ops import linemerge

from data.demo.frame import Frame
from data.demo.model import Street
from data.demo.network import Way, main_ways
from data.demo.noise import Floats, Shapes, stage_rng
from data.demo.shapes import smallest_box

_BUILT = 0.5


def lay_streets(frame: Frame, estate: Polygon, estate_year: int) -> list[Street]:
    """Every street and road as one connected network whose junctions are shared vertices.

    Streets inside the estate are as young as it.
    """
    ways = main_ways(frame)
    lines = [way.line for way in ways]
    faces = shapely.get_parts(
        shapely.polygonize([shapely.union_all([*lines, frame.boundary.exterior], grid_size=0.01)])
    )
    rng = stage_rng(frame.seed, "streets")
    queue = deque(sorted(faces, key=lambda face: (face.bounds[0], face.bounds[1])))
    while queue:
        face = queue.popleft()
        role, turned = _wish(frame, face)
        if not role:
            continue
        cut = _cut(frame, face, turned, rng) or _cut(frame, face, not turned, rng)
        if cut is None:
            continue
        line, halves = cut
        urban = role == "street"
        ways.append(Way(line, role, "", "gminna", float(rng.choice((10.0, 11.0, 12.0))) if urban else 6.0))
        queue.extend(halves)
    streets = _connected(frame, ways)
    return [
        replace(street, since=estate_year) if street.role == "street" and estate.contains(street.line) else street
        for street in streets
    ]


def _wish(frame: Frame, face: Polygon) -> tuple[str, bool]:
    """What should cut a face (street, track or nothing) and whether across its long side."""
    ring = np.array(face.exterior.coords)
    inner = face.representative_point()
    at = frame.density(np.vstack((ring[:: max(1, len(ring) // 12)], [(inner.x, inner.y)])))
    short, long = _sides(face)
    typical = float(np.median(at))
    if typical > _BUILT:
        core = float(at[-1]) > 1.45
        wide, lengthy = (80.0, 170.0) if core else (134.0, 560.0)
        if short > wide:
            return "street", short * 2.2 < long
        return ("street" if long > lengthy and face.area > 9000 else ""), True
    if float(at.max()) > _BUILT and face.area > 90_000:
        return "street", True
    return ("track" if face.area > 750_000 and short > 300 else ""), True


def _sides(face: Polygon) -> tuple[float, float]:
    corners = smallest_box(face)
    one, other = np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[2] - corners[1]))
    return float(min(one, other)), float(max(one, other))


def _cut(
    frame: Frame, face: Polygon, across: bool, rng: np.random.Generator
) -> tuple[LineString, list[Polygon]] | None:
    """Cut a face in two by a slightly bent line, or None where that would leave a scrap or a loose street."""
    corners = smallest_box(face)
    one, other = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*one) < np.hypot(*other):
        one, other = other, one
    along, beside = (other, one) if across else (one, other)
    middle = corners[:4].mean(0) + beside * rng.uniform(-0.08, 0.08)
    bend = rng.normal(0, 0.026) * np.hypot(*along)
    line = LineString(_bent(middle, along, beside / np.hypot(*beside), bend))
    inside = shapely.get_parts(line.intersection(face))
    inside = inside[shapely.get_type_id(inside) == 1]
    if not len(inside):
        return None
    street = max(inside, key=lambda part: part.length)
    if street.length < 35 or _loose(frame, street):
        return None
    reach = _lengthened(street)
    halves = list(shapely.get_parts(shapely.polygonize([shapely.union_all([face.exterior, reach], grid_size=0.01)])))
    if len(halves) < 2 or min(half.area for half in halves) < 1400:
        return None
    return street, halves


def _bent(middle: Floats, along: Floats, normal: Floats, bend: float) -> Floats:
    steps = np.linspace(-0.75, 0.75, 13)
    sway = np.sin(steps * 4.2) * bend
    result: Floats = middle + steps[:, None] * along + sway[:, None] * normal
    return result


def _loose(frame: Frame, street: LineString) -> bool:
    ends = shapely.points([street.coords[0], street.coords[-1]])
    return bool((shapely.distance(frame.boundary.exterior, ends) < 1.0).all())


def _lengthened(street: LineString) -> LineString:
    points = np.array(street.coords)
    first, last = points[0] - points[1], points[-1] - points[-2]
    points[0] += first / np.hypot(*first) * 0.05
    points[-1] += last / np.hypot(*last) * 0.05
    return LineString(points)


def _connected(frame: Frame, ways: list[Way]) -> list[Street]:
    """Share junction vertices, drop what the network does not reach, and make one street of each way."""
    lines = [way.line if way.role == "main" else _lengthened(way.line) for way in ways]
    rim = frame.boundary.exterior
    edges = shapely.get_parts(shapely.union_all([*lines, rim], grid_size=0.01))
    owners = shapely.STRtree([*lines, rim]).nearest(shapely.line_interpolate_point(edges, 0.5, normalized=True))
    # Cuts overshoot by a hand's breadth so that they meet what they end on; those stubs go.
    kept = (shapely.length(edges) > 0.3) & (owners < len(lines))
    edges, owners = edges[kept], owners[kept]
    reached = _largest_component(edges)
    parts: dict[int, list[LineString]] = {}
    for edge, owner in zip(edges[reached], owners[reached], strict=True):
        parts.setdefault(int(owner), []).append(edge)
    streets: list[Street] = []
    for owner in sorted(parts):
        merged = linemerge(parts[owner]) if len(parts[owner]) > 1 else parts[owner][0]
        for line in shapely.get_parts(merged):
            way = ways[owner]
            streets.append(Street(len(streets), line, way.role, way.category, way.number, way.width_m))
    return streets


def _largest_component(edges: Shapes) -> NDArray[np.bool_]:
    """Which edges belong to the largest set that hangs together by shared end points."""
    ends = np.array([(edge.coords[0], edge.coords[-1]) for edge in edges]).reshape(-1, 2)
    _, node = np.unique(np.round(ends * 100).astype(np.int64), axis=0, return_inverse=True)
    pairs = node.reshape(-1, 2)
    label = np.arange(int(node.max()) + 1)
    while True:
        low = np.minimum(label[pairs[:, 0]], label[pairs[:, 1]])
        before = label.copy()
        np.minimum.at(label, pairs[:, 0], low)
        np.minimum.at(label, pairs[:, 1], low)
        if (before == label).all():
            break
    of_edge = label[pairs[:, 0]]
    result: NDArray[np.bool_] = of_edge == np.bincount(of_edge).argmax()
    return result
