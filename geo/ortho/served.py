"""The half of a conversion that lives in a confined child: it alone lets GDAL look at a file from outside."""

from __future__ import annotations

from collections.abc import Mapping

from geo.confine import Json, Message, Say, View
from geo.confine.child import Answer
from geo.ortho.convert import canvas, compress, warp
from geo.ortho.footprint import footprint
from geo.ortho.source import opened
from geo.tiles import TILE_PIXELS


def begin(view: View, arguments: Json) -> Mapping[str, Answer]:
    """What can be asked: `look`, then `convert`.

    `arguments`: `file`, the picture's name in the view, and `srid`, what replaces the CRS that it names.
    """
    file, srid = view.file(arguments["file"]), arguments["srid"]

    def look(_: Json, say: Say) -> None:
        with opened(file, srid) as source:
            outline = footprint(source)
            rings = [list(map(list, ring.coords)) for ring in (outline.exterior, *outline.interiors)]
            say(Message({"outline": rings, "pixel_m": source.pixel_m, "place": source.place}))

    def convert(_: Json, say: Say) -> None:
        with opened(file, srid) as source:
            plan = canvas(source)
            warp(source, plan, view.work / "warped.tif", lambda share: say(Message({"warped": share})))
        say(Message({"pixels": plan.columns * plan.rows * TILE_PIXELS**2}))
        compress(view.work / "warped.tif", view.work / "cog.tif", plan.levels)

    return {"look": look, "convert": convert}
