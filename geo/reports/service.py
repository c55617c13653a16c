"""What may be done with reports; one call is one transaction, which the door opens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn

from geo import jobs
from geo.auth.model import Account
from geo.db import Connection, Lend
from geo.errors import BadRequest
from geo.feature import Collection
from geo.reports import clock, history, letters, moves, place, routing, store
from geo.reports.categories import Categories
from geo.reports.forms import Submission
from geo.reports.model import (
    CLOSED,
    OtherContent,
    OutsideBoundary,
    Qualification,
    Report,
    ReportNotFound,
    Status,
    Surroundings,
    Swapped,
    TooMany,
)
from geo.reports.moves import Actor
from geo.reports.store import Received
from geo.texts import Text

# What the bridge to the document workflow takes; until there is one, it waits in a queue that nobody serves.
VERIFIED_JOB = "report.verified"
EOD_QUEUE = "eod"
# From one network within an hour.
MOST_REPORTS = 20
_HOUR = timedelta(hours=1)
# An address that nobody confirmed by then is of no use, and perhaps somebody else's.
_UNCONFIRMED = timedelta(days=30)
_SUBMITTING = "report"


def look(
    lend: Lend, collections: Mapping[str, Collection], rules: Categories, town: str, lng: float, lat: float
) -> Surroundings:
    """What our layers say of a place (degrees, WGS 84), which lies in the municipality; asked as the public may.

    Raises:
        Swapped: it would lie there with its coordinates exchanged.
        OutsideBoundary: it does not.
    """
    with lend() as connection:
        if place.is_inside(connection, collections, rules.place, lng, lat):
            return place.around(connection, collections, rules.place, lng, lat)
        if abs(lng) <= 90 and place.is_inside(connection, collections, rules.place, lat, lng):
            raise Swapped(lng=f"{lng:.5f}", lat=f"{lat:.5f}")
        raise OutsideBoundary(town=town)


def repeated(connection: Connection, sent: Submission) -> Received | None:
    """What was answered to this report before; None where it is new.

    Raises:
        OtherContent: its uuid came with other content.
    """
    known = store.received(connection, sent.uuid)
    if known is not None and known.digest != sent.digest:
        raise OtherContent
    return known


def submit(
    connection: Connection, rules: Categories, sent: Submission, around: Surroundings, network: str, base_url: str
) -> Received:
    """Receive a report; the same sent again, or ten times at once, is one report with one answer.

    Raises:
        OtherContent: its uuid came with other content.
        TooMany: so many came from this network lately.
    """
    if known := repeated(connection, sent):
        return known
    if history.count(connection, _SUBMITTING, network, _HOUR) >= MOST_REPORTS:
        raise TooMany
    category, found = rules.categories[sent.category], routing.route(rules, sent.category, around)
    # Danger does not wait until somebody reads their mail.
    waits = bool(sent.contact.email) and not category.urgent
    status = Status.UNCONFIRMED if waits else Status.NEW
    number = store.add(
        connection,
        sent,
        around,
        tracking=secrets.token_urlsafe(24),
        status=status,
        due_on=None if waits else clock.after(datetime.now(UTC), category.due_working_days, rules.country),
        grid_m=category.public_place_m,
        department=found.department,
        body=found.body,
        route=routing.explained(rules, found, sent.category, around, "pl"),
    )
    if number is None:
        # Somebody sent the same meanwhile, and their transaction has ended.
        return repeated(connection, sent) or _gone()
    history.note_use(connection, _SUBMITTING, network)
    history.add_event(connection, number, Actor.REPORTER, "received", after=status)
    if sent.contact.name or not sent.contact.anonymous:
        confirmation = secrets.token_urlsafe(24)
        store.add_contact(connection, number, sent.contact, confirmation)
        if sent.contact.email:
            letters.to_confirm(connection, number, sent.contact.email, confirmation, sent.language, base_url)
    if category.urgent:
        letters.to_duty(connection, number, category.title.pl, around.address or around.street or "", base_url)
    return store.received(connection, sent.uuid) or _gone()


def confirm(connection: Connection, rules: Categories, confirmation: str, base_url: str) -> Report:
    """Take the e-mail address of a link as its owner's; the report goes to the moderators, if it waited for that.

    Raises:
        ReportNotFound: the link is of no report.
    """
    number = store.confirm(connection, confirmation)
    if number is None:
        raise ReportNotFound
    report = store.one(connection, number) or _gone()
    if report.status is Status.UNCONFIRMED:
        return move(connection, rules, number, Status.NEW, Actor.REPORTER, None, base_url=base_url)
    return report


def move(
    connection: Connection,
    rules: Categories,
    number: int,
    wanted: Status,
    actor: Actor,
    by: Account | None,
    *,
    reason: str = "",
    base_url: str,
) -> Report:
    """Bring a report to another state, as the table permits; what follows is promised in the same transaction.

    Raises:
        ReportNotFound: there is none of this number.
        IllegalMove: the table does not permit it.
        ReasonNeeded: it takes a reason.
    """
    report = store.one(connection, number)
    if report is None:
        raise ReportNotFound
    step = moves.find(report.status, wanted, actor, reason)
    due_on = _due(connection, rules, report, wanted)
    store.move(connection, report, wanted, due_on=due_on, closed=wanted in CLOSED)
    history.add_event(
        connection,
        number,
        actor,
        "status",
        account_id=by.id if by else None,
        before=report.status,
        after=wanted,
        reason=reason.strip(),
    )
    if wanted is Status.VERIFIED:
        store.promise_letter(connection, number)
        jobs.defer(connection, VERIFIED_JOB, {"report_id": number}, key=f"report:{number}:letter", queue=EOD_QUEUE)
    if step.tells_reporter:
        letters.of_move(connection, report, wanted, reason.strip(), base_url)
    return store.one(connection, number) or _gone()


def correct(
    connection: Connection,
    rules: Categories,
    number: int,
    by: Account,
    *,
    category: str,
    public_text: str,
    qualification: Qualification,
) -> None:
    """Correct a report's category, what everybody reads of it, and what it is in law; it is routed anew.

    Raises:
        ReportNotFound: there is none of this number.
        BadRequest: the category is unknown, or nothing of the text is left.
    """
    report = store.one(connection, number)
    if report is None:
        raise ReportNotFound
    if category not in rules.categories:
        raise BadRequest(parameter="category", problem=Text("Choose what it is about."))
    if not public_text.strip():
        raise BadRequest(parameter="public_text", problem=Text("Something must be left for everybody to read."))
    found = routing.route(rules, category, report.around)
    store.correct(
        connection,
        number,
        category=category,
        public_text=public_text.strip(),
        qualification=qualification,
        department=found.department,
        body=found.body,
        route=routing.explained(rules, found, category, report.around, "pl"),
        grid_m=rules.categories[category].public_place_m,
    )
    changes = (
        ("category", report.category, category),
        ("text", report.public_text, public_text.strip()),
        ("qualification", report.qualification, qualification),
    )
    for kind, before, after in changes:
        if before != after:
            history.add_event(connection, number, Actor.MODERATOR, kind, account_id=by.id, before=before, after=after)


def assign(connection: Connection, number: int, by: Account) -> None:
    """Take a report upon oneself, also from somebody else.

    Raises:
        ReportNotFound: there is none of this number.
    """
    report = store.one(connection, number)
    if report is None:
        raise ReportNotFound
    store.assign(connection, number, by.id)
    history.add_event(connection, number, Actor.MODERATOR, "assigned", account_id=by.id, after=by.login)


def expire(connection: Connection, rules: Categories) -> list[int]:
    """Erase who sent what was closed, or not confirmed, for long enough; every night.

    That it was erased, and why, stays in the report's history. What was counted against abuse is forgotten too. The
    numbers of the reports are returned.
    """
    history.forget_uses(connection, _HOUR)
    erased: list[int] = []
    for name, category in rules.categories.items():
        closed_for = timedelta(days=category.retention.contact_days)
        for number in store.erase_contacts(connection, name, closed_for=closed_for, unconfirmed_for=_UNCONFIRMED):
            reason = f"{closed_for.days} d closed, or {_UNCONFIRMED.days} d unconfirmed"
            history.add_event(connection, number, Actor.LEDGER, "erased", before="contact", reason=reason)
            erased.append(number)
    return erased


def _due(connection: Connection, rules: Categories, report: Report, wanted: Status) -> date | None:
    now = datetime.now(UTC)
    paused = store.paused_at(connection, report.id)
    if report.due_on is not None and paused is not None:
        return clock.later(report.due_on, paused, now, rules.country)
    begins = report.due_on is None or wanted is Status.REOPENED
    category = rules.categories.get(report.category)
    if begins and moves.clock_runs(wanted) and category is not None:
        return clock.after(now, category.due_working_days, rules.country)
    return report.due_on


def _gone() -> NoReturn:
    raise ReportNotFound
