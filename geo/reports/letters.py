"""What is written to reporters and to moderators on duty, in the language in which a report came."""

from __future__ import annotations

from geo.auth import store as accounts
from geo.auth.model import Role
from geo.db import Connection
from geo.mail import Letter, promise
from geo.reports import history, store
from geo.reports.model import Report, Status
from geo.texts import Text

TRACK = "/zgloszenia/moje/"
CONFIRM = "/zgloszenia/potwierdz/"


def to_confirm(
    connection: Connection, number: int, email: str, confirmation: str, language: str, base_url: str
) -> None:
    """Ask whether the address is the reporter's; until then nothing else is written to it."""
    body = Text(
        "Somebody, most likely you, has sent us report {number} and given this address.\n\n"
        "Confirm it, and we answer here:\n{link}\n\n"
        "If it was not you, do nothing: nothing more is sent to this address.",
        number=number,
        link=f"{base_url}{CONFIRM}{confirmation}",
    )
    subject = Text("Confirm your report {number}", number=number)
    promise(
        connection,
        Letter(f"report:{number}:confirm", email, subject.say(language), body.say(language), language),
    )


def to_duty(connection: Connection, number: int, category: str, place: str, base_url: str) -> None:
    """Tell every moderator at once; no personal data is in it."""
    subject = Text("Urgent report {number}: {category}", number=number, category=category)
    body = Text(
        "A report came in that cannot wait.\n\n{category}, {place}\n\n{link}",
        category=category,
        place=place,
        link=f"{base_url}/staff/reports/{number}",
    )
    for account in accounts.accounts(connection):
        if account.disabled_at is None and Role.MODERATOR in account.roles:
            key = f"report:{number}:urgent:{account.id}"
            promise(connection, Letter(key, account.email, subject.say("pl"), body.say("pl"), "pl"))


def of_move(connection: Connection, report: Report, wanted: Status, reason: str, base_url: str) -> None:
    """Tell the reporter, if they confirmed an address, that the report has come to another state."""
    known = store.contact(connection, report.id)
    if known is None or not known[1] or not known[0].email:
        return
    language, link = report.language, f"{base_url}{TRACK}{store.tracking(connection, report.id)}"
    subject = Text("Report {number}: {status}", number=report.id, status=wanted.words)
    body = Text("Your report {number} is now: {status}.\n\n", number=report.id, status=wanted.words).say(language)
    if reason:
        body += Text("What we say about it:\n{reason}\n\n", reason=reason).say(language)
    body += Text("All that happened to it:\n{link}", link=link).say(language)
    key = f"report:{report.id}:status:{history.newest_event(connection, report.id)}"
    promise(connection, Letter(key, known[0].email, subject.say(language), body, language))
