"""What of a published edition the search finds: the gazetteer's entries, from the registry's templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from geo import editions, gazetteer
from geo.db import Connection
from geo.editions import Edition, EditionState
from geo.layers import store
from geo.registry import LayerEntry, Registry, SearchEntry
from geo.templates import fields_of, fill_all

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
    templates = (entry.label, search.detail, *search.keys)
    fields = list(dict.fromkeys(name for template in templates for name in fields_of(template)))
    beside = _beside(connection, search)
    features = store.features(connection, edition.table, fields, entry.geometry, beside)
    # The query is done now; its rows are taken while the gazetteer's COPY occupies the connection.
    return (_in_words(batch, templates, search.kind) for batch in features)


def _in_words(batch: store.Placed, templates: Sequence[str], kind: str) -> gazetteer.Entries:
    # Once each: what stands under a label is as a rule one of the keys too.
    lines = {template: _lines(template, batch) for template in templates}
    label, detail, *keys = map(lines.__getitem__, templates)
    return gazetteer.Entries(
        feature_ids=batch.ids,
        kinds=[kind] * len(batch.ids),
        labels=label,
        details=detail,
        points=batch.points,
        boxes=batch.boxes,
        keys=zip(label, *keys, strict=True),
    )


def _lines(template: str, batch: store.Placed) -> list[str]:
    return [line[:LONGEST_LINE] for line in fill_all(template, batch.fields, len(batch.ids))]


def _beside(connection: Connection, search: SearchEntry) -> tuple[str, tuple[str, ...]] | None:
    """The public table beside whose features lies what nobody has drawn, and the fields that both have."""
    for layer, same in search.place_from.items():
        edition = editions.in_state(connection, layer, EditionState.PUBLISHED)
        if edition is not None:
            return edition.table, same
    return None
