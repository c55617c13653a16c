"""What a resident does with the map, in a real browser."""

import re
import unicodedata

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import drawn, wait_for_map

HOUSE_ZOOM = 17.5


def at(house, zoom=HOUSE_ZOOM, more=""):
    return f"/#map={zoom}/{house['lat']:.6f}/{house['lng']:.6f}{more}"


def without_marks(text):
    bare = unicodedata.normalize("NFD", text.translate(str.maketrans("łŁ", "lL")))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def centre(page):
    return page.evaluate("document.getElementById('map').libre.getCenter().toArray()")


def test_the_map_opens_on_the_whole_town(page, shot):
    page.goto("/")
    wait_for_map(page)

    assert drawn(page, "boundary") > 0
    assert drawn(page, "localities") > 0
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first).to_be_visible()
    shot(page, "map")


def test_near_a_house_everything_of_the_registers_is_drawn(page, house, shot):
    page.goto(at(house))
    wait_for_map(page)

    assert {name: drawn(page, name) > 0 for name in ("addresses", "parcels", "streets")} == {
        "addresses": True,
        "parcels": True,
        "streets": True,
    }
    shot(page, "house")


def test_an_address_is_found_by_keyboard_alone(page, house, shot):
    page.goto("/")
    wait_for_map(page)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type(without_marks(f"{house['street']} {house['number']}").lower())
    options = page.get_by_role("option")
    expect(options.first).to_contain_text(str(house["street"]))
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page.locator("#info h3")).to_have_text(f"{house['street']} {house['number']}")
    expect(page).to_have_url(re.compile(r"f=addresses/"))
    wait_for_map(page)
    assert drawn(page, "selection") > 0
    shot(page, "search")

    page.locator("#q").press("Escape")
    expect(options).to_have_count(0)


def test_enter_never_opens_what_another_question_found(page, house):
    asked = []
    page.goto("/")
    wait_for_map(page)
    page.get_by_role("combobox").fill(str(house["street"]))
    expect(page.get_by_role("option").first).to_be_visible()

    # Enter, and before the answer is there one letter more.
    page.route("**/api/search?*", lambda route: asked.insert(0, route))
    page.get_by_role("combobox").press_sequentially(" 1")
    page.get_by_role("combobox").press("Enter")
    with page.expect_request(lambda request: "12" in request.url):
        page.get_by_role("combobox").press("2")
    asked[0].continue_()
    expect(page.locator("#search-status")).not_to_be_empty()
    wait_for_map(page)

    expect(page.locator("#info h3")).to_have_count(0)
    assert "f=" not in page.url


def test_a_click_tells_in_words_what_is_there(page, house, shot):
    page.goto(at(house, 18))
    wait_for_map(page)
    box = page.locator("#map").bounding_box()

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(page.locator("#info h3")).to_have_text(f"{house['street']} {house['number']}")
    expect(page.locator("#info")).to_contain_text("Numer porządkowy")
    expect(page.locator("#info summary").first).to_be_visible()
    shot(page, "information")


def test_enter_on_the_map_tells_what_lies_at_its_centre(page, house):
    page.goto(at(house, 18))
    wait_for_map(page)

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#map canvas")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#info h3")).to_have_text(f"{house['street']} {house['number']}")
    expect(page.locator("#crosshair")).to_be_visible()


def test_arrows_move_the_map_and_the_address_follows(page, house):
    page.goto(at(house))
    wait_for_map(page)
    before = centre(page)

    page.locator("#map canvas").focus()
    page.keyboard.press("ArrowRight")

    expect(page).not_to_have_url(re.compile(re.escape(f"/{before[0]:.6f}")))
    wait_for_map(page)
    assert centre(page)[0] > before[0]


def test_a_layer_that_is_off_stays_off_in_the_link(page, house, new_page):
    page.goto(at(house))
    wait_for_map(page)

    page.locator("input[name=layer][value=parcels]").uncheck()
    wait_for_map(page)

    assert drawn(page, "parcels") == 0
    again = new_page()
    again.goto(page.url)
    wait_for_map(again)
    expect(again.locator("input[name=layer][value=parcels]")).not_to_be_checked()
    assert drawn(again, "parcels") == 0
    assert drawn(again, "addresses") > 0


def test_a_layer_that_is_elsewhere_says_so_and_its_button_leads_there_by_keyboard(page):
    # Beside the town.
    page.goto("/#map=15/50.0600/18.7000&off=districts")
    wait_for_map(page)
    layer = page.locator('[data-layer="districts"]')
    expect(layer).to_contain_text("poza widokiem")

    layer.get_by_role("button", name="Przejdź do warstwy: Obręby ewidencyjne").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#map-message")).to_have_text("Mapa pokazuje: Obręby ewidencyjne.")
    expect(layer.locator('[data-hint="aside"]')).to_be_hidden()
    expect(layer.get_by_role("checkbox")).to_be_checked()
    wait_for_map(page)
    assert drawn(page, "districts") > 0


