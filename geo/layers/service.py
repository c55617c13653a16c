"""Load, publish, roll back: one verb each, in the transaction that the door opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from geo import editions, jobs
from geo.config_file import nearest
from geo.confine import Limits
from geo.db import Connection
from geo.editions import Edition, EditionState
from geo.errors import BadRequest, Conflict, NotFound
from geo.geometry import LngLatBbox
from geo.layers import checks, searching, store, uploads
from geo.layers.loading import Loader, Where
from geo.layers.model import Finding, Severity
from geo.layers.reader.confined import open_confined
from geo.layers.recognised import layers_for
from geo.layers.uploads import Upload
from geo.registry import Registry
from geo.settings import Municipality
from geo.texts import Text

# A step that begins, or how many features it has come through.
type Progress = Callable[[Text | int], None]

TEXT_JOB = "items.write_text"
INDEX_JOB = "items.index"
WARM_JOB = "layers.warm"
DOWNLOADS_JOB = "downloads.prepare"


class NoSuchLayer(BadRequest):
    """There is no layer '{layer}'. {remedy}"""

    code = "no-such-layer"


class NoSuchEdition(NotFound):
    """'{layer}' has no edition {number}; 'geo layers list' shows what there is."""

    code = "no-such-edition"


class NothingLoaded(Conflict):
    """Nothing of '{layer}' was loaded yet; begin with 'geo layers load FILE'."""

    code = "nothing-loaded"


@dataclass(frozen=True)
class Options:
    """What the officer says beside the file."""

    layers: tuple[str, ...] = ()
    extent: LngLatBbox | None = None
    anywhere: bool = False
    synthetic: bool = False
    data_date: date | None = None


@dataclass(frozen=True)
class Loaded:
    """One layer's outcome. `edition` is None when nothing of it could be stored."""

    layer: str
    edition: Edition | None
    read: int
    stored: int
    refused: int
    cut: int
    closed: int
    findings: list[Finding]


