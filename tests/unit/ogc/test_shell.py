"""pygeoapi in process: silent, given copies, swapped when the catalog moved."""

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

from geo import settings
from geo.catalog import Catalog
from geo.feature import Collection, FeatureType, Field, TileRules
from geo.geometry import LngLatBbox
from geo.ogc import conformance, landing
from geo.ogc.config import configuration
from geo.ogc.shell import CurrentShell, Shell

SETTINGS = settings.load({}, Path(__file__).parents[3])
NO_FILES = {"places": ()}


def make_collection(name: str, **changes: object) -> Collection:
    values = {
        "id": name,
        "title": {"pl": "Miejsca", "en": "Places"},
        "description": {"pl": "Opis.", "en": "Text."},
        "type": FeatureType((Field("nazwa", "text", {"pl": "Nazwa"}),), "point"),
        "table": f"{name}_e1",
        "edition": 1,
        "version": "1-x",
        "count": 2,
        "extent": LngLatBbox(18.8, 50.1, 18.9, 50.2),
        "published_at": datetime(2026, 11, 23, tzinfo=UTC),
        "tiles": TileRules(10, 16, {0: ("nazwa",)}),
    }
    return Collection(**{**values, **changes})


def make_catalog(*collections: Collection, revision: int = 1) -> Catalog:
    return Catalog(revision, {one.id: one for one in collections})


class NoDatabase:
    """No collection here carries time, so nothing is asked."""

    def public(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_pygeoapi_neither_prints_nor_touches_the_logging_of_the_process(capfd):
    before = list(logging.getLogger().handlers), logging.getLogger().level

    shell = Shell(make_catalog(make_collection("places")), SETTINGS, "https://a.example", {})
    shell.landing("pl")
    shell.collections("en")

    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before
    assert capfd.readouterr() == ("", "")


def test_a_catalog_has_one_shell_for_each_address_until_it_moves():
    shells = CurrentShell(SETTINGS, Mock(public=NoDatabase().public))
    first, second = make_catalog(make_collection("places")), make_catalog(make_collection("places"), revision=2)

    one = shells(first, "https://a.example")
    again = shells(first, "https://a.example")
    elsewhere = shells(first, "https://b.example")
    moved = shells(second, "https://a.example")

    assert one is again
    assert elsewhere.base == "https://b.example/ogc"
    assert moved is not one
    assert moved.catalog is second


def test_documents_do_not_grow_when_they_are_asked_for_again():
    shell = Shell(make_catalog(make_collection("places")), SETTINGS, "https://a.example", {})

    assert landing.collection(shell, "pl", "places", NO_FILES) == landing.collection(shell, "pl", "places", NO_FILES)
    assert landing.landing(shell, "en") == landing.landing(shell, "en")


def test_an_empty_catalog_and_an_empty_collection_have_documents_too():
    empty = Shell(make_catalog(), SETTINGS, "https://a.example", {})
    nowhere = Shell(make_catalog(make_collection("places", extent=None)), SETTINGS, "https://a.example", {})

    assert landing.collections(empty, "pl", NO_FILES)["collections"] == []
    assert landing.collection(nowhere, "pl", "places", NO_FILES)["extent"]["spatial"]["bbox"] == [
        [-180.0, -90.0, 180.0, 90.0]
    ]


def test_a_collection_without_a_single_time_announces_none():
    shell = Shell(make_catalog(make_collection("places")), SETTINGS, "https://a.example", {"places": (None, None)})

    assert "temporal" not in landing.collection(shell, "en", "places", NO_FILES)["extent"]


def test_invented_data_is_said_in_the_description():
    config = configuration(make_catalog(make_collection("places", synthetic=True)), SETTINGS, "https://a.example")

    described = config["resources"]["places"]["description"]
    assert described["en"].startswith("Text. The data is invented")
    assert described["pl"].startswith("Opis. Dane są zmyślone")


def test_what_qgis_looks_for_before_it_filters_is_promised():
    base = "http://www.opengis.net/spec"

    assert len(set(conformance.CLASSES)) == len(conformance.CLASSES)
    assert {
        f"{base}/cql2/1.0/conf/cql2-text",
        f"{base}/cql2/1.0/conf/basic-cql2",
        f"{base}/cql2/1.0/conf/basic-spatial-operators",
        f"{base}/cql2/1.0/conf/basic-spatial-functions",
        f"{base}/ogcapi-features-3/1.0/conf/filter",
        f"{base}/ogcapi-features-3/1.0/conf/features-filter",
        f"{base}/ogcapi-features-5/1.0/conf/schemas",
        f"{base}/ogcapi-common-3/1.0/conf/schemas",
        f"{base}/ogcapi-features-2/1.0/conf/crs",
    } <= set(conformance.CLASSES)
    assert not [name for name in conformance.CLASSES if "features-4" in name]
