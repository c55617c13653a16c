"""Which cadastral district each face of the mosaic belongs to, so that districts hang together and tile the town."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from data.demo.frame import Frame
from data.demo.model import Plot
from data.demo.noise import Floats, Shapes


def assign_districts(frame: Frame, mosaic: list[tuple[Polygon, Plot]]) -> NDArray[np.intp]:
    """District index of each face; whole blocks go together, islands join what surrounds them."""
    faces = np.array([face for face, _ in mosaic], dtype=object)
    parents = np.array([plot.parent for _, plot in mosaic])
    weights, middles = shapely.area(faces), shapely.get_coordinates(shapely.centroid(faces))
    total = np.bincount(parents, weights)
    total[total == 0] = 1.0
    middle = np.column_stack([np.bincount(parents, weights * middles[:, axis]) / total for axis in (0, 1)])
    of_face: NDArray[np.intp] = frame.district(middle)[parents]
    left, right, edges = _neighbours(faces)
    for _ in range(4):
        if not _join_islands(weights, of_face, left, right, edges):
            break
    return of_face


def _neighbours(faces: Shapes) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Pairs of faces with a common edge, both ways round, and its length; found by equal edges, which a mosaic has."""
    points, of = shapely.get_coordinates(faces, return_index=True)
    corners = np.round(points * 100).astype(np.int64)
    inside = of[:-1] == of[1:]
    ends = corners[:, 0] * 10**10 + corners[:, 1]
    pair = np.sort(np.column_stack((ends[:-1][inside], ends[1:][inside])), axis=1)
    length = np.hypot(*(points[1:] - points[:-1])[inside].T)
    face = of[:-1][inside]
    order = np.lexsort((pair[:, 1], pair[:, 0]))
    same = (pair[order][1:] == pair[order][:-1]).all(1)
    one, other, edge = face[order][:-1][same], face[order][1:][same], length[order][:-1][same]
    return np.concatenate((one, other)), np.concatenate((other, one)), np.concatenate((edge, edge))


def _join_islands(
    areas: Floats, of_face: NDArray[np.intp], left: NDArray[np.intp], right: NDArray[np.intp], edges: Floats
) -> bool:
    """Give each detached group of faces to the district it shares most border with; whether any moved."""
    same = of_face[left] == of_face[right]
    label = np.arange(len(areas))
    while True:
        low = label.copy()
        np.minimum.at(low, left[same], label[right[same]])
        low = low[low]
        if (low == label).all():
            break
        label = low
    area = np.bincount(label, areas, minlength=len(areas))
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
