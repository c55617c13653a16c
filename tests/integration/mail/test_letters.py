"""Letters: promised with the change, sent once, tried again, and never lost."""

import email
from email.policy import default

import pytest

from geo.deps import Deps
from geo.mail import Letter, promise, service, store
from geo.mail.post import NotSent

LETTER = Letter("report:17:received", "jan@resident.example", "Zgłoszenie 17: przyjęte", "Dzień dobry,\nżółw.\n", "pl")


@pytest.fixture
def promised(deps):
    """Promises the letter; its number."""
    with deps.database.transaction() as connection:
        promise(connection, LETTER)
        return connection.execute("SELECT max(id) FROM geo.mail").fetchone()[0]


@pytest.fixture
def letter_of(deps):
    """A letter as staff see it."""

    def letter_of_(number):
        with deps.database.transaction() as connection:
            return store.one(connection, number)

    return letter_of_


def jobs_waiting(deps: Deps) -> int:
    with deps.database.transaction() as connection:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'"
        return connection.execute(query, [service.JOB]).fetchone()[0]


def test_a_letter_is_promised_with_the_change_or_not_at_all(deps):
    with deps.database.transaction() as connection, connection.transaction(force_rollback=True):
        promise(connection, LETTER)
    assert jobs_waiting(deps) == 0

    for _ in range(2):
        with deps.database.transaction() as connection:
            promise(connection, LETTER)

    assert jobs_waiting(deps) == 1, "the same key is one letter"


def test_a_letter_arrives_as_it_was_written(deps, promised, server, postbox, letter_of):
    ours = deps.settings.model_copy(update={"smtp_url": f"smtp://{server()}"})

    service.send(deps.database, ours, promised)
    service.send(deps.database, ours, promised)

    ((sender, to, content),) = postbox.taken
    read = email.message_from_bytes(content, policy=default)
    assert (sender, to) == (ours.town.publisher.email, ["jan@resident.example"])
    assert (read["Subject"], read["Auto-Submitted"]) == ("Zgłoszenie 17: przyjęte", "auto-generated")
    assert read["From"].addresses[0].display_name == ours.town.publisher.name
    assert read.get_content().splitlines() == LETTER.body.splitlines()
    assert letter_of(promised).sent_at is not None


def test_a_letter_that_was_refused_waits_with_the_servers_words(deps, promised, server, postbox, letter_of):
    ours = deps.settings.model_copy(update={"smtp_url": f"smtp://{server()}"})
    postbox.refusal = "451 greylisted, come again"

    with pytest.raises(NotSent):
        service.send(deps.database, ours, promised)
    assert "greylisted, come again" in letter_of(promised).problem

    postbox.refusal = None
    service.send(deps.database, ours, promised)
    found = letter_of(promised)
    assert (found.tried, found.problem, len(postbox.taken)) == (2, None, 1)


def test_a_server_that_is_away_is_a_problem_not_a_crash(deps, promised, letter_of):
    ours = deps.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})

    with pytest.raises(NotSent):
        service.send(deps.database, ours, promised)

    assert "ConnectionRefusedError" in letter_of(promised).problem


def test_a_repeat_after_a_kill_has_the_same_message_id(deps, promised, server, postbox):
    ours = deps.settings.model_copy(update={"smtp_url": f"smtp://{server()}"})
    for _ in range(2):
        service.send(deps.database, ours, promised)
        with deps.database.transaction() as connection:
            connection.execute("UPDATE geo.mail SET sent_at = NULL")

    first, second = (email.message_from_bytes(content, policy=default) for _, _, content in postbox.taken)
    assert first["Message-ID"] == second["Message-ID"]


def test_the_password_is_given_to_a_server_that_asks_for_it(deps, promised, server, postbox, with_password):
    where = server(**with_password)
    wrong = deps.settings.model_copy(update={"smtp_url": f"smtp://geo:wrong@{where}"})
    right = deps.settings.model_copy(update={"smtp_url": f"smtp://geo:s%40cret@{where}"})

    with pytest.raises(NotSent):
        service.send(deps.database, wrong, promised)
    service.send(deps.database, right, promised)

    assert len(postbox.taken) == 1


def test_without_a_server_letters_lie_in_the_outbox(deps, promised, letter_of):
    service.send(deps.database, deps.settings, promised)

    (file,) = deps.settings.outbox.iterdir()
    read = email.message_from_bytes(file.read_bytes(), policy=default)
    assert file.name == letter_of(promised).file
    assert read["To"] == "jan@resident.example"
    assert "żółw" in read.get_content()


@pytest.mark.usefixtures("promised")
def test_what_was_not_sent_for_long_is_promised_again_for_a_week(deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        service.promise_again(connection)
    assert jobs_waiting(deps) == 1

    with deps.database.transaction() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'todo'")
        connection.execute("UPDATE geo.mail SET promised_at = now() - interval '8 days'")
        service.promise_again(connection)
    assert jobs_waiting(deps) == 0
