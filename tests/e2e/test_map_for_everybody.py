"""The page for those who see no map: without script, without WebGL, by keyboard, with a screen reader."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT, wait_for_map

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


def test_without_script_the_search_leads_to_a_page_for_each_result(new_page, house):
    page = new_page(java_script_enabled=False)
    page.goto("/")

    expect(page.locator("noscript")).to_be_attached()
    page.get_by_role("searchbox").fill(f"{house['street']} {house['number']}")
    page.get_by_role("button", name="Szukaj").click()
    page.get_by_role("link", name=f"{house['street']} {house['number']}", exact=True).first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{house['street']} {house['number']}")
    expect(page.locator("main")).to_contain_text("PL-2000")


def test_without_webgl_the_page_says_so_and_the_search_works(new_page, house):
    page = new_page()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto("/")

    expect(page.locator("#map-message")).to_contain_text("WebGL 2")
    page.get_by_role("combobox").fill(f"{house['street']} {house['number']}")
    page.get_by_role("option").first.click()
    expect(page.locator("#info h3")).to_have_text(f"{house['street']} {house['number']}")


def test_every_stop_of_the_tab_key_can_be_seen(page):
    page.goto("/")
    wait_for_map(page)
    stops = []

    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => {
                    const e = document.activeElement, s = getComputedStyle(e), box = e.closest('.finder-box, label');
                    const seen = s.outlineStyle !== 'none' || (box && getComputedStyle(box).boxShadow !== 'none')
                        || (e.nextElementSibling && getComputedStyle(e.nextElementSibling).outlineStyle !== 'none');
                    const name = e === document.body ? 'BODY' : e.id || e.textContent.trim().slice(0, 30) || e.name;
                    return [name, Boolean(seen)];
                }"""
            )
        )

    names = [name for name, _ in stops]
    assert {"q", "zoom-in", "zoom-out", "locate"} <= set(names)
    assert [name for name, seen in stops if not seen and name != "BODY"] == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 412)])
def test_axe_finds_nothing_to_mend(new_page, house, scheme, width):
    assert AXE.is_file(), "axe-core is not installed: run make web."
    # axe is injected, which the CSP rightly forbids to everybody else.
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 823}, bypass_csp=True)
    found = []

    for address in (
        "/",
        f"/#f=addresses/{house['id']}",
        "/szukaj?q=a",
        f"/obiekt/addresses/{house['id']}",
        "/dane",
        "/dostepnosc",
        "/prywatnosc?lang=en",
        "/ogc?f=html",
        "/ogc/collections/addresses?f=html",
        "/ogc/collections/addresses/items?limit=5&lang=en&f=html",
        f"/ogc/collections/addresses/items/{house['id']}?f=html",
    ):
        page.goto("about:blank")
        page.goto(address)
        if address.startswith("/#"):
            expect(page.locator("#info h3")).to_be_attached()
        if address.startswith(("/#", "/")) and page.locator("#map").count():
            wait_for_map(page)
        page.add_script_tag(path=AXE)
        violations = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", RULES)
        found += [(address, v["id"], [n["target"] for n in v["nodes"]][:3]) for v in violations]

    assert found == []


@pytest.mark.parametrize("how", ["page", "reader"])
def test_letters_of_twice_the_size_are_not_cut(new_page, house, how, shot):
    page = new_page()
    page.goto(f"/#f=addresses/{house['id']}")
    wait_for_map(page)
    expect(page.locator("#info h3")).to_be_visible()

    # The page's own letters; or the reader's, which media queries know too: as large as a quarter of the screen.
    if how == "page":
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    else:
        page.set_viewport_size({"width": 640, "height": 400})
        page.locator("#sheet-handle").click()

    cut = page.evaluate(
        """() => [...document.querySelectorAll(".panel *")].filter(e => {
            const frame = e.closest(".sheet, .masthead, .finder");
            return frame && e.checkVisibility() && !e.closest(".hidden-text, .finder label")
                && e.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1;
        }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, f"large-letters-{how}")


def test_what_stands_in_the_column_beside_the_map_ends_at_one_edge(page):
    page.goto("/")
    wait_for_map(page)

    edges = [page.locator(f".panel {part}").bounding_box() for part in (".finder-box", ".notice")]

    assert len({round(edge["x"] + edge["width"]) for edge in edges}) == 1


def test_names_of_fields_are_not_broken_on_a_phone(new_page):
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto("/ogc/collections/parcels?f=html")

    broken = "() => [...document.querySelectorAll('td code')].filter(e => e.getClientRects().length > 1).length"
    assert page.locator("td code").count() > 3
    assert page.evaluate(broken) == 0


def test_a_table_wider_than_the_page_scrolls_by_keyboard_in_a_region_with_a_name(page):
    page.goto("/ogc/collections/addresses/items?f=html")
    region = page.get_by_role("region", name="Punkty adresowe")

    region.focus()
    page.keyboard.press("ArrowRight")

    expect(region).to_be_focused()
    assert region.evaluate("e => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX === 'auto'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_results_leave_the_years_of_the_photographs_in_reach(new_page, house, shot):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/")
    wait_for_map(page)

    page.get_by_role("combobox").fill(str(house["street"]))
    expect(page.get_by_role("option").first).to_be_visible()
    results, grounds = page.locator("#results").bounding_box(), page.locator("#grounds").bounding_box()
    shot(page, "phone-results")

    assert results["y"] + results["height"] <= grounds["y"]
    page.get_by_role("option").first.tap()
    expect(page.locator("#info h3")).to_be_visible()
    # What was found no longer covers the map.
    expect(page.locator("#results")).to_be_hidden()
    expect(page.locator("#search-status")).to_be_empty()
    page.locator("#grounds label").last.tap()
    expect(page.locator("#grounds input").last).to_be_checked()
