"""What a report is: its states, what is kept of it, and what of it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import LiteralString
from uuid import UUID

from geo.errors import Conflict, GeoError, NotFound, Refused
from geo.texts import Text


class Status(StrEnum):
    """Where a case stands. What becomes of its letter to the document workflow is another thing (`Delivery`)."""

    UNCONFIRMED = "oczekuje_potwierdzenia"
    NEW = "nowe"
    INCOMPLETE = "do_uzupelnienia"
    VERIFIED = "zweryfikowane"
    HANDED_OVER = "przekazane"
    IN_PROGRESS = "w_realizacji"
    PLANNED = "zaplanowane"
    DONE = "zrealizowane"
    REJECTED = "odrzucone"
    DUPLICATE = "duplikat"
    PASSED_ON = "przekazane_na_zewnatrz"
    NOT_DONE = "bez_naprawy"
    WITHDRAWN = "wycofane"
    REOPENED = "wznowione"

    @property
    def words(self) -> Text:
        """The state in plain words."""
        return Text(_STATUS[self])


_STATUS: dict[str, LiteralString] = {
    "oczekuje_potwierdzenia": "waits for confirmation by e-mail",
    "nowe": "new",
    "do_uzupelnienia": "waits for the reporter's answer",
    "zweryfikowane": "verified",
    "przekazane": "handed over to the department",
    "w_realizacji": "in progress",
    "zaplanowane": "planned",
    "zrealizowane": "done",
    "odrzucone": "rejected",
    "duplikat": "reported before",
    "przekazane_na_zewnatrz": "passed on to another office",
    "bez_naprawy": "will not be repaired",
    "wycofane": "taken back",
    "wznowione": "opened again",
}
# What the public sees, unless staff hide it.
PUBLIC = frozenset(
    {
        Status.VERIFIED,
        Status.HANDED_OVER,
        Status.IN_PROGRESS,
        Status.PLANNED,
        Status.DONE,
        Status.PASSED_ON,
        Status.NOT_DONE,
        Status.REOPENED,
    }
)
CLOSED = frozenset(
    {Status.DONE, Status.REJECTED, Status.DUPLICATE, Status.PASSED_ON, Status.NOT_DONE, Status.WITHDRAWN}
)


class Delivery(StrEnum):
    """What became of the letter to the document workflow; the bridge that takes it moves it on."""

    NONE = "none"
    WAITING = "waiting"

    @property
    def words(self) -> Text:
        """The state in plain words."""
        return Text("not promised") if self is Delivery.NONE else Text("waiting for the document workflow")


class Channel(StrEnum):
    """How a report came in."""

    FORM = "form"
    API = "api"
    OPEN311 = "open311"
    TELEPHONE = "telephone"


class Found(StrEnum):
    """How the place of a report was said."""

    PIN = "pin"
    HERE = "here"
    ADDRESS = "address"
    PARCEL = "parcel"


class Qualification(StrEnum):
    """What a report is in law; a clerk says so (KPA, dział VIII)."""

    SIGNAL = "sygnal"
    REQUEST = "wniosek"
    COMPLAINT = "skarga"
    PETITION = "petycja"

    @property
    def words(self) -> Text:
        """The kind in words."""
        return Text(_QUALIFICATION[self])


_QUALIFICATION: dict[str, LiteralString] = {
    "sygnal": "signal",
    "wniosek": "request (wniosek)",
    "skarga": "complaint (skarga)",
    "petycja": "petition (petycja)",
}


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report-not-found"


class OtherContent(Conflict):
    """A report with this key came before with other content. Nothing was changed; make a new key to send this one."""

    code = "other-content"


class IllegalMove(Conflict):
    """A report that is '{status}' cannot be made '{wanted}' by you. Look again at its present state."""

    code = "illegal-move"


class ReasonNeeded(Refused):
    """Say why: a report is made '{wanted}' only with a reason."""

    code = "reason-needed"


class OutsideBoundary(Refused):
    """The place lies outside {town}, so {town} cannot act on it. Turn to the municipality where it lies."""

    code = "outside-boundary"


class Swapped(Refused):
    """Longitude {lng} and latitude {lat} lie elsewhere; exchanged they lie in the municipality. Exchange them."""

    code = "swapped-coordinates"


class TooMany(GeoError):
    """Too many reports came from your network within an hour; try again later. Danger to life: call 112."""

    code = "too-many-reports"
    status = 429


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What our layers say of a place; None where they say nothing."""

    address: str | None = None
    parcel: str | None = None
    area: str | None = None
    street: str | None = None
    # The road's category decides, its manager is said.
    road: str | None = None
    road_manager: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Who sent a report: personal data, which stands in a table of its own and expires."""

    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def anonymous(self) -> bool:
        """Whether nobody can be answered."""
        return not (self.email or self.phone)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands now; degrees WGS 84, times with their zone."""

    id: int
    uuid: UUID
    status: Status
    category: str
    description: str
    lng: float
    lat: float
    around: Surroundings
    channel: Channel
    language: str
    received_at: datetime
    status_at: datetime
    due_on: date | None
    closed_at: datetime | None
    hidden: bool
    department: str | None
    body: str | None
    qualification: Qualification
    delivery: Delivery
    assigned_to: int | None
    duplicate_of: int | None
    # The description as everybody reads it.
    public_text: str
    # Why it goes where it goes, for staff.
    route: str

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.status in PUBLIC and not self.hidden
