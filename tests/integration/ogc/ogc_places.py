"""What the tests of items read: features by hand and at random, asked for as a client asks."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from geo.feature import Collection, FeatureType, Field, TileRules
from geo.geometry import LngLatBbox
from geo.ogc.items import Document, items
from geo.ogc.parameters import parse_items

BASE = "https://gis.example.pl/ogc"
PLACES = FeatureType(
    fields=(
        Field("nazwa", "text", {"pl": "Nazwa", "en": "Name"}, required=True),
        Field("rodzaj", "text", {"pl": "Rodzaj"}, enum={"park": {"pl": "park"}, "plac": {"pl": "plac"}}),
        Field("liczba", "integer", {"pl": "Liczba", "en": "Count"}),
        Field("wysokosc", "number", {"pl": "Wysokość"}, unit="m"),
        Field("czynny", "boolean", {"pl": "Czynny"}),
        Field("od_dnia", "date", {"pl": "Od dnia"}),
        Field("zmieniono", "datetime", {"pl": "Zmieniono"}),
    ),
    geometry="point",
    time_field="zmieniono",
)
# id, nazwa, rodzaj, liczba, wysokosc, czynny, od_dnia, zmieniono, lng, lat
NAMED = [
    ("centrum", "Łąka „Zażółć gęślą jaźń”", "park", 1, 1.5, True, "2020-01-01", "2024-05-01T10:00:00Z", 18.90, 50.17),
    ("o'hara", "O'Hara; DROP TABLE", "plac", 2, -2.0, False, "2021-06-15", "2024-05-01T23:59:59.5Z", 18.91, 50.17),
    ("a/b?c#ł", "łąka", None, 3, None, None, None, "2024-05-02T00:00:00Z", 18.92, 50.17),
    ("100%", "100% \\ pewny_", "park", None, 0.0, True, "2022-12-31", None, 18.93, 50.17),
]
RANDOM_POINTS = 1500


@dataclass(frozen=True, slots=True)
class Api:
    """A collection and the connection that reads it, asked as a client asks."""

    connection: psycopg.Connection[Any]
    collection: Collection

    def document(self, **parameters: str) -> Document:
        """The answer; an underscore in a name stands for the hyphen of `bbox-crs` and its like."""
        pairs = [
            (name.replace("_", "-") if name in {"bbox_crs", "filter_crs", "filter_lang"} else name, value)
            for name, value in parameters.items()
        ]
        return items(self.connection, self.collection, parse_items(pairs, self.collection.type), BASE)

    def json(self, **parameters: str) -> Any:
        """The parsed answer."""
        return json.loads(self.document(**parameters).body)

    def ids(self, **parameters: str) -> list[str]:
        """The ids found, all on one page."""
        return [feature["id"] for feature in self.json(**{"limit": "10000", **parameters})["features"]]


def make_collection(feature_type: FeatureType, table: str, count: int) -> Collection:
    return Collection(
        id="miejsca",
        title={"pl": "Miejsca", "en": "Places"},
        description={"pl": "Miejsca do prób."},
        type=feature_type,
        table=table,
        edition=1,
        version="1",
        count=count,
        extent=LngLatBbox(18.8, 50.1, 19.0, 50.25),
        published_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
        tiles=TileRules(10, 16),
    )


def random_points() -> list[tuple[float, float]]:
    """Spread over the town, the same at each run."""
    chance = random.Random(2408021)  # noqa: S311 - repeatable numbers are wanted
    return [(chance.uniform(18.80, 19.00), chance.uniform(50.10, 50.24)) for _ in range(RANDOM_POINTS)]
