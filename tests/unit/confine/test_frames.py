import os

import pytest

from geo.confine.frames import CutShort, Garbled, Kind, Message, Reader, TooMuch, write
from geo.confine.limits import HEAD_BYTES


def heard(raw, output_mb=1):
    """What a reader makes of bytes in a pipe that is closed behind them."""
    reading, writing = os.pipe()
    os.write(writing, raw)
    os.close(writing)
    try:
        return Reader(reading, output_mb).read()
    finally:
        os.close(reading)


def frame(head):
    return len(head).to_bytes(4, "little") + bytes(4) + head


def test_a_frame_comes_as_it_was_written():
    reading, writing = os.pipe()
    message = Message({"name": "Łąka \ud800", "n": 1.5}, [b"abc", b"", memoryview(b"de")])

    write(writing, 7, Kind.MESSAGE, message)
    found = Reader(reading, 1).read()

    assert (found.request, found.kind, found.message.head) == (7, Kind.MESSAGE, message.head)
    assert [bytes(blob) for blob in found.message.blobs] == [b"abc", b"", b"de"]


@pytest.mark.parametrize(
    "head",
    [
        b"no JSON",
        b"{}",
        b"[1]",
        b"[" * 100_000,
        b"9" * 5000,
        b'[1,"message",[9],0]',
        b'[1,"message",[0,0,0,0,0,0,0,0,0],0]',
        b'[1,"message",[-1,1],0]',
        b'[1,"message",["0"],0]',
        b'[1,"message",0,0]',
        b'["1","message",[],0]',
        b'[1,"another",[],0]',
        b'[1,"message",[],"\xff"]',
    ],
)
def test_what_is_no_frame_is_garbled(head):
    with pytest.raises(Garbled):
        heard(frame(head)) if len(head) < 60_000 else Reader(*_long(frame(head))).read()


def _long(raw):
    """A file instead of a pipe, which would not hold so much."""
    descriptor = os.memfd_create("frame")
    os.write(descriptor, raw)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor, 1


def test_a_frame_that_breaks_off_is_told_from_the_end():
    whole = frame(b'[1,"end",[],null]')

    assert heard(b"") is None
    for length in (1, 8, len(whole) - 1):
        with pytest.raises(CutShort):
            heard(whole[:length])


def test_a_frame_that_claims_too_much_is_refused_before_it_is_read():
    with pytest.raises(TooMuch) as at_once:
        heard((HEAD_BYTES + 1).to_bytes(4, "little") + bytes(4))
    with pytest.raises(TooMuch) as in_all:
        heard((1 << 20).to_bytes(4, "little") + (1).to_bytes(4, "little"))

    assert at_once.value.most_mb == 8
    assert in_all.value.most_mb is None
