"""Which cadastral district each face of the mosaic belongs to, so that districts hang together and tile the town."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from data.demo.frame import Frame
from data.demo.model import Plot
from data.demo.noise import Shapes


def assign_districts(frame: Frame, mosaic: list[tuple[Polygon, Plot]]) -> NDArray[np.intp]:
    """District index of each face; whole blocks go together, islands join what surrounds them."""
    faces = np.array([face for face, _ in mosaic], dtype=object)
    parents = np.array([plot.parent for _, plot in mosaic])
    weights, middles = shapely.area(faces), shapely.get_coordinates(shapely.centroid(faces))
    total = np.bincount(parents, weights)
    total[total == 0] = 1.0
    middle = np.column_stack([np.bincount(parents, weights * middles[:, axis]) / total for axis in (0, 1)])
    of_face = frame.district(middle)[parents]
    pairs = shapely.STRtree(faces).query(faces, predicate="touches")
    for _ in range(4):
        if not _join_islands(faces, of_face, pairs):
            break
    return of_face


def outline(faces: Shapes) -> MultiPolygon | Polygon:
    """The union of faces of the mosaic, edge to edge."""
    union: MultiPolygon | Polygon = shapely.coverage_union_all(faces)
    return union


def _join_islands(faces: Shapes, of_face: NDArray[np.intp], pairs: NDArray[np.intp]) -> bool:
    """Give each detached group of faces to the district it shares most border with; whether any moved."""
    left, right = pairs
    same = of_face[left] == of_face[right]
    edges = shapely.length(shapely.intersection(faces[left], faces[right]))
    # Touching in a point joins nothing: the outline would fall apart there.
    same &= edges > 0
    label = np.arange(len(faces))
    while True:
        low = label.copy()
        np.minimum.at(low, left[same], label[right[same]])
        low = low[low]
        if (low == label).all():
            break
        label = low
    area = np.bincount(label, shapely.area(faces), minlength=len(faces))
    moved = False
    for district in np.unique(of_face):
        groups = np.unique(label[of_face == district])
        for group in groups[groups != groups[np.argmax(area[groups])]]:
            border = (label[left] == group) & (of_face[right] != district)
            if not border.any():
                continue
            shared = np.bincount(of_face[right[border]], edges[border])
            of_face[label == group] = int(np.argmax(shared))
            moved = True
    return moved