def load(
    connection: Connection,
    known: Registry,
    municipality: Municipality,
    file: Upload,
    options: Options,
    progress: Progress = lambda _: None,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> list[Loaded]:
    """Stage an edition of every layer that the file fills; the published editions stay as they are.

    A file of which nothing is staged is not kept.

    Raises:
        Unreadable: the file is not what it claims to be, breaks off, lies elsewhere, or takes more than the `limits`.
        NoSuchLayer, NothingRecognised: the file and the registry do not fit together.
    """
    try:
        outcome = _load(connection, known, municipality, file, options, progress, limits)
        # Before the commit: a file that no edition names is swept, an edition without its file could not be mended.
        if any(loaded.edition for loaded in outcome):
            uploads.settle(file)
        return outcome
    finally:
        uploads.forget(file)


def _load(
    connection: Connection,
    known: Registry,
    municipality: Municipality,
    file: Upload,
    options: Options,
    progress: Progress,
    limits: Limits,
) -> list[Loaded]:
    for name in options.layers:
        _known(known, name)
    progress(Text("Loading {file}…", file=file.name))
    reading = open_confined(file.copy, file.name, scratch=file.copy.parent, progress=progress, limits=limits)
    with reading as source:
        layers = layers_for(known, source, options.layers)
        where = Where(municipality, options.extent or municipality.bbox, options.anywhere)
        loader = Loader(source, layers, where)
        for layer, (_, entry) in layers.items():
            store.begin(connection, layer, entry)
        done = 0
        with store.appending(connection) as append:
            for layer, rows in loader.rows():
                append(layer, rows)
                progress(done := done + len(rows))
        outcome = []
        for layer in layers:
            progress(Text("{layer}: indexing and checking…", layer=layer))
            outcome.append(_stage(connection, loader, layer, file, options))
        return outcome


def _stage(connection: Connection, loader: Loader, layer: str, file: Upload, options: Options) -> Loaded:
    tally, (kinds, entry) = loader.tallies[layer], loader.layers[layer]
    closed = sum(loader.source.closed[kind] for kind in kinds)
    doubles = store.remove_doubles(connection, layer)
    number = editions.next_number(connection, layer)
    table = editions.table_name(layer, number)
    stored, extent = store.finish(connection, layer, entry, table)
    findings = [*tally.of_others(), *loader.source.findings, *tally.findings, *tally.rest(), *doubles]
    read, refused = tally.read + closed, tally.refused + len(doubles)
    if stored == 0:
        store.drop(connection, table)
        return Loaded(layer, None, read, 0, refused, tally.cut, closed, findings)
    findings += [*checks.of_layer(connection, entry, table), *checks.beside_published(connection, layer, stored)]
    edition = Edition(
        collection=layer,
        number=number,
        state=EditionState.STAGED,
        file_name=file.name,
        file_sha256=file.sha256,
        format=loader.source.format,
        read=read,
        stored=stored,
        refused=refused,
        cut=tally.cut,
        closed=closed,
        synthetic=options.synthetic or loader.source.synthetic,
        data_date=options.data_date,
        extent=extent,
        loaded_at=datetime.now(UTC),
        published_at=None,
    )
    editions.stage(connection, edition)
    store.save_findings(connection, layer, number, findings)
    return Loaded(layer, edition, read, stored, refused, tally.cut, closed, findings)


def publish(connection: Connection, known: Registry, layer: str) -> list[Edition]:
    """Publish the staged edition of a layer, and those of its bundle that came from the same file, at one moment.

    Raises:
        NoSuchLayer, NothingStaged
    """
    together = _staged_with(connection, known, layer)
    now_public = [editions.publish(connection, name) for name in together]
    _follow(connection, known, together)
    return now_public


def first_time(connection: Connection, published: Sequence[Edition]) -> list[str]:
    """Of what was just published, the layers that never were public before."""
    listed = editions.listing(connection, [edition.collection for edition in published])
    numbers = {(edition.collection, edition.number) for edition in published}
    before = {e.collection for e in listed if e.published_at and (e.collection, e.number) not in numbers}
    return [edition.collection for edition in published if edition.collection not in before]


def rollback(connection: Connection, known: Registry, layer: str) -> list[Edition]:
    """Go back to the previous edition of a layer and of those published with it; again, and the newer is back.

    A layer of the bundle that was published at another time stays: its previous edition belongs to another file.

    Raises:
        NoSuchLayer, NothingToRollBackTo
    """
    together = [
        name
        for name in _bundle(connection, known, layer, EditionState.PREVIOUS)
        if name == layer or _published_together(connection, name, layer)
    ]
    now_public = [editions.rollback(connection, name) for name in together]
    _follow(connection, known, together)
    return now_public


def discard(connection: Connection, known: Registry, layer: str) -> list[Edition]:
    """Drop the staged edition of a layer, and those of its bundle that came from the same file.

    Raises:
        NoSuchLayer, NothingToDiscard
    """
    return [editions.discard(connection, name) for name in _staged_with(connection, known, layer)]


def left_staged(connection: Connection, known: Registry, layer: str) -> list[Edition]:
    """The staged editions of a layer's bundle: after a publication those that came from other files."""
    found = (editions.in_state(connection, name, EditionState.STAGED) for name in known.bundle_of(layer))
    return [edition for edition in found if edition is not None]


def _staged_with(connection: Connection, known: Registry, layer: str) -> list[str]:
    """The layer, and those of its bundle that the same file staged; all of the bundle are locked."""
    bundle = _bundle(connection, known, layer, EditionState.STAGED)
    file = {edition.collection: edition.file_sha256 for edition in left_staged(connection, known, layer)}
    return [name for name in bundle if name == layer or file[name] == file.get(layer)]


def _bundle(connection: Connection, known: Registry, layer: str, state: EditionState) -> list[str]:
    """The layer, and those of its bundle that have an edition in a state; all of the bundle are locked."""
    _known(known, layer)
    bundle = known.bundle_of(layer)
    # In registry order, as a load of several layers takes them; and before the first look at their states.
    for name in bundle:
        editions.lock(connection, name)
    return [name for name in bundle if name == layer or editions.in_state(connection, name, state)]


def _published_together(connection: Connection, one: str, other: str) -> bool:
    editions_of = [editions.in_state(connection, name, EditionState.PUBLISHED) for name in (one, other)]
    moments = [edition.published_at for edition in editions_of if edition is not None]
    return len(moments) == len(editions_of) and moments[0] == moments[1]


def _follow(connection: Connection, known: Registry, layers: Sequence[str]) -> None:
    """What hangs on the public edition: the search's table now; text, indexes, warm tiles and downloads soon."""
    searching.refresh(connection, known, layers)
    for layer in layers:
        for job in (TEXT_JOB, INDEX_JOB, WARM_JOB, DOWNLOADS_JOB):
            jobs.defer(connection, job, {"layer": layer}, key=f"{job}:{layer}")


def findings(connection: Connection, known: Registry, layer: str, number: int | None = None) -> list[Finding]:
    """What was found in the file of an edition, worst first; None means the newest edition.

    Raises:
        NoSuchLayer, NothingLoaded, NoSuchEdition
    """
    _known(known, layer)
    # A withdrawn edition has left nothing but its line in the table of editions.
    kept = (edition for edition in editions.listing(connection, [layer]) if edition.state != EditionState.WITHDRAWN)
    numbers = [edition.number for edition in kept]
    if not numbers:
        raise NothingLoaded(layer=layer)
    if number is not None and number not in numbers:
        raise NoSuchEdition(layer=layer, number=number)
    return store.findings(connection, layer, number or numbers[0])


def unknown(known: Registry, layers: Sequence[str]) -> list[NoSuchLayer]:
    """What is to be said of those of these layers that the registry does not have."""
    absent = [layer for layer in layers if layer not in known.layers]
    return [NoSuchLayer(layer=layer, remedy=nearest(layer, known.layers)) for layer in absent]


def _known(known: Registry, layer: str) -> None:
    for error in unknown(known, [layer]):
        raise error


def refused_share(loaded: Loaded) -> float:
    """Refused features per feature that was meant for this layer; 0 for an empty file."""
    meant = loaded.stored + loaded.refused
    return loaded.refused / meant if meant else 0.0


def refusals(loaded: Loaded) -> list[Finding]:
    """The findings that name a refused feature."""
    return [found for found in loaded.findings if found.severity is Severity.REFUSED]
