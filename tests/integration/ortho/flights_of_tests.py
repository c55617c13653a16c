"""Where the pictures of these tests lie, and what the database knows of one that is promised."""

from geo.ortho import service, store

CORNER = (6_561_000.0, 5_562_000.0)


def quiet(_share, _message):
    """A progress that nobody watches."""


def promised(house, known, file, **options):
    with house.transaction() as connection:
        return service.defer(connection, known, "ortho-2024", file, **options)


def state(house, task_id):
    with house.transaction() as connection:
        return store.task(connection, task_id)


def progress_seen_by_the_public(house):
    with house.public() as connection:
        return connection.execute("SELECT flight, state FROM published.ortho_progress").fetchall()
