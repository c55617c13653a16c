"""The one table of what may happen to a report: from where to where, who may, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from geo.reports.model import IllegalMove, ReasonNeeded, Status

type Open311 = Literal["open", "closed"]


class Actor(StrEnum):
    """Who moves a report."""

    REPORTER = "reporter"
    MODERATOR = "moderator"
    # What the bridge to the document workflow hears from the town hall.
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that may happen."""

    to: Status
    since: frozenset[Status]
    by: frozenset[Actor]
    needs_reason: bool = False
    tells_reporter: bool = True


_S, _A = Status, Actor
_OURS = frozenset({_A.MODERATOR})
_TOWN_HALL = frozenset({_A.MODERATOR, _A.LEDGER})
_REPORTER = frozenset({_A.REPORTER})
_UNSEEN = frozenset({_S.UNCONFIRMED, _S.NEW, _S.INCOMPLETE})
_WORK = frozenset({_S.VERIFIED, _S.HANDED_OVER, _S.IN_PROGRESS, _S.PLANNED, _S.REOPENED})

TABLE: tuple[Move, ...] = (
    Move(_S.NEW, frozenset({_S.UNCONFIRMED}), _REPORTER | _OURS),
    Move(_S.INCOMPLETE, frozenset({_S.NEW}), _OURS, needs_reason=True),
    Move(_S.NEW, frozenset({_S.INCOMPLETE}), _REPORTER | _OURS, tells_reporter=False),
    Move(_S.VERIFIED, frozenset({_S.NEW, _S.INCOMPLETE}), _OURS),
    Move(_S.REJECTED, _UNSEEN, _OURS, needs_reason=True),
    Move(_S.DUPLICATE, _UNSEEN | _WORK, _OURS, needs_reason=True),
    Move(_S.PASSED_ON, frozenset({_S.NEW, _S.INCOMPLETE}) | _WORK, _OURS, needs_reason=True),
    # What the ledger acknowledges: no clerk says that a letter arrived.
    Move(_S.HANDED_OVER, frozenset({_S.VERIFIED, _S.REOPENED}), frozenset({_A.LEDGER})),
    Move(_S.IN_PROGRESS, _WORK - {_S.IN_PROGRESS}, _TOWN_HALL),
    Move(_S.PLANNED, _WORK - {_S.PLANNED}, _TOWN_HALL),
    Move(_S.DONE, _WORK, _TOWN_HALL),
    Move(_S.NOT_DONE, _WORK, _TOWN_HALL, needs_reason=True),
    Move(_S.REOPENED, frozenset({_S.DONE, _S.NOT_DONE}), _REPORTER | _OURS, needs_reason=True),
    # A mistake of ours: a rejected report, or one wrongly called a repetition, comes back.
    Move(_S.NEW, frozenset({_S.REJECTED, _S.DUPLICATE, _S.PASSED_ON}), _OURS, needs_reason=True),
    Move(_S.WITHDRAWN, _UNSEEN | _WORK, _REPORTER),
)
# While the reporter is to answer, nobody in the town hall is late; once it is closed, nobody is.
_STANDS_STILL = frozenset(
    {
        _S.UNCONFIRMED,
        _S.INCOMPLETE,
        _S.DONE,
        _S.REJECTED,
        _S.DUPLICATE,
        _S.PASSED_ON,
        _S.NOT_DONE,
        _S.WITHDRAWN,
    }
)
_CLOSED_OUTSIDE = _STANDS_STILL - {_S.UNCONFIRMED, _S.INCOMPLETE}


def clock_runs(status: Status) -> bool:
    """Whether working days count in this state."""
    return status not in _STANDS_STILL


def open311(status: Status) -> Open311:
    """The state in the two words that Open311 has."""
    return "closed" if status in _CLOSED_OUTSIDE else "open"


def possible(status: Status, actor: Actor) -> list[Move]:
    """What somebody may do with a report in a state, in the table's order."""
    return [move for move in TABLE if status in move.since and actor in move.by]


def find(status: Status, wanted: Status, actor: Actor, reason: str) -> Move:
    """The move that leads from a state to another.

    Raises:
        IllegalMove: the table has none for this actor.
        ReasonNeeded: it takes a reason, and there is none.
    """
    move = next((move for move in possible(status, actor) if move.to is wanted), None)
    if move is None:
        raise IllegalMove(status=status.words, wanted=wanted.words)
    if move.needs_reason and not reason.strip():
        raise ReasonNeeded(wanted=wanted.words)
    return move
