"""A backup holds everything, and an empty installation becomes the old one again."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geo import settings as settings_of
from geo.settings import Settings
from server import backup, cluster, database, migrate

ROOT = Path(__file__).parents[2]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[[str], Settings]]:
    made: list[Settings] = []

    def make(name: str) -> Settings:
        made.append(settings_of.load({"GEO_DATA_DIR": str(tmp_path / name)}, ROOT))
        return made[-1]

    yield make
    for settings in made:
        cluster.remove(cluster.at(settings.data_dir))


def use_for_a_while(settings: Settings) -> None:
    """What an installation holds after some work: rows of ours, a geometry, a job, a raw file, a cached tile."""
    with database.use(settings) as where:
        migrate.upgrade(where.owner)
        with psycopg.connect(where.owner) as owner:
            owner.execute("UPDATE geo.revision SET revision = 7021")
            owner.execute("CREATE TABLE layers.address AS SELECT ST_Point(18.9, 50.17, 4326) AS geom, 'Ż 1' AS number")
            owner.execute("GRANT SELECT ON layers.address TO geo_public")
    unfinished = ("ortho/.work-1/half.tif", "uploads/.keeping-1", "tiles.broken-1/data.mdb", "tiles-unpacked/data.mdb")
    for name in ("uploads/ab/raw.gml", "tiles/data.mdb", "run.lock", *unfinished):
        (settings.data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (settings.data_dir / name).write_text("content", encoding="utf-8")


def test_a_restored_installation_has_the_rows_the_rights_and_the_files(
    install: Callable[[str], Settings], tmp_path: Path
) -> None:
    old, new = install("old"), install("new")
    use_for_a_while(old)

    backup.back_up(old, tmp_path / "backup")
    backup.restore(new, tmp_path / "backup")

    with database.use(new) as where:
        assert not migrate.pending(where.owner)
        with psycopg.connect(where.public) as public:
            assert public.execute("SELECT number, ST_X(geom) FROM layers.address").fetchall() == [("Ż 1", 18.9)]
            assert public.execute("SELECT revision FROM published.revision").fetchone() == (7021,)
    files = {str(path.relative_to(new.data_dir)) for path in new.data_dir.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith("cluster")} == {"uploads/ab/raw.gml"}


def test_a_backup_neither_overwrites_nor_is_restored_over_data(
    install: Callable[[str], Settings], tmp_path: Path
) -> None:
    town = install("town")
    use_for_a_while(town)
    backup.back_up(town, tmp_path / "backup")

    with pytest.raises(backup.BackupExists):
        backup.back_up(town, tmp_path / "backup")
    with pytest.raises(backup.NotEmpty):
        backup.restore(town, tmp_path / "backup")
    with pytest.raises(backup.NoBackup):
        backup.restore(town, tmp_path)


def test_a_backup_into_the_data_directory_is_refused_before_anything_is_written(
    install: Callable[[str], Settings],
) -> None:
    town = install("town")

    for folder in (town.data_dir / "backup", town.data_dir / "uploads" / ".." / "backup", town.data_dir):
        with pytest.raises(backup.BackupInside):
            backup.back_up(town, folder)

    assert not town.data_dir.exists()


@pytest.mark.parametrize(
    ("address", "given"), [("postgresql://geo@town/geo", "operator's"), ("postgresql://geo:own@town/geo", "own")]
)
def test_the_operators_password_serves_an_address_without_one(
    install: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, given: str
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$PGPASSWORD $*"\n')
    program.chmod(0o755)
    monkeypatch.setattr(backup, "_program", lambda _settings, _name: str(program))
    monkeypatch.setenv("PGPASSWORD", "operator's")

    said = backup._run(install("town"), "pg_dump", address)

    assert said.strip() == f"{given} --dbname=user=geo dbname=geo host=town"


def test_a_file_that_goes_away_while_it_is_copied_does_not_end_the_backup(
    install: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = install("town")
    use_for_a_while(town)
    (town.data_dir / "uploads" / "gone").touch()
    copy = shutil.copy2

    def late(source: str, target: str, **options: bool) -> str:
        if Path(source).name == "gone":
            Path(source).unlink()
        return copy(source, target, **options)

    monkeypatch.setattr(
        shutil.copytree, "__defaults__", tuple(late if d is copy else d for d in shutil.copytree.__defaults__ or ())
    )
    backup.back_up(town, tmp_path / "backup")

    assert (tmp_path / "backup" / "files" / "uploads" / "ab" / "raw.gml").read_text(encoding="utf-8") == "content"
