"""Orthophoto tiles: slices of the COG, beside titiler on the same file, and nginx with the tiles as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from random import Random

import numpy as np
from PIL import Image

from bench import rounds
from bench.cases import Aim, Bench, Case, Outcome, compared
from bench.contestants.nginx import Nginx
from bench.servers import Server
from bench.tiles import plain_body
from geo.ortho.cog import Cog
from geo.tiles import TileId

_ZOOMS = 4
_MOST = 600
_COMPARED = 12


def cases() -> list[Case]:
    """The case of the group `ortho`."""
    return [Case("ortho", "ortho", run)]


def run(bench: Bench) -> Outcome:
    """Look at some pictures, then measure."""
    servers = [server for name in ("ours", "titiler") if (server := bench.server(name))]
    tiles = picture_tiles(bench)
    entrants = {server: [bench.contestants[server.name].picture(tile) for tile in tiles] for server in servers}
    ours = servers[0]
    nginx = bench.contestants["nginx"]
    if isinstance(nginx, Nginx) and (beside := bench.server("nginx")):
        nginx.lay({address: plain_body(ours, address) for address in entrants[ours]})
        entrants[beside] = entrants[ours]
    content = [f"{server.name}: {_difference(ours, server, entrants)}" for server in servers[1:]]
    measured = rounds.compare(bench.plan(), entrants)
    return compared("orthophoto tile, WebP", measured, [Aim("titiler", 50), Aim("nginx", 0.8)], "; ".join(content))


def picture_tiles(bench: Bench) -> list[TileId]:
    """Tiles of the deepest zooms that the file has a block for, shuffled the same way at each call."""
    cog = Cog.open(bench.town.orthophoto)
    found: list[TileId] = []
    for zoom in cog.zooms[-_ZOOMS:]:
        level = cog.levels[zoom]
        every = [
            TileId(zoom, level.min_x + column, level.min_y + row)
            for row in range(level.rows)
            for column in range(level.columns)
        ]
        photographed = [tile for tile in every if cog.block(tile) is not None]
        found += photographed[:: max(1, len(photographed) * _ZOOMS // _MOST)]
    Random(0).shuffle(found)  # noqa: S311 - repeatable, not secret
    return found


def _difference(one: Server, other: Server, entrants: dict[Server, list[str]]) -> str:
    pairs = list(zip(entrants[one], entrants[other], strict=True))
    chosen = pairs[:: max(1, len(pairs) // _COMPARED)][:_COMPARED]
    return f"pictures differ by {_mean_difference(one, other, chosen):.1f} of 255 in the mean"


def _mean_difference(one: Server, other: Server, pairs: Sequence[tuple[str, str]]) -> float:
    found = []
    for mine, theirs in pairs:
        left, right = (
            np.asarray(Image.open(io.BytesIO(plain_body(server, address))).convert("RGB"), dtype=np.int16)
            for server, address in ((one, mine), (other, theirs))
        )
        found.append(abs(left - right).mean())
    return float(np.mean(found))
