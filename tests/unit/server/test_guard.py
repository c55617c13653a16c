"""The guard in front of the doors: so many long requests at once, so many that wait, a word at once for the rest."""

import io
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from geo import http, settings
from geo.http.limits import BUSY, LATE
from geo.ogc.cql2.problems import MAX_BYTES
from geo.ogc.formats.answers import Sending
from server.bodies import Bodies
from server.guard import Guard, may_take_long

ROOT = Path(__file__).parents[3]
LONG = {"REQUEST_METHOD": "GET", "PATH_INFO": "/ogc/collections/roads/items", "QUERY_STRING": "filter=x%3D1"}
QUICK = LONG | {"QUERY_STRING": "limit=10"}


class Doors:
    """Holds every long request until it is let go."""

    def __init__(self) -> None:
        self.running = 0
        self.let_go = threading.Event()
        self.came = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        if "filter" in environ["QUERY_STRING"]:
            self.running += 1
            self.came.release()
            assert self.let_go.wait(30)
        return [b"done"]


class Answers(list[Iterable[bytes]]):
    """Says of each answer that it came."""

    def __init__(self) -> None:
        self.came = threading.Semaphore(0)

    def append(self, answer: Iterable[bytes]) -> None:
        super().append(answer)
        self.came.release()


def busy(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    assert environ[BUSY]
    return [b"busy"]


def ask(guard: Guard, environ: dict[str, str], answers: list[Iterable[bytes]]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(guard(dict(environ), lambda *_: None)))
    thread.start()
    return thread


def test_beyond_those_that_run_and_wait_a_long_request_is_refused_at_once_and_a_quick_one_passes():
    doors, answers = Doors(), Answers()
    guard = Guard(doors, busy, at_once=2, waiting=1, patience_s=30)
    asked = [ask(guard, LONG, answers) for _ in range(2)]
    for _ in asked:
        assert doors.came.acquire(timeout=30)

    # Of two more one waits; the other, whichever it is, is answered while nobody has been let go.
    asked += [ask(guard, LONG, answers) for _ in range(2)]
    assert answers.came.acquire(timeout=30)
    refused, passed = list(answers), guard(dict(QUICK), lambda *_: None)
    doors.let_go.set()
    for thread in asked:
        thread.join(30)

    assert (refused, passed) == ([[b"busy"]], [b"done"])
    assert answers[1:] == [[b"done"]] * 3
    assert doors.running == 3


def test_who_has_waited_in_vain_is_told_so():
    doors, answers = Doors(), []
    guard = Guard(doors, busy, at_once=1, waiting=1, patience_s=0.01)
    holder = ask(guard, LONG, answers)
    assert doors.came.acquire(timeout=30)

    refused = guard(dict(LONG), lambda *_: None)
    doors.let_go.set()
    holder.join(30)

    assert refused == [b"busy"]
    assert guard(dict(LONG), lambda *_: None) == [b"done"]


def test_what_is_streamed_holds_its_place_to_the_end_and_gives_it_back_however_it_ends():
    def doors(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        return (part for part in (b"a", b"b"))

    guard = Guard(doors, busy, at_once=1, waiting=1, patience_s=0)
    first = guard(dict(LONG), lambda *_: None)
    assert guard(dict(LONG), lambda *_: None) == [b"busy"]

    assert list(first) == [b"a", b"b"]
    left = guard(dict(LONG), lambda *_: None)
    left.close()
    left.close()
    forgotten = guard(dict(LONG), lambda *_: None)
    assert guard(dict(LONG), lambda *_: None) == [b"busy"]
    del forgotten

    assert list(guard(dict(LONG), lambda *_: None)) == [b"a", b"b"]


def test_an_error_gives_the_place_back():
    def doors(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError

    guard = Guard(doors, busy, at_once=1, waiting=1, patience_s=0)

    for _ in range(3):
        with pytest.raises(RuntimeError):
            guard(dict(LONG), lambda *_: None)


@pytest.mark.parametrize(
    ("changed", "long"),
    [
        ({}, True),
        ({"QUERY_STRING": ""}, False),
        ({"QUERY_STRING": "limit=10&bbox=1,2,3,4&f=json&crs=x&after=1"}, False),
        ({"QUERY_STRING": "limit=10&offset=0"}, False),
        ({"QUERY_STRING": "limit=10&offset=10"}, True),
        ({"QUERY_STRING": "f=html"}, False),
        ({"QUERY_STRING": "f=html&bbox=1,2,3,4"}, True),
        ({"QUERY_STRING": "bbox=1,2,3,4", "HTTP_ACCEPT": "text/html, */*;q=0.1"}, True),
        ({"QUERY_STRING": "%66=csv"}, True),
        ({"QUERY_STRING": "f=%63sv"}, True),
        ({"QUERY_STRING": "f=json", "HTTP_ACCEPT": "text/csv"}, False),
        ({"QUERY_STRING": "", "HTTP_ACCEPT": "Text/CSV"}, True),
        ({"QUERY_STRING": "", "HTTP_ACCEPT": "text/csv;q=0.1, application/geo+json"}, False),
        ({"PATH_INFO": "/ogc/tiles/WebMercatorQuad/12/1/2", "QUERY_STRING": ""}, True),
        ({"PATH_INFO": "/ogc/tiles/WebMercatorQuad", "QUERY_STRING": ""}, False),
        ({"PATH_INFO": "/szukaj", "QUERY_STRING": "q=a"}, True),
        ({"PATH_INFO": "/api/search", "QUERY_STRING": "q=a"}, True),
        ({"QUERY_STRING": "f=csv"}, True),
        ({"QUERY_STRING": "sortby=nazwa"}, True),
        ({"QUERY_STRING": "resultType=hits"}, True),
        ({"QUERY_STRING": "nazwa=Lipowa"}, True),
        ({"QUERY_STRING": "%66ilter=x"}, True),
        ({"QUERY_STRING": "", "HTTP_ACCEPT": "text/csv"}, True),
        ({"PATH_INFO": "/ogc/collections/roads/items/"}, True),
        ({"PATH_INFO": "/ogc/collections/roads/items/1"}, False),
        ({"PATH_INFO": "/tiles/roads/1/2/3/4"}, False),
        ({"PATH_INFO": "/"}, False),
        ({"REQUEST_METHOD": "POST", "PATH_INFO": "/ogc/collections/roads/search"}, True),
    ],
)
def test_what_may_take_long_is_told_from_its_address(changed: dict[str, str], long: bool):
    assert may_take_long(LONG | changed) is long


POST = {"REQUEST_METHOD": "POST", "PATH_INFO": "/ogc/collections/roads/search", "QUERY_STRING": ""}


class Slow:
    """A body that does not come until it is let go."""

    def __init__(self) -> None:
        self.comes = threading.Event()
        self.asked = threading.Semaphore(0)
        self.readers = set()

    def read(self, _size: int) -> bytes:
        self.readers.add(threading.current_thread())
        self.asked.release()
        assert self.comes.wait(30)
        return b""


def told(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    return [b"late" if LATE in environ else b"busy" if BUSY in environ else b"read"]


def test_bodies_that_do_not_come_take_their_own_places_until_they_have_come_or_their_clients_gone():
    doors, slow, answers = Doors(), Slow(), []
    doors.let_go.set()
    guard = Guard(doors, told, at_once=1, waiting=1, patience_s=0, bodies=Bodies(at_once=3, of_one=2, patience_s=0))
    first, second = (POST | {"wsgi.input": slow, "CONTENT_LENGTH": "9", "REMOTE_ADDR": one} for one in "ab")
    ready = {"wsgi.input": io.BytesIO(b"true"), "CONTENT_LENGTH": "4"}
    asked = [ask(guard, one, answers) for one in (first, first)]
    for _ in asked:
        assert slow.asked.acquire(timeout=30)

    of_one = guard(first | ready, lambda *_: None)
    asked.append(ask(guard, second, answers))
    assert slow.asked.acquire(timeout=30)
    beyond = guard(second | ready, lambda *_: None)
    filtered = guard(dict(LONG), lambda *_: None)
    slow.comes.set()
    for thread in asked:
        thread.join(30)

    assert (of_one, beyond, filtered) == ([b"busy"], [b"busy"], [b"done"])
    assert answers == [[b"late"]] * 3
    # Never another thread for the request's: granian would hold the process still.
    assert slow.readers == set(asked)
    # Nobody is refused any more: every place was given back.
    for _ in range(4):
        body = {"wsgi.input": io.BytesIO(b""), "CONTENT_LENGTH": "4"}
        assert [guard(one | body, lambda *_: None) for one in (first, second, POST)] == [[b"late"]] * 3


@pytest.mark.parametrize(
    ("senders", "arrived"),
    [
        (("203.0.113.1", "203.0.113.1"), [b"read", b"busy"]),
        (("203.0.113.1", "203.0.113.2"), [b"read", b"read"]),
        # What a client makes up stands left of what our proxy saw.
        (("198.51.100.7, 203.0.113.1", "198.51.100.8, 203.0.113.1"), [b"read", b"busy"]),
        # Who has IPv6 has 64 bits of addresses.
        (("2001:db8::1", "2001:db8::ffff:1"), [b"read", b"busy"]),
        (("2001:db8::1", "2001:db8:0:1::1"), [b"read", b"read"]),
        (("203.0.113.1", "::ffff:203.0.113.1"), [b"read", b"busy"]),
    ],
)
def test_bodies_behind_a_trusted_proxy_are_counted_by_their_clients(senders: tuple[str, str], arrived: list[bytes]):
    town = settings.load({}, ROOT).model_copy(update={"trusted_proxies": ("10.0.0.1",)})
    client = http.PublicAddress(town).client
    doors, slow, answers = Doors(), Slow(), []
    doors.let_go.set()
    guard = Guard(doors, told, bodies=Bodies(of_one=1, client=client))
    first, second = (POST | {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": one} for one in senders)
    held = ask(guard, first | {"wsgi.input": slow, "CONTENT_LENGTH": "9"}, answers)
    assert slow.asked.acquire(timeout=30)

    beside = guard(second | {"wsgi.input": io.BytesIO(b"true"), "CONTENT_LENGTH": "4"}, lambda *_: None)
    slow.comes.set()
    held.join(30)

    assert [*answers, beside] == [[b"done" if word == b"read" else word] for word in arrived]
    assert not guard._bodies._arriving


def test_a_body_is_handed_on_whole_and_a_large_one_unread():
    seen = []

    def doors(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"])
        return []

    large = io.BytesIO(b"x" * (MAX_BYTES + 2))
    guard = Guard(doors, told)

    guard(POST | {"wsgi.input": io.BytesIO(b"true"), "CONTENT_LENGTH": "4"}, lambda *_: None)
    guard(POST | {"wsgi.input": io.BytesIO(b"x" * 100_000)}, lambda *_: None)
    guard(POST | {"wsgi.input": large, "CONTENT_LENGTH": str(MAX_BYTES + 2)}, lambda *_: None)

    assert [seen[0].read(), len(seen[1].read()), seen[2] is large] == [b"true", MAX_BYTES + 1, True]
    assert large.tell() == 0


def test_a_body_is_closed_once():
    closed = []

    class Body:
        def __iter__(self):
            return iter([b"a"])

        def close(self) -> None:
            closed.append(self)

    held = Guard(lambda *_: Body(), busy)(dict(LONG), lambda *_: None)
    held.close()
    held.close()
    del held

    assert len(closed) == 1


def test_a_file_on_its_way_has_a_place_of_its_own_and_leaves_this_one():
    doors = [Sending(iter([b"a", b"b"])), [b"done"]]
    guard = Guard(lambda *_: doors.pop(0), busy, at_once=1, waiting=1, patience_s=0.01)

    file = guard(dict(LONG), lambda *_: None)

    assert guard(dict(LONG), lambda *_: None) == [b"done"]
    assert list(file) == [b"a", b"b"]
    file.close()
