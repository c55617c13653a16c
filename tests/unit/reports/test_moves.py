"""The table of moves: complete, honest about reasons, and the same in every door."""

import pytest

from geo.reports import moves
from geo.reports.model import CLOSED, PUBLIC, IllegalMove, ReasonNeeded, Status
from geo.reports.moves import Actor


def test_every_state_is_reached_by_some_move_or_is_where_reports_begin():
    reached = {move.to for move in moves.TABLE}

    assert set(Status) - reached == {Status.UNCONFIRMED}


def test_every_pair_of_states_has_one_move_for_an_actor_at_most():
    for status in Status:
        for actor in Actor:
            ends = [move.to for move in moves.possible(status, actor)]
            assert len(ends) == len(set(ends)), (status, actor)


def test_only_the_ledger_says_that_a_letter_arrived():
    assert [move.by for move in moves.TABLE if move.to is Status.HANDED_OVER] == [frozenset({Actor.LEDGER})]


def test_nothing_becomes_public_but_by_staff():
    for status in set(Status) - PUBLIC:
        public = [move.to for move in moves.possible(status, Actor.REPORTER) if move.to in PUBLIC]
        assert public == [], status


def test_what_ends_a_case_against_its_reporters_wish_takes_a_reason():
    for wanted in (Status.REJECTED, Status.DUPLICATE, Status.PASSED_ON, Status.NOT_DONE):
        assert all(move.needs_reason and move.tells_reporter for move in moves.TABLE if move.to is wanted)


def test_a_move_that_the_table_does_not_have_is_refused_in_words():
    with pytest.raises(IllegalMove) as refused:
        moves.find(Status.DONE, Status.VERIFIED, Actor.MODERATOR, "")

    assert "'done' cannot be made 'verified'" in str(refused.value)


def test_a_reason_of_blanks_is_none():
    with pytest.raises(ReasonNeeded):
        moves.find(Status.NEW, Status.REJECTED, Actor.MODERATOR, "  \n")


@pytest.mark.parametrize("status", Status)
def test_the_clock_stands_still_once_a_case_is_closed_and_open311_calls_it_closed(status):
    if status in CLOSED:
        assert not moves.clock_runs(status)
        assert moves.open311(status) == "closed"
    else:
        assert moves.open311(status) == "open"
