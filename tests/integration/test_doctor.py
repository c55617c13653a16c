"""The doctor's words about databases and machines in good and in bad order."""

import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from geo import settings as settings_of
from geo.settings import Settings
from server import cluster, connections, database, doctor, doctor_database, migrate, postgres
from server.diagnosis import Check, Verdict

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(database: tuple[str, str], tmp_path: Path) -> Settings:
    owner, public = database
    environ = {
        "GEO_DATA_DIR": str(tmp_path / "var"),
        "GEO_DATABASE_URL": owner,
        "GEO_PUBLIC_DATABASE_URL": public,
        "GEO_PORT": "18197",
    }
    return settings_of.load(environ, ROOT)


def said(checks: list[Check]) -> str:
    return "\n".join(check.line("en") for check in checks)


def test_a_database_in_order_has_nothing_to_mend(settings: Settings) -> None:
    checks = doctor_database.report(settings)

    assert [check.verdict for check in checks] == [Verdict.FINE] * 6, said(checks)


def test_an_unreachable_database_is_answered_with_the_sql_that_makes_it(settings: Settings) -> None:
    gone = "postgresql://miasto@127.0.0.1:1/geo'portal"

    checks = doctor_database.report(settings.model_copy(update={"database_url": gone}))

    assert [check.broken for check in checks] == [True]
    assert 'CREATE DATABASE "geo\'portal" OWNER "miasto"' in said(checks)
    assert 'CREATE EXTENSION IF NOT EXISTS "postgis";' in said(checks)
    assert 'CREATE ROLE "geo_public" LOGIN' in said(checks)


def test_too_few_connections_are_told_with_the_numbers_that_would_do(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as owner:
        there = connections.given(owner)
    fits = (there - 14) // 8 - 1

    enough, many = (doctor_database.report(settings.model_copy(update={"workers": n}))[1] for n in (fits, fits + 1))

    assert (enough.verdict, many.verdict) == (Verdict.FINE, Verdict.BROKEN)
    assert f"the database gives {there}." in said([many])
    assert f"Set GEO_WORKERS to {fits} or less" in said([many])


def test_a_database_for_nobody_says_what_is_needed(settings: Settings, postgis: cluster.Cluster) -> None:
    name = settings.database_url.split("/")[3].split("?")[0]
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 20").format(sql.Identifier(name)))

    with psycopg.connect(settings.database_url) as owner, pytest.raises(connections.TooFewConnections) as refusal:
        connections.check(settings, owner)

    assert str(refusal.value).endswith("Set max_connections of the database to 41 or more.")


def test_a_private_cluster_is_made_for_as_many_processes_as_are_asked_for(tmp_path: Path) -> None:
    many = settings_of.load({"GEO_DATA_DIR": str(tmp_path / "var"), "GEO_WORKERS": "12"}, ROOT)

    with database.use(many) as where, psycopg.connect(where.owner) as owner:
        connections.check(many, owner)

    cluster.remove(cluster.at(many.data_dir))


def test_the_sql_of_the_doctor_makes_what_is_missing(settings: Settings, postgis: cluster.Cluster) -> None:
    with psycopg.connect(postgis.dsn("postgres", settings.database_url.split("/")[3].split("?")[0])) as admin:
        admin.execute("DROP EXTENSION pg_trgm CASCADE")
        admin.commit()
        before = doctor_database.report(settings)
        admin.execute(before[2].sql)

    after = doctor_database.report(settings)

    assert (before[2].verdict, after[2].verdict) == (Verdict.BROKEN, Verdict.FINE)


def test_a_public_role_that_sees_behind_the_wall_is_reported_with_the_tables(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("GRANT USAGE ON SCHEMA geo TO geo_public")
        owner.execute("GRANT SELECT (text) ON geo.finding TO geo_public")

    check = doctor_database.report(settings)[-1]

    assert check.verdict is Verdict.BROKEN
    assert "geo.finding" in check.line("en")


def test_a_function_that_lends_an_administrators_rights_is_reported_with_what_closes_it(
    settings: Settings, postgis: cluster.Cluster
) -> None:
    name = settings.database_url.split("/")[3].split("?")[0]
    with psycopg.connect(postgis.dsn("postgres", name), autocommit=True) as admin:
        admin.execute("GRANT EXECUTE ON FUNCTION st_estimatedextent(text, text) TO PUBLIC")
        before = doctor_database.report(settings)[-1]
        admin.execute(before.sql)

    after = doctor_database.report(settings)[-1]

    assert (before.verdict, after.verdict) == (Verdict.ADVICE, Verdict.FINE)
    assert "st_estimatedextent" in before.line("en")


def test_the_owner_in_place_of_the_public_role_is_reported(settings: Settings) -> None:
    swapped = settings.model_copy(update={"public_database_url": settings.database_url})

    assert doctor_database.report(swapped)[-1].verdict is Verdict.BROKEN


def test_a_database_that_is_older_than_the_program_is_said_to_be(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("DELETE FROM geo.migration")

    assert doctor_database.report(settings)[3].verdict is Verdict.ADVICE


def test_a_database_of_a_newer_program_is_left_as_it_is_and_said_to_be_newer(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("UPDATE geo.migration SET version_num = '9999'")

    with pytest.raises(migrate.NewerDatabase, match="newer version of the program \\(migration 9999\\)"):
        migrate.upgrade(settings.database_url)
    checks = doctor_database.report(settings)

    assert [check.verdict for check in checks] == [Verdict.FINE] * 3 + [Verdict.BROKEN, Verdict.FINE], said(checks)
    assert "migration 9999" in said(checks)
    with psycopg.connect(settings.database_url) as owner:
        assert owner.execute("SELECT version_num FROM geo.migration").fetchall() == [("9999",)]


def test_before_the_first_start_there_is_advice_and_nothing_is_made(settings: Settings) -> None:
    private = settings.model_copy(update={"database_url": None, "public_database_url": None})

    checks = doctor_database.report(private)

    assert [check.verdict for check in checks] == [Verdict.ADVICE]
    assert not private.data_dir.exists()


def test_a_machine_without_postgis_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "PROGRAMS", tmp_path)

    check = doctor.check_postgis()

    assert check.verdict is Verdict.BROKEN
    assert "scripts/system.sh" in check.line("en")


def test_a_taken_port_a_missing_map_and_a_file_for_a_folder_are_reported(settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"root": tmp_path, "data_dir": tmp_path / "file" / "var"})
    (tmp_path / "file").write_text("")

    with socket.create_server((settings.host, 0)) as other:
        settings = settings.model_copy(update={"port": other.getsockname()[1]})
        checks = [doctor.check_port(settings), doctor.check_web(settings), doctor.check_data_dir(settings)]

    assert [check.verdict for check in checks] == [Verdict.BROKEN] * 3, said(checks)


@pytest.mark.parametrize("check", [doctor.check_python, doctor.check_zone, doctor.check_postgis])
def test_this_machine_is_in_order(check: Callable[[], Check]) -> None:
    assert check().verdict is Verdict.FINE


@pytest.mark.parametrize(("changes", "told"), [({}, True), ({"public_url": "https://mapa.example"}, False)])
def test_who_listens_for_others_is_told_to_name_the_public_address(
    settings: Settings, changes: dict[str, str], told: bool
) -> None:
    ours = settings.model_copy(update={"host": "::", **changes})

    assert ("GEO_PUBLIC_URL" in said(doctor.report(ours))) is told
