"""A real register's file, loaded as docs/layers.md shows, is seen on the map, also under the path of a proxy."""

import re
import socket
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests import sample
from tests.e2e.conftest import drawn, wait_for_map
from tests.e2e.prefix_proxy import proxy

PREFIX = "/geo"
# The excerpt's addresses, whose file names them.
HOUSE = "Inwalidów Wojennych 1A"


@pytest.fixture(scope="module")
def town(tmp_path_factory, shared_data):
    """A geoportal with the excerpt, under a path of a proxy; its public address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("sample")
    ours = sample.with_entry(folder, GEO_PUBLIC_URL=f"http://127.0.0.1:{port}{PREFIX}")
    with ours.run(), proxy(PREFIX, ours.port, port) as address:
        sample.load(ours, shared_data)
        yield address


@pytest.fixture
def page(new_page, town):
    """A page of the town behind the proxy; nothing that it asks for is outside of the prefix or missing."""
    made = new_page(base_url=town)
    asked = []
    made.on("request", lambda request: request.url.startswith("http") and asked.append(urlsplit(request.url).path))
    failed = []
    made.on("response", lambda response: response.status >= 400 and failed.append(f"{response.status} {response.url}"))
    yield made
    assert asked
    assert [path for path in asked if not path.startswith(f"{PREFIX}/")] == []
    assert failed == []


def found(page, town, name):
    """A house as the search answers it."""
    answer = page.request.get(f"{town}/api/search", params={"q": name}).json()
    return next(hit for hit in answer["features"] if hit["properties"]["label"] == name)


def test_a_layer_of_ones_own_is_seen_on_the_map_and_says_what_it_is(page, town, shared_data, shot):
    written = sample.file_of(shared_data).read_text(encoding="utf-8").count("<prgad:numerPorzadkowy>")
    collection = page.request.get(f"{town}/ogc/collections/{sample.LAYER}?f=json").json()
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    house = found(page, town, HOUSE)
    lng, lat = house["geometry"]["coordinates"]

    page.goto(f"{town}/")
    wait_for_map(page)
    entry = page.locator(f'[data-layer="{sample.LAYER}"]')
    expect(entry).to_contain_text("poza widokiem")
    entry.get_by_role("button", name=re.compile("Przejdź do warstwy")).press("Enter")
    expect(page.locator("#map-message")).to_contain_text("Mapa pokazuje")
    wait_for_map(page)
    shown = page.evaluate("document.getElementById('map').libre.getBounds().toArray().flat()")
    assert shown[0] < west
    assert shown[1] < south
    assert east < shown[2]
    assert north < shown[3]
    assert 0 < drawn(page, sample.LAYER) <= written
    shot(page, "own-layer")
    page.goto(f"{town}/#map=18/{lat:.6f}/{lng:.6f}")
    wait_for_map(page)
    assert drawn(page, sample.LAYER) > 0

    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#info h3")).to_have_text(HOUSE)
    expect(page.locator("#info")).to_contain_text("Numer porządkowy")
    # Real data: nothing on this map is invented.
    expect(page.get_by_text("Dane pokazowe")).to_have_count(0)
    shot(page, "own-layer-information")


def test_every_way_through_the_pages_stays_under_the_path(page, town, shot):
    page.goto(f"{town}/")
    wait_for_map(page)

    page.get_by_role("combobox").fill(HOUSE)
    page.get_by_role("option").first.click()
    expect(page.locator("#info h3")).to_have_text(HOUSE)
    page.get_by_role("link", name="Jako strona").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOUSE)
    expect(page).to_have_url(re.compile(f"{PREFIX}/obiekt/"))
    page.get_by_role("link", name="Pokaż na mapie").click()
    wait_for_map(page)
    assert drawn(page, sample.LAYER) > 0
    for name in ("Dane i źródła", "Deklaracja dostępności", "Prywatność", "Dla programów: OGC API"):
        page.get_by_role("contentinfo").get_by_role("link", name=name).click()
        expect(page.get_by_role("banner").get_by_role("link", name="Mapa")).to_be_visible()
    page.get_by_role("link", name="Punkty adresowe (próbka PRG)").click()
    page.get_by_role("main").get_by_role("link", name="Obiekty", exact=True).click()
    expect(page.get_by_role("region", name=re.compile("Tabela"))).to_be_visible()
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    shot(page, "behind-a-proxy")


def test_links_in_every_page_and_document_carry_the_path(page, town):
    page.goto(f"{town}/dane")
    texts = [
        page.request.get(f"{town}{path}").text()
        for path in (
            "/",
            "/szukaj?q=inwalidow",
            "/dane",
            "/dostepnosc",
            "/ogc?f=html",
            f"/ogc/collections/{sample.LAYER}?f=html",
        )
    ]
    style = page.request.get(f"{town}/styles/town.json").json()
    tilejson = page.request.get(f"{town}/tiles/{sample.LAYER}.json").json()

    links = [link for text in texts for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', text)]
    assert links
    assert [link for link in links if not link.startswith(f"{PREFIX}/")] == []
    assert style["sources"][sample.LAYER]["tiles"] == tilejson["tiles"]
    assert tilejson["tiles"][0].startswith(f"{town}/tiles/")
