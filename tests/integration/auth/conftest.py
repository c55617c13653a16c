"""A geoportal with accounts, and browsers that sign in."""

import re

import pytest

from geo.auth import passwords, store
from geo.auth.model import Role
from server import app

OWN = "trzy białe konie idą"
LOGINS = {role: role.replace("_", ".") for role in Role}


class Browser:
    """A browser of somebody's: it keeps cookies, and sends each form with the key that the page holds."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **more):
        return self.client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"}, **more)

    def key(self):
        """The form key of the present session."""
        return re.search(r'name="form_key" value="([^"]*)"', self.get("/staff/password").text)[1]

    def send(self, path, **fields):
        """A form with the key of the session."""
        return self.post(path, form_key=self.key(), **fields)

    def post(self, path, headers=None, **fields):
        asked = {"Accept": "text/html", "Accept-Language": "en", **(headers or {})}
        return self.client.post(path, data=fields, headers=asked)

    def sign_in(self, login, password, **more):
        return self.post("/staff", login=login, password=password, **more)


@pytest.fixture
def application(deps, database):
    """The whole application, on an empty database."""
    made = app.create(deps.settings, deps.registry, database.owner, database.public)
    yield made.doors.behind
    made.doors.tiles.deps.close()


@pytest.fixture(scope="session")
def kept():
    """Everybody's password as it is kept: computed once."""
    return passwords.hashed(OWN)


@pytest.fixture
def people(deps, kept):
    """One account for each role, with a password of their own choice: login by role."""
    with deps.database.transaction() as connection:
        for role in Role:
            account = store.add_account(connection, LOGINS[role], f"The {role}", f"{role}@town.example", [role], kept)
            store.set_password(connection, account.id, kept, must_change=False)
    return LOGINS


@pytest.fixture
def browser(application):
    """Opens a new browser, signed in where a login is given."""

    def open_(login=None):
        new = Browser(application.test_client())
        if login:
            assert new.sign_in(login, OWN).status_code == 303
        return new

    return open_


@pytest.fixture
def audited(deps):
    """What the audit table holds: who, what, to what."""

    def audited_():
        with deps.database.transaction() as connection:
            return connection.execute("SELECT actor, action, subject FROM geo.audit ORDER BY id").fetchall()

    return audited_
