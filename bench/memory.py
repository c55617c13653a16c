"""Memory after load: each server is started afresh, answers pages, tiles and pictures, and is weighed."""

from __future__ import annotations

from bench import noise, wrk
from bench.cases import Bench, Case, Line, Outcome
from bench.contestants import Ask
from bench.items import boxes
from bench.pictures import picture_tiles
from bench.servers import Server
from bench.spelling import spellings
from bench.town import sample_tiles

MOST_MB = 250
_WEIGHED = ("ours, asked again", "tipg", "martin", "titiler", "pygeoapi")


def cases() -> list[Case]:
    """The case of the group `memory`."""
    return [Case("memory", "memory", run)]


def run(bench: Bench) -> Outcome:
    """Weigh everybody that is here."""
    weighed = {}
    for name in _WEIGHED:
        if name in bench.servers.running:
            bench.servers.stop(name)
        if server := bench.server(name):
            weighed[name] = (server.resident_mb, *_after_load(bench, server))
    ours = weighed[_WEIGHED[0]][1]
    lines = [
        Line(
            who,
            f"{after:.0f} MB after load ({once:.0f} MB with shared pages counted once), {started:.0f} MB started",
            ratio=(MOST_MB if who == _WEIGHED[0] else after) / ours,
            aim=1 if who == _WEIGHED[0] else None,
            note="; ".join(
                [f"aim: at most {MOST_MB} MB"] * (who == _WEIGHED[0])
                + [f"{failed} answers wrong or broken"] * (failed > 0)
            ),
            failed=failed > 0,
        )
        for who, (started, after, once, failed) in weighed.items()
    ]
    return Outcome("memory after load, all processes of a server, without the database", lines)


def _after_load(bench: Bench, server: Server) -> tuple[float, float, int]:
    """The memory in MB, the same with shared pages counted once, and how many answers failed meanwhile."""
    failed = sum(wrk.run(server.port, addresses, bench.seconds).failed for addresses in _lists(bench, server))
    noise.settle(bench.town.database.place.pgdata)
    return server.resident_mb, server.proportional_mb, failed


def _lists(bench: Bench, server: Server) -> list[list[str]]:
    contestant = bench.contestants[server.name]
    found = []
    if hasattr(contestant, "query"):
        asks = [Ask("addresses", 1000), *(Ask("addresses", 100, bbox=box) for box in boxes())]
        found.append([spellings(*contestant.query(ask), 1)[0] for ask in asks])
    if hasattr(contestant, "tile"):
        tiles = sample_tiles(bench.town, "parcels", range(14, 18), 300)
        found.append([contestant.tile("parcels", tile) for tile in tiles])
    if hasattr(contestant, "picture"):
        found.append([contestant.picture(tile) for tile in picture_tiles(bench)])
    return found
