"""The doors of moderators: the queue, and one report with all that may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo import wording
from geo.auth import Role, audit, needs, signed_in
from geo.auth.desk import Desk, deeds, number_of, signpost
from geo.auth.gate import STAFF
from geo.auth.model import Account
from geo.db import Connection
from geo.deps import Deps
from geo.errors import BadRequest, GeoError
from geo.http import language_of
from geo.http.proxies import base_url
from geo.reports import categories, forms, history, moves, public, service, store, waiting
from geo.reports.categories import Categories
from geo.reports.model import Qualification, ReportNotFound, Status
from geo.reports.moves import Actor
from geo.reports.waiting import Filter
from geo.texts import Text

PAGE = 50
TEMPLATES = Path(__file__).parent / "templates"
_DEEDS = {
    "report.read": Text("read a report"),
    "report.contact": Text("read who sent a report"),
    "report.moved": Text("moved a report"),
    "report.corrected": Text("corrected a report"),
    "report.assigned": Text("took a report"),
}
_DONE = {
    "moved": Text("The report is moved."),
    "corrected": Text("The report is corrected."),
    "assigned": Text("The report is yours."),
}
# What waits for a moderator.
_WAITING = (Status.NEW, Status.INCOMPLETE, Status.REOPENED)


def blueprint(deps: Deps) -> Blueprint:
    """`/staff/reports`.

    Raises:
        Misconfigured: config/categories.yaml is wrong.
    """
    rules = categories.read(deps.settings.config_dir, deps.registry)
    desk, door = Desk(deps, TEMPLATES, _DONE), Blueprint("report_desk", __name__, url_prefix=STAFF)
    readers = (Role.MODERATOR, Role.REGISTRY_CLERK)
    read, work = needs(*readers), needs(Role.MODERATOR)
    signpost(door, "/reports", Text("Reports"), *readers)
    deeds(door, _DEEDS)
    door.add_url_rule("/reports", "queue", read(lambda: queue(desk, rules)))
    door.add_url_rule("/reports/<int:number>", "report", read(lambda number: report(desk, rules, number)))
    door.add_url_rule(
        "/reports/<int:number>", "change", work(lambda number: change(desk, rules, number)), methods=["POST"]
    )
    door.add_url_rule(
        "/reports/<int:number>/contact",
        "contact",
        work(lambda number: report(desk, rules, number, with_contact=True)),
        methods=["POST"],
    )
    return door


def queue(desk: Desk, rules: Categories) -> Response:
    """What waits, or what a filter asks for; the newest first."""
    current, language, asked = signed_in(), language_of(request), request.args
    state = asked.get("state", "waiting")
    wanted = Filter(
        statuses=_WAITING if state == "waiting" else [Status(state)] if state in set(Status) else None,
        category=asked.get("category") or None,
        assigned_to=current.account.id if asked.get("mine") else None,
        late=bool(asked.get("late")),
        before=number_of(asked.get("before", "")),
    )
    with desk.deps.database.transaction() as connection:
        found, counts = waiting.queue(connection, wanted, PAGE + 1), waiting.counts(connection)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return desk.page(
        "staff_reports.html",
        current,
        reports=found[:PAGE],
        more=more,
        rules=rules,
        counts=counts,
        waiting=sum(counts.get(status, 0) for status in _WAITING),
        state=state,
        asked=asked,
        statuses=list(Status),
        category_title=lambda word: public.category_title(rules, word, language),
        gets_it=lambda line: _gets_it(rules, line.department, line.body, language),
        status_words=lambda status: Status(status).words.say(language),
        day=lambda when: wording.day(when, language),
    )


def report(
    desk: Desk, rules: Categories, number: int, error: GeoError | None = None, *, with_contact: bool = False
) -> Response:
    """One report; who sent it is masked until it is asked for, and both kinds of reading are written down.

    Raises:
        ReportNotFound: there is none of this number.
    """
    current, language = signed_in(), language_of(request)
    with desk.deps.database.transaction() as connection:
        found = store.one(connection, number)
        if found is None:
            raise ReportNotFound
        events, contact = history.events(connection, number), store.contact(connection, number)
        deed = "report.contact" if with_contact and contact else "report.read"
        audit.note(connection, current.account, deed, f"report:{number}")
    return desk.page(
        "staff_report.html",
        current,
        error=error,
        report=found,
        events=events,
        contact=contact[0] if contact and with_contact else None,
        has_contact=contact is not None,
        confirmed=bool(contact and contact[1]),
        may=moves.possible(found.status, Actor.MODERATOR),
        rules=rules,
        qualifications=list(Qualification),
        longest=forms.LONGEST_TEXT,
        category_title=lambda word: public.category_title(rules, word, language),
        gets_it=_gets_it(rules, found.department, found.body, language),
        status_words=lambda status: Status(status).words.say(language),
        day=lambda when: wording.day(when, language),
    )


def change(desk: Desk, rules: Categories, number: int) -> AnyResponse:
    """Do one thing to a report: what the button that was pressed says.

    Raises:
        ReportNotFound: there is none of this number.
    """
    by, verb = signed_in().account, request.form.get("do", "")
    try:
        with desk.deps.database.transaction() as connection:
            done = _VERBS.get(verb, _unknown)(desk, connection, rules, number, by)
            audit.note(connection, by, f"report.{done}", f"report:{number}", {"to": request.form.get("to", "")[:40]})
    except ReportNotFound:
        raise
    except GeoError as error:
        return report(desk, rules, number, error)
    return desk.lead(f"/reports/{number}", done=done)


def _move(desk: Desk, connection: Connection, rules: Categories, number: int, by: Account) -> str:
    try:
        wanted = Status(request.form.get("to", ""))
    except ValueError as exc:
        raise BadRequest(parameter="to", problem=Text("There is no such action.")) from exc
    service.move(
        connection,
        rules,
        number,
        wanted,
        Actor.MODERATOR,
        by,
        reason=request.form.get("reason", "")[: forms.LONGEST_TEXT],
        base_url=base_url(request, desk.deps.settings),
    )
    return "moved"


def _correct(_desk: Desk, connection: Connection, rules: Categories, number: int, by: Account) -> str:
    try:
        qualification = Qualification(request.form.get("qualification", Qualification.SIGNAL))
    except ValueError as exc:
        raise BadRequest(parameter="qualification", problem=Text("There is no such action.")) from exc
    service.correct(
        connection,
        rules,
        number,
        by,
        category=request.form.get("category", ""),
        public_text=request.form.get("public_text", "")[: forms.LONGEST_TEXT],
        qualification=qualification,
    )
    return "corrected"


def _assign(_desk: Desk, connection: Connection, _rules: Categories, number: int, by: Account) -> str:
    service.assign(connection, number, by)
    return "assigned"


def _unknown(_desk: Desk, _connection: Connection, _rules: Categories, _number: int, _by: Account) -> str:
    raise BadRequest(parameter="do", problem=Text("There is no such action."))


_VERBS: dict[str, Callable[[Desk, Connection, Categories, int, Account], str]] = {
    "move": _move,
    "correct": _correct,
    "assign": _assign,
}


def _gets_it(rules: Categories, department: str | None, body: str | None, language: str) -> str:
    """Who a report goes to, in words; what the file does not have any more, as it is kept."""
    known = rules.departments.get(department or "") or rules.bodies.get(body or "")
    return known.title.say(language) if known else department or body or ""
