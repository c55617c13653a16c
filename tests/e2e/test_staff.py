"""Staff in a real browser: the first sign-in by keyboard alone, and pages that axe has nothing against."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.test_map_for_everybody import AXE, RULES

OWN = "trzy białe konie idą"


@pytest.fixture(scope="module")
def made_up(geoportal):
    """The password that the command line made for the account `anna.nowak`, an administrator."""
    said = geoportal.geo(
        "accounts", "add", "anna.nowak", "--name", "Anna Nowak", "--email", "anna@town.example", "--role", "admin"
    )
    assert said.returncode == 0, said.stderr
    return re.search(r"tylko teraz: (\S+)", said.stdout)[1]


def test_the_first_sign_in_by_keyboard_leads_to_a_password_of_ones_own(new_page, made_up, shot):
    page = new_page(viewport={"width": 412, "height": 823})
    page.goto("/staff/accounts?lang=pl")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaloguj")
    shot(page, "staff-sign-in")

    page.get_by_label("Login").focus()
    page.keyboard.type("anna.nowak")
    page.keyboard.press("Tab")
    page.keyboard.type(made_up)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zmień hasło")
    for words in (made_up, OWN, OWN):
        page.keyboard.press("Tab") if words is not made_up else page.get_by_label("Obecne hasło").focus()
        page.keyboard.type(words)
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Hasło zmieniono")
    expect(page.get_by_role("link", name="Konta")).to_be_visible()


@pytest.mark.usefixtures("made_up")
def test_axe_finds_nothing_to_mend_in_the_pages_of_staff(new_page, shot, geoportal):
    page = new_page(color_scheme="dark", viewport={"width": 412, "height": 823}, bypass_csp=True)
    found = []
    page.goto("/staff")
    page.get_by_label("Login").fill("anna.nowak")
    page.get_by_label("Hasło").fill(OWN)
    page.get_by_role("button", name="Zaloguj").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Moja praca")

    for path in ("", "/password", "/sessions", "/accounts", "/accounts/anna.nowak", "/audit", "/mail?lang=en"):
        page.goto(f"/staff{path}")
        page.add_script_tag(path=AXE)
        violations = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", RULES)
        found += [(path, v["id"], [n["target"] for n in v["nodes"]][:3]) for v in violations]
        shot(page, f"staff{path.replace('/', '-').partition('?')[0]}")
    page.goto("/staff?lang=en")
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    assert found == []
    assert geoportal.geo("accounts", "disable", "anna.nowak").returncode == 0
