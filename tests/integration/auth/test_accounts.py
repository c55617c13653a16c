"""Accounts: made, given roles, closed; what is written down about it; the command line."""

import re
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from geo.auth import commands, service
from geo.auth.model import AccountNotFound, LoginTaken, Role
from geo.errors import BadRequest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(deps):
    """Runs `geo accounts …`; what it said."""

    def run_(*words):
        result = CliRunner().invoke(commands.app(), words, obj=lambda: deps, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run_


def test_the_first_account_comes_from_the_command_line_and_chooses_its_own_password(run, browser, audited):
    said = run("add", "Anna.Nowak", "--name", "Anna Nowak", "--email", "anna@town.example", "--role", "admin")
    password = re.search(r"tylko teraz: (\S+)", said)[1]
    anna, own = browser(), "trzy białe konie idą"

    assert anna.sign_in("anna.nowak", password).status_code == 303
    assert anna.get("/staff/accounts").headers["Location"] == "/staff/password"
    assert anna.send("/staff/password", old=password, password=own, again=own).status_code == 303
    assert anna.get("/staff/accounts").status_code == 200

    assert [entry[:2] for entry in audited()] == [
        ("command line", "account.added"),
        ("anna.nowak", "session.opened"),
        ("anna.nowak", "password.changed"),
    ]
    assert password not in str(audited())


def test_an_administrator_adds_an_account_whose_password_is_shown_once(people, browser):
    admin = browser(people[Role.ADMIN])
    fields = {
        "login": "jan",
        "name": "Jan <b>Kos</b>",
        "email": "jan@town.example",
        "role": ["moderator", "gis_officer"],
    }

    made = admin.send("/staff/accounts", **fields)
    password = re.search(r"<code>([^<]+)</code>", made.text)[1]

    assert browser().sign_in("jan", password).status_code == 303
    listed = admin.get("/staff/accounts").text
    assert "Jan &lt;b&gt;Kos&lt;/b&gt;" in listed
    assert password not in listed
    again = admin.send("/staff/accounts", **fields)
    assert again.status_code == 409
    assert 'value="jan"' in again.text


def test_a_mistake_in_the_form_keeps_what_was_typed(people, browser):
    refused = browser(people[Role.ADMIN]).send(
        "/staff/accounts", login="jan kos", name="Jan Kos", email="jan@town.example", role="moderator"
    )

    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert 'value="jan kos"' in refused.text
    assert re.search(r'value="moderator"\s+checked', refused.text)


def test_a_closed_account_is_out_at_once_and_comes_back_when_it_is_opened(people, browser):
    admin, eve = browser(people[Role.ADMIN]), browser(people[Role.MODERATOR])

    assert admin.send("/staff/accounts/moderator", do="disabled").status_code == 303
    assert eve.get("/staff/sessions").status_code == 303
    assert browser().sign_in("moderator", "trzy białe konie idą").status_code == 422

    assert admin.send("/staff/accounts/moderator", do="enabled").status_code == 303
    assert eve.get("/staff/sessions").status_code == 303, "what was ended stays ended"
    browser("moderator")


def test_changed_roles_count_for_the_next_request(people, browser, audited):
    admin, eve = browser(people[Role.ADMIN]), browser(people[Role.MODERATOR])
    assert eve.get("/staff/audit").status_code == 403

    assert admin.send("/staff/accounts/moderator", do="roles", role=["moderator", "admin"]).status_code == 303

    assert eve.get("/staff/audit").status_code == 200
    assert ("admin", "roles.changed", "account:moderator") in audited()
    assert admin.send("/staff/accounts/moderator", do="roles").status_code == 400
    assert admin.send("/staff/accounts/moderator", do="nothing").status_code == 400
    assert admin.send("/staff/accounts/nobody", do="roles", role="admin").status_code == 404


def test_nobody_locks_themselves_out(people, browser):
    admin = browser(people[Role.ADMIN])

    assert admin.send("/staff/accounts/admin", do="disabled").status_code == 400
    assert admin.send("/staff/accounts/admin", do="roles", role="moderator").status_code == 400

    assert admin.get("/staff/accounts").status_code == 200


def test_a_renewed_password_ends_the_sessions_and_unlocks(people, browser):
    admin, eve = browser(people[Role.ADMIN]), browser(people[Role.MODERATOR])
    for _ in range(5):
        browser().sign_in("moderator", "wrong")

    shown = admin.send("/staff/accounts/moderator", do="renew")
    password = re.search(r"<code>([^<]+)</code>", shown.text)[1]

    assert eve.get("/staff/sessions").status_code == 303
    back = browser()
    assert back.sign_in("moderator", password).status_code == 303
    assert back.get("/staff/sessions").headers["Location"] == "/staff/password"


def test_what_is_written_down_cannot_be_changed_or_removed(people, browser, deps):
    browser(people[Role.ADMIN])

    for statement in ("UPDATE geo.audit SET actor = 'x'", "DELETE FROM geo.audit", "TRUNCATE geo.audit"):
        with pytest.raises(psycopg.errors.RaiseException), deps.database.transaction() as connection:
            connection.execute(statement)


def test_the_audit_page_says_in_words_who_did_what(people, browser, run):
    run("disable", "moderator")
    admin = browser(people[Role.ADMIN])

    page = admin.get("/staff/audit").text

    assert re.search(r"<td>command line</td><td>closed an account</td><td>account:moderator</td>", page)
    assert re.search(r"<td>admin</td><td>signed in</td>", page)


def test_every_action_that_is_written_down_has_words(application):
    written = {
        action
        for path in (ROOT / "geo").rglob("*.py")
        for action in re.findall(r'audit\.note\([^"]*"([a-z.-]+)"', path.read_text(encoding="utf-8"))
    }

    assert len(written) > 10
    assert written - set(application.extensions["geo_staff_deeds"]) == set()


def test_the_audit_page_shows_all_of_it_page_by_page(people, browser, deps):
    admin = browser(people[Role.ADMIN])
    with deps.database.transaction() as connection:
        for number in range(205):
            connection.execute("INSERT INTO geo.audit (actor, action) VALUES ('test', %s)", [f"n.{number}"])

    seen, path = [], "/staff/audit"
    while path:
        page = admin.get(path).text
        seen += re.findall(r"<td>n\.(\d+)</td>", page)
        older = re.search(r'href="(/staff/audit\?before=\d+)"', page)
        path = older[1] if older else None

    assert seen == [str(number) for number in reversed(range(205))]


@pytest.mark.usefixtures("people")
def test_the_command_line_does_what_the_pages_do(run, browser, deps):
    eve = browser("moderator")

    assert "moderator\tThe moderator\tmoderator\totwarte" in run("list")
    assert "gis_officer, moderator" in run("roles", "moderator", "--role", "moderator", "--role", "gis_officer")
    assert "Zakończono 1 sesję" in run("sign-out", "moderator")
    assert eve.get("/staff/sessions").status_code == 303
    run("disable", "moderator")
    assert "zamknięte" in run("list")
    run("enable", "moderator")
    password = run("password", "moderator").split()[-1]
    assert browser().sign_in("moderator", password).status_code == 303
    with deps.database.transaction() as connection:
        with pytest.raises(AccountNotFound):
            service.disable(connection, None, "nobody")
        with pytest.raises(LoginTaken):
            service.add(connection, None, "admin", "A", "a@town.example", ["admin"])
        with pytest.raises(BadRequest):
            service.add(connection, None, "new", "A", "a@town.example", ["mayor"])


def test_what_nobody_needs_any_more_is_forgotten_at_night(people, browser, deps):
    browser(people[Role.MODERATOR])
    browser().sign_in("nobody", "wrong")
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.session SET seen_at = now() - interval '91 days'")
        connection.execute("UPDATE geo.sign_in_attempt SET at = now() - interval '16 minutes'")
        service.forget(connection)
        left = connection.execute(
            "SELECT (SELECT count(*) FROM geo.session), count(*) FROM geo.sign_in_attempt"
        ).fetchone()

    assert left == (0, 0)
