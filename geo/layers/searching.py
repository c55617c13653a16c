"""What of a published edition the search finds: the gazetteer's entries, from the registry's templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from geo import editions, gazetteer, templates
from geo.db import Connection
from geo.editions import Edition, EditionState
from geo.layers import store
from geo.registry import LayerEntry, Registry, SearchEntry

# Whoever searches reads a line; a longer one comes from a column that holds something else.
LONGEST_LINE = 200


def refresh(connection: Connection, known: Registry, layers: Collection[str]) -> None:
    """Fill the gazetteer anew from the public editions of these layers, in the caller's transaction."""
    for layer, entry in known.layers.items():
        # A layer whose features lie beside those of another follows it.
        if entry.search is None or not {layer, *entry.search.place_from} & set(layers):
            continue
        edition = editions.in_state(connection, layer, EditionState.PUBLISHED)
        if edition is not None:
            gazetteer.replace_all(connection, layer, _entries(connection, entry, entry.search, edition))


def _entries(
    connection: Connection, entry: LayerEntry, search: SearchEntry, edition: Edition
) -> Iterator[gazetteer.Entries]:
    wanted = (entry.label, search.detail, *search.keys)
    fields = list(dict.fromkeys(name for template in wanted for name in templates.template_fields(template)))
    beside = _beside(connection, search)
    for batch in store.features(connection, edition.table, fields, entry.geometry, beside):
        label, detail, *keys = (_lines(template, batch) for template in wanted)
        yield gazetteer.Entries(
            feature_ids=batch.ids,
            kinds=[search.kind] * len(batch.ids),
            labels=label,
            details=detail,
            points=batch.points,
            boxes=batch.boxes,
            keys=zip(label, *keys, strict=True),
        )


def _lines(template: str, batch: store.Placed) -> list[str]:
    return [line[:LONGEST_LINE] for line in templates.fill_all(template, batch.fields, len(batch.ids))]


def _beside(connection: Connection, search: SearchEntry) -> tuple[str, tuple[str, ...]] | None:
    """The public table beside whose features lies what nobody has drawn, and the fields that both have."""
    for layer, same in search.place_from.items():
        edition = editions.in_state(connection, layer, EditionState.PUBLISHED)
        if edition is not None:
            return edition.table, same
    return None
