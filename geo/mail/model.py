"""What a letter is, as it is promised and as it stands in the list of staff."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Letter(NamedTuple):
    """Plain text to one person; `key` says what it is about, and the same key is one letter."""

    key: str
    recipient: str
    subject: str
    body: str
    language: str


class Sent(NamedTuple):
    """A letter as it was promised, and what became of it; times have their zone."""

    id: int
    letter: Letter
    promised_at: datetime
    tried: int
    problem: str | None
    sent_at: datetime | None
    # Its file in the outbox, where no server is configured.
    file: str | None
