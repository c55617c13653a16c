"""Staff see what was promised to whom; reading one is written down."""

import pytest

from geo.auth.model import Role
from geo.mail import Letter, promise, service


@pytest.fixture
def letters(deps):
    """Two letters: one in the outbox, one that could not be sent."""
    with deps.database.transaction() as connection:
        for number in (1, 2):
            promise(connection, Letter(f"k{number}", "jan@resident.example", f"Letter {number}", "Hello <b>", "en"))
        connection.execute("UPDATE geo.mail SET tried = 5, problem = '550 no such user' WHERE id = 2")
    service.send(deps.database, deps.settings, 1)


@pytest.mark.usefixtures("letters")
def test_the_list_hides_who_gets_a_letter_until_it_is_opened(people, browser, audited):
    anna = browser(people[Role.MODERATOR])

    listed = anna.get("/staff/mail").text
    assert "j…@resident.example" in listed
    assert "jan@" not in listed
    assert "550 no such user" in listed
    opened = anna.get("/staff/mail/1").text

    assert "jan@resident.example" in opened
    assert "Hello &lt;b&gt;" in opened
    assert ("moderator", "mail.read", "mail:1") in audited()
    assert anna.get("/staff/mail/99").status_code == 404


@pytest.mark.usefixtures("letters")
def test_a_failed_letter_is_sent_again_and_a_sent_one_is_not(people, browser, deps):
    anna = browser(people[Role.ADMIN])
    with deps.database.transaction() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")

    for number in (1, 2):
        assert anna.send(f"/staff/mail/{number}").status_code == 303

    with deps.database.transaction() as connection:
        promised = connection.execute("SELECT args FROM procrastinate_jobs WHERE status = 'todo'").fetchall()
    assert promised == [({"number": 2},)]
    assert "promised again" in anna.get("/staff/mail?done=mail").text
