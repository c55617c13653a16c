"""Flights on a real PostGIS: what is added is served from the commit on, and nothing half-done ever is."""

import os
from datetime import date
from threading import Thread

import pytest
import rasterio
import typer
from flights_of_tests import CORNER
from psycopg import sql
from typer.testing import CliRunner

from geo import editions
from geo.catalog import CurrentCatalog
from geo.crs import transform
from geo.deps import Deps
from geo.editions import NothingToRollBackTo
from geo.errors import Unreadable
from geo.ortho import commands, service
from geo.ortho.files import cog_folder
from geo.ortho.flights import FlightFileDamaged, FlightFileMissing, Flights, narrowed
from geo.ortho.tile import tile
from geo.tile_cache import TileCache
from server import worker


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
