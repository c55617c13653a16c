"""Flights on a real PostGIS: what is added is served from the commit on, and nothing half-done ever is."""

import asyncio
import os
from datetime import date
from pathlib import Path
from threading import Thread
from uuid import uuid4

import numpy as np
import pytest
import rasterio
import typer
from psycopg import sql
from rasterio.transform import from_origin
from typer.testing import CliRunner

from geo import editions, jobs, registry, settings
from geo.catalog import CurrentCatalog
from geo.confine import process
from geo.crs import transform
from geo.db import Database
from geo.deps import Deps
from geo.editions import NothingToRollBackTo
from geo.errors import Unreadable
from geo.ortho import commands, files, service, store
from geo.ortho.files import cog_folder
from geo.ortho.flights import FlightFileDamaged, FlightFileMissing, Flights, narrowed
from geo.ortho.model import TaskState
from geo.ortho.tile import tile
from geo.texts import Text
from geo.tile_cache import TileCache
from server import worker

ROOT = Path(__file__).parents[3]
CORNER = (6_561_000.0, 5_562_000.0)


@pytest.fixture
def ours(tmp_path):
    return settings.load({"GEO_DATA_DIR": str(tmp_path / "data"), "GEO_LANG": "en"}, ROOT)


@pytest.fixture
def known(ours):
    return registry.read(ours.config_dir)


@pytest.fixture
def house(database):
    opened = Database(database.owner, database.public)
    yield opened
    opened.close()


@pytest.fixture
def make_source(tmp_path):
    def make(name="a.tif", *, colour=(200, 40, 40), corner=CORNER, pixel=0.5, side=400):
        pixels = np.broadcast_to(np.array(colour, "uint8")[:, None, None], (3, side, side))
        profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "height": side, "width": side}
        placed = {"crs": "EPSG:2177", "transform": from_origin(*corner, pixel, pixel)}
        with rasterio.open(tmp_path / name, "w", **profile, **placed) as out:
            out.write(pixels)
        return tmp_path / name

    return make


def quiet(_share, _message):
    """A progress that nobody watches."""


@pytest.fixture
def add(house, ours, known):
    def add(file, flight="2024", **options):
        return service.add(house, ours, known, flight, file, progress=quiet, **options)

    return add


