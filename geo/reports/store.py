"""Queries of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geo.db import Connection
from geo.mail import store as mail
from geo.reports.forms import Submission
from geo.reports.model import Channel, Contact, Delivery, Qualification, Report, Status, Surroundings

_COLUMNS = sql.SQL(
    "id, uuid, status, category, description, ST_X(geom) AS lng, ST_Y(geom) AS lat, around, channel, language,"
    " received_at, status_at, due_on, closed_at, hidden, department, body, qualification, delivery, assigned_to,"
    " duplicate_of, public_text, route"
)
_POINT = "ST_SetSRID(ST_MakePoint(%(lng)s, %(lat)s), 4326)"
# To a corner of a grid of so many metres (PL-1992), where a category hides the exact place.
_PUBLIC_POINT = (
    f"CASE WHEN %(grid_m)s::float8 IS NULL THEN {_POINT}"
    f" ELSE ST_Transform(ST_SnapToGrid(ST_Transform({_POINT}, 2180), %(grid_m)s::float8), 4326) END"
)


class Received(NamedTuple):
    """What the sender of a report is told, the first time and every other."""

    number: int
    digest: bytes
    tracking: str
    status: Status


def received(connection: Connection, uuid: UUID) -> Received | None:
    """What was answered to the sender of a report."""
    row = connection.execute("SELECT id, digest, tracking, status FROM geo.report WHERE uuid = %s", [uuid]).fetchone()
    return Received(int(row[0]), bytes(row[1]), str(row[2]), Status(row[3])) if row else None


def add(
    connection: Connection,
    sent: Submission,
    around: Surroundings,
    *,
    tracking: str,
    status: Status,
    due_on: date | None,
    grid_m: float | None,
    department: str | None,
    body: str | None,
    route: str,
) -> int | None:
    """A new report's number; None where its uuid is there already, which waits for whoever is adding it."""
    reported = {
        "category": sent.category,
        "lng": sent.lng,
        "lat": sent.lat,
        "found": sent.found,
        "accuracy_m": sent.accuracy_m,
        "age_s": sent.age_s,
        "description": sent.description,
        "answers": [list(answer) for answer in sent.answers],
        "photos": sent.photos,
    }
    row = connection.execute(
        "INSERT INTO geo.report (uuid, digest, tracking, status, category, description, public_text, geom, public_geom,"
        " reported, around, channel, language, due_on, department, body, route) VALUES (%(uuid)s, %(digest)s,"
        f" %(tracking)s, %(status)s, %(category)s, %(description)s, %(description)s, {_POINT}, {_PUBLIC_POINT},"
        " %(reported)s, %(around)s, %(channel)s, %(language)s, %(due_on)s, %(department)s, %(body)s, %(route)s)"
        " ON CONFLICT (uuid) DO NOTHING RETURNING id",
        {
            "uuid": sent.uuid,
            "digest": sent.digest,
            "tracking": tracking,
            "status": status,
            "category": sent.category,
            "description": sent.description,
            "lng": sent.lng,
            "lat": sent.lat,
            "grid_m": grid_m,
            "reported": Jsonb(reported),
            "around": Jsonb(asdict(around)),
            "channel": sent.channel,
            "language": sent.language,
            "due_on": due_on,
            "department": department,
            "body": body,
            "route": route,
        },
    ).fetchone()
    return int(row[0]) if row else None


def add_contact(connection: Connection, number: int, contact: Contact, confirmation: str) -> None:
    """Who sent it."""
    connection.execute(
        "INSERT INTO geo.report_contact (report_id, name, email, phone, confirmation) VALUES (%s, %s, %s, %s, %s)",
        [number, contact.name, contact.email, contact.phone, confirmation],
    )


def contact(connection: Connection, number: int) -> tuple[Contact, bool] | None:
    """Who sent a report, and whether the e-mail address was confirmed; whoever shows it to staff writes that down."""
    row = connection.execute(
        "SELECT name, email, phone, confirmed_at IS NOT NULL FROM geo.report_contact WHERE report_id = %s", [number]
    ).fetchone()
    return (Contact(row[0], row[1], row[2]), bool(row[3])) if row else None


def erase_contacts(
    connection: Connection, category: str, *, closed_for: timedelta, unconfirmed_for: timedelta
) -> list[int]:
    """Remove who sent reports of a category that were closed, or whose address nobody confirmed, for so long.

    The numbers of the reports are returned.

    Letters to them go too: they hold the address.
    """
    rows = connection.execute(
        "DELETE FROM geo.report_contact c USING geo.report r WHERE r.id = c.report_id AND r.category = %s"
        " AND (r.closed_at < now() - %s OR (c.confirmed_at IS NULL AND c.email <> '' AND r.received_at < now() - %s))"
        " RETURNING r.id",
        [category, closed_for, unconfirmed_for],
    ).fetchall()
    numbers = sorted(int(row[0]) for row in rows)
    for number in numbers:
        mail.erase(connection, f"report:{number}:")
    return numbers


