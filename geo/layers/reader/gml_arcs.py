"""Arcs of GML as chains of vertices."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

# A chord leaves its arc by no more than a millimetre (in degrees: 1e-8, about the same), which is a tenth
# of the registers' own rounding; and no chord spans more than ten degrees of the circle.
DEVIATION_M = 0.001
DEVIATION_DEGREES = 1e-8
WIDEST_STEP = math.radians(10)
MOST_STEPS = 20_000

type Points = NDArray[np.float64]


def arc(points: Points) -> Points:
    """The vertices of an arc through three points (3, 2), all three among them.

    Three points in a line stay as they are. Two neighbours that share an arc in opposite directions get
    the same vertices to the last bit, because the arc is always walked from its lesser end.
    """
    if tuple(points[0]) > tuple(points[2]):
        return arc(points[::-1])[::-1]
    origin = points[0]
    centre = _centre(points - origin)
    if centre is None:
        return points
    # So flat that its three points are it: on a circle of a million kilometres sines and cosines have no digits left.
    if np.hypot(*(points[2] - origin)) ** 2 <= 8 * _deviation(origin) * np.hypot(*centre):
        return points
    centre = centre + origin
    return np.vstack((_sweep(points[0], points[1], points[2], centre), points[2:]))


def circle(points: Points) -> Points:
    """The closed ring of a full circle through three points (3, 2).

    Raises:
        ValueError: the points lie in a line.
    """
    centre = _centre(points - points[0])
    if centre is None:
        raise ValueError("three points in a line give no circle")
    centre = centre + points[0]
    halves = [_between(points[index], points[(index + 1) % 3], centre, _turn(points)) for index in range(3)]
    return np.vstack((*halves, points[:1]))


def _centre(points: Points) -> Points | None:
    """The centre of the circle through (0, 0) and two more points; None when they lie in a line."""
    (bx, by), (cx, cy) = points[1], points[2]
    double_area = 2 * (bx * cy - by * cx)
    span = max(abs(bx), abs(by), abs(cx), abs(cy))
    if abs(double_area) <= 1e-12 * span * span:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    return np.array(((cy * b2 - by * c2) / double_area, (bx * c2 - cx * b2) / double_area))


def _turn(points: Points) -> float:
    """+1 when three points turn left, -1 when they turn right."""
    (ax, ay), (bx, by) = points[1] - points[0], points[2] - points[0]
    return 1.0 if ax * by - ay * bx > 0 else -1.0


def _sweep(start: Points, middle: Points, end: Points, centre: Points) -> Points:
    turn = _turn(np.vstack((start, middle, end)))
    return np.vstack((_between(start, middle, centre, turn), _between(middle, end, centre, turn)))


def _between(start: Points, end: Points, centre: Points, turn: float) -> Points:
    """Vertices from start, which is kept exactly, up to but without end."""
    first = math.atan2(start[1] - centre[1], start[0] - centre[0])
    last = math.atan2(end[1] - centre[1], end[0] - centre[0])
    angle = (turn * (last - first)) % math.tau
    radius = math.hypot(start[0] - centre[0], start[1] - centre[1])
    deviation = _deviation(start)
    # By the sine of a quarter: beside a great radius the cosine of the half rounds to 1, and no step is left.
    step = WIDEST_STEP if radius <= deviation else min(WIDEST_STEP, 4 * math.asin(math.sqrt(deviation / radius / 2)))
    steps = min(max(1, math.ceil(angle / step)), MOST_STEPS)
    angles = first + turn * angle * np.arange(steps) / steps
    vertices = centre + radius * np.column_stack((np.cos(angles), np.sin(angles)))
    vertices[0] = start
    return vertices


def _deviation(point: Points) -> float:
    return DEVIATION_DEGREES if np.abs(point).max() <= 360 else DEVIATION_M
