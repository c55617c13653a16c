"""Growth: the same requests to the town and to one with ten times the addresses on ten times the land; p50 is to stay.

As much lies in a box or a tile of both: what is measured is what finding it costs, not what sending it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from bench import rounds, town
from bench.cases import Bench, Case, Line, Outcome, noted, shown
from bench.contestants import Ask
from bench.contestants.ours import Ours
from bench.items import FASTEST, boxes
from bench.rounds import Figures
from bench.spelling import spellings
from bench.town import sample_tiles
from geo.tiles import TileId

TIMES = 10
MOST = 1.3


def cases() -> list[Case]:
    """Every case of the group `growth`."""
    return [Case("growth", f"growth-{kind}", partial(run, kind=kind)) for kind in ("limit", "box", "tile")]


def run(bench: Bench, kind: str) -> Outcome:
    """Measure both towns in turn."""
    with ExitStack() as stack:
        grown = stack.enter_context(town.ready(town.ADDRESSES * TIMES))
        # The same tiles for both: those of the smaller town.
        tiles = sample_tiles(bench.town, "addresses", range(16, 17), 300)
        entrants = {}
        for name, one in (("ours", bench.town), (f"ours, {TIMES} times the data", grown)):
            contestant = Ours(one, "bench.forgetful:create")
            if name not in bench.servers.running:
                port = bench.servers.port()
                bench.servers.start(name, port, contestant.launch(port))
                if one is grown:
                    stack.callback(bench.servers.stop, name)
            entrants[bench.servers.running[name]] = _addresses(bench, contestant, kind, tiles)
        measured = rounds.compare(bench.plan(), entrants)
    return grown_to(f"growth to {town.ADDRESSES * TIMES:,} points: {kind}", measured)


def grown_to(title: str, measured: Mapping[str, Figures]) -> Outcome:
    """The outcome of two towns, the small one first: reached when p50 grew at most MOST times and no answer failed."""
    (name, small), (larger, large) = measured.items()
    grew = large.p50_ms / small.p50_ms if small.per_second and large.per_second else None
    ratio = MOST / grew if grew else None
    said = f"p50 {grew:.2f} x, aim: at most {MOST} x" if grew else f"aim: p50 at most {MOST} x"
    note = "; ".join(filter(None, [said, noted(large)]))
    failed = bool(small.failed or large.failed)
    return Outcome(
        title, [Line(name, shown(small), note=noted(small)), Line(larger, shown(large), ratio, 1, note, failed)]
    )


def _addresses(bench: Bench, ours: Ours, kind: str, tiles: list[TileId]) -> list[str]:
    if kind == "tile":
        return [ours.tile("addresses", tile) for tile in tiles]
    asks = [Ask("addresses", 100, bbox=box) for box in boxes()] if kind == "box" else [Ask("addresses", 100)]
    each = FASTEST * bench.seconds * (bench.rounds + 1) // len(asks)
    return [address for ask in asks for address in spellings(*ours.query(ask), each)]