def served(house, known, flights, cache):
    collection = CurrentCatalog(house, known)().collection("ortho-2024")
    with house.public() as connection:
        flight = flights.of(connection, collection)
    deepest = flight.limits[max(flight.limits)]
    middle = list(deepest.tiles())[deepest.size // 2]
    return narrowed(collection, flight), tile(flight, cache, collection, middle)


def test_an_added_file_is_public_at_once_with_its_footprint_and_its_tiles(house, ours, known, add, make_source):
    edition = add(make_source(), flown_on=date(2024, 5, 17), synthetic=True)

    collection, content = served(house, known, Flights(ours.data_dir), TileCache(ours.data_dir / "tiles"))
    with house.public() as connection:
        columns = sql.SQL(
            "SELECT fid, id, nazwa, data_nalotu, piksel_m, ST_SRID(geom), ST_SRID(geom_3857), ST_IsValid(geom),"
            " ST_Area(ST_Transform(geom, 2177)) FROM {}"
        ).format(sql.Identifier("layers", collection.table))
        row = connection.execute(columns).fetchone()
    assert content[:4] == b"RIFF"
    assert (edition.number, edition.read, edition.stored, edition.synthetic) == (1, 1, 1, True)
    assert row[:8] == (1, edition.file_sha256[:16], "a.tif", date(2024, 5, 17), 0.5, 4326, 3857, True)
    assert row[8] == pytest.approx(200 * 200, rel=0.001)
    assert collection.raster
    assert collection.tiles.max_zoom == 18
    lng, lat = transform([(CORNER[0] + 100, CORNER[1] - 100)], 2177, 4326)[0]
    assert collection.extent.contains(lng, lat)


def test_a_flight_gathers_files_finest_first_and_the_same_file_twice_is_one(house, add, make_source):
    add(make_source("coarse.tif", pixel=2.0, corner=(CORNER[0] - 300, CORNER[1] + 300)))
    fine = add(make_source("fine.tif", colour=(40, 40, 200)), flown_on=date(2024, 5, 17))

    again = add(make_source("fine.tif", colour=(40, 40, 200)), flown_on=date(2024, 5, 17))

    assert again.number == fine.number == 2
    with house.transaction() as connection:
        rows = connection.execute(
            sql.SQL("SELECT fid, nazwa FROM {} ORDER BY fid").format(sql.Identifier("layers", fine.table))
        ).fetchall()
    assert rows == [(1, "fine.tif"), (2, "coarse.tif")]


def test_a_roll_back_serves_the_files_of_before(house, ours, known, add, make_source):
    cache, flights = TileCache(ours.data_dir / "tiles"), Flights(ours.data_dir)
    add(make_source("coarse.tif", pixel=2.0, corner=(CORNER[0] - 300, CORNER[1] + 300)))
    before = served(house, known, flights, cache)
    add(make_source("fine.tif", colour=(40, 40, 200)))
    after = served(house, known, flights, cache)

    with house.transaction() as connection:
        service.rollback(connection, known, "ortho-2024")

    assert after[0].tiles.max_zoom > before[0].tiles.max_zoom
    collection, content = served(house, known, flights, cache)
    assert (collection.version, content) == (before[0].version, before[1])


def test_a_first_edition_cannot_be_rolled_back_nor_an_unknown_flight_filled(house, known, add, make_source):
    add(make_source())

    with house.transaction() as connection, pytest.raises(NothingToRollBackTo):
        service.rollback(connection, known, "2024")
    with pytest.raises(service.NoSuchFlight, match=r"ortho-2019, ortho-2024.*'flights:' in config/layers\.yaml"):
        add(make_source(), flight="2031")


def test_a_refused_file_leaves_the_published_edition_serving(house, ours, add, make_source):
    first = add(make_source())
    broken = make_source("broken.tif")
    broken.write_bytes(broken.read_bytes()[:5000])

    with pytest.raises(Unreadable):
        add(broken)

    with house.transaction() as connection:
        assert [e.number for e in editions.listing(connection)] == [first.number]
    assert [path.suffix for path in cog_folder(ours.data_dir).iterdir()] == [".tif"]


def test_two_files_added_at_once_are_both_in_the_flight(house, add, make_source):
    files = [make_source("one.tif"), make_source("two.tif", colour=(1, 2, 3), corner=(CORNER[0] + 300, CORNER[1]))]
    threads = [Thread(target=add, args=(file,)) for file in files]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    with house.transaction() as connection:
        published = editions.in_state(connection, "ortho-2024", editions.EditionState.PUBLISHED)
    assert (published.number, published.stored) == (2, 2)


def test_the_sweep_takes_what_no_living_edition_names(house, ours, add, make_source):
    for number in range(4):
        add(make_source(f"{number}.tif", colour=(number, 0, 9), corner=(CORNER[0] + 100 * number, CORNER[1])))
    folder = cog_folder(ours.data_dir)
    stray, young = folder / "stray.tif", folder / "young.tif"
    for file in (stray, young):
        file.write_bytes(b"")
    os.utime(stray, (0, 0))

    with house.transaction() as connection:
        gone = service.sweep(connection, ours.data_dir)

    assert gone == ["stray.tif"]
    assert len(list(folder.glob("*.tif"))) == 5


def test_the_sweep_keeps_the_files_of_a_flight_that_left_the_registry(house, ours, known, add, make_source):
    add(make_source())
    (cog,) = cog_folder(ours.data_dir).glob("*.tif")
    os.utime(cog, (0, 0))
    without = known.model_copy(update={"flights": {}})

    deps = Deps(ours, without, house, CurrentCatalog(house, without))
    worker.chores(deps)["server.sweep"]()

    assert cog.exists()


def test_a_missing_file_is_told_and_not_taken_for_an_empty_place(house, ours, known, add, make_source):
    add(make_source())
    for file in cog_folder(ours.data_dir).iterdir():
        file.unlink()

    with pytest.raises(FlightFileMissing):
        served(house, known, Flights(ours.data_dir), TileCache(ours.data_dir / "tiles"))


def test_tiles_of_a_file_cut_short_are_refused_until_its_source_is_added_again(house, ours, known, add, make_source):
    add(make_source())
    (file,) = cog_folder(ours.data_dir).glob("*.tif")
    flights, cache = Flights(ours.data_dir), TileCache(ours.data_dir / "tiles")
    file.write_bytes(file.read_bytes()[:-200])

    with pytest.raises(FlightFileDamaged):
        served(house, known, flights, cache)
    add(make_source())

    assert served(house, known, flights, cache)[1][:4] == b"RIFF"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # when it is written
def test_a_corrected_world_file_moves_the_picture_and_replaces_its_misplaced_self(add, make_source):
    file = make_source()
    with rasterio.open(file) as source:
        pixels = source.read()
    with rasterio.open(file, "w", driver="GTiff", dtype="uint8", count=3, height=400, width=400) as out:
        out.write(pixels)

    def west(left):
        file.with_suffix(".tfw").write_text(f"0.5\n0\n0\n-0.5\n{left}\n{CORNER[1]}\n")
        edition = add(file, srid=2177)
        return edition.number, edition.stored, edition.extent[0]

    misplaced, corrected, same = west(CORNER[0] + 1000), west(CORNER[0]), west(CORNER[0])

    assert corrected[:2] == (2, 1)
    assert corrected[2] < misplaced[2] - 0.01
    assert same == corrected


def test_the_catalog_lives_though_a_flight_is_broken(house, ours, known, add, make_source):
    edition = add(make_source())
    for file in cog_folder(ours.data_dir).iterdir():
        file.write_bytes(b"broken")
    collection = CurrentCatalog(house, known)().collection("ortho-2024")

    with house.public() as connection:
        shown = Flights(ours.data_dir).with_its_zooms(connection, collection)

    assert (shown.edition, shown.tiles) == (edition.number, collection.tiles)


def promised(house, known, file, **options):
    with house.transaction() as connection:
        return service.defer(connection, known, "ortho-2024", file, **options)


def state(house, task_id):
    with house.transaction() as connection:
        return store.task(connection, task_id)


def progress_seen_by_the_public(house):
    with house.public() as connection:
        return connection.execute("SELECT flight, state FROM published.ortho_progress").fetchall()


def test_a_promised_file_is_converted_once_and_its_progress_is_public(house, ours, known, make_source):
    task_id = promised(house, known, make_source(), flown_on=date(2024, 5, 17), synthetic=True)
    waiting = progress_seen_by_the_public(house)

    edition = service.run_task(house, ours, known, task_id)
    again = service.run_task(house, ours, known, task_id)

    assert waiting == [("ortho-2024", "queued")]
    assert (edition.number, edition.data_date, again) == (1, date(2024, 5, 17), None)
    assert (state(house, task_id).state, state(house, task_id).progress) == (TaskState.DONE, 1.0)
    assert progress_seen_by_the_public(house) == []


def test_a_promise_is_one_row_of_work_in_the_same_transaction(house, known, make_source):
    task_id = promised(house, known, make_source())

    with house.transaction() as connection:
        rows = connection.execute("SELECT task_name, args->>'task' FROM public.procrastinate_jobs").fetchall()

    assert rows == [(service.CONVERT_JOB, str(task_id))]


def test_a_task_that_was_killed_while_running_is_done_by_the_next_run(house, ours, known, make_source):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.4, state(house, task_id).message)

    assert service.run_task(house, ours, known, task_id).number == 1


