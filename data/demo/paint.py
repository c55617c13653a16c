"""Painting one window of a flight: ground with texture, roads, shadows, roofs, crowns."""

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from shapely import Polygon

from data.demo.model import Street
from data.demo.noise import Floats
from data.demo.palette import ASPHALT, FURROW, LAWN, PAVED, SIDEWALK, SMOOTH, TRACK, WATER, WOOD, Rgb
from data.demo.scene import Roof, Scene
from data.demo.texture import Textures

_MARGIN = 6
# How strongly grain and blotches show, in 1/16, by kind of ground.
_GRAIN = {SMOOTH: 12, FURROW: 14, WOOD: 8, WATER: 3, PAVED: 9, LAWN: 15}
_BLOTCH = {SMOOTH: 12, FURROW: 9, WOOD: 8, WATER: 3, PAVED: 6, LAWN: 13}
_CARRIAGEWAY = {"krajowa": 9.6, "wojewodzka": 7.4, "powiatowa": 6.6, "gminna": 5.6}


class Painter:
    """Paints windows of one scene on one grid; windows meet without a seam."""

    def __init__(self, scene: Scene, textures: Textures, west: float, north: float, pixel_m: float) -> None:
        self._scene, self._textures = scene, textures
        self._west, self._north, self._pixel_m = west, north, pixel_m
        self._ground = shapely.STRtree(scene.ground)
        self._streets = shapely.STRtree(np.array([street.line for street in scene.streets], dtype=object))
        self._roofs = shapely.STRtree(np.array([roof.outline for roof in scene.roofs], dtype=object))
        self._drives = shapely.STRtree(scene.drives)
        self._cars = shapely.STRtree(np.array([car for car, _ in scene.cars], dtype=object))
        self._fine = pixel_m < 1.0

    def window(self, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
        """The window as (3, height, width) RGB; left and top in pixels of the grid."""
        left, top, full_width, full_height = left - _MARGIN, top - _MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN
        sheet = _Sheet(self, left, top, full_width, full_height)
        image = Image.fromarray(self._textured(sheet, left, top))
        draw = ImageDraw.Draw(image)
        self._draw_roads(sheet, draw)
        image = Image.fromarray(self._shadowed(sheet, np.asarray(image)))
        draw = ImageDraw.Draw(image)
        self._draw_roofs(sheet, draw)
        if self._fine:
            for index in sheet.near(self._cars):
                car, colour = self._scene.cars[index]
                draw.polygon(sheet.pixels(car), fill=colour, outline=(60, 60, 62))
            self._draw_trees(sheet, draw)
            image = image.filter(ImageFilter.GaussianBlur(0.7))
        pixels = np.asarray(image).astype(np.int16)
        pixels += self._textures.at("grain", left + 311, top + 97, full_width, full_height)[..., None] // 3
        clipped = np.clip(pixels, 0, 255).astype(np.uint8)
        inner: NDArray[np.uint8] = clipped[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].transpose(2, 0, 1)
        return inner

    def _textured(self, sheet: "_Sheet", left: int, top: int) -> NDArray[np.uint8]:
        scene, width, height = self._scene, sheet.width, sheet.height
        index_image = Image.new("I", (width, height), 0)
        draw = ImageDraw.Draw(index_image)
        for index in sheet.near(self._ground):
            polygon = scene.ground[index]
            draw.polygon(sheet.pixels(polygon), fill=int(index))
            for hole in sheet.holes_refilled(polygon):
                draw.polygon(sheet.pixels(hole), fill=0)
        # Pieces that lie in the hole of another are painted after it, largest first.
        index = np.asarray(index_image)
        kind = scene.texture[index]
        grain = np.array([_GRAIN[k] for k in range(6)], dtype=np.int16)[kind]
        blotch = np.array([_BLOTCH[k] for k in range(6)], dtype=np.int16)[kind]
        light = self._textures.at("grain", left, top, width, height) * grain
        light += self._textures.at("blotch", left, top, width, height) * blotch
        light >>= 4
        light += 256
        wood = kind == WOOD
        if wood.any():
            light = np.where(wood, self._textures.at("crowns", left, top, width, height) + (light - 256) // 2, light)
        self._plough(sheet, light, kind, index)
        colours = scene.colours[index].astype(np.int32)
        colours *= light[..., None]
        colours >>= 8
        return np.clip(colours, 0, 255).astype(np.uint8)

    def _plough(
        self, sheet: "_Sheet", light: NDArray[np.int16], kind: NDArray[np.uint8], index: NDArray[np.int32]
    ) -> None:
        rows, columns = np.nonzero(kind == FURROW)
        if not len(rows):
            return
        direction = self._scene.furrow[index[rows, columns]]
        x = (columns + sheet.left).astype(np.float32) * np.float32(self._pixel_m)
        y = (rows + sheet.top).astype(np.float32) * np.float32(-self._pixel_m)
        across = x * direction[:, 0] + y * direction[:, 1]
        # Wheel tracks every dozen metres, and in the fine flight the furrows between them.
        tracks = np.abs(across * np.float32(1 / 13.0) % 1 - np.float32(0.5)) < np.float32(0.045)
        add = np.where(tracks, -26, 0).astype(np.int16)
        if self._fine:
            add += (np.sin(across * np.float32(2 * np.pi / 1.6)) * np.float32(13)).astype(np.int16)
        light[rows, columns] += add

    def _draw_roads(self, sheet: "_Sheet", draw: ImageDraw.ImageDraw) -> None:
        indices = sheet.near(self._streets)
        streets = [(self._scene.streets[i], bool(self._scene.urban[i])) for i in indices]
        if self._fine:
            for street, urban in streets:
                if urban and street.role != "track":
                    sheet.line(draw, street, _width(street) + 4.2, SIDEWALK)
        for index in sheet.near(self._drives):
            shade = 150 + index * 37 % 40
            draw.polygon(sheet.pixels(self._scene.drives[index]), fill=(shade, shade - 4, shade - 12))
        for street, _ in streets:
            colour = TRACK if street.role == "track" else ASPHALT[street.index % len(ASPHALT)]
            sheet.line(draw, street, 3.2 if street.role == "track" else _width(street), colour)
        if self._fine:
            for street, _ in streets:
                if street.role in ("main", "ring"):
                    sheet.dashes(draw, street)

    def _shadowed(self, sheet: "_Sheet", pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        mask = Image.new("L", (sheet.width, sheet.height), 255)
        draw = ImageDraw.Draw(mask)
        sun = np.array(self._scene.season.sun)
        for index in sheet.near(self._roofs):
            roof = self._scene.roofs[index]
            draw_shadow(sheet, draw, roof, sun)
        if self._fine:
            for x, y, r, _ in sheet.trees(self._scene.trees):
                dx, dy = sun * r * 1.1
                draw.ellipse(sheet.circle(x + dx, y + dy, r), fill=150)
        shaded = pixels.astype(np.uint16)
        shaded *= np.asarray(mask)[..., None]
        shaded >>= 8
        return shaded.astype(np.uint8)

    def _draw_roofs(self, sheet: "_Sheet", draw: ImageDraw.ImageDraw) -> None:
        for index in sheet.near(self._roofs):
            roof = self._scene.roofs[index]
            if roof.flat:
                draw.polygon(sheet.pixels(roof.outline), fill=roof.colour, outline=_lit(roof.colour, 1.18))
                if self._fine and roof.outline.area > 250:
                    _draw_vents(sheet, draw, roof)
                continue
            draw.polygon(sheet.pixels(roof.outline), fill=_lit(roof.colour, 1.12))
            if not roof.shaded.is_empty:
                draw.polygon(sheet.pixels(roof.shaded), fill=_lit(roof.colour, 0.78))

    def _draw_trees(self, sheet: "_Sheet", draw: ImageDraw.ImageDraw) -> None:
        for x, y, r, shade in sheet.trees(self._scene.trees):
            for part, off, tone in ((1.0, 0.0, 0.78), (0.74, 0.16, 1.0), (0.4, 0.3, 1.25)):
                place = sheet.circle(x + r * off * 0.6, y + r * off, r * part)
                draw.ellipse(place, fill=_lit(self._scene.season.crown, tone * shade))

    @property
    def grid(self) -> tuple[float, float, float]:
        """West, north and pixel size in metres."""
        return self._west, self._north, self._pixel_m


class _Sheet:
    """The window being painted: from metres to its pixels, and what lies near it."""

    def __init__(self, painter: Painter, left: int, top: int, width: int, height: int) -> None:
        west, north, self.pixel_m = painter.grid
        self.left, self.top, self.width, self.height = left, top, width, height
        self.west, self.north = west + left * self.pixel_m, north - top * self.pixel_m
        self.area = shapely.box(
            self.west - 30,
            self.north - height * self.pixel_m - 30,
            self.west + width * self.pixel_m + 30,
            self.north + 30,
        )

    def near(self, tree: shapely.STRtree) -> list[int]:
        """Indices of what may show in the window, in their own order."""
        return sorted(int(i) for i in tree.query(self.area))

    def pixels(self, polygon: Polygon) -> list[tuple[float, float]]:
        """The outline of a polygon in pixels."""
        return self._points(shapely.get_coordinates(polygon.exterior))

    def holes_refilled(self, polygon: Polygon) -> list[Polygon]:
        """Nothing: whatever lies in a hole is painted later by its own piece."""
        del polygon
        return []

    def circle(self, x: float, y: float, r: float) -> tuple[float, float, float, float]:
        """The box of a circle in pixels."""
        cx, cy, size = (x - self.west) / self.pixel_m, (self.north - y) / self.pixel_m, r / self.pixel_m
        return cx - size, cy - size, cx + size, cy + size

    def trees(self, trees: Floats) -> Floats:
        """Trees whose crown or shadow may show."""
        west, south, east, north = self.area.bounds
        inside = (trees[:, 0] > west) & (trees[:, 0] < east) & (trees[:, 1] > south) & (trees[:, 1] < north)
        return trees[inside]

    def line(self, draw: ImageDraw.ImageDraw, street: Street, width_m: float, colour: Rgb) -> None:
        """A band of road with round ends."""
        points = self._points(shapely.get_coordinates(street.line))
        width = max(round(width_m / self.pixel_m), 1)
        draw.line(points, fill=colour, width=width, joint="curve")
        r = width / 2 - 0.5
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def dashes(self, draw: ImageDraw.ImageDraw, street: Street) -> None:
        """The broken line in the middle of a main road."""
        starts = np.arange(6, street.line.length - 6, 9.0)
        one = shapely.get_coordinates(shapely.line_interpolate_point(street.line, starts))
        other = shapely.get_coordinates(shapely.line_interpolate_point(street.line, starts + 3.5))
        for a, b in zip(self._points(one), self._points(other), strict=True):
            draw.line((a, b), fill=(214, 214, 210), width=1)

    def _points(self, coordinates: Floats) -> list[tuple[float, float]]:
        x = (coordinates[:, 0] - self.west) / self.pixel_m
        y = (self.north - coordinates[:, 1]) / self.pixel_m
        return list(zip(x.tolist(), y.tolist(), strict=True))


def draw_shadow(sheet: _Sheet, draw: ImageDraw.ImageDraw, roof: Roof, sun: Floats) -> None:
    """The shadow of a building: its outline swept along the ground."""
    points = shapely.get_coordinates(roof.outline.exterior)
    hull = shapely.convex_hull(shapely.multipoints(np.vstack((points, points + sun * roof.height_m))))
    if isinstance(hull, Polygon):
        draw.polygon(sheet.pixels(hull), fill=132)


def _draw_vents(sheet: _Sheet, draw: ImageDraw.ImageDraw, roof: Roof) -> None:
    corners = np.array(roof.outline.exterior.coords)[:4]
    for part in (0.18, 0.5, 0.82):
        middle = corners[0] + (corners[1] - corners[0]) * part + (corners[3] - corners[0]) * 0.5
        x, y, _, _ = sheet.circle(middle[0], middle[1], 0)
        size = 1.6 / sheet.pixel_m
        draw.rectangle((x - size, y - size * 0.8, x + size, y + size * 0.8), fill=_lit(roof.colour, 0.72))
        draw.rectangle((x - size, y - size * 0.8, x + size * 0.4, y + size * 0.3), fill=_lit(roof.colour, 1.2))


def _width(street: Street) -> float:
    return _CARRIAGEWAY[street.category]


def _lit(colour: Rgb, by: float) -> Rgb:
    return min(int(colour[0] * by), 255), min(int(colour[1] * by), 255), min(int(colour[2] * by), 255)
