"""Painting one window of a flight: ground with texture, roads, shadows, roofs, crowns."""

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from data.demo.model import Street
from data.demo.noise import Shapes
from data.demo.palette import ASPHALT, FURROW, LAWN, PAVED, SIDEWALK, SMOOTH, TRACK, WATER, WOOD, Rgb
from data.demo.scene import Roof, Scene
from data.demo.shapes import many
from data.demo.sheet import Grid, Outlines, Window, circles, draw_band, swept
from data.demo.texture import Textures

_MARGIN = 6
# How strongly grain and blotches show, in 1/16, by kind of ground.
_GRAIN = {SMOOTH: 12, FURROW: 14, WOOD: 8, WATER: 3, PAVED: 9, LAWN: 15}
_BLOTCH = {SMOOTH: 12, FURROW: 9, WOOD: 8, WATER: 3, PAVED: 6, LAWN: 13}
_CARRIAGEWAY_M = {"krajowa": 9.6, "wojewodzka": 7.4, "powiatowa": 6.6, "gminna": 5.6}


class Painter:
    """Paints windows of one scene on one grid; windows meet without a seam."""

    def __init__(self, scene: Scene, textures: Textures, grid: Grid) -> None:
        self._scene, self._textures, self._grid = scene, textures, grid
        self._fine = grid.pixel_m < 1.0
        outlines: Shapes = np.array([roof.outline for roof in scene.roofs], dtype=object)
        heights = np.array([roof.height_m for roof in scene.roofs])
        self._ground = Outlines(scene.ground, grid)
        self._streets = Outlines(np.array([street.line for street in scene.streets], dtype=object), grid)
        self._roofs = Outlines(outlines, grid)
        self._shaded = Outlines(np.array([roof.shaded for roof in scene.roofs], dtype=object), grid)
        self._shadows = Outlines(swept(outlines, heights, scene.season.sun), grid)
        self._drives = Outlines(scene.drives, grid)
        self._cars = Outlines(np.array([car for car, _ in scene.cars], dtype=object), grid)
        self._dashes = Outlines(_dashes(scene.streets), grid)

    def window(self, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
        """The window as (3, height, width) RGB; left and top in pixels of the grid."""
        window = Window(left - _MARGIN, top - _MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN)
        image = Image.fromarray(self._textured(window))
        self._draw_roads(window, ImageDraw.Draw(image))
        mask = self._shadow_mask(window)
        image = ImageChops.multiply(image, Image.merge("RGB", (mask, mask, mask)))
        draw = ImageDraw.Draw(image)
        self._draw_roofs(window, draw)
        if self._fine:
            for index in self._cars.near(window):
                draw.polygon(self._cars.flat(index, window), fill=self._scene.cars[index][1], outline=(60, 60, 62))
            self._draw_trees(window, draw)
            image = image.filter(ImageFilter.BoxBlur(0.6))
        grain = self._textures.at("film", window.left, window.top, window.width, window.height)
        film = Image.fromarray(grain)
        image = ImageChops.add(image, Image.merge("RGB", (film, film, film)), 1.0, -128)
        inner: NDArray[np.uint8] = np.asarray(image)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].transpose(2, 0, 1)
        return inner

    def _textured(self, window: Window) -> NDArray[np.uint8]:
        scene, box = self._scene, (window.left, window.top, window.width, window.height)
        image = Image.new("I", (window.width, window.height), 0)
        draw = ImageDraw.Draw(image)
        # Pieces with holes come before what lies in them: the scene keeps them in that order.
        for index in self._ground.near(window):
            draw.polygon(self._ground.flat(index, window), fill=index)
        piece = np.asarray(image).astype(np.intp)
        kind = scene.texture.take(piece)
        light = self._textures.at("grain", *box) * _by_kind(_GRAIN).take(kind)
        light += self._textures.at("blotch", *box) * _by_kind(_BLOTCH).take(kind)
        light >>= 4
        light += 256
        wood = kind == WOOD
        if wood.any():
            np.copyto(light, self._textures.at("crowns", *box) + ((light - 256) >> 1), where=wood)
        self._plough(window, light, kind, piece)
        # Half the brightness keeps the product inside 16 bits: 255 times 256 is the most.
        np.clip(light, 0, 511, out=light)
        colours = scene.colours.take(piece, axis=0).astype(np.uint16)
        colours *= (light >> 1).astype(np.uint16)[..., None]
        colours >>= 7
        return np.minimum(colours, 255, out=colours).astype(np.uint8)

    def _plough(
        self, window: Window, light: NDArray[np.int16], kind: NDArray[np.uint8], piece: NDArray[np.intp]
    ) -> None:
        rows, columns = np.nonzero(kind == FURROW)
        if not len(rows):
            return
        direction = self._scene.furrow.take(piece[rows, columns], axis=0)
        x = (columns + window.left).astype(np.float32) * np.float32(self._grid.pixel_m)
        y = (rows + window.top).astype(np.float32) * np.float32(-self._grid.pixel_m)
        across = x * direction[:, 0] + y * direction[:, 1]
        # Wheel tracks every dozen metres, and in the fine flight the furrows between them.
        tracks = np.abs(across * np.float32(1 / 13.0) % 1 - np.float32(0.5)) < np.float32(0.045)
        add = np.where(tracks, -26, 0).astype(np.int16)
        if self._fine:
            add += (np.sin(across * np.float32(2 * np.pi / 1.6)) * np.float32(13)).astype(np.int16)
        light[rows, columns] += add

    def _draw_roads(self, window: Window, draw: ImageDraw.ImageDraw) -> None:
        scene, pixel_m = self._scene, self._grid.pixel_m
        near = self._streets.near(window, 30 / pixel_m)
        lines = {index: self._streets.flat(index, window) for index in near}
        if self._fine:
            for index in near:
                if scene.urban[index] and scene.streets[index].role != "track":
                    draw_band(draw, lines[index], round((_width_m(scene.streets[index]) + 4.2) / pixel_m), SIDEWALK)
        for index in self._drives.near(window):
            shade = 150 + index * 37 % 40
            draw.polygon(self._drives.flat(index, window), fill=(shade, shade - 4, shade - 12))
        for index in near:
            street = scene.streets[index]
            colour = TRACK if street.role == "track" else ASPHALT[street.index % len(ASPHALT)]
            draw_band(draw, lines[index], max(round(_width_m(street) / pixel_m), 1), colour)
        if self._fine:
            for index in self._dashes.near(window):
                draw.line(self._dashes.flat(index, window), fill=(214, 214, 210), width=1)

    def _shadow_mask(self, window: Window) -> Image.Image:
        mask = Image.new("L", (window.width, window.height), 255)
        draw = ImageDraw.Draw(mask)
        for index in self._shadows.near(window):
            draw.polygon(self._shadows.flat(index, window), fill=138)
        if self._fine:
            east, north = self._scene.season.sun
            for x, y, r, _ in circles(self._grid, window, self._scene.trees).tolist():
                cx, cy = x + east * r * 1.5, y - north * r * 1.5
                draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=150)
        return mask

    def _draw_roofs(self, window: Window, draw: ImageDraw.ImageDraw) -> None:
        for index in self._roofs.near(window):
            roof, outline = self._scene.roofs[index], self._roofs.flat(index, window)
            if roof.flat:
                draw.polygon(outline, fill=roof.colour, outline=_lit(roof.colour, 1.18))
                if self._fine and roof.outline.area > 250:
                    _draw_vents(draw, outline, roof, self._grid.pixel_m)
                continue
            draw.polygon(outline, fill=_lit(roof.colour, 1.12))
            if not roof.shaded.is_empty:
                draw.polygon(self._shaded.flat(index, window), fill=_lit(roof.colour, 0.8))

    def _draw_trees(self, window: Window, draw: ImageDraw.ImageDraw) -> None:
        crown = self._scene.season.crown
        for x, y, r, shade in circles(self._grid, window, self._scene.trees).tolist():
            for part, off, tone in ((1.0, 0.0, 0.78), (0.74, 0.16, 1.0), (0.4, 0.3, 1.25)):
                cx, cy, size = x + r * off * 0.6, y - r * off, r * part
                draw.ellipse((cx - size, cy - size, cx + size, cy + size), fill=_lit(crown, tone * shade))


