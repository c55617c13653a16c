"""Turns to make tiles: so many at once, each tile by one thread, a word at once for who finds no place."""

import threading
from collections.abc import Hashable

import pytest

from geo import deadline
from geo.errors import Unavailable
from server.turns import Turns
from tests.patience import until


class Making:
    """Makes things in turns and keeps them, as soon as it is let go."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.kept: set[Hashable] = set()
        self.made: list[Hashable] = []
        self.began = threading.Semaphore(0)
        self.let_go = threading.Event()

    def get(self, key: Hashable) -> None:
        with self.turns.of(key):
            if key not in self.kept:
                self.made.append(key)
                self.began.release()
                assert self.let_go.wait(30)
                self.kept.add(key)

    def ask(self, key: Hashable) -> threading.Thread:
        thread = threading.Thread(target=self.get, args=(key,))
        thread.start()
        return thread


def test_two_who_ask_for_one_thing_have_it_made_once_and_keep_no_other_from_being_made():
    turns = Turns(at_once=2, waiting=5)
    making = Making(turns)
    asked = [making.ask("a")]
    assert making.began.acquire(timeout=30)
    asked.append(making.ask("a"))
    until(lambda: turns._asked["a"].askers == 2)

    # The one who waits for "a" holds no slot.
    asked.append(making.ask("b"))
    assert making.began.acquire(timeout=30)
    making.let_go.set()
    for thread in asked:
        thread.join(30)

    assert making.made == ["a", "b"]
    assert not turns._asked


def test_no_more_are_made_at_once_than_is_said_and_the_rest_waits_as_long_as_it_has_time():
    turns = Turns(at_once=2, waiting=2)
    making = Making(turns)
    asked = [making.ask(key) for key in "ab"]
    for _ in asked:
        assert making.began.acquire(timeout=30)

    with deadline.within(0.01), pytest.raises(Unavailable), turns.of("c"):
        raise AssertionError
    with deadline.within(0.01), pytest.raises(Unavailable), turns.of("a"):
        raise AssertionError
    asked.append(making.ask("c"))
    until(lambda: "c" in turns._asked)
    assert len(making.made) == 2
    making.let_go.set()
    for thread in asked:
        thread.join(30)

    assert sorted(making.made) == ["a", "b", "c"]
    assert not turns._asked


def test_whoever_finds_no_place_to_wait_is_told_so_at_once():
    turns = Turns(at_once=1, waiting=1)
    making = Making(turns)
    asked = [making.ask("a")]
    assert making.began.acquire(timeout=30)
    asked.append(making.ask("b"))
    until(lambda: "b" in turns._asked)

    with pytest.raises(Unavailable), turns.of("c"):
        raise AssertionError
    making.let_go.set()
    for thread in asked:
        thread.join(30)

    with turns.of("c"):
        assert making.made == ["a", "b"]


def test_an_error_gives_the_turn_to_the_next():
    turns = Turns(at_once=1, waiting=0)

    for _ in range(3):
        with pytest.raises(ValueError, match="x"), turns.of("a"):
            raise ValueError("x")

    assert not turns._asked
