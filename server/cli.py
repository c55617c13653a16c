"""The command line `geo`: one group for each feature, and what concerns the whole installation."""

from __future__ import annotations

import gc
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from geo import registry, settings
from geo.auth import commands as accounts
from geo.deps import Deps
from geo.errors import BadRequest, GeoError, Misconfigured
from geo.layers import commands as layers
from geo.ortho import commands as ortho
from geo.settings import Settings
from geo.texts import Text
from server import backup, database, revision, usage

ROOT = Path(__file__).parent.parent
USAGE, FAILED = 2, 1
# The libraries of the web and of migrations, a third of the time in which a command starts, are imported by those
# commands that use them.

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The town's geoportal."
)


def main() -> None:
    """Run a command; an expected error is a sentence, never a trace."""
    # What was imported lives as long as the process: the collector need not look at it again and again.
    gc.freeze()
    try:
        sys.exit(usage.run(app, settings.language_of(os.environ)))
    except GeoError as error:
        typer.echo(error.text.say(_language()), err=True)
        sys.exit(USAGE if isinstance(error, BadRequest | Misconfigured) else FAILED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"{where}{error.strerror or error}", err=True)
        typer.echo(Text("Look with 'geo doctor', then try again.").say(_language()), err=True)
        sys.exit(FAILED)
    except psycopg.OperationalError as error:
        broken_off = Text(
            "The database broke off: {reason} Look with 'geo doctor', then try again.", reason=str(error).strip()
        )
        typer.echo(broken_off.say(_language()), err=True)
        sys.exit(FAILED)
    except psycopg.Error as error:
        refused = Text("The database refused: {reason} Look with 'geo doctor'.", reason=str(error).strip())
        typer.echo(refused.say(_language()), err=True)
        sys.exit(FAILED)
    except subprocess.CalledProcessError as error:
        ended = Text(
            "A program ended with status {status}: {command}. Its own messages stand above.",
            status=error.returncode,
            command=_written(error),
        )
        typer.echo(ended.say(_language()), err=True)
        sys.exit(FAILED)


def _written(error: subprocess.CalledProcessError) -> str:
    return error.cmd if isinstance(error.cmd, str) else shlex.join(map(str, error.cmd))


def _language() -> str:
    try:
        return settings.language_of(os.environ)
    except Misconfigured:
        # Whoever asked for a language that is not there is answered in English.
        return "en"


def _settings() -> Settings:
    return settings.load(os.environ, ROOT)


@contextmanager
def _deps() -> Iterator[Deps]:
    ours = _settings()
    known = registry.read(ours.config_dir)
    with database.use(ours) as where:
        if not revision.is_current(where.owner):
            from server import migrate  # noqa: PLC0415 - see above

            migrate.upgrade(where.owner)
        deps = Deps.make(ours, known, where.owner, where.public)
        try:
            yield deps
        finally:
            deps.close()


def _with_deps(context: typer.Context) -> None:
    # A call, not the thing: help and wrong use must not start a database.
    context.obj = lambda: context.with_resource(_deps())


app.add_typer(layers.app(), name="layers", callback=_with_deps)
app.add_typer(ortho.app(), name="ortho", callback=_with_deps)
app.add_typer(accounts.app(), name="accounts", callback=_with_deps)


@app.command("run")
def run_() -> None:
    """Start everything: database, web server, worker. Ctrl-C stops it."""
    from server import configuration, demo, demo_accounts, run  # noqa: PLC0415 - see above

    ours = _settings()
    configuration.read(ours)
    raise typer.Exit(run.run(ours, _announcer(ours), prepare=[demo.load_if_first, demo_accounts.make_if_first]))


@app.command("doctor")
def doctor_() -> None:
    """Check the installation and say what to do."""
    from server import doctor  # noqa: PLC0415 - see above

    ours = _settings()
    checks = doctor.report(ours)
    for check in checks:
        typer.echo(check.line(ours.language))
    if any(check.broken for check in checks):
        raise typer.Exit(FAILED)


@app.command("migrate")
def migrate_() -> None:
    """Bring the database to this version."""
    from server import migrate  # noqa: PLC0415 - see above

    ours = _settings()
    with database.use(ours) as where:
        migrate.upgrade(where.owner)


@app.command("backup")
def backup_(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Write the database and the files into FOLDER; the geoportal may run meanwhile."""
    ours = _settings()
    backup.back_up(ours, folder, _announcer(ours))


@app.command("restore")
def restore_(folder: Annotated[Path, typer.Argument(help="What `geo backup` wrote.")]) -> None:
    """Fill an empty installation from FOLDER."""
    ours = _settings()
    backup.restore(ours, folder, _announcer(ours))


def _announcer(ours: Settings) -> Callable[[Text], None]:
    def announce(text: Text) -> None:
        typer.echo(text.say(ours.language))

    return announce


if __name__ == "__main__":
    main()
