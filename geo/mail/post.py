"""How a letter leaves: by an SMTP server, or as a file into the outbox where none is configured."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from geo.mail.model import Letter
from geo.settings import Settings

# Of each step of the conversation.
TIMEOUT_S = 20.0
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """The server did not take a letter; its words, which staff read."""


def message(letter: Letter, settings: Settings, promised_at: datetime) -> EmailMessage:
    """A letter as it travels. Sent again it has the same Message-ID, by which mailboxes know a repeat."""
    publisher = settings.town.publisher
    host = publisher.email.partition("@")[2]
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(publisher.name, addr_spec=settings.mail_from or publisher.email)
    made["To"] = Address(addr_spec=letter.recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(promised_at)
    made["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{host}>"
    made["Content-Language"] = letter.language
    # Out-of-office replies of theirs help nobody (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.body)
    return made


def send(made: EmailMessage, url: str) -> None:
    """Give a message to the server at `smtp://user:password@host:587` (STARTTLS, if it offers it) or `smtps://…`.

    Raises:
        NotSent: it cannot be reached, or refuses.
    """
    where = urlsplit(url)
    host, port = where.hostname or "localhost", where.port or _PORTS[where.scheme]
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
            if where.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        ) as server:
            server.ehlo()
            if where.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            elif where.scheme == "smtp" and where.username and host not in _HERE:
                raise NotSent("the server offers no STARTTLS, and a password is not sent in the open")
            if where.username:
                server.login(unquote(where.username), unquote(where.password or ""))
            server.send_message(made)
    except (smtplib.SMTPException, OSError) as exc:
        raise NotSent(f"{type(exc).__name__}: {exc}") from exc


def lay(made: EmailMessage, outbox: Path, name: str) -> None:
    """Leave a message as a file, whole or not at all; the same name again replaces it."""
    outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = outbox / f".{name}"
    half.write_bytes(bytes(made))
    half.replace(outbox / name)
