"""Pages of items: the first request, with nothing kept but the count of a whole collection."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from bench import invented, rounds
from bench.cases import Aim, Bench, Case, Outcome, compared
from bench.contestants import Ask
from bench.equality import Feature, Unequal, same_page
from bench.servers import Server
from bench.spelling import spellings
from bench.town import KEYS

PEERS = ("tipg", "pygeoapi", "MapServer")
NO_FILTERS = {"MapServer"}
# What a server of ours could answer at most in a second, rounded up: no address is asked twice.
FASTEST = 6000
# Half of 500 m, in degrees.
_HALF_BOX = (0.0035, 0.00225)
_BOXES = 500
# Pages whose content is checked; with some hundred places some are empty.
_CHECKED = 12


@dataclass(frozen=True)
class Pages:
    """Pages that differ in their place only, and what they are to reach; `longer` rounds where an answer takes long."""

    name: str
    title: str
    asks: Sequence[Ask]
    aim: float
    longer: int = 1

    def run(self, bench: Bench) -> Outcome:
        """Check the content, then measure."""
        names = [name for name in ("ours", *PEERS) if name not in NO_FILTERS or not self.asks[0].filtered]
        servers = [server for name in names if (server := bench.server(name))]
        asks = checked(self.asks, [_expected(bench, ask) for ask in self.asks])
        content = [f"{server.name} {_contents(bench, server, asks)}" for server in servers]
        distinct = FASTEST * bench.seconds * self.longer * (bench.rounds + 1)
        entrants = {server: self._addresses(bench, server, distinct) for server in servers}
        measured = rounds.compare(bench.plan(self.longer), entrants)
        return compared(self.title, measured, [Aim("tipg", self.aim)], "; ".join(content))

    def _addresses(self, bench: Bench, server: Server, distinct: int) -> list[str]:
        queries = [bench.contestants[server.name].query(ask) for ask in self.asks]
        # Peers keep nothing: a few spellings serve for them.
        wanted = distinct if server.name == "ours" else 1000
        # A page of ten thousand is not answered so often.
        each = max(1, min(wanted, wanted * 100 // max(self.asks[0].limit, 100)) // len(queries))
        spelt = [spellings(path, parameters, each) for path, parameters in queries]
        return [address for turn in zip(*spelt, strict=True) for address in turn]


def cases() -> list[Case]:
    """Every case of the group `items`."""
    addresses, parcels = partial(Ask, "addresses"), partial(Ask, "parcels")
    places = boxes()
    rings = [((w, s), (e, s), ((w + e) / 2, n), (w, s)) for w, s, e, n in places]
    streets = [invented.street_name(number) for number in range(0, invented.STREETS, 10)]
    pages = [
        Pages("10", "items limit=10", [addresses(10)], 70),
        Pages("1000-addresses", "items limit=1000, addresses", [addresses(1000)], 15),
        Pages("1000-parcels", "items limit=1000, parcels", [parcels(1000)], 10),
        Pages("10000", "items limit=10000, addresses", [addresses(10_000)], 11, longer=2),
        Pages("box", "items bbox 500 m, limit=100", [addresses(100, bbox=box) for box in places], 8),
        Pages("attribute", "items, CQL2 attribute, limit=100", [addresses(100, street=name) for name in streets], 5),
        Pages("spatial", "items, CQL2 triangle of 500 m, limit=100", [addresses(100, ring=ring) for ring in rings], 5),
        Pages(
            "both",
            "items, CQL2 attribute and triangle, limit=100",
            [addresses(100, street=name, ring=ring) for name, ring in zip(streets, rings, strict=False)],
            5,
        ),
    ]
    return [Case("items", f"items-{page.name}", page.run) for page in pages]


def boxes() -> list[tuple[float, float, float, float]]:
    """Boxes of 500 m anywhere in the town, as `bbox` has them."""
    choice = Random(17)  # noqa: S311 - repeatable, not secret
    wide, high = _HALF_BOX
    middles = [
        (choice.uniform(invented.WEST, invented.EAST), choice.uniform(invented.SOUTH, invented.NORTH))
        for _ in range(_BOXES)
    ]
    # As an address has them: the truth is sought in the very box that was sent.
    return [(round(x - wide, 6), round(y - high, 6), round(x + wide, 6), round(y + high, 6)) for x, y in middles]


def checked(asks: Sequence[Ask], expected: Sequence[int]) -> list[Ask]:
    """A dozen pages over all, the one with the most features and the one with the fewest among them."""
    by_size = sorted(range(len(asks)), key=expected.__getitem__)
    step = max(1, -(-len(asks) // (_CHECKED - 2)))
    return [asks[place] for place in dict.fromkeys([by_size[-1], by_size[0], *range(0, len(asks), step)])]


def _contents(bench: Bench, server: Server, asks: Sequence[Ask]) -> str:
    """What several pages of a server say, in words; what is wrong once for each kind."""
    said = Counter(_content(bench, server, ask) for ask in asks)
    wrong = [words for words in said if not words.startswith("right")]
    right = len(asks) - sum(said[words] for words in wrong)
    return "; ".join([f"{right} of {len(asks)} pages right", *wrong]) if len(asks) > 1 else next(iter(said))


def _content(bench: Bench, server: Server, ask: Ask) -> str:
    """What a page of a server says about its features, in words."""
    path, parameters = bench.contestants[server.name].query(ask)
    status, headers, body = server.get(spellings(path, parameters, 1)[0])
    if status != 200:
        return f"answers {status}"
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    key = KEYS[ask.collection]
    try:
        page = json.loads(body)
        features = page["features"]
        names = [feature["properties"][key] for feature in features]
    except (ValueError, LookupError, TypeError) as wrong:
        return f"answers no page of features: {type(wrong).__name__} {wrong}"[:200]
    try:
        same_page(features, _truth(bench, ask, names), key, _expected(bench, ask))
    except Unequal as unequal:
        return f"differs: {unequal}"
    return f"right, numberMatched {page.get('numberMatched', 'absent')}"


def _where(ask: Ask) -> tuple[str, dict[str, Any]]:
    clauses, values = ["true"], dict[str, Any]()
    if ask.bbox:
        clauses.append("ST_Intersects(geom, ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326))")
        values |= dict(zip("wsen", ask.bbox, strict=True))
    if ask.street:
        clauses.append("ulica = %(street)s")
        values["street"] = ask.street
    if ask.ring:
        clauses.append("ST_Intersects(geom, ST_GeomFromText(%(ring)s, 4326))")
        values["ring"] = ask.polygon
    return " AND ".join(clauses), values


def _expected(bench: Bench, ask: Ask) -> int:
    where, values = _where(ask)
    ((count,),) = bench.town.rows(f"SELECT count(*) FROM bench.{ask.collection} WHERE {where}", values)
    return min(ask.limit, int(str(count)))


def _truth(bench: Bench, ask: Ask, names: Sequence[str]) -> dict[str, Feature]:
    """The rows of the plain table with these keys that the page may hold, as GeoJSON."""
    where, values = _where(ask)
    key = KEYS[ask.collection]
    rows = bench.town.rows(
        f"SELECT {key}, ST_AsGeoJSON(geom, 10)::json, to_jsonb(t) - 'geom' - 'id' FROM bench.{ask.collection} AS t"
        f" WHERE {key} = ANY(%(names)s) AND {where}",
        {**values, "names": list(names)},
    )
    return {str(name): {"geometry": geometry, "properties": values} for name, geometry, values in rows}
