"""What may come in as a report: read from a form or from JSON, with every problem at once, each at its field."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from geo.auth.model import email_of
from geo.errors import BadRequest, Refused
from geo.reports.categories import Categories
from geo.reports.model import Channel, Contact, Found
from geo.texts import LANGUAGES, SPOKEN, Number, Text

LONGEST_TEXT = 4000
SHORTEST_TEXT = 10
LONGEST_ANSWER = 500
LONGEST_NAME = 120
LONGEST_PHONE = 30
MOST_PHOTOS = 5
# Nobody writes a report in less time, but a program does.
QUICKEST = timedelta(seconds=3)
# A field that people do not see.
TRAP = "website"
_OLDEST_POSITION_S = 7 * 24 * 3600.0
# Controls, surrogates, private signs; and those that turn the direction of what follows.
_NEVER = frozenset({"Cc", "Cs", "Co"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Invalid(Refused):
    """The report is not complete: {problems}"""

    code = "invalid-report"

    def __init__(self, at: Mapping[str, Text]) -> None:
        super().__init__(problems=Text("{fields}", fields=", ".join(at)))
        # By the form's field; what is said there.
        self.at = dict(at)


@dataclass(frozen=True, slots=True)
class Submission:
    """A report as it was sent, checked by itself; degrees WGS 84."""

    uuid: UUID
    category: str
    description: str
    lng: float
    lat: float
    found: Found
    # Of the position, where the device said one: metres, and seconds since it was taken.
    accuracy_m: float | None
    age_s: float | None
    # The question's words are kept with the answer: the file may change later.
    answers: tuple[tuple[str, str], ...]
    contact: Contact
    language: str
    channel: Channel
    photos: int

    @property
    def digest(self) -> bytes:
        """Of the content: the same report sent again has the same."""
        content = {**asdict(self), "uuid": str(self.uuid)}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()


def new_uuid() -> UUID:
    """A random key that says when it was made (UUID version 7, RFC 9562), for the form that the server sends."""
    milliseconds, kept = time.time_ns() // 1_000_000, secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 7 << 76 | (kept >> 62) << 64 | 0b10 << 62 | (kept & ((1 << 62) - 1)))


def is_too_quick(uuid: UUID) -> bool:
    """Whether a form of ours came back sooner than a person could have filled it in."""
    if uuid.version != 7:
        return False
    return 0 <= time.time() - (uuid.int >> 80) / 1000 < QUICKEST.total_seconds()


def read(values: Mapping[str, object], rules: Categories, channel: Channel) -> Submission:
    """A report of what was sent: fields of the form by name, `answer-<question>` among them.

    Raises:
        Invalid: fields are missing or wrong; all of them at once.
    """
    return _Reading(values, rules).submission(channel)


class _Reading:
    """One set of fields; notes what is wrong where, and goes on."""

    def __init__(self, values: Mapping[str, object], rules: Categories) -> None:
        self._values = values
        self._rules = rules
        self._wrong: dict[str, Text] = {}

    def submission(self, channel: Channel) -> Submission:
        category = self._category()
        lng, lat = self._degrees("lng", 180), self._degrees("lat", 90)
        read = Submission(
            uuid=self._uuid(),
            category=category,
            description=self._description(),
            lng=lng,
            lat=lat,
            found=self._found(),
            accuracy_m=self._measure("accuracy_m", 100_000),
            age_s=self._measure("age_s", _OLDEST_POSITION_S),
            answers=tuple(self._answers(category)),
            contact=self._contact(),
            language=self._language(),
            channel=channel,
            photos=int(self._measure("photos", MOST_PHOTOS) or 0),
        )
        if self._line("website", LONGEST_TEXT):
            self._wrong[TRAP] = Text("Leave this field empty: it is there for programs only.")
        elif channel is Channel.FORM and is_too_quick(read.uuid):
            self._wrong["uuid"] = Text("This came within three seconds, as programs send. Send it once more.")
        if self._wrong:
            raise Invalid(self._wrong)
        return read

    def _uuid(self) -> UUID:
        try:
            return UUID(self._line("uuid", 36))
        except ValueError:
            self._wrong["uuid"] = Text("Write a UUID: the key by which a repeat is known.")
            return UUID(int=0)

    def _category(self) -> str:
        category = self._line("category", 40)
        if category not in self._rules.categories:
            self._wrong["category"] = Text("Choose what it is about.")
        return category

    def _description(self) -> str:
        text = _cleaned(str(self._values.get("description", "")))
        if len(text) < SHORTEST_TEXT:
            self._wrong["description"] = Text("Describe it in a few words, {n} letters at least.", n=SHORTEST_TEXT)
        elif len(text) > LONGEST_TEXT:
            problem = Text(
                "It has {count} letters; {n} are the most. Shorten it by {over}.",
                count=len(text),
                n=LONGEST_TEXT,
                over=len(text) - LONGEST_TEXT,
            )
            self._wrong["description"] = problem
        return text

    def _degrees(self, name: str, most: float) -> float:
        degrees = _number(self._values.get(name))
        if degrees is None or not -most <= degrees <= most:
            self._wrong["place"] = Text("Say where it is: by address, parcel, your position or a point on the map.")
            return 0.0
        return degrees

    def _measure(self, name: str, most: float) -> float | None:
        written = self._values.get(name)
        if written is None or written == "":
            return None
        measure = _number(written)
        if measure is None or not 0 <= measure <= most:
            self._wrong[name] = Text("Write a number from 0 to {most}.", most=Number(most))
            return None
        return measure

    def _found(self) -> Found:
        try:
            return Found(self._line("found", 10) or Found.PIN)
        except ValueError:
            self._wrong["found"] = Text("Write one of: {known}.", known=", ".join(Found))
            return Found.PIN

    def _answers(self, category: str) -> Iterator[tuple[str, str]]:
        known = self._rules.categories[category].questions if category in self._rules.categories else {}
        for name, question in known.items():
            field = f"answer-{name}"
            answer = self._line(field, LONGEST_ANSWER)
            if answer and question.options and answer not in question.options:
                self._wrong[field] = Text("Choose one of the answers, or none.")
            elif answer:
                yield question.title.pl, question.options[answer].pl if question.options else answer

    def _contact(self) -> Contact:
        email = self._line("email", 200)
        if email:
            try:
                email = email_of(email)
            except BadRequest:
                self._wrong["email"] = Text("'{value}' is no e-mail address.", value=email[:60])
        return Contact(self._line("name", LONGEST_NAME), email, self._line("phone", LONGEST_PHONE))

    def _language(self) -> str:
        language = self._line("language", 2)
        return language if language in SPOKEN else LANGUAGES[0]

    def _line(self, name: str, longest: int) -> str:
        line = " ".join(_cleaned(str(self._values.get(name, ""))).split())
        if len(line) > longest:
            self._wrong[name] = Text("It is too long: at most {n} letters.", n=longest)
        return line[:longest]


def _number(written: object) -> float | None:
    try:
        value = float(str(written).replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _cleaned(text: str) -> str:
    """Text without control characters, which would reach letters and files; line ends are as one has them here."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(
        sign for sign in whole if sign == "\n" or (unicodedata.category(sign) not in _NEVER and sign not in _TURNING)
    )
