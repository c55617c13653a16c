"""One moment for all that a request waits for."""

import math
from threading import Lock, Thread

import pytest

from geo import deadline
from geo.errors import Unavailable


def test_outside_of_requests_there_is_no_end():
    with deadline.holding(Lock()):
        assert deadline.left_s() == math.inf


def test_what_is_inside_has_no_more_time_than_what_is_around_it():
    with deadline.within(5):
        with deadline.within(1000):
            inner = deadline.left_s()
        with deadline.within(1):
            shorter = deadline.left_s()
        outer = deadline.left_s()

    assert shorter <= 1 < outer <= inner <= 5
    assert deadline.left_s() == math.inf


def test_a_time_of_its_own_counts_instead_and_ends_with_its_block():
    with deadline.within(0):
        assert deadline.left_s() == 0
        with deadline.instead(50):
            assert deadline.left_s() > 40
        assert deadline.left_s() == 0


def test_what_is_made_for_all_has_its_time_and_no_less_than_is_left():
    with deadline.at_least(5):
        assert deadline.left_s() == math.inf
    with deadline.within(100):
        with deadline.at_least(5):
            assert deadline.left_s() > 50
        with deadline.within(0), deadline.at_least(5):
            assert 4 < deadline.left_s() <= 5


def test_the_time_of_a_request_is_not_that_of_another_thread():
    seen = []
    with deadline.within(5):
        other = Thread(target=lambda: seen.append(deadline.left_s()))
        other.start()
        other.join()

    assert seen == [math.inf]


def test_a_lock_is_waited_for_as_long_as_time_is_left_and_given_back():
    lock = Lock()
    with lock, deadline.within(0.01), pytest.raises(Unavailable), deadline.holding(lock):
        raise AssertionError

    with deadline.within(5), deadline.holding(lock):
        assert lock.locked()
    assert not lock.locked()


def test_an_error_takes_its_end_along():
    with pytest.raises(ValueError, match="x"), deadline.within(0):
        raise ValueError("x")

    assert deadline.left_s() == math.inf
