"""Vector tiles made at the first request: every answer comes from PostGIS."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from bench import rounds
from bench.cases import Aim, Bench, Case, Outcome, compared
from bench.equality import TileDifference, tile_difference
from bench.servers import Server
from bench.town import KEYS, sample_tiles
from geo.tiles import TileId

MOST = 300
_COMPARED = 12


@dataclass(frozen=True)
class VectorTiles:
    """Tiles of some zooms, all servers on the same list."""

    name: str
    title: str
    collection: str
    zooms: range
    aims: tuple[Aim, ...]
    peers: tuple[str, ...] = ("martin", "tipg")

    def run(self, bench: Bench) -> Outcome:
        """Compare the content of some, then measure."""
        servers = [server for name in ("ours", *self.peers) if (server := bench.server(name))]
        tiles = sample_tiles(bench.town, self.collection, self.zooms, MOST)
        entrants = {server: self._addresses(bench, server, tiles) for server in servers}
        content = [
            f"{server.name}: {_difference(servers[0], server, entrants, KEYS[self.collection])}"
            for server in servers[1:]
        ]
        return compared(self.title, rounds.compare(bench.plan(), entrants), self.aims, "; ".join(content))

    def _addresses(self, bench: Bench, server: Server, tiles: Sequence[TileId]) -> list[str]:
        return [bench.contestants[server.name].tile(self.collection, tile) for tile in tiles]


def cases() -> list[Case]:
    """Every case of the group `tiles`."""
    vector = [
        VectorTiles(
            "14", "vector tile, parcels z14-15", "parcels", range(14, 16), (Aim("martin", 1.2), Aim("tipg", 1.6))
        ),
        VectorTiles(
            "addresses",
            "vector tile, addresses z14",
            "addresses",
            range(14, 15),
            (Aim("martin", 1.3), Aim("tipg", 1.8)),
        ),
        VectorTiles(
            "16",
            "vector tile, parcels z16-17",
            "parcels",
            range(16, 18),
            (Aim("martin", 1), Aim("tipg", 4.3)),
            # Below it needs up to minutes for one tile.
            ("martin", "tipg", "pygeoapi"),
        ),
    ]
    return [Case("tiles", f"tiles-{tiles.name}", tiles.run) for tiles in vector]


def plain_body(server: Server, address: str) -> bytes:
    """The body of a tile, not compressed.

    Raises:
        RuntimeError: the server does not answer 200 or 204.
    """
    status, headers, body = server.get(address)
    if status not in (200, 204):
        raise RuntimeError(f"{server.name} answers {status} to {address}: {body[:300]!r}")
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def _difference(one: Server, other: Server, entrants: dict[Server, list[str]], key: str) -> TileDifference:
    pairs = list(zip(entrants[one], entrants[other], strict=True))
    chosen = pairs[:: max(1, len(pairs) // _COMPARED)][:_COMPARED]
    found = (tile_difference(plain_body(one, mine), plain_body(other, theirs), key) for mine, theirs in chosen)
    return reduce(add, found)
