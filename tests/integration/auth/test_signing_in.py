"""Signing in and out, lock-out, forged forms, and sessions that end."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from geo.auth import service
from server import app

OWN = "trzy białe konie idą"


def path_of(response):
    """Where a redirect leads."""
    address = urlsplit(response.headers["Location"])
    return address.path + (f"?{address.query}" if address.query else "")


def test_whoever_signs_in_lands_where_they_wanted_to_go(people, browser):
    anna = browser()

    refused = anna.get("/staff/sessions?lang=en")
    assert (refused.status_code, path_of(refused)) == (303, "/staff?next=/staff/sessions%3Flang%3Den")
    page = anna.get(path_of(refused))
    assert 'name="next" value="/staff/sessions?lang=en"' in page.text
    welcomed = anna.sign_in(people["moderator"], OWN, next="/staff/sessions?lang=en")

    assert (welcomed.status_code, path_of(welcomed)) == (303, "/staff/sessions?lang=en")
    assert "this one" in anna.get("/staff/sessions").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/szukaj", "/staff\n"]
)
def test_nobody_is_led_to_another_host_after_signing_in(elsewhere, people, browser):
    assert path_of(browser().sign_in(people["moderator"], OWN, next=elsewhere)) == "/staff"


def test_the_cookie_is_for_staff_alone_and_out_of_scripts_reach(people, browser, deps, database):
    said = browser().sign_in(people["moderator"], OWN).headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/staff", "SameSite=Lax", "Max-Age=43200"} <= set(said.split("; "))
    assert "Secure" not in said

    public = deps.settings.model_copy(update={"public_url": "https://gis.example/geo"})
    made = app.create(public, deps.registry, database.owner, database.public)
    fields = {"login": people["moderator"], "password": OWN}
    said = made.doors.behind.test_client().post("/staff", data=fields).headers["Set-Cookie"]
    made.doors.tiles.deps.close()
    assert {"Secure", "Path=/geo/staff"} <= set(said.split("; "))


def test_the_database_holds_no_token_that_opens_a_session(people, browser, deps):
    anna = browser(people["moderator"])
    token = anna.client.get_cookie("geo_staff", path="/staff").value

    with deps.database.transaction() as connection:
        (held,) = connection.execute("SELECT encode(token, 'escape') || form_key FROM geo.session").fetchone()

    assert token not in held


def test_a_wrong_password_and_a_strange_login_are_answered_alike(people, browser):
    wrong, strange = browser().sign_in(people["admin"], "wrong"), browser().sign_in("nobody", "wrong")

    assert wrong.status_code == strange.status_code == 422
    assert wrong.text.replace(people["admin"], "nobody") == strange.text
    assert "Set-Cookie" not in wrong.headers


def test_five_failures_lock_a_login_for_a_while_the_right_password_too(people, browser, deps, audited):
    for _ in range(5):
        assert browser().sign_in(people["admin"], "wrong").status_code == 422

    locked = browser().sign_in(people["admin"], OWN)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "900")
    assert "wait 15 minutes" in locked.text
    assert browser().sign_in(people["moderator"], OWN).status_code == 303
    assert audited().count(("command line", "sign-in.failed", "account:admin")) == 5

    with deps.database.transaction() as connection:
        service.enable(connection, None, "admin")
    assert browser().sign_in(people["admin"], OWN).status_code == 303


def test_a_login_that_nobody_has_is_locked_as_well(browser):
    answers = [browser().sign_in("nobody", "wrong").status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_attempts_that_come_at_once_are_counted_one_by_one(people, browser):
    with ThreadPoolExecutor(3) as several:
        answers = list(several.map(lambda _: browser().sign_in(people["admin"], "wrong").status_code, range(12)))

    assert sorted(answers) == [422] * 5 + [429] * 7


def test_one_address_that_tries_many_logins_is_locked(people, browser, monkeypatch):
    monkeypatch.setattr(service, "FAILURES_OF_ADDRESS", 3)
    for number in range(3):
        browser().sign_in(f"somebody{number}", "wrong")

    assert browser().sign_in(people["admin"], OWN).status_code == 429


def test_a_success_forgets_the_failures_before_it(people, browser):
    for _ in range(3):
        for _ in range(4):
            browser().sign_in(people["admin"], "wrong")
        assert browser().sign_in(people["admin"], OWN).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_signs_nobody_in(headers, people, browser):
    refused = browser().sign_in(people["moderator"], OWN, headers=headers)

    assert refused.status_code == 403
    assert "Set-Cookie" not in refused.headers


def test_a_form_without_the_sessions_key_does_nothing(people, browser):
    anna, eve = browser(people["admin"]), browser(people["moderator"])

    for key in ("", "x", eve.key()):
        refused = anna.post("/staff/accounts/moderator", form_key=key, do="disabled")
        assert (refused.status_code, "nothing was done" in refused.text) == (403, True)
    assert anna.client.post("/staff/accounts/moderator", json={"do": "disabled"}).status_code == 403
    assert eve.get("/staff").status_code == 200


def test_signing_out_ends_the_session_not_only_the_cookie(people, browser):
    anna = browser(people["moderator"])
    token = anna.client.get_cookie("geo_staff", path="/staff").value

    left = anna.send("/staff/sign-out")
    assert "geo_staff=;" in left.headers["Set-Cookie"]
    anna.client.set_cookie("geo_staff", token, path="/staff")

    assert anna.get("/staff/sessions").status_code == 303


def test_a_session_ends_when_it_is_idle_and_when_a_day_is_over(people, browser, deps):
    for column, hours in (("seen_at", 2), ("created_at", 12)):
        anna = browser(people["moderator"])
        assert anna.get("/staff/sessions").status_code == 200
        with deps.database.transaction() as connection:
            connection.execute(f"UPDATE geo.session SET {column} = now() - interval '{hours} hours'")
        assert anna.get("/staff/sessions").status_code == 303


def test_a_stolen_cookie_is_ended_from_the_list(people, browser):
    thief, anna = browser(people["moderator"]), browser(people["moderator"])
    page = anna.get("/staff/sessions").text
    number = page.split('name="session" value="')[1].split('"')[0]

    assert anna.send("/staff/sessions", session=number).status_code == 303

    assert thief.get("/staff/sessions").status_code == 303
    assert anna.get("/staff/sessions").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(people, browser, deps):
    anna, eve = browser(people["moderator"]), browser(people["gis_officer"])
    with deps.database.transaction() as connection:
        numbers = [row[0] for row in connection.execute("SELECT id FROM geo.session").fetchall()]

    for number in [*numbers[:1], "x", "9" * 30]:
        assert eve.send("/staff/sessions", session=number).status_code == 303

    assert anna.get("/staff/sessions").status_code == 200


def test_a_new_password_ends_the_other_sessions(people, browser):
    other, anna = browser(people["moderator"]), browser(people["moderator"])
    new = "cztery kare konie biegną"

    for old, first, again in (("wrong", new, new), (OWN, new, "another"), (OWN, "short", "short"), (OWN, OWN, OWN)):
        assert anna.send("/staff/password", old=old, password=first, again=again).status_code == 400
    assert anna.send("/staff/password", old=OWN, password=new, again=new).status_code == 303

    assert other.get("/staff/sessions").status_code == 303
    assert anna.get("/staff/sessions").status_code == 200
    assert browser().sign_in(people["moderator"], new).status_code == 303


def test_pages_of_staff_are_kept_by_nobody_and_open_to_no_other_site(people, browser):
    page = browser(people["admin"]).get("/staff/accounts")

    assert page.headers["Cache-Control"] == "no-store"
    assert "Cookie" in page.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in page.headers
