"""The table published.gazetteer: filled by layer, asked by word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

from geo import copy_text
from geo.gazetteer.folding import fold, indexed, natural
from geo.gazetteer.spelling import closest
from geo.geometry import LngLatBbox

_HERE = Path(__file__).parent
_SHORT = 3
_BATCH = 5000
# An address has fewer words; what stands beyond is not read, so that no query costs more than people's queries do.
MOST_WORDS = 10
# Each costs a scan of all words.
MOST_CORRECTED = 3
_KNOWN = "SELECT DISTINCT word FROM published.gazetteer_word WHERE word = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a layer wants found: one feature, in words and on the map (degrees, WGS 84)."""

    feature_id: str
    kind: str  # "address", "street", "locality", "district", "parcel"; others come after these
    label: str
    detail: str
    lng: float
    lat: float
    bbox: LngLatBbox | None = None  # None means the point
    # The ways in which people write it, each from its beginning; empty means label and detail.
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found (degrees, WGS 84)."""

    layer: str
    feature_id: str
    kind: str
    label: str
    detail: str
    lng: float
    lat: float
    bbox: Sequence[float]


def replace(connection: Connection[Any], layer: str, rows: Iterable[Entry]) -> int:
    """Exchange a layer's entries for these, in the caller's transaction; says how many there are.

    Raises:
        psycopg.errors.UniqueViolation: two entries name the same feature.
    """
    words: set[str] = set()
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM published.gazetteer WHERE layer = %s", [layer])
        cursor.execute("DELETE FROM published.gazetteer_word WHERE layer = %s", [layer])
        # In batches: `rows` may itself read from this connection, which a running COPY occupies.
        for batch in batched(rows, _BATCH):
            with cursor.copy(
                "COPY published.gazetteer"
                " (layer, feature_id, kind, label, detail, folded, sort_key, geom, bbox) FROM STDIN"
            ) as copy:
                folded = [indexed(entry.keys or (f"{entry.label} {entry.detail}",)) for entry in batch]
                copy.write(copy_text.block(_columns(layer, batch, folded)))
            words.update(word for line in folded for word in line.split() if _is_name(word))
            count += len(batch)
        with cursor.copy("COPY published.gazetteer_word (layer, word) FROM STDIN") as copy:
            copy.write(copy_text.block([[layer] * len(words), sorted(words)]))
    return count


def _columns(layer: str, entries: Sequence[Entry], folded: Sequence[str]) -> list[copy_text.Column]:
    return [
        [layer] * len(entries),
        [entry.feature_id for entry in entries],
        [entry.kind for entry in entries],
        [entry.label for entry in entries],
        [entry.detail for entry in entries],
        folded,
        [natural(entry.label) for entry in entries],
        [f"SRID=4326;POINT({entry.lng!r} {entry.lat!r})" for entry in entries],
        [list(entry.bbox or (entry.lng, entry.lat, entry.lng, entry.lat)) for entry in entries],
    ]


def _is_name(word: str) -> bool:
    return len(word) >= _SHORT and word.isalpha()


def search(connection: Connection[Any], query: str, limit: int, near: tuple[float, float] | None = None) -> list[Hit]:
    """The entries that fit a query best, at most `limit`; `near` (lng, lat) decides between equals.

    Every word must be there, in any order, the words perhaps only begun. When nothing is found, misspelt words
    are corrected, the first few of them; when there is still nothing, the numbers are dropped: a street for a house
    that it lacks.
    """
    words = fold(query).split()[:MOST_WORDS]
    if not words:
        return []
    found = _matching(connection, words, limit, near)
    if found:
        return found
    words = _corrected(connection, words)
    found = _matching(connection, words, limit, near)
    names = [word for word in words if word.isalpha()]
    if found or not names or len(names) == len(words):
        return found
    return _matching(connection, names, limit, near)


def _matching(connection: Connection[Any], words: list[str], limit: int, near: tuple[float, float] | None) -> list[Hit]:
    whole = "| " + " ".join(words)
    # One or two letters stand in too many words: they count only where a key begins.
    begun = [f"%{whole}"] if len(words) == 1 and len(words[0]) < _SHORT else [f"% {_literal(word)}" for word in words]
    values: dict[str, object] = {
        "whole": whole,
        "near": None if near is None else f"SRID=4326;POINT({near[0]!r} {near[1]!r})",
        "limit": limit,
    }
    statement = sql.SQL((_HERE / "search.sql").read_text(encoding="utf-8")).format(
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
    return sql.SQL(" AND ").join(sql.SQL("folded LIKE {}").format(sql.Placeholder(key)) for key in bound)


def _literal(word: str) -> str:
    """A word without meaning for LIKE: parcel ids hold underscores."""
    return word.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def _corrected(connection: Connection[Any], words: list[str]) -> list[str]:
    """The words, the first few that the gazetteer does not know exchanged for the nearest that it knows."""
    known = {str(row[0]) for row in connection.execute(_KNOWN, [words])}
    statement = (_HERE / "nearest_words.sql").read_text(encoding="utf-8")
    result: list[str] = []
    tried = 0
    for position, word in enumerate(words):
        if not _is_name(word) or word in known or tried == MOST_CORRECTED:
            result.append(word)
            continue
        tried += 1
        candidates = [str(row[0]) for row in connection.execute(statement, {"word": word}).fetchall()]
        result.append(closest(word, candidates, begun=position == len(words) - 1) or word)
    return result
