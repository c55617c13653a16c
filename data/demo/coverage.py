"""One seamless mosaic: neighbours share every vertex of their common edge, to the centimetre."""

import numpy as np
import shapely
from shapely import Polygon

from data.demo.model import Plot
from data.demo.noise import Shapes

_LEAST_M2 = 3.0


def make_mosaic(boundary: Polygon, plots: list[Plot]) -> list[tuple[Polygon, Plot]]:
    """Faces that tile the boundary exactly, each with the plot that it stands for."""
    sources = np.array([plot.polygon for plot in plots], dtype=object)
    edges = shapely.union_all([*shapely.boundary(sources), boundary.exterior], grid_size=0.01)
    faces: Shapes = shapely.get_parts(shapely.polygonize([edges]))
    inner = shapely.point_on_surface(faces)
    faces = faces[shapely.contains(boundary.buffer(0.02), inner)]
    inner = shapely.point_on_surface(faces)
    owner = _owners(sources, inner)
    small = shapely.area(faces) < _LEAST_M2
    faces, owner = _without_scraps(faces, owner, small)
    order = np.lexsort((np.arange(len(faces)), owner))
    return [(faces[i], plots[int(owner[i])]) for i in order]


def _owners(sources: Shapes, inner: Shapes) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    tree = shapely.STRtree(sources)
    owner = np.full(len(inner), -1, dtype=np.intp)
    of, source = tree.query(inner, predicate="within")
    owner[of[::-1]] = source[::-1]
    lost = owner < 0
    if lost.any():
        owner[lost] = tree.nearest(inner[lost])
    return owner


def _without_scraps(
    faces: Shapes,
    owner: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    small: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> tuple[Shapes, "np.ndarray[tuple[int], np.dtype[np.intp]]"]:
    """Give scraps that rounding left over to the neighbour with the longest common edge."""
    faces, alive = faces.copy(), np.ones(len(faces), dtype=bool)
    tree = shapely.STRtree(faces)
    for scrap in np.flatnonzero(small):
        around = [int(i) for i in tree.query(faces[scrap], predicate="intersects") if i != scrap and alive[i]]
        shared = [faces[i].intersection(faces[scrap]).length for i in around]
        if not shared or max(shared) == 0:
            continue
        host = around[int(np.argmax(shared))]
        joined = shapely.union_all([faces[host], faces[scrap]])
        if joined.geom_type == "Polygon":
            faces[host], alive[scrap] = joined, False
    return faces[alive], owner[alive]
