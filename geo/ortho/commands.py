"""`geo ortho`: add, list, roll back, sweep. A door: it opens the transaction and speaks to the officer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geo import editions
from geo.deps import Deps
from geo.ortho import store
from geo.texts import Text

_PARTS = 1000


# The service brings rasterio, which the other commands of `geo` need not wait for: imported where it is used.


def app() -> typer.Typer:
    """The command group."""
    group = typer.Typer(no_args_is_help=True, help="Add orthophotos and roll them back.")
    group.command()(add)
    group.command("list")(list_)
    group.command()(rollback)
    group.command()(sweep)
    return group


def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A GeoTIFF: RGB, RGBA, grey or paletted, 8 bits.")],
    flight: Annotated[str, typer.Option(help="The flight's id or year: ortho-2024, 2024.")],
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the flight.")] = None,
    crs: Annotated[
        int | None, typer.Option(help="EPSG code of a file that does not say its CRS, or says it wrong.")
    ] = None,
    anywhere: Annotated[bool, typer.Option(help="The file may lie outside the municipality.")] = False,
    keep: Annotated[bool, typer.Option(help="Keep a copy of the raw file in the data folder.")] = False,
    synthetic: Annotated[bool, typer.Option(help="Mark the picture as invented.")] = False,
) -> None:
    """Convert FILE and publish it in its flight; about five million pixels a second on two cores."""
    from geo.ortho import service  # noqa: PLC0415 - see above

    deps: Deps = context.obj()
    language = deps.settings.language
    with _bar() as progress:
        edition = service.add(
            deps.database,
            deps.settings,
            deps.registry,
            flight,
            file,
            flown_on=date.date() if date else None,
            synthetic=synthetic,
            anywhere=anywhere,
            srid=crs,
            keep=keep,
            progress=progress,
        )
    said = Text(
        "{flight}, edition {edition}: published with {n} file.",
        "{flight}, edition {edition}: published with {n} files.",
        flight=edition.collection,
        edition=edition.number,
        n=edition.stored,
    )
    typer.echo(said.say(language))


def list_(context: typer.Context) -> None:
    """Flights with their editions, conversions that are under way, and those that failed in the last seven days."""
    deps: Deps = context.obj()
    language = deps.settings.language
    with deps.database.transaction() as connection:
        listed = editions.listing(connection, list(deps.registry.flights))
        tasks = store.recent_tasks(connection)
    if not listed and not tasks:
        nothing = Text("There are no flights yet; 'geo ortho add FILE --flight 2024' adds one.")
        typer.echo(nothing.say(language))
    for edition in listed:
        day = edition.data_date.isoformat() if edition.data_date else "-"
        state = edition.state.words.say(language)
        typer.echo(f"{edition.collection:<20} {edition.number:>4}  {state:<14} {day:<10}  {edition.file_name}")
    for task in tasks:
        typer.echo(f"{task.flight:<20} {task.progress:>4.0%}  {task.file_name}: {task.message.say(language)}")


def rollback(context: typer.Context, flight: Annotated[str, typer.Argument(help="The flight's id or year.")]) -> None:
    """Exchange the published edition of FLIGHT and the previous one."""
    from geo.ortho import service  # noqa: PLC0415 - see above

    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        edition = service.rollback(connection, deps.registry, flight)
    said = Text("{flight}: edition {edition} is public again.", flight=edition.collection, edition=edition.number)
    typer.echo(said.say(deps.settings.language))


def sweep(context: typer.Context) -> None:
    """Remove converted files that no edition names any more."""
    from geo.ortho import service  # noqa: PLC0415 - see above

    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        gone = service.sweep(connection, deps.settings.data_dir)
    for name in gone:
        typer.echo(name)


@contextmanager
def _bar() -> Iterator[Callable[[float, Text], None]]:
    with typer.progressbar(length=_PARTS, width=30) as bar:
        shown = 0

        def progress(share: float, message: Text) -> None:  # noqa: ARG001 - the bar has room for the number only
            nonlocal shown
            now = int(share * _PARTS)
            if now > shown:
                bar.update(now - shown)
                shown = now

        yield progress