def _dashes(streets: list[Street]) -> Shapes:
    """The broken line in the middle of main roads."""
    pieces: list[Shapes] = []
    for street in streets:
        if street.role in ("main", "ring"):
            starts = np.arange(6, street.line.length - 6, 9.0)
            one = shapely.get_coordinates(shapely.line_interpolate_point(street.line, starts))
            other = shapely.get_coordinates(shapely.line_interpolate_point(street.line, starts + 3.5))
            pieces.append(many(shapely.linestrings(np.stack((one, other), 1))))
    return np.concatenate(pieces)


def _draw_vents(draw: ImageDraw.ImageDraw, outline: list[float], roof: Roof, pixel_m: float) -> None:
    corners = np.array(outline[:8]).reshape(4, 2)
    size = 1.6 / pixel_m
    for part in (0.18, 0.5, 0.82):
        x, y = (corners[0] + (corners[1] - corners[0]) * part + (corners[3] - corners[0]) * 0.5).tolist()
        draw.rectangle((x - size, y - size * 0.8, x + size, y + size * 0.8), fill=_lit(roof.colour, 0.72))
        draw.rectangle((x - size, y - size * 0.8, x + size * 0.4, y + size * 0.3), fill=_lit(roof.colour, 1.2))


def _by_kind(values: dict[int, int]) -> NDArray[np.int16]:
    return np.array([values[kind] for kind in range(6)], dtype=np.int16)


def _width_m(street: Street) -> float:
    return 3.2 if street.role == "track" else _CARRIAGEWAY_M[street.category]


def _lit(colour: Rgb, by: float) -> Rgb:
    return min(int(colour[0] * by), 255), min(int(colour[1] * by), 255), min(int(colour[2] * by), 255)
