"""JSON a feature at a time, with true line numbers: the members of one object, and the items of one array."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from geo.errors import Unreadable
from geo.texts import Text

BLOCK = 1 << 18
LARGEST_VALUE = 64 << 20  # characters of one feature; the largest real boundary seen has 3 million
BLANKS = " \t\r\n"
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


# What Python's parser says, which speaks English only.
_SAID = {
    "Expecting value": Text("a value is missing"),
    "Expecting property name enclosed in double quotes": Text("a name in double quotes is missing"),
    "Expecting ',' delimiter": Text("a comma is missing"),
    "Expecting ':' delimiter": Text("a colon is missing"),
    "Unterminated string starting at": Text("a text has no closing quote"),
    "Invalid control character at": Text("a line ends within a text"),
}


class RepeatedKeys(dict[str, Any]):
    """An object in which a key stands twice (`repeated` names it); the last value counts."""

    repeated: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    marked = RepeatedKeys(found)
    marked.repeated = next(key for key in keys if keys.count(key) > 1)
    return marked


def _storable(value: Any) -> Any:
    """The value without zero bytes and halves of letters, which JSON can write but no database keeps."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        made = {_storable(key): _storable(part) for key, part in value.items()}
        if isinstance(value, RepeatedKeys):
            made = RepeatedKeys(made)
            made.repeated = _storable(value.repeated)
        return made
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not allowed in JSON")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


class JsonStream:
    """A reader of one JSON text; values are decoded one at a time from a sliding window."""

    def __init__(self, path: Path, file: str) -> None:
        self.file = file
        self._source = path.open("rb")
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._text = ""
        self._at = 0
        self._ended = False
        self._lines_before = 0  # newlines in what was dropped from the window
        self._dropped_at = 0  # characters of the current line that were dropped
        self._counted = self._newlines = 0  # newlines of the window up to `_counted`

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    @property
    def line(self) -> int:
        """The line of the next character, from 1."""
        self._newlines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines_before + self._newlines + 1

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in BLANKS:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def expect(self, characters: str) -> str:
        """Take the next character, which must be one of some.

        Raises:
            Unreadable: it is another.
        """
        found = self.peek()
        if not found or found not in characters:
            end = Text("the end of the file")
            expected = Text("expected {wanted}, found {found}", wanted=" / ".join(characters), found=found or end)
            self._fail(expected, self._at)
        self._at += 1
        return found

    def value(self) -> Any:
        """Take one value of any kind.

        Raises:
            Unreadable: it is not valid JSON, nested too deep or too large.
        """
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                # They can only come from escapes: bytes were decoded, and bare controls are no JSON.
                value = _storable(value) if self._text.find("\\u", self._at, end) >= 0 else value
            except json.JSONDecodeError as exc:
                # Only a word, number or string that the window cuts can be mended by reading on.
                cut = exc.pos > len(self._text) - 64 or exc.msg.startswith("Unterminated")
                if not cut or not self._more():
                    self._fail(_SAID.get(exc.msg, exc.msg), exc.pos)
            except RecursionError as exc:
                raise self._too_deep() from exc
            except ValueError as exc:
                self._fail(str(exc), self._at)
            else:
                # A number or word at the end of the window may go on in the next block.
                if end < len(self._text) or not self._more():
                    self._at = end
                    return value

    def items(self) -> Iterator[tuple[int, Any]]:
        """The items of an array, each with the line where it begins."""
        self.expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            self.peek()
            line = self.line
            yield line, self.value()
            self._drop()
            if self.expect(",]") == "]":
                return

    def members(self) -> Iterator[tuple[int, str]]:
        """The keys of an object, each with its line; the caller takes the value before it goes on."""
        self.expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self.expect('"')
            line = self.line
            key = str(self.value())
            self.expect(":")
            yield line, key
            if self.expect(",}") == "}":
                return

    def end(self) -> None:
        """Take the end of the text.

        Raises:
            Unreadable: something follows.
        """
        if self.peek():
            self._fail(Text("something follows after the end"), self._at)

    def _more(self) -> bool:
        """Read on; False at the end of the file. The window grows by half so that a retry stays cheap."""
        if self._ended:
            return False
        if len(self._text) - self._at > LARGEST_VALUE:
            self._fail(Text("one value is larger than 64 million characters"), self._at)
        block = self._source.read(max(BLOCK, len(self._text) // 2))
        self._ended = not block
        try:
            self._text += self._decode.decode(block, final=self._ended)
        except UnicodeDecodeError as exc:
            raise self._not_utf8(exc) from exc
        return True

    def _drop(self) -> None:
        if self._at > BLOCK:
            dropped = self._text[: self._at]
            self._lines_before += dropped.count("\n")
            after_newline = len(dropped) - dropped.rfind("\n") - 1
            self._dropped_at = after_newline if "\n" in dropped else self._dropped_at + len(dropped)
            self._text, self._at = self._text[self._at :], 0
            self._counted = self._newlines = 0

    def _not_utf8(self, exc: UnicodeDecodeError) -> Unreadable:
        line = self._lines_before + self._text.count("\n") + exc.object[: exc.start].count(b"\n") + 1
        return Unreadable(
            file=self.file,
            problem=Text(
                "Line {line} is not UTF-8 (byte {byte}), which GeoJSON must be.",
                line=line,
                byte=f"0x{exc.object[exc.start]:02x}",
            ),
            remedy=Text("Convert the file to UTF-8, most likely from Windows-1250, and load it again."),
        )

    def _too_deep(self) -> Unreadable:
        return Unreadable(
            file=self.file,
            problem=Text("The JSON from line {line} on is nested too deep to be read.", line=self.line),
            remedy=Text("Export the file again; no geometry or property needs such depth."),
        )

    def _fail(self, detail: str | Text, position: int) -> NoReturn:
        newline = self._text.rfind("\n", 0, position)
        column = position - newline if newline >= 0 else self._dropped_at + position + 1
        raise Unreadable(
            file=self.file,
            problem=Text(
                "This is not valid JSON in line {line}, column {column} ({detail}).",
                line=self._lines_before + self._text.count("\n", 0, position) + 1,
                column=column,
                detail=detail,
            ),
            remedy=Text("Export the file again, or correct it there."),
        )
