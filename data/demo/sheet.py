"""Windows of an image: outlines turned into pixels once, and what shows in a window."""

from dataclasses import dataclass

import numpy as np
import shapely
from PIL import ImageDraw

from data.demo.noise import Floats, Shapes
from data.demo.palette import Rgb
from data.demo.shapes import many


@dataclass(frozen=True, slots=True)
class Grid:
    """North-up pixels: the north-west corner and the pixel size in metres."""

    west: float
    north: float
    pixel_m: float

    def pixels(self, xy: Floats) -> Floats:
        """Points in metres as column and row, fractions kept."""
        result: Floats = np.column_stack((xy[:, 0] - self.west, self.north - xy[:, 1])) / self.pixel_m
        return result


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the grid in pixels."""

    left: int
    top: int
    width: int
    height: int


class Outlines:
    """Many outlines or lines in pixels of a grid, found by window without asking one by one."""

    def __init__(self, shapes: Shapes, grid: Grid) -> None:
        rings = shapely.get_exterior_ring(shapes)
        lines = np.where(shapely.is_missing(rings), shapes, rings)
        points, of = shapely.get_coordinates(lines, return_index=True)
        self._points = grid.pixels(points)
        self._starts = np.searchsorted(of, np.arange(len(shapes) + 1))
        bounds = shapely.bounds(lines).reshape(-1, 4)
        low, high = grid.pixels(bounds[:, (0, 3)]), grid.pixels(bounds[:, (2, 1)])
        self._boxes = np.hstack((low, high))

    def near(self, window: Window, margin: float = 4.0) -> list[int]:
        """Indices of outlines that may show in a window, in order."""
        b = self._boxes
        shows = (
            (b[:, 2] > window.left - margin)
            & (b[:, 0] < window.left + window.width + margin)
            & (b[:, 3] > window.top - margin)
            & (b[:, 1] < window.top + window.height + margin)
        )
        found: list[int] = np.flatnonzero(shows).tolist()
        return found

    def flat(self, index: int, window: Window) -> list[float]:
        """One outline as x, y, x, y … in the window's pixels."""
        points = self._points[self._starts[index] : self._starts[index + 1]] - (window.left, window.top)
        numbers: list[float] = points.ravel().tolist()
        return numbers


def circles(grid: Grid, window: Window, rows: Floats) -> Floats:
    """Circles (east, north, radius, …) as column, row, radius in the window's pixels; far ones left out."""
    places = grid.pixels(rows[:, :2]) - (window.left, window.top)
    radius = rows[:, 2] / grid.pixel_m
    reach = radius * 4
    shows = (
        (places[:, 0] > -reach)
        & (places[:, 0] < window.width + reach)
        & (places[:, 1] > -reach)
        & (places[:, 1] < window.height + reach)
    )
    result: Floats = np.column_stack((places, radius, rows[:, 3]))[shows]
    return result


def draw_band(draw: ImageDraw.ImageDraw, line: list[float], width: int, colour: Rgb) -> None:
    """A road with round ends."""
    draw.line(line, fill=colour, width=width, joint="curve" if width > 4 else None)
    r = width / 2 - 0.5
    for x, y in ((line[0], line[1]), (line[-2], line[-1])):
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def swept(shapes: Shapes, heights: Floats, sun: tuple[float, float]) -> Shapes:
    """Shadows: outlines swept along the ground by the sun's direction times height."""
    points, of = shapely.get_coordinates(shapes, return_index=True)
    moved = points + np.array(sun) * heights[of][:, None]
    order = np.argsort(np.concatenate((of, of)), kind="stable")
    clouds = shapely.multipoints(np.vstack((points, moved))[order], indices=np.repeat(of, 2))
    return many(shapely.convex_hull(clouds))
