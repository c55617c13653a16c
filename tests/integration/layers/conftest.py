"""A geoportal that is not served, only commanded: `geo` on a database of its own."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from geo.db import PUBLIC_ROLE
from server import cli, cluster
from tests.integration.layers.bad_files import collection, feature
from tests.running import ROOT, Installation, installation

# A layer that takes whatever lies in the town.
ANYTHING = """
  anything:
    title: {pl: Cokolwiek, en: Anything}
    description: {pl: Dowolne obiekty., en: Any features.}
    source: town
    geometry: any
    key: id_pola
    label: "{nazwa}"
    fields:
      id_pola: {type: text, required: true, title: {pl: Id, en: Id}}
      nazwa: {type: text, title: {pl: Nazwa, en: Name}}
      liczba: {type: integer, title: {pl: Liczba, en: Number}}
      dzien: {type: date, title: {pl: Dzień, en: Day}}
      chwila: {type: datetime, title: {pl: Chwila, en: Moment}}
    from:
      table: {id_pola: id}
    recognise: false
    tiles: {min_zoom: 10, max_zoom: 14, attributes: {0: [nazwa]}}
    search: {kind: place, detail: "{liczba}"}
"""

type Answer = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Town:
    """An installation, and what its public sees."""

    installed: Installation
    public_dsn: str

    def geo(self, *arguments: object, lang: str = "pl") -> Answer:
        """A command through the same door as the program `geo`, without starting Python for it."""
        out, err = io.StringIO(), io.StringIO()
        written = [str(argument) for argument in arguments]
        status: object = 0
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("GEO_")]:
                patch.delenv(name)
            for name, value in self.installed.environ.items():
                patch.setenv(name, value)
            patch.setenv("GEO_LANG", lang)
            patch.setattr(sys, "argv", ["geo", *written])
            try:
                cli.main()
            except SystemExit as end:
                status = end.code
        return subprocess.CompletedProcess(written, int(status or 0), out.getvalue(), err.getvalue())  # type: ignore[call-overload]

    def public(self) -> list[tuple]:
        """Everything that is published, rows and all."""
        with psycopg.connect(self.public_dsn) as reader:
            found = reader.execute("SELECT collection, number FROM published.edition ORDER BY 1").fetchall()
            rows = [
                reader.execute(
                    sql.SQL("SELECT {}, t::text FROM {} AS t ORDER BY fid").format(
                        sql.Literal(collection), sql.Identifier("layers", f"{collection.replace('-', '_')}_e{number}")
                    )
                ).fetchall()
                for collection, number in found
            ]
        return [found, *rows]


@pytest.fixture(scope="module")
def make_town(
    postgis: cluster.Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Town]]:
    """Makes installations with the layer `anything`, each on a database of its own."""
    made: list[str] = []

    def make() -> Town:
        folder = tmp_path_factory.mktemp("commanded")
        name = folder.name.replace("-", "_")
        _run(
            postgis,
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                *map(sql.Identifier, (name, template, cluster.OWNER))
            ),
        )
        made.append(name)
        owner, public = postgis.dsn(cluster.OWNER, name), postgis.dsn(PUBLIC_ROLE, name)
        return Town(
            installation(
                folder / "data",
                GEO_CONFIG_DIR=str(config_with(folder / "config", ANYTHING)),
                GEO_DATABASE_URL=owner,
                GEO_PUBLIC_DATABASE_URL=public,
                GEO_DEMO="0",
            ),
            public,
        )

    yield make
    for name in made:
        _run(postgis, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def town(make_town: Callable[[], Town]) -> Town:
    """The installation that a module's tests share; what they stage, others may replace."""
    return make_town()


def config_with(folder: Path, entry: str) -> Path:
    """The town's configuration with one layer more."""
    folder.mkdir()
    for file in (ROOT / "config").iterdir():
        content = file.read_text(encoding="utf-8")
        if file.name == "layers.yaml":
            content = content.replace("\nflights:", f"\n{entry}\nflights:")
        (folder / file.name).write_text(content, encoding="utf-8")
    return folder


def _run(postgis: cluster.Cluster, statement: sql.Composed) -> None:
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as admin:
        admin.execute(statement)


@pytest.fixture(scope="module")
def published(town, tmp_path_factory):
    """The town with two editions of `anything`, the second one public, and what the public sees."""
    folder = tmp_path_factory.mktemp("good")
    for number, names in enumerate((("a", "b"), ("a", "b", "c")), 1):
        good = folder / f"good-{number}.geojson"
        good.write_text(collection(*[feature(n, None, nazwa=name) for n, name in enumerate(names)]), encoding="utf-8")
        assert town.geo("layers", "load", good, "--layer", "anything").returncode == 0
        assert town.geo("layers", "publish", "anything").returncode == 0
    return town.public()


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def write_(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_
