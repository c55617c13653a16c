"""Orthophotos that are finished while somebody looks at the map."""

import json
import re

from playwright.sync_api import expect

from tests.e2e.conftest import wait_for_map
from tests.e2e.test_map import at

FLIGHT = "ortho-2024"
RUNNING = {"id": FLIGHT, "title": "Ortofotomapa 2024", "name": "2024", "state": "running", "progress": 0.4}


def not_yet_public(page):
    """Serves the page and the style as they were before the flight was published; gives the switch that ends it."""
    state = {"progress": [RUNNING], "revision": 1, "public": False}

    def shell(route):
        html = re.sub(rf'\s*<label><input type="radio" name="ortho" value="{FLIGHT}">.*?</label>', "", fetched(route))
        found = re.search(r'id="page-data">(.*?)</script>', html)
        data = {**json.loads(found[1]), "making": True, "revision": 1}
        data["flights"] = [flight for flight in data["flights"] if flight != FLIGHT]
        route.fulfill(content_type="text/html", body=html.replace(found[1], json.dumps(data)))

    def style(route):
        document = json.loads(fetched(route))
        if not state["public"]:
            del document["sources"][FLIGHT]
            document["layers"] = [layer for layer in document["layers"] if layer.get("source") != FLIGHT]
        route.fulfill(json=document)

    def progress(route):
        route.fulfill(json={"revision": state["revision"], "promised": False, "flights": state["progress"]})

    page.route(re.compile(r"/(\?lang=\w+)?$"), shell)
    page.route("**/styles/town.json*", style)
    page.route("**/api/progress*", progress)

    def publish():
        state.update(progress=[{**RUNNING, "state": "done", "progress": 1}], revision=2, public=True)

    return publish


def test_newer_pictures_of_a_public_flight_replace_the_older_ones(page, house):
    publish = not_yet_public(page)
    page.unroute("**/styles/town.json*")
    page.route("**/styles/town.json*", lambda route: route.fulfill(body=of_before(fetched(route))), times=1)
    page.goto(at(house, 16.5))
    wait_for_map(page)
    tiles = f"document.getElementById('map').libre.getSource('{FLIGHT}').tiles[0]"
    before = page.evaluate(tiles)

    publish()
    switch = page.get_by_role("radio", name="Ortofotomapa 2024")
    expect(switch).to_have_count(1)

    assert "/of-before/" in before
    assert "/of-before/" not in page.evaluate(tiles)
    with page.expect_response(re.compile(rf"/tiles/{FLIGHT}/")) as response:
        switch.check(force=True)
    assert response.value.ok


def of_before(style):
    return re.sub(rf"/tiles/{FLIGHT}/[^/]+/", f"/tiles/{FLIGHT}/of-before/", style)


def fetched(route):
    return route.fetch().text()


def test_a_flight_that_becomes_public_can_be_shown_without_a_reload(page, house, shot):
    publish = not_yet_public(page)
    page.goto(at(house, 16.5))
    wait_for_map(page)
    switch = page.get_by_role("radio", name="Ortofotomapa 2024")

    expect(page.get_by_role("status").filter(has_text="Ortofotomapy powstają…")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Ortofotomapa 2024")).to_have_attribute("value", "0.4")
    expect(switch).to_have_count(0)
    shot(page, "progress")

    publish()
    expect(switch).to_have_count(1)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#making-status")).to_be_empty()
    expect(page.locator("#map-message")).to_have_text("Ortofotomapa 2024 jest już na mapie.")
    shot(page, "progress-done")

    with page.expect_response(re.compile(rf"/tiles/{FLIGHT}/")) as response:
        switch.check(force=True)
    assert response.value.ok
    wait_for_map(page)
    expect(page).to_have_url(re.compile(rf"ortho={FLIGHT}"))
    labels = page.evaluate(
        """() => {
            const map = document.getElementById("map").libre;
            return map.getLayersOrder().map(id => [id, map.getLayer(id).type === "symbol"]);
        }"""
    )
    order = [id_ for id_, _ in labels]
    assert f"{FLIGHT}-1" in order
    assert order.index(f"{FLIGHT}-1") < min(order.index(id_) for id_, is_label in labels if is_label)
    assert order.index(f"{FLIGHT}-1") < order.index("selection-area")
    shot(page, "progress-shown")


def test_a_page_where_nothing_is_made_does_not_ask(page):
    asked = []
    page.on("request", lambda request: "/api/progress" in request.url and asked.append(request.url))
    page.clock.install()

    page.goto("/")
    wait_for_map(page)
    page.clock.fast_forward(60_000)
    wait_for_map(page)

    assert asked == []
