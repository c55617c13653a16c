"""What was asked before: tiles with each kind of client, and pages of items, beside nginx serving the same files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bench import rounds, wrk
from bench.cases import Aim, Bench, Case, Outcome, compared
from bench.contestants import Ask
from bench.contestants.nginx import Nginx
from bench.items import boxes
from bench.servers import Server
from bench.town import sample_tiles

_BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
_TILES = 700
_PAGES = 200


def cases() -> list[Case]:
    """Every case of the group `again`."""
    clients = [
        Client("plain", "a vector tile asked again", {}),
        Client("browser", "a vector tile asked again, a browser's Accept-Encoding", _BROWSER),
        Client("unchanged", "a vector tile asked again, If-None-Match", _BROWSER, knows=True),
    ]
    return [
        *(Case("again", f"again-{client.name}", client.run) for client in clients),
        Case("again", "again-items", items),
    ]


@dataclass(frozen=True)
class Client:
    """What a client sends; one that `knows` has the tile already and asks whether it is the newest."""

    name: str
    title: str
    headers: Mapping[str, str]
    knows: bool = False

    def run(self, bench: Bench) -> Outcome:
        """Ask for the parcels of four zooms."""
        tiles = sample_tiles(bench.town, "parcels", range(14, 18), _TILES)
        entrants = {}
        for name in ("ours, asked again", "martin, cached"):
            if server := bench.server(name):
                entrants[server] = [bench.contestants[name].tile("parcels", tile) for tile in tiles]
        beside_files(bench, entrants)
        asked = {server: [self._line(server, path) for path in paths] for server, paths in entrants.items()}
        measured = rounds.compare(bench.plan(), asked)
        sizes = [f"{name} {found.bytes_each:.0f}" for name, found in measured.items()]
        return compared(self.title, measured, [Aim("nginx", 0.8)], f"bytes of an answer: {', '.join(sizes)}")

    def _line(self, server: Server, path: str) -> str:
        headers = dict(self.headers)
        status, answered, _ = server.get(path, headers)
        if status not in (200, 204):
            raise RuntimeError(f"{server.name} answers {status} to {path}")
        if self.knows and "etag" in answered:
            headers["If-None-Match"] = answered["etag"]
            return wrk.line(path, headers, 304)
        return wrk.line(path, headers)


def items(bench: Bench) -> Outcome:
    """Pages of a hundred addresses in a box."""
    name = "ours, asked again"
    ours = bench.server(name)
    queries = map(bench.contestants[name].query, map(partial(Ask, "addresses", 100), boxes()[:_PAGES]))
    addresses = [f"{path}?{'&'.join(f'{key}={value}' for key, value in asked.items())}" for path, asked in queries]
    entrants = {ours: addresses}
    nginx, files = bench.contestants["nginx"], bench.server("nginx")
    if files:
        pages = {f"/pages/{number}.json": ours.get(address)[2] for number, address in enumerate(addresses)}
        nginx.lay(pages)
        entrants[files] = list(pages)
    measured = rounds.compare(bench.plan(), entrants)
    return compared("an items page asked again", measured, [Aim("nginx", 0.5)])


def beside_files(bench: Bench, entrants: dict[Server, list[str]]) -> None:
    """Let nginx take part with what the first of the others answers, at the same addresses, gzipped beside."""
    ours, addresses = next(iter(entrants.items()))
    nginx, server = bench.contestants["nginx"], bench.server("nginx")
    if server and isinstance(nginx, Nginx):
        nginx.lay({address: ours.get(address, {"Accept-Encoding": "gzip"})[2] for address in addresses})
        entrants[server] = addresses
