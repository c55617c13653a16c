"""How an installation is configured."""

from pathlib import Path

import pytest

from geo import settings
from geo.errors import Misconfigured

ROOT = Path(__file__).parents[3]


def test_without_variables_the_town_listens_on_loopback():
    ours = settings.load({}, ROOT)

    assert ours.base_url == "http://127.0.0.1:8080"
    assert ours.data_dir == ROOT / "data" / "var"
    assert ours.town.municipality.teryt == "2408021"


def test_an_empty_variable_is_as_good_as_none():
    names = ("CONFIG_DIR", "DATA_DIR", "HOST", "PORT", "PUBLIC_URL", "DATABASE_URL", "DEMO", "DEMO_SCALE", "LANG")

    ours = settings.load({f"GEO_{name}": "" for name in names}, ROOT)

    assert ours == settings.load({}, ROOT)


def test_links_are_built_from_the_public_url():
    ours = settings.load({"GEO_PUBLIC_URL": "https://gis.example.pl/mapa/", "GEO_PORT": "9000"}, ROOT)

    assert ours.base_url == "https://gis.example.pl/mapa"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - an address to be written, nothing is bound
        ("::", "http://[::1]:8080"),
        ("::1", "http://[::1]:8080"),
        ("fd00::7", "http://[fd00::7]:8080"),
        ("map.local", "http://map.local:8080"),
    ],
)
def test_without_a_public_url_links_name_a_host_that_can_be_asked(host, address):
    assert settings.load({"GEO_HOST": host}, ROOT).base_url == address


@pytest.mark.parametrize(
    "address",
    [
        "https://gis.example.pl",
        "http://127.0.0.1:8080/",
        "http://[::1]:8080/mapa",
        "http://geo_web:8080",
        "https://example/a/b-c/",
    ],
)
def test_a_public_address_is_whole(address):
    assert settings.load({"GEO_PUBLIC_URL": address}, ROOT).base_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "gis.mikolow.eu",
        "//gis.example",
        "ftp://gis.example",
        "https://",
        "https:///mapa",
        "https://gis.example?a=1",
        "https://gis.example/#a",
        "https://gis example",
        "https://mikołów.example",
        " https://gis.example",
        "https://gis.example\nX: y",
    ],
)
def test_a_public_address_that_no_browser_could_open_is_named(address):
    with pytest.raises(Misconfigured, match="GEO_PUBLIC_URL"):
        settings.load({"GEO_PUBLIC_URL": address}, ROOT)


def test_trusted_proxies_are_addresses_or_networks():
    ours = settings.load({"GEO_TRUSTED_PROXIES": " 127.0.0.1, 10.1.2.3/8,,fd00::/8 "}, ROOT)

    assert ours.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")
    with pytest.raises(Misconfigured, match=r"proxy\.local"):
        settings.load({"GEO_TRUSTED_PROXIES": "127.0.0.1,proxy.local"}, ROOT)


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1", "８０８０"])
def test_a_wrong_port_is_named(port):
    with pytest.raises(Misconfigured, match="GEO_PORT"):
        settings.load({"GEO_PORT": port}, ROOT)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('teryt: "2408021"', "teryt: 2408021", "municipality.teryt"),
        ('teryt: "2408021"', 'teryt: "2408021"\n  cadastral_units: ["240802.8"]', "municipality.cadastral_units"),
        ("extent: [18.776, 50.146, 18.948, 50.246]", "extent: [50.146, 18.776, 50.0, 18.948]", "west, south, east"),
        ("voivodeship:", "voivodship:", "Did you mean 'voivodeship'?"),
    ],
)
def test_a_mistake_in_the_town_is_named(tmp_path, right, wrong, said):
    source = (ROOT / "config" / "town.yaml").read_text(encoding="utf-8")
    assert right in source
    (tmp_path / "town.yaml").write_text(source.replace(right, wrong), encoding="utf-8")

    with pytest.raises(Misconfigured) as caught:
        settings.load({"GEO_CONFIG_DIR": str(tmp_path)}, ROOT)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("written", "language"), [("", "pl"), ("pl", "pl"), ("pl_PL.UTF-8", "pl"), ("en", "en"), ("en-GB", "en")]
)
def test_the_language_of_the_command_line_may_carry_a_region(written, language):
    assert settings.load({"GEO_LANG": written}, ROOT).language == language


@pytest.mark.parametrize("written", ["xx", "english", "p", "_"])
def test_an_unknown_language_is_refused_with_the_known_ones(written):
    with pytest.raises(Misconfigured, match="known: pl, en"):
        settings.load({"GEO_LANG": written}, ROOT)
