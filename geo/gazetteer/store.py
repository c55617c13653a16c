"""The table published.gazetteer: filled by layer, asked by word. Queries only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

from geo import copy_text
from geo.db import read_sql
from geo.gazetteer.folding import indexed, natural
from geo.geometry import LngLatBbox

_HERE = Path(__file__).parent
# Shorter words stand in too many others.
SHORT = 3
_BATCH = 500
# A word of tsquery has 2046 bytes at most.
_LONGEST_LEXEME = 400
# By the primary key: the first fit is near its beginning.
_EXAMPLE = (
    "SELECT label FROM published.gazetteer WHERE layer = ANY(%s) AND kind = 'address' AND length(label) <= %s"
    " ORDER BY layer, feature_id LIMIT 1"
)
_KNOWN = "SELECT DISTINCT word FROM published.gazetteer_word WHERE layer = ANY(%s) AND word = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a layer wants found: one feature, in words and on the map (degrees, WGS 84)."""

    feature_id: str
    kind: str  # "address", "street", "locality", "district", "parcel"; others come after these
    label: str
    detail: str
    point: tuple[float, float] | None  # lng, lat; None where nobody knows the place
    bbox: LngLatBbox | None = None  # None means the point
    # The ways in which people write it, each from its beginning; empty means label and detail.
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries as columns of one length, their places as PostgreSQL reads them: for layers of many features."""

    feature_ids: Sequence[str]
    kinds: Sequence[str]
    labels: Sequence[str]
    details: Sequence[str]
    points: Sequence[str | None]  # EWKT, or EWKB in hex
    boxes: Sequence[str | None]  # `{west,south,east,north}`
    keys: Iterable[Iterable[str]]  # of each entry


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found (degrees, WGS 84); no place where nobody has drawn it."""

    layer: str
    feature_id: str
    kind: str
    label: str
    detail: str
    lng: float | None
    lat: float | None
    bbox: Sequence[float] | None
    # Whether each word that was asked for stands in it whole, not only begun.
    whole: bool


def replace(connection: Connection[Any], layer: str, rows: Iterable[Entry]) -> int:
    """Exchange a layer's entries for these, in the caller's transaction; says how many there are.

    Raises:
        psycopg.errors.UniqueViolation: two entries name the same feature.
    """
    return replace_all(connection, layer, map(_as_columns, batched(rows, _BATCH)))


def _as_columns(rows: Sequence[Entry]) -> Entries:
    boxes = [row.bbox or (row.point and (*row.point, *row.point)) for row in rows]
    return Entries(
        feature_ids=[row.feature_id for row in rows],
        kinds=[row.kind for row in rows],
        labels=[row.label for row in rows],
        details=[row.detail for row in rows],
        points=[row.point and f"SRID=4326;POINT({row.point[0]!r} {row.point[1]!r})" for row in rows],
        boxes=[
            f"{{{','.join(map(repr, box))}}}" if row.point and box else None
            for row, box in zip(rows, boxes, strict=True)
        ],
        keys=[row.keys or (f"{row.label} {row.detail}",) for row in rows],
    )


def replace_all(connection: Connection[Any], layer: str, batches: Iterable[Entries]) -> int:
    """The same for a layer of many features; what makes the batches must leave the connection alone.

    Quickest with some hundred entries a batch, in the order of their ids.

    Raises:
        psycopg.errors.UniqueViolation: two entries name the same feature.
    """
    words: set[str] = set()
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM published.gazetteer WHERE layer = %s", [layer])
        cursor.execute("DELETE FROM published.gazetteer_word WHERE layer = %s", [layer])
        # One COPY, however many batches: PostgreSQL stores what it has while the next is folded.
        with cursor.copy(
            "COPY published.gazetteer (layer, feature_id, kind, label, detail, folded, sort_key, geom, bbox) FROM STDIN"
        ) as copy:
            for batch in batches:
                folded = list(map(indexed, batch.keys))
                copy.write(copy_text.block(_columns(layer, batch, folded)))
                words.update(filter(is_name, set(" ".join(folded).split()) - words))
                count += len(folded)
        with cursor.copy("COPY published.gazetteer_word (layer, word) FROM STDIN") as copy:
            copy.write(copy_text.block([[layer] * len(words), sorted(words)]))
    return count


