"""Real register files land where they belong, and every feature is accounted for."""

import re
from pathlib import Path

import pytest
from lxml import etree
from pyproj import Transformer

from geo import editions
from geo.geometry import LngLatBbox
from geo.layers import service
from geo.layers.recognised import NothingRecognised

LUBUSKIE = LngLatBbox(14.5, 51.3, 16.5, 53.2)
HEL = LngLatBbox(18.7, 54.5, 18.9, 54.7)
GML = "{http://www.opengis.net/gml/3.2}"
TO_WGS84 = {srid: Transformer.from_crs(srid, 4326, always_xy=True) for srid in (2177, 2180)}


def accounted(loaded) -> bool:
    """Whether read = stored + refused + cut + closed, with each refused feature named."""
    names = service.refusals(loaded)
    return (
        loaded.read == loaded.stored + loaded.refused + loaded.cut + loaded.closed
        and len(names) == loaded.refused
        and all(found.feature for found in names)
    )


def test_prg_2021_keeps_every_link_and_every_house_number(load, publish, rows, shared_data):
    path = shared_data / "addresses" / "sample_model2021.gml"

    outcome = {loaded.layer: loaded for loaded in load(path, extent=LUBUSKIE)}
    publish("addresses")

    assert set(outcome) == {"addresses", "streets", "localities"}
    assert all(accounted(loaded) for loaded in outcome.values())
    assert outcome["addresses"].stored == path.read_text(encoding="utf-8").count("<prgad:AD_PunktAdresowy")
    published = rows("SELECT numer_porzadkowy, kod_pocztowy, miejscowosc, simc, ulica, ulic FROM layers.addresses_e1")
    assert ("21A", "69-200", "Żubrów", "0188009", None, None) in published
    assert ("1A", "69-110", "Rzepin", "0935682", "Inwalidów Wojennych", "06921") in published


@pytest.mark.parametrize(("name", "northing_first"), [("sample_model2021.gml", False), ("sample_model2012.xml", True)])
def test_addresses_lie_to_the_metre_where_their_file_says(load, publish, rows, shared_data, name, northing_first):
    path = shared_data / "addresses" / name
    expected = {}
    for point in etree.parse(path).iter("{*}AD_PunktAdresowy", "{*}PRG_PunktAdresowy"):
        first, second = map(float, point.find(f".//{GML}pos").text.split())
        easting, northing = (second, first) if northing_first else (first, second)
        expected[point.find(".//{*}lokalnyId").text] = TO_WGS84[2180].transform(easting, northing)

    (addresses,) = [loaded for loaded in load(path, extent=LUBUSKIE) if loaded.layer == "addresses"]
    publish("addresses")

    assert accounted(addresses)
    assert addresses.stored == len(expected)
    for feature_id, (lng, lat) in expected.items():
        ((off_m,),) = rows(
            "SELECT ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint("
            f"{lng!r}, {lat!r}), 4326)::geography) FROM layers.addresses_e1 WHERE id = '{feature_id}'"
        )
        assert off_m < 0.01


def test_fifteen_real_parcels_of_hel_have_their_register_ids_areas_and_places(load, publish, rows, shared_data):
    files = sorted((shared_data / "egib" / "hel_2177_model2012").glob("*.gml"))
    assert len(files) == 15

    for path in files:
        parcel = next(etree.parse(path).iter("{*}EGB_DzialkaEwidencyjna"))
        numbers = [float(n) for n in parcel.find(f".//{GML}posList").text.split()]
        northing, easting = numbers[0], numbers[1]
        (loaded,) = load(path, "parcels", extent=HEL)
        publish("parcels")

        assert accounted(loaded)
        assert loaded.stored == 1
        ((key, area, table),) = _only_parcel(rows)
        assert key == parcel.find("{*}idDzialki").text
        assert area == pytest.approx(float(parcel.find("{*}powierzchniaEwidencyjna").text))
        lng, lat = TO_WGS84[2177].transform(easting, northing)
        ((off_m,),) = rows(
            "SELECT min(ST_Distance(v.geom::geography, ST_SetSRID(ST_MakePoint("
            f"{lng!r}, {lat!r}), 4326)::geography)) FROM layers.{table} AS p, ST_DumpPoints(p.geom) AS v"
        )
        assert off_m < 0.01


def _only_parcel(rows) -> list[tuple]:
    ((table,),) = rows("SELECT 'parcels_e' || number FROM published.edition WHERE collection = 'parcels'")
    return rows(f"SELECT id, pole_ewidencyjne_ha, '{table}' FROM layers.{table}")


def test_a_wfs_reply_of_the_state_is_read_with_northing_first(load, publish, rows, shared_data):
    path = shared_data / "addresses" / "gugik_wfs200_inspire_addresses_2pkt.xml"

    (loaded,) = load(path, "addresses", extent=LngLatBbox(19.4, 51.2, 20.0, 51.6))
    publish("addresses")

    assert accounted(loaded)
    assert sorted(rows("SELECT numer_porzadkowy, kod_pocztowy, ulica, ulic FROM layers.addresses_e1")) == [
        ("10", "97-300", "1 Maja", "11926"),
        ("11", "97-300", "1 Maja", "11926"),
    ]


def test_features_of_other_gminas_are_cut_and_counted(load, shared_data):
    outcome = load(shared_data / "addresses" / "sample_model2021.gml")

    assert all(loaded.edition is None for loaded in outcome)
    assert all(loaded.cut == loaded.read > 0 for loaded in outcome)


def test_the_real_boundary_is_read_and_published(load, publish, deps, shared_data, tmp_path):
    source = (shared_data / "boundaries" / "mikolow_2408021_uproszczona.geojson").read_text(encoding="utf-8")
    path = tmp_path / "granica.geojson"
    path.write_text(re.sub(r'"terc"', '"teryt"', source).replace('"name"', '"nazwa"'), encoding="utf-8")

    (loaded,) = load(path, "boundary")
    publish("boundary")

    assert accounted(loaded)
    collection = deps.catalog().collection("boundary")
    assert collection.count == 1
    assert collection.extent == pytest.approx((18.776, 50.146, 18.948, 50.246), abs=0.001)


def test_a_raw_file_is_kept_under_its_checksum(load, deps, shared_data):
    path = shared_data / "addresses" / "sample_model2021.gml"

    (loaded, *_) = load(path, extent=LUBUSKIE)

    kept = deps.settings.data_dir / "uploads" / loaded.edition.file_sha256
    assert kept.read_bytes() == Path(path).read_bytes()


def test_a_rollback_takes_along_only_what_was_published_with_the_layer(load, publish, deps, shared_data):
    path = shared_data / "addresses" / "sample_model2021.gml"
    for only in ((), (), ("addresses",)):
        load(path, *only, anywhere=True)
        publish("addresses")

    with deps.database.transaction() as connection:
        returned = service.rollback(connection, deps.registry, "addresses")

    assert [(edition.collection, edition.number) for edition in returned] == [("addresses", 2)]
    numbers = {name: collection.edition for name, collection in deps.catalog().collections.items()}
    assert numbers == {"addresses": 2, "streets": 2, "localities": 2}


def test_a_layer_that_was_named_and_that_the_file_does_not_fill_is_said_and_nothing_is_staged(load, deps, shared_data):
    path = shared_data / "addresses" / "sample_model2021.gml"

    with pytest.raises(NothingRecognised, match="'parcels'"):
        load(path, "addresses", "parcels", anywhere=True)

    with deps.database.transaction() as connection:
        assert editions.listing(connection) == []
