"""The doors of letters: staff see what was promised and what became of it, and send a failed one again."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo import jobs
from geo.auth import Role, audit, needs, signed_in
from geo.auth.desk import Desk, deeds, number_of, signpost
from geo.auth.gate import STAFF
from geo.deps import Deps
from geo.errors import NotFound
from geo.mail import store
from geo.mail.service import JOB
from geo.texts import Text

LETTERS = 100
TEMPLATES = Path(__file__).parent / "templates"
_DEEDS = {"mail.read": Text("read a letter"), "mail.again": Text("let a letter be sent again")}
_DONE = {"mail": Text("The letter is promised again.")}


def blueprint(deps: Deps) -> Blueprint:
    """`/staff/mail`."""
    desk, door = Desk(deps, TEMPLATES, _DONE), Blueprint("mail", __name__, url_prefix=STAFF)
    readers = (Role.MODERATOR, Role.REGISTRY_CLERK, Role.ADMIN)
    ours = needs(*readers)
    deeds(door, _DEEDS)
    signpost(door, "/mail", Text("Letters"), *readers)
    door.add_url_rule("/mail", "mail", ours(lambda: letters(desk)))
    door.add_url_rule("/mail/<int:number>", "letter", ours(lambda number: letter(desk, number)))
    door.add_url_rule("/mail/<int:number>", "again", ours(lambda number: again(desk, number)), methods=["POST"])
    return door


def letters(desk: Desk) -> Response:
    """What was promised, the newest first; to whom only as far as it tells two letters apart."""
    before = number_of(request.args.get("before", ""))
    with desk.deps.database.transaction() as connection:
        found = store.newest(connection, LETTERS + 1, before)
    more = found[LETTERS - 1].id if len(found) > LETTERS else None
    has_server = desk.deps.settings.smtp_url is not None
    return desk.page(
        "letters.html", signed_in(), letters=found[:LETTERS], more=more, masked=masked, has_server=has_server
    )


def letter(desk: Desk, number: int) -> Response:
    """One letter as it was written; that it was read is written down.

    Raises:
        NotFound: there is none of this number.
    """
    current = signed_in()
    with desk.deps.database.transaction() as connection:
        found = store.one(connection, number)
        if found is None:
            raise NotFound
        audit.note(connection, current.account, "mail.read", f"mail:{number}")
    return desk.page("letter.html", current, sent=found)


def again(desk: Desk, number: int) -> AnyResponse:
    """Promise a letter that was not sent once more; one that was sent is not sent twice."""
    with desk.deps.database.transaction() as connection:
        if store.unsent(connection, number) is not None:
            jobs.defer(connection, JOB, {"number": number}, key=f"{JOB}:{number}")
            audit.note(connection, signed_in().account, "mail.again", f"mail:{number}")
    return desk.lead("/mail", done="mail")


def masked(address: str) -> str:
    """An e-mail address that shows where it leads and hides whose it is: `a…@town.example`."""
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"
