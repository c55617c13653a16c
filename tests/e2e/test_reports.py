"""A report from the resident to the public page, without a script and by keyboard; and what axe says of each page."""

import re

import pytest
from playwright.sync_api import expect

from geo.reports import forms
from tests.e2e.test_map_for_everybody import AXE, RULES

TEXT = "Głęboka dziura w jezdni przed szkołą."


@pytest.fixture(scope="module")
def moderator(geoportal):
    """The login and the password of a moderator."""
    said = geoportal.geo(
        "accounts", "add", "mod.test", "--name", "Mod Test", "--email", "mod@town.example", "--role", "moderator"
    )
    assert said.returncode == 0, said.stderr
    return "mod.test", re.search(r"tylko teraz: (\S+)", said.stdout)[1]


def tab_to(page, element):
    """Press Tab until an element has the focus."""
    for _ in range(80):
        if element.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not reach it")


def test_a_report_is_sent_by_keyboard_alone_and_without_a_script_and_becomes_public(new_page, moderator, shot):
    page = new_page(java_script_enabled=False, viewport={"width": 412, "height": 823})
    page.goto("/zgloszenia/nowe?lang=pl")
    shot(page, "report-form-phone")
    page.get_by_label("Adres, ulica lub działka").focus()
    page.keyboard.type("Rynek 1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_checked()
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("radiogroup", name="2. Czego dotyczy").get_by_role("radio").first)
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Uszkodzenie nawierzchni drogi lub chodnika")).to_be_checked()
    tab_to(page, page.get_by_label(re.compile("^Opis")))
    page.keyboard.type(TEXT)
    tab_to(page, page.get_by_role("button", name="Wyślij zgłoszenie"))
    # Who writes quicker than a person is held back.
    page.wait_for_timeout(forms.QUICKEST.total_seconds() * 1000)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("nowe")
    number = re.search(r"\d+", page.get_by_role("heading", level=1).inner_text())[0]
    own = page.url

    staff = new_page()
    staff.goto(f"/staff/reports/{number}?lang=pl")
    staff.get_by_label("Login").fill(moderator[0])
    staff.get_by_label("Hasło").fill(moderator[1])
    staff.get_by_role("button", name="Zaloguj").click()
    staff.get_by_label("Obecne hasło").fill(moderator[1])
    staff.get_by_label("Nowe hasło", exact=True).fill("cztery szare gęsi lecą")
    staff.get_by_label(re.compile("jeszcze raz")).fill("cztery szare gęsi lecą")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("status")).to_contain_text("Hasło zmieniono")
    staff.goto("/staff/reports?lang=pl")
    shot(staff, "report-queue")
    staff.get_by_role("link", name=number, exact=True).click()
    shot(staff, "report-staff")
    staff.get_by_role("button", name="zweryfikowane").click()
    expect(staff.get_by_text("czeka na obieg dokumentów")).to_be_visible()

    page.goto(own)
    expect(page.get_by_role("status")).to_contain_text("zweryfikowane")
    page.goto(f"/zgloszenia/{number}?lang=pl")
    expect(page.get_by_text(TEXT)).to_be_visible()
    shot(page, "report-public")


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_pages_of_reporters(new_page, language, scheme, shot):
    page = new_page(color_scheme=scheme, viewport={"width": 412, "height": 823}, bypass_csp=True)
    found = []

    def look(name):
        page.add_script_tag(path=AXE)
        violations = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", RULES)
        found.extend((name, v["id"], [n["target"] for n in v["nodes"]][:3]) for v in violations)
        shot(page, f"report-{name}-{language}-{scheme}")

    page.goto(f"/zgloszenia/nowe?lang={language}")
    look("form")
    page.locator("#q").fill("Rynek")
    page.locator("button[value=find]").click()
    page.locator("input[name=category]").nth(2).check()
    look("found")
    page.goto(f"/zgloszenia?lang={language}")
    look("list")
    page.goto(f"/zgloszenia/potwierdz/none?lang={language}")
    look("confirm")

    assert found == []