def confirm(connection: Connection, confirmation: str) -> int | None:
    """Note that the address of a letter's link is its owner's; the report's number, None where there is none."""
    row = connection.execute(
        "UPDATE geo.report_contact SET confirmed_at = coalesce(confirmed_at, now()) WHERE confirmation = %s"
        " RETURNING report_id",
        [confirmation],
    ).fetchone()
    return int(row[0]) if row else None


def one(connection: Connection, number: int) -> Report | None:
    """A report, locked until the end of the transaction."""
    query = sql.SQL("SELECT {columns} FROM geo.report WHERE id = %s FOR UPDATE").format(columns=_COLUMNS)
    return next(iter(_reports(connection, query, [number])), None)


def tracked(connection: Connection, tracking: str) -> Report | None:
    """The report of a reporter's link, locked until the end of the transaction."""
    query = sql.SQL("SELECT {columns} FROM geo.report WHERE tracking = %s FOR UPDATE").format(columns=_COLUMNS)
    return next(iter(_reports(connection, query, [tracking])), None)


def shift(connection: Connection, number: int, by: timedelta) -> None:
    """Let all that happened to a report have happened so much earlier: the demo town has a past."""
    connection.execute(
        "UPDATE geo.report SET received_at = received_at - %(by)s, status_at = status_at - %(by)s,"
        " verified_at = verified_at - %(by)s, answered_at = answered_at - %(by)s, closed_at = closed_at - %(by)s,"
        " paused_at = paused_at - %(by)s, due_on = (due_on - %(by)s)::date WHERE id = %(id)s",
        {"by": by, "id": number},
    )
    connection.execute("UPDATE geo.report_event SET at = at - %s WHERE report_id = %s", [by, number])


def assign(connection: Connection, number: int, account_id: int | None) -> None:
    """Who works on a report."""
    connection.execute("UPDATE geo.report SET assigned_to = %s WHERE id = %s", [account_id, number])


def correct(
    connection: Connection,
    number: int,
    *,
    category: str,
    public_text: str,
    qualification: Qualification,
    department: str | None,
    body: str | None,
    route: str,
    grid_m: float | None,
) -> None:
    """What a moderator corrected; what was sent stays in `reported`."""
    connection.execute(
        "UPDATE geo.report SET category = %(category)s, public_text = %(text)s, qualification = %(qualification)s,"
        " department = %(department)s, body = %(body)s, route = %(route)s,"
        " public_geom = CASE WHEN %(grid_m)s::float8 IS NULL THEN geom ELSE"
        " ST_Transform(ST_SnapToGrid(ST_Transform(geom, 2180), %(grid_m)s::float8), 4326) END WHERE id = %(id)s",
        {
            "category": category,
            "text": public_text,
            "qualification": qualification,
            "department": department,
            "body": body,
            "route": route,
            "grid_m": grid_m,
            "id": number,
        },
    )


def move(connection: Connection, report: Report, to: Status, *, due_on: date | None, closed: bool) -> None:
    """Bring a report to another state; a state that is closed says since when."""
    connection.execute(
        "UPDATE geo.report SET status = %(to)s, status_at = now(), due_on = %(due_on)s,"
        " closed_at = CASE WHEN %(closed)s THEN now() END,"
        " paused_at = CASE WHEN %(to)s = 'do_uzupelnienia' THEN now() END,"
        " verified_at = CASE WHEN %(to)s = 'zweryfikowane' THEN coalesce(verified_at, now()) ELSE verified_at END,"
        # The first answer is the first move that is ours.
        " answered_at = coalesce(answered_at, CASE WHEN %(to)s NOT IN ('nowe', 'wycofane') THEN now() END)"
        " WHERE id = %(id)s",
        {"to": to, "due_on": due_on, "closed": closed, "id": report.id},
    )


def promise_letter(connection: Connection, number: int) -> None:
    """Its letter to the document workflow waits."""
    connection.execute("UPDATE geo.report SET delivery = 'waiting' WHERE id = %s", [number])


def tracking(connection: Connection, number: int) -> str:
    """What stands in the reporter's link."""
    row = connection.execute("SELECT tracking FROM geo.report WHERE id = %s", [number]).fetchone()
    return str(row[0]) if row else ""


def paused_at(connection: Connection, number: int) -> datetime | None:
    """Since when its clock stands still for the reporter's answer."""
    row = connection.execute("SELECT paused_at FROM geo.report WHERE id = %s", [number]).fetchone()
    return row[0] if row else None


def _reports(connection: Connection, query: sql.Composed, values: Sequence[object]) -> list[Report]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_report(row) for row in cursor.execute(query, values)]


# Any: a row of the table.
def _report(row: Mapping[str, Any]) -> Report:
    return Report(
        **{
            **row,
            "status": Status(row["status"]),
            "around": Surroundings(**row["around"]),
            "channel": Channel(row["channel"]),
            "qualification": Qualification(row["qualification"]),
            "delivery": Delivery(row["delivery"]),
        }
    )
