"""From the reporter's letter to the public page: who may what, what is promised, what nobody sees."""

import re
from uuid import uuid4

import psycopg
import pytest

from geo.reports import service

NAME, EMAIL, PHONE = "Jan Nowak-Testowy", "jan.testowy@dom.example", "600 100 200"


@pytest.fixture
def path():
    """The path of an absolute address."""
    return lambda address: re.sub(r"^https?://[^/]+", "", address)


@pytest.fixture
def number(send, report):
    """A report of somebody who gave a contact."""
    return send({**report, "name": NAME, "email": EMAIL, "phone": PHONE}).json["number"]


@pytest.fixture
def moderator(browser, people):
    """A moderator's browser."""
    return browser(people["moderator"])


def link_in(letter):
    return re.search(r"https?://\S+", letter[2])[0]


@pytest.fixture
def confirmed(number, letters, application, path):
    """The same report after the letter's link was followed."""
    client = application.test_client()
    where = path(link_in(letters()[0]))
    assert client.get(where).status_code == 200
    assert client.post(where).status_code == 303
    return number


def move(moderator, number, to, reason=""):
    return moderator.send(f"/staff/reports/{number}", do="move", to=to, reason=reason)


@pytest.mark.usefixtures("number")
def test_a_report_with_an_address_waits_for_its_link_and_following_it_twice_is_harmless(
    letters, application, path, one
):
    assert one("SELECT status, due_on FROM geo.report") == ("oczekuje_potwierdzenia", None)
    where = path(link_in(letters()[0]))

    answers = [application.test_client().post(where).status_code for _ in range(2)]

    assert answers == [303, 303]
    status, due_on = one("SELECT status, due_on FROM geo.report")
    assert status == "nowe"
    assert due_on is not None


def test_a_link_that_is_none_says_so(application):
    for where in ("/zgloszenia/potwierdz/nonsense", "/zgloszenia/moje/nonsense"):
        assert application.test_client().post(where).status_code == 404
    assert application.test_client().get("/zgloszenia/moje/nonsense").status_code == 404


def test_verifying_makes_a_report_public_and_promises_its_letter_in_one_transaction(
    confirmed, moderator, application, one, letters
):
    public = application.test_client()
    assert public.get(f"/zgloszenia/{confirmed}").status_code == 404

    assert move(moderator, confirmed, "zweryfikowane").status_code == 303

    assert public.get(f"/zgloszenia/{confirmed}").status_code == 200
    assert one("SELECT status, delivery FROM geo.report") == ("zweryfikowane", "waiting")
    promised = one(
        "SELECT queue_name, status::text, args FROM procrastinate_jobs WHERE task_name = %s", service.VERIFIED_JOB
    )
    assert promised == (service.EOD_QUEUE, "todo", {"report_id": confirmed})
    assert [subject for to, subject, _ in letters() if to == EMAIL][-1] == f"Zgłoszenie {confirmed}: zweryfikowane"


def test_two_who_verify_at_once_promise_one_letter(confirmed, moderator, one):
    move(moderator, confirmed, "zweryfikowane")

    again = move(moderator, confirmed, "zweryfikowane")

    assert again.status_code == 409
    assert one("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", service.VERIFIED_JOB) == (1,)


def test_rejecting_takes_a_reason_which_the_reporter_reads(confirmed, moderator, letters, one):
    without = move(moderator, confirmed, "odrzucone")
    assert without.status_code == 422
    assert one("SELECT status FROM geo.report") == ("nowe",)

    move(moderator, confirmed, "odrzucone", "To nie jest sprawa gminy.")

    assert one("SELECT status FROM geo.report") == ("odrzucone",)
    assert "To nie jest sprawa gminy." in letters()[-1][2]


def test_who_sent_it_is_masked_until_it_is_asked_for_and_asking_is_written_down(confirmed, moderator, audited):
    page = moderator.get(f"/staff/reports/{confirmed}").text
    assert not any(word in page for word in (NAME, EMAIL, PHONE))

    shown = moderator.send(f"/staff/reports/{confirmed}/contact").text

    assert all(word in shown for word in (NAME, EMAIL, PHONE))
    assert ("moderator", "report.read", f"report:{confirmed}") in audited()
    assert ("moderator", "report.contact", f"report:{confirmed}") in audited()


def test_correcting_keeps_what_was_sent_and_routes_anew(confirmed, moderator, one, application):
    moderator.send(
        f"/staff/reports/{confirmed}",
        do="correct",
        category="zielen",
        public_text="Dziura. [usunięto]",
        qualification="wniosek",
    )
    move(moderator, confirmed, "zweryfikowane")

    category, department, kept, text = one(
        "SELECT category, department, reported->>'category', description FROM geo.report"
    )
    assert (category, department, kept) == ("zielen", "srodowisko", "nawierzchnia")
    assert text == "Dziura w jezdni, głęboka na dłoń."
    page = application.test_client().get(f"/zgloszenia/{confirmed}").text
    assert "[usunięto]" in page
    assert "głęboka" not in page