def _columns(layer: str, entries: Entries, folded: Sequence[str]) -> list[copy_text.Column]:
    return [
        [layer] * len(folded),
        entries.feature_ids,
        entries.kinds,
        entries.labels,
        entries.details,
        folded,
        list(map(natural, entries.labels)),
        entries.points,
        entries.boxes,
    ]


def is_name(word: str) -> bool:
    """Whether a folded word is worth keeping for corrections."""
    return len(word) >= SHORT and word.isalpha()


def matching(
    connection: Connection[Any], layers: Sequence[str], words: Sequence[str], limit: int, *, house: bool
) -> list[Hit]:
    """Entries of some layers that have every word, in any order, words perhaps only begun; the closest first.

    `house` says whether a house number is among the words: without one, streets and places stand before houses.
    """
    return _ask(connection, "search.sql", layers, words, {"limit": limit, "house": house})


def nearest_numbers(
    connection: Connection[Any], layers: Sequence[str], words: Sequence[str], number: int, limit: int
) -> list[Hit]:
    """The streets or places that have every word, then their houses, those with the nearest numbers first."""
    return _ask(connection, "nearest_numbers.sql", layers, words, {"limit": limit, "number": number})


def _ask(
    connection: Connection[Any],
    query: str,
    layers: Sequence[str],
    words: Sequence[str],
    values: dict[str, object],
) -> list[Hit]:
    whole = "| " + " ".join(words)
    # One or two letters stand in too many words: they count only where a key begins.
    begun = [f"%{whole}"] if len(words) == 1 and len(words[0]) < SHORT else [f"% {_literal(word)}" for word in words]
    values |= {"whole": whole, "layers": list(layers), "indexed": " & ".join(map(_begun_lexeme, words))}
    statement = read_sql(_HERE / query).format(
        conditions=_all_like("begun", [f"{pattern}%" for pattern in begun], values),
        whole_words=_all_like("whole", [f"% {_literal(word)} %" for word in words], values),
    )
    with connection.cursor(row_factory=class_row(Hit)) as cursor:
        # Never prepared: a plan that does not see the words cannot choose between index and scan.
        return cursor.execute(statement, values, prepare=False).fetchall()


def _all_like(name: str, patterns: list[str], values: dict[str, object]) -> sql.Composable:
    """The condition that each pattern fits; binds them. LIKE ALL (array) would not use the index."""
    bound = {f"{name}_{number}": pattern for number, pattern in enumerate(patterns)}
    values.update(bound)
    fits = sql.SQL(" AND ").join(sql.SQL("folded LIKE {}").format(sql.Placeholder(key)) for key in bound)
    return sql.SQL("({})").format(fits)


def _literal(word: str) -> str:
    """A word without meaning for LIKE: parcel ids hold underscores."""
    return word.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def _begun_lexeme(word: str) -> str:
    """A word as far as it is typed, for the index; LIKE beside it says what the word means to the letter."""
    quoted = word[:_LONGEST_LEXEME].replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"


def example(connection: Connection[Any], layers: Sequence[str], longest: int) -> str | None:
    """An address that is there, of at most so many letters; None when there is none."""
    row = connection.execute(_EXAMPLE, [list(layers), longest]).fetchone()
    return str(row[0]) if row else None


def known_words(connection: Connection[Any], layers: Sequence[str], words: Sequence[str]) -> set[str]:
    """Those of the words that some layers know."""
    return {str(row[0]) for row in connection.execute(_KNOWN, [list(layers), list(words)])}


def words_like(connection: Connection[Any], layers: Sequence[str], word: str) -> list[str]:
    """Words of some layers that look like a misspelt one, the likest first. Costs a scan of all words."""
    statement = read_sql(_HERE / "nearest_words.sql")
    return [str(row[0]) for row in connection.execute(statement, {"word": word, "layers": list(layers)}).fetchall()]
