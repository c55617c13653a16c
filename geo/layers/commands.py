"""`geo layers`: load, publish, discard, roll back, list, findings. A door: it opens the transaction, and speaks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geo import editions
from geo.deps import Deps
from geo.errors import BadRequest
from geo.geometry import LngLatBbox
from geo.layers import remedies, service, uploads
from geo.layers.model import Finding, Severity
from geo.layers.progress import SpokenProgress
from geo.layers.service import Loaded, Options
from geo.texts import Text

# One line for each refused feature of a small file; the rest by `geo layers findings`.
SHOWN_PER_LAYER = 20
TOO_MANY_REFUSED = 0.01


def app() -> typer.Typer:
    """The command group."""
    group = typer.Typer(no_args_is_help=True, help="Load, publish and roll back vector layers.")
    group.command()(load)
    group.command()(publish)
    group.command()(discard)
    group.command()(rollback)
    group.command("list")(list_)
    group.command()(findings)
    return group


def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="GML, GeoJSON, GeoPackage, Shapefile; also zipped.")],
    layer: Annotated[list[str] | None, typer.Option(help="Only this layer; may be repeated.")] = None,
    extent: Annotated[
        str | None, typer.Option(help="West,south,east,north in degrees: the file is of another place.")
    ] = None,
    anywhere: Annotated[
        bool, typer.Option(help="The file may lie anywhere; the format's own axis rule counts.")
    ] = False,
    strict: Annotated[bool, typer.Option(help="Exit with 1 when a single feature is refused.")] = False,
    synthetic: Annotated[bool, typer.Option(help="Mark the data as invented.")] = False,
    data_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that the data show.")
    ] = None,
) -> None:
    """Stage an edition of every layer that FILE fills, and say what was found.

    Exit status: 0 staged, 1 nothing staged or more than 1 % refused (with --strict: any), 2 wrong use.
    """
    if extent and anywhere:
        problem = Text("It contradicts --anywhere: give the one or the other.")
        raise BadRequest(parameter="--extent", problem=problem)
    wanted_extent = _extent(extent) if extent else None
    deps: Deps = context.obj()
    _check_words(deps, file, layer or [])
    options = Options(
        layers=tuple(layer or ()),
        extent=wanted_extent,
        anywhere=anywhere,
        synthetic=synthetic,
        data_date=data_date.date() if data_date else None,
    )
    progress = SpokenProgress(deps.settings.language)
    progress(Text("Keeping a copy of {file}…", file=file.name))
    upload = uploads.keep(file, deps.settings.data_dir / "uploads")
    try:
        with deps.database.transaction() as connection:
            town, limits = deps.settings.town.municipality, deps.settings.limits
            outcome = service.load(connection, deps.registry, town, upload, options, progress, limits=limits)
    finally:
        progress.end_count()
    for loaded in outcome:
        _tell(deps, loaded)
    worst = max(service.refused_share(loaded) for loaded in outcome)
    if all(loaded.edition is None for loaded in outcome) or worst > (0 if strict else TOO_MANY_REFUSED):
        raise typer.Exit(1)


def publish(context: typer.Context, layer: str) -> None:
    """Make the staged edition of LAYER public, with those of its bundle that the same file brought."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        published = service.publish(connection, deps.registry, layer)
        left = service.left_staged(connection, deps.registry, layer)
        first = service.first_time(connection, published)
    # Only now is it so: the commit may fail too.
    for edition in published:
        _say(deps, Text("{layer}: edition {number} is published.", layer=edition.collection, number=edition.number))
    # Only an entry that nobody has seen yet can be younger than the server that runs.
    if first:
        said = Text(
            "Public for the first time: {layers}. A geoportal that was started before such an entry came into"
            " config/layers.yaml learns of it at its next start: restart it.",
            layers=", ".join(first),
        )
        _say(deps, said)
    for edition in left:
        said = Text(
            "{layer}: edition {number} comes from another file, {file}, and stays staged.",
            layer=edition.collection,
            number=edition.number,
            file=edition.file_name,
        )
        _say(deps, said)


def discard(context: typer.Context, layer: str) -> None:
    """Drop the staged edition of LAYER, and what the same file staged in its bundle; the public ones stay."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        discarded = service.discard(connection, deps.registry, layer)
    for edition in discarded:
        said = Text(
            "{layer}: the staged edition {number} is discarded; the public edition is untouched.",
            layer=edition.collection,
            number=edition.number,
        )
        _say(deps, said)


def rollback(context: typer.Context, layer: str) -> None:
    """Go back to the previous edition of LAYER and its bundle; the same again returns."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        returned = service.rollback(connection, deps.registry, layer)
    for edition in returned:
        _say(deps, Text("{layer}: edition {number} is public again.", layer=edition.collection, number=edition.number))