def test_a_refused_task_says_why_and_is_not_tried_again(house, ours, known, make_source):
    task_id = promised(house, known, make_source(corner=(6_700_000.0, 6_000_000.0)))

    assert service.run_task(house, ours, known, task_id) is None

    assert state(house, task_id).state is TaskState.FAILED
    assert "outside the municipality" in state(house, task_id).message.say("en")
    assert progress_seen_by_the_public(house) == []


@pytest.mark.parametrize("cause", [OSError(28, "No space left on device"), MemoryError()])
def test_a_task_that_broke_off_is_failed_until_it_is_tried_again(house, ours, known, make_source, monkeypatch, cause):
    task_id = promised(house, known, make_source())

    def break_off(*_, progress, **__):
        progress(0.4, Text("Halfway."))
        raise cause

    with monkeypatch.context() as patch:
        patch.setattr(files, "prepare", break_off)
        with pytest.raises(type(cause)):
            service.run_task(house, ours, known, task_id)
    broken = state(house, task_id)
    service.run_task(house, ours, known, task_id)

    assert (broken.state, progress_seen_by_the_public(house)) == (TaskState.FAILED, [])
    assert "broke off" in broken.message.say("en")
    assert state(house, task_id).state is TaskState.DONE


def with_job(house, task_id, status, attempts=1):
    with house.transaction() as connection:
        connection.execute(
            "UPDATE public.procrastinate_jobs SET status = %s, attempts = %s WHERE args->>'task' = %s",
            [status, attempts, str(task_id)],
        )


