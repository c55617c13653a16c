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
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run make web.")
    # axe is injected, which the CSP rightly forbids to everybody else.
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 823}, bypass_csp=True)
    found = []

    for address in ("/", f"/#f=addresses/{house['id']}", "/szukaj?q=a", "/dane", "/dostepnosc", "/prywatnosc?lang=en"):
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
