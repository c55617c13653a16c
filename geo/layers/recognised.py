"""Which layers a file fills; and when none does, what is in it and what the registry would have to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from geo.errors import Refused
from geo.layers.reader.source import Source
from geo.registry import LayerEntry, Registry
from geo.texts import Text

# GeoJSON may give each feature other properties; the first ones show what the file is.
LOOKED_AT = 100
MOST_NAMED = 30


class NothingRecognised(Refused):
    """{file} ({format}): {problem} {remedy} See docs/layers.md, 'A layer of your own'."""

    code = "nothing-recognised"


def layers_for(known: Registry, source: Source, wanted: Sequence[str]) -> dict[str, tuple[tuple[str, ...], LayerEntry]]:
    """The layers that a file fills, with the kinds that fill each.

    Args:
        known: the registry.
        source: the opened file.
        wanted: what `--layer` names; empty means every layer that the file is recognised for.

    Raises:
        NothingRecognised: none, or not each that was named; says what the file holds and what the registry lacks.
    """
    candidates = {n: e for n, e in known.layers.items() if (n in wanted if wanted else e.recognise)}
    fitting = {name: (_kinds_for(entry, source, named=bool(wanted)), entry) for name, entry in candidates.items()}
    found = {name: (kinds, entry) for name, (kinds, entry) in fitting.items() if kinds}
    missing = [name for name in wanted if name not in found]
    if missing or not found:
        problem, remedy = _explained(known, source, missing)
        raise NothingRecognised(file=source.file, format=source.format, problem=problem, remedy=remedy)
    return found


def _kinds_for(entry: LayerEntry, source: Source, *, named: bool) -> tuple[str, ...]:
    """The kinds of a file that a layer takes, in the order of its entry."""
    # A table fits whatever asks for one: without a name only the registers' own kinds are recognised.
    kinds = tuple(kind for kind in entry.from_ if kind in source.kinds and (named or not is_table(kind)))
    # `table` is every table of the file; beside one that is named it would bring the others too.
    return kinds if len(kinds) == 1 else tuple(kind for kind in kinds if kind != "table")


def is_table(kind: str) -> bool:
    """Whether a kind says nothing of what the features are: any GeoJSON, GeoPackage or Shapefile."""
    return kind.partition(".")[0] == "table"


def listed(names: Sequence[str]) -> str:
    """Names for a sentence; of very many the first."""
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def _explained(known: Registry, source: Source, wanted: Sequence[str]) -> tuple[Text, Text]:
    """What the file holds, and what to do: name another layer, or write the mapping into an entry."""
    kinds = sorted(source.kinds, key=lambda kind: (not is_table(kind), kind))
    takers = [name for name, entry in known.layers.items() if source.kinds & entry.from_.keys()]
    table = is_table(kinds[0])
    if takers and wanted and not table:
        problem = Text("It holds {kinds}, nothing for '{layer}'.", kinds=listed(kinds), layer=wanted[0])
        return problem, Text("It fills {layers}: name one of these by --layer, or none.", layers=", ".join(takers))
    columns = columns_of(source)
    held = Text("a plain table") if table else listed(kinds)
    problem = Text("It holds {kinds} with the columns {columns}.", kinds=held, columns=listed(columns) or "-")
    if takers and not wanted:
        return problem, Text("Say which layer it fills, by --layer: {layers}. Or write an entry of its own.",
                             layers=", ".join(takers))  # fmt: skip
    if not wanted:
        mapping = f"{kinds[0]}: {{}}"
        return problem, Text("No layer takes that: write '{mapping}' under 'from:' of one.", mapping=mapping)
    layer = wanted[0]
    entry = known.layers[layer]
    needed = [name for name, field in entry.fields.items() if field.required]
    remedy = Text(
        "The layer '{layer}' takes only {kinds}: to load this file into it, write under its 'from:'"
        " '{mapping}' - our field: their column.",
        layer=layer,
        kinds=", ".join(entry.from_) or "-",
        mapping=written(kinds[0], {name: nearest_column(name, columns) for name in needed}),
    )
    return problem, remedy


def columns_of(source: Source) -> list[str]:
    """The names of the fields of the first features."""
    first = islice(source.features(source.kinds), LOOKED_AT)
    return list(dict.fromkeys(name for feature in first for name in feature.fields))


def nearest_column(field: str, columns: Sequence[str]) -> str:
    """The column whose name is like a field's, else `...` for somebody to fill in."""
    # Small letters, because shapefiles shout: LOKALNY_ID.
    small = {column.lower(): column for column in reversed(columns)}
    close = get_close_matches(field.lower(), small, n=1, cutoff=0.5)
    return small[close[0]] if close else "..."


def written(kind: str, mapping: Mapping[str, str]) -> str:
    """A mapping as it is written in config/layers.yaml: `table: {our_field: their_column}`."""
    names = ", ".join(f"{field}: {column}" for field, column in mapping.items() if field != column)
    return f"{kind}: {{{names}}}"
