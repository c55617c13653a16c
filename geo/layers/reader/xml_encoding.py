"""Bytes that are not in the encoding which an XML file declares.

Parsers call that "not well-formed", as they call a file that breaks off; the officer must do something else about it.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from geo.errors import Unreadable
from geo.texts import Text

DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Where the two old encodings of Polish differ: ą ś ź Ą Ś Ź. Of 0xa5 and the like either could be meant.
WINDOWS, ISO = frozenset(b"\xb9\x9c\x9f\x8c\x8f"), frozenset(b"\xb1\xb6\xbc\xa6\xac")
LONGEST_LINE = 1 << 20  # bytes; a file without line ends is read in pieces


def fault(path: Path, file: str) -> Unreadable | None:
    """The error for a file that is declared as UTF-8, or not at all, and is not; None when its bytes are in order.

    It names line, column (in bytes, from 1) and byte of the first fault, and the encoding to declare,
    or that there are two.
    """
    with path.open("rb") as source:
        declared = DECLARED.match(source.read(200))
    if declared is not None and _codec(declared[1]) != "utf-8":
        return None
    found = _look(path)
    if found is None:
        return None
    line, column, byte, encoding, mixed = found
    problem = Text(
        "Line {line}, column {column}: the byte {byte} is not UTF-8, as the file is declared to be.",
        line=line,
        column=column,
        byte=f"0x{byte:02x}",
    )
    if mixed:
        remedy = Text(
            "Other lines are UTF-8: two encodings are mixed. Export the file again in one,"
            " or convert the lines in {encoding} to UTF-8.",
            encoding=encoding,
        )
    else:
        remedy = Text(
            'It seems to be {encoding}: write encoding="{encoding}" into its first line, or convert it to UTF-8.',
            encoding=encoding,
        )
    return Unreadable(file=file, problem=problem, remedy=remedy)


def _codec(name: bytes) -> str:
    try:
        return codecs.lookup(name.decode("ascii")).name
    except LookupError:
        return ""


def _look(path: Path) -> tuple[int, int, int, str, bool] | None:
    """Line, column and byte of the first fault, the encoding that was probably meant, whether UTF-8 is there too."""
    first: tuple[int, int, int] | None = None
    utf8 = windows = iso = 0
    line, before = 1, 0
    # Goes on over pieces: a letter that the end of one cuts, or the end of a file that breaks off, is no fault of it.
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as source:
        while piece := source.readline(LONGEST_LINE):
            ended = piece.endswith(b"\n")
            try:
                utf8 += not decoder.decode(piece, final=ended).isascii()
            except UnicodeDecodeError as exc:
                # The decoder counts from what it held back of the piece before.
                wrong = max(0, exc.start - (len(exc.object) - len(piece)))
                first = first or (line, before + wrong + 1, piece[wrong])
                windows += sum(byte in WINDOWS for byte in piece[wrong:])
                iso += sum(byte in ISO for byte in piece[wrong:])
                decoder.reset()
            line, before = (line + 1, 0) if ended else (line, before + len(piece))
    return first and (*first, "iso-8859-2" if iso > windows else "windows-1250", utf8 > 0)
