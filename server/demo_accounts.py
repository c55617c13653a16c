"""Accounts of the demo town, one for each role, so that staff's pages can be looked at."""

from __future__ import annotations

import psycopg

from geo.auth import Role, service, store
from geo.settings import Settings
from geo.texts import Text
from server.database import Addresses
from server.run import Announce

_HOST = "demo.example"


def make_if_first(settings: Settings, where: Addresses, announce: Announce) -> None:
    """Make them where there is no account yet, and say their random passwords, which nobody can look up later.

    None is made where others than this machine can reach the web server.
    """
    if not settings.wants_demo:
        return
    with psycopg.connect(where.owner) as connection:
        if store.accounts(connection):
            return
        if not settings.is_reached_from_here_alone:
            announce(Text("No demo accounts: others can reach this server. Make your own with 'geo accounts add'."))
            return
        announce(
            Text("Accounts of the demo, shown this once; sign in at {address}:", address=f"{settings.base_url}/staff")
        )
        for role in Role:
            login = role.replace("_", ".")
            name = f"Demo: {role.words.say(settings.language)}"
            _, password = service.add(connection, None, login, name, f"{login}@{_HOST}", [role], must_change=False)
            announce(Text("{login}: password {password}", login=login, password=password))