@pytest.mark.parametrize("at", ["Moving the picture", "Making overviews"])
def test_a_stopped_conversion_leaves_nothing_and_its_task_waits(house, ours, known, make_source, monkeypatch, at):
    task_id = promised(house, known, make_source())
    prepare, heard = files.prepare, []

    def listening(*arguments, progress, **options):
        def hear(share, message):
            heard.append(message.say("en"))
            progress(share, message)

        return prepare(*arguments, progress=hear, **options)

    monkeypatch.setattr(files, "prepare", listening)
    # Even a small picture is looked at once while its overviews are made.
    monkeypatch.setattr(process, "LOOK_EVERY_S", 0.001)

    with pytest.raises(jobs.Interrupted):
        service.run_task(house, ours, known, task_id, stopping=lambda: any(said.startswith(at) for said in heard))

    assert list(cog_folder(ours.data_dir).iterdir()) == []
    stopped = state(house, task_id)
    assert (stopped.state, stopped.progress) == (TaskState.QUEUED, 0.0)
    assert "next start" in stopped.message.say("en")
    assert service.run_task(house, ours, known, task_id).number == 1


@pytest.mark.parametrize(
    ("job", "becomes", "says"),
    [
        ("doing", TaskState.RUNNING, "Halfway"),
        ("todo", TaskState.QUEUED, "begins anew"),
        ("failed", TaskState.FAILED, "Given up"),
    ],
)
def test_a_task_is_no_further_than_its_job(house, known, make_source, job, becomes, says):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.7, Text("Halfway."))
    with_job(house, task_id, job)

    with house.transaction() as connection:
        settled = service.settle(connection)

    assert settled == (becomes is not TaskState.RUNNING)
    assert (state(house, task_id).state, progress_seen_by_the_public(house)) == (
        becomes,
        [] if becomes is TaskState.FAILED else [("ortho-2024", becomes.value)],
    )
    assert says in state(house, task_id).message.say("en")


def test_a_conversion_that_ended_five_workers_is_shown_as_given_up(house, ours, known, make_source):
    task_id = promised(house, known, make_source())
    with house.transaction() as connection:
        store.move_task(connection, task_id, TaskState.RUNNING, 0.7, Text("Halfway."))
    with_job(house, task_id, "doing", attempts=5)
    deps = Deps(ours, known, house, CurrentCatalog(house, known))
    app = jobs.app(house.dsn, {}, {})

    async def care() -> None:
        async with app.open_async():
            await worker._care_for_the_dead(app, worker.settling(deps))

    asyncio.run(care())

    assert state(house, task_id).state is TaskState.FAILED
    assert progress_seen_by_the_public(house) == []


def test_a_task_that_does_not_exist_is_not_found(house, ours, known):
    with pytest.raises(store.TaskNotFound):
        service.run_task(house, ours, known, uuid4())


def test_the_commands_add_list_roll_back_and_sweep(house, ours, known, make_source):
    deps = Deps(ours, known, house, CurrentCatalog(house, known))
    door = typer.Typer()
    door.add_typer(commands.app(), name="ortho")

    def run(*words):
        return CliRunner().invoke(door, ["ortho", *map(str, words)], obj=lambda: deps)

    none = run("list")
    first = run("add", make_source(), "--flight", "2024", "--date", "2024-05-17")
    second = run("add", make_source("b.tif", colour=(3, 4, 5)), "--flight", "ortho-2024")
    back = run("rollback", "2024")
    listed = run("list")

    assert first.exit_code == second.exit_code == back.exit_code == run("sweep").exit_code == 0
    assert "ortho-2024, edition 1: published with 1 file." in first.output
    assert "ortho-2024, edition 2: published with 2 files." in second.output
    assert "ortho-2024: edition 1 is public again." in back.output
    assert none.output == "There are no flights yet; 'geo ortho add FILE --flight 2024' adds one.\n"
    assert "2024-05-17" in listed.output
    assert "previous" in listed.output