def test_a_layer_of_small_things_is_shown_as_near_as_it_is_drawn(page):
    page.goto("/")
    wait_for_map(page)

    page.get_by_role("button", name="Przejdź do warstwy: Działki ewidencyjne").click()

    expect(page.locator('[data-layer="parcels"] [data-hint="far"]')).to_be_hidden()
    wait_for_map(page)
    assert drawn(page, "parcels") > 0


def test_a_district_is_named_once(page):
    page.goto("/#map=14.6/50.1700/18.9000")
    wait_for_map(page)

    names = page.evaluate(
        """() => document.getElementById("map").libre.queryRenderedFeatures()
            .filter(f => f.source === "districts" && f.layer.type === "symbol").map(f => f.properties.nazwa)"""
    )

    assert names
    assert len(names) == len(set(names))


def test_an_orthophoto_comes_below_the_names_and_goes_again(page, house, shot):
    page.goto(at(house, 16.5))
    wait_for_map(page)
    switch = page.locator("#grounds input[value^=ortho]").last

    with page.expect_response(re.compile(r"/tiles/ortho-")) as response:
        switch.check(force=True)
    wait_for_map(page)

    assert response.value.ok
    expect(page).to_have_url(re.compile(r"ortho=ortho-"))
    assert drawn(page, "streets") > 0
    shot(page, "orthophoto")

    page.locator("#grounds input[value='']").check(force=True)
    expect(page).not_to_have_url(re.compile(r"ortho="))


def test_the_other_language_keeps_the_place(page, house):
    page.goto(at(house))
    wait_for_map(page)

    page.get_by_role("link", name="EN").click()
    wait_for_map(page)

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Layers")).to_be_visible()
    lng, lat = centre(page)
    assert (round(lng, 4), round(lat, 4)) == (round(house["lng"], 4), round(house["lat"], 4))


def test_a_link_to_an_object_opens_it(page, house):
    page.goto(f"/#f=addresses/{house['id']}")
    wait_for_map(page)

    expect(page.locator("#info h3")).to_have_text(f"{house['street']} {house['number']}")
    lng, lat = centre(page)
    assert abs(lng - house["lng"]) < 0.001
    assert abs(lat - house["lat"]) < 0.001


def test_a_phone_shows_the_map_and_brings_words_from_below(new_page, house, shot):
    page = new_page(viewport={"width": 412, "height": 823}, has_touch=True, is_mobile=True)
    page.goto(at(house, 18))
    wait_for_map(page)
    shot(page, "phone")
    # The notice is in the sheet, which is closed.
    expect(page.locator("#sheet-handle .tag")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 412

    page.locator("#sheet-handle").click()
    expect(page.get_by_role("heading", name="Warstwy")).to_be_visible()
    page.locator("#sheet-handle").click()
    expect(page.get_by_role("heading", name="Warstwy")).to_be_hidden()
    page.touchscreen.tap(206, 440)

    expect(page.locator("#info h3")).to_be_visible()
    shot(page, "phone-information")


@pytest.mark.parametrize("touch", [True, False])
def test_the_sheet_follows_a_drag_and_the_next_tap_counts(new_page, touch):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=touch, is_mobile=touch)
    page.goto("/")
    wait_for_map(page)
    box = page.locator("#sheet-handle").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 20

    if touch:
        finger = page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x, "y": y - 90}]),
            ("touchEnd", []),
        ):
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    else:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - 40)
        page.mouse.up()
    expect(page.locator("#sheet")).to_have_attribute("data-stop", "half")
    page.locator("#sheet-handle").click()

    expect(page.locator("#sheet")).to_have_attribute("data-stop", "peek")


def test_at_night_the_map_is_dark(new_page, house, shot):
    page = new_page(color_scheme="dark")
    page.goto(at(house, 16))
    wait_for_map(page)

    assert page.evaluate("document.getElementById('map').libre.getStyle().metadata['geo:theme']") == "dark"
    shot(page, "dark")


def test_my_position_is_shown_and_a_place_outside_is_said_so(new_page, house):
    page = new_page(geolocation={"longitude": house["lng"], "latitude": house["lat"]}, permissions=["geolocation"])
    page.goto("/")
    wait_for_map(page)

    page.get_by_role("button", name="Pokaż, gdzie jestem").click()
    expect(page.locator("#map-message")).to_contain_text("Jesteś tutaj")
    page.context.set_geolocation({"longitude": 0, "latitude": 0})
    page.get_by_role("button", name="Pokaż, gdzie jestem").click()

    expect(page.locator("#map-message")).to_contain_text("poza obszarem")