def test_the_queue_shows_case_and_letter_side_by_side_and_filters(confirmed, moderator, send, report):
    send({**report, "uuid": str(uuid4()), "category": "zielen"})
    move(moderator, confirmed, "zweryfikowane")

    everything = moderator.get("/staff/reports?state=all").text
    greenery = moderator.get("/staff/reports?state=all&category=zielen").text

    assert "waiting for the document workflow" in everything
    assert f'/staff/reports/{confirmed}"' in everything
    assert f'/staff/reports/{confirmed}"' not in greenery
    assert moderator.get("/staff/reports?state=nonsense&before=x&category='").status_code == 200


@pytest.mark.usefixtures("confirmed")
def test_the_public_role_cannot_read_who_sent_it_nor_what_is_not_verified(deps):
    with deps.database.public() as connection:
        assert connection.execute("SELECT count(*) FROM published.report").fetchone() == (0,)
        columns = connection.execute("SELECT * FROM published.report LIMIT 0").description
        for table in ("report", "report_contact", "report_event", "rate"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT 1 FROM geo.{table}")

    assert not {"uuid", "tracking", "name", "email", "phone", "reported"} & {column.name for column in columns}


def test_a_place_that_is_not_to_be_exact_is_public_on_a_grid_only(send, report, browser, people, one):
    sent = send({**report, "category": "uwagi"}).json["number"]
    move(browser(people["moderator"]), sent, "zweryfikowane")

    exact, lng, lat = one(
        "SELECT ST_Distance(r.geom::geography, p.geom::geography), ST_X(p.geom), ST_Y(p.geom)"
        " FROM geo.report r JOIN published.report p ON p.number = r.id"
    )

    assert 0 < exact <= 36
    assert (lng, lat) != (report["lng"], report["lat"])


def test_a_question_to_the_reporter_stops_the_clock_and_the_answer_starts_it_again(confirmed, moderator, one):
    due = one("SELECT due_on FROM geo.report")[0]
    move(moderator, confirmed, "do_uzupelnienia", "Przy którym domu?")
    assert one("SELECT paused_at IS NOT NULL FROM geo.report") == (True,)
    # A week passes.
    one("UPDATE geo.report SET paused_at = paused_at - interval '7 days' RETURNING 1")

    move(moderator, confirmed, "nowe")

    later, paused = one("SELECT due_on, paused_at FROM geo.report")
    assert (later - due).days >= 5
    assert paused is None


def test_the_reporter_answers_a_question_on_their_own_page(confirmed, moderator, application, one):
    move(moderator, confirmed, "do_uzupelnienia", "Przy którym domu?")
    client, own = application.test_client(), f"/zgloszenia/moje/{one('SELECT tracking FROM geo.report')[0]}"
    assert "Przy którym domu?" in client.get(own).text

    assert client.post(own, data={"to": "nowe", "reason": " "}).status_code == 422
    assert client.post(own, data={"to": "nowe", "reason": "Przy domu nr 5."}).status_code == 303

    assert one("SELECT status FROM geo.report") == ("nowe",)
    assert "Przy domu nr 5." in moderator.get(f"/staff/reports/{confirmed}").text


@pytest.mark.usefixtures("number")
def test_nobody_passes_over_the_letters_link_by_their_own_page(application, one):
    own = f"/zgloszenia/moje/{one('SELECT tracking FROM geo.report')[0]}"

    assert application.test_client().post(own, data={"to": "nowe", "reason": "Ja."}).status_code == 400

    assert one("SELECT status FROM geo.report") == ("oczekuje_potwierdzenia",)


def test_the_reporter_withdraws_and_reopens_as_the_table_permits(confirmed, moderator, application, one):
    client = application.test_client()
    own = f"/zgloszenia/moje/{one('SELECT tracking FROM geo.report')[0]}"
    for to in ("zweryfikowane", "zrealizowane"):
        assert move(moderator, confirmed, to).status_code == 303

    assert client.post(own, data={"to": "wycofane"}).status_code == 400
    assert client.post(own, data={"to": "wznowione"}).status_code == 422
    assert client.post(own, data={"to": "wznowione", "reason": "Dziura wróciła."}).status_code == 303

    assert one("SELECT status, closed_at FROM geo.report") == ("wznowione", None)
    assert "Dziura wróciła." in client.get(own).text


def test_who_sent_it_is_erased_when_the_case_is_long_closed_and_that_is_written_down(
    confirmed, moderator, deps, rules, one, letters
):
    move(moderator, confirmed, "odrzucone", "Nie nasze.")
    with deps.database.transaction() as connection:
        assert service.expire(connection, rules) == []
    one("UPDATE geo.report SET closed_at = now() - interval '91 days' RETURNING 1")

    with deps.database.transaction() as connection:
        assert service.expire(connection, rules) == [confirmed]

    assert one("SELECT count(*) FROM geo.report_contact") == (0,)
    assert [to for to, _, _ in letters() if to == EMAIL] == []
    kind, before, reason = one("SELECT kind, before, reason FROM geo.report_event ORDER BY id DESC LIMIT 1")
    assert (kind, before) == ("erased", "contact")
    assert reason.startswith("90 d closed")


@pytest.mark.usefixtures("number")
def test_an_address_that_nobody_confirmed_is_erased_after_a_month(deps, rules, one):
    one("UPDATE geo.report SET received_at = now() - interval '31 days' RETURNING 1")

    with deps.database.transaction() as connection:
        assert len(service.expire(connection, rules)) == 1

    assert one("SELECT count(*) FROM geo.report_contact") == (0,)