def list_(context: typer.Context) -> None:
    """Show the layers and their editions."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        known = editions.listing(connection, list(deps.registry.layers))
    language = deps.settings.language
    width = max(len(state.words.say(language)) for state in editions.EditionState)
    for layer, entry in deps.registry.layers.items():
        typer.echo(f"{layer}  ({getattr(entry.title, language)})")
        for edition in (e for e in known if e.collection == layer and e.state != editions.EditionState.WITHDRAWN):
            typer.echo(
                f"  {edition.number:>4}  {edition.state.words.say(language):<{width}} {edition.stored:>9}  "
                f"{edition.loaded_at:%Y-%m-%d %H:%M}  {edition.file_name}  {edition.format}"
            )


def findings(
    context: typer.Context, layer: str, edition: Annotated[int | None, typer.Option(help="Default: the newest.")] = None
) -> None:
    """Show everything that was found in the file of an edition."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        found = service.findings(connection, deps.registry, layer, edition)
    for one in found:
        typer.echo(_line(deps, one))
    for remedy in remedies.of(found):
        _say(deps, remedy)
    if not found:
        _say(deps, Text("{layer}: nothing was found.", layer=layer))


def _tell(deps: Deps, loaded: Loaded) -> None:
    """The account of one layer: what concerns the whole file, the refusals by name, the other findings."""
    if not loaded.read:
        _say(
            deps,
            Text("{layer}: the file holds nothing of this kind; the public edition is untouched.", layer=loaded.layer),
        )
        return
    account = Text(
        "{layer}: read {read} = stored {stored} + refused {refused} + of other municipalities {cut} + closed {closed}.",
        layer=loaded.layer,
        read=loaded.read,
        stored=loaded.stored,
        refused=loaded.refused,
        cut=loaded.cut,
        closed=loaded.closed,
    )
    _say(deps, account)
    # A column that is missing explains a thousand refusals.
    whole = [found for found in loaded.findings if found.severity is not Severity.REFUSED and not found.feature]
    refused = service.refusals(loaded)
    others = [found for found in loaded.findings if found.severity is not Severity.REFUSED and found.feature]
    for found in [*whole, *refused[:SHOWN_PER_LAYER], *others[:SHOWN_PER_LAYER]]:
        typer.echo("  " + _line(deps, found))
    hidden = Counter(found.code for found in [*refused[SHOWN_PER_LAYER:], *others[SHOWN_PER_LAYER:]])
    for code, count in hidden.items():
        _say(deps, Text("  … and {n} more of '{code}'.", n=count, code=code))
    for remedy in remedies.of(loaded.findings):
        _say(deps, Text("  {remedy}", remedy=remedy))
    if loaded.edition is None and loaded.read == loaded.cut + loaded.closed:
        said = Text(
            "{layer}: the file holds nothing of this municipality (TERYT {teryt}); the public edition is untouched."
            " A file of another place is loaded with --extent or --anywhere.",
            layer=loaded.layer,
            teryt=deps.settings.town.municipality.teryt,
        )
        _say(deps, said)
    elif loaded.edition is None:
        said = Text(
            "{layer}: nothing was staged; the public edition is untouched."
            " Correct the file where it comes from and load it again.",
            layer=loaded.layer,
        )
        _say(deps, said)
    else:
        _say(
            deps,
            Text(
                "{layer}: edition {number} is staged. Findings: geo layers findings {layer}."
                " Next: geo layers publish {layer}",
                layer=loaded.layer,
                number=loaded.edition.number,
            ),
        )


def _line(deps: Deps, found: Finding) -> str:
    language = deps.settings.language
    words = {
        Severity.REFUSED: Text("refused"),
        Severity.WARNING: Text("warning"),
        Severity.NOTE: Text("note"),
    }
    where = [_called(found.feature).say(language)] if found.feature else []
    if found.line is not None:
        where.append(Text("line {line}", line=found.line).say(language))
    place = f" {', '.join(where)}:" if where else ":"
    return f"{words[found.severity].say(language)}{place} {found.text.say(language)}"


def _called(feature: str) -> Text:
    # "#17" is the reader's name for a feature that has none of its own.
    number = feature.removeprefix("#")
    numbered = number != feature and number.isdecimal()
    return Text("feature {number}", number=number) if numbered else Text("{name}", name=feature)


def _check_words(deps: Deps, file: Path, layers: list[str]) -> None:
    """Refuse a file that is not there and layers that the registry lacks, all at once."""
    wrong = service.unknown(deps.registry, layers)
    if not file.is_file():
        missing = Text("There is no file '{path}'.", path=str(file))
        folder = Text("'{path}' is a folder; give one file, or pack the folder as zip.", path=str(file))
        problems = [folder if file.is_dir() else missing, *(error.text for error in wrong)]
        said = " ".join(problem.say(deps.settings.language) for problem in problems)
        # As the help calls it: PLIK in Polish.
        raise BadRequest(parameter=Text("FILE"), problem=said)
    if wrong:
        raise wrong[0]


def _say(deps: Deps, text: Text) -> None:
    typer.echo(text.say(deps.settings.language))


def _extent(written: str) -> LngLatBbox:
    try:
        west, south, east, north = map(float, written.split(","))
    except ValueError as exc:
        raise BadRequest(
            parameter="--extent", problem=Text("Write four numbers: west,south,east,north in degrees.")
        ) from exc
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest(parameter="--extent", problem=Text("Write four numbers: west,south,east,north in degrees."))
    return LngLatBbox(west, south, east, north)
