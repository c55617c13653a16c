"""The tokens of CQL2 text (OGC 21-065r2, annex B), read one by one from left to right, nested in bounded depth."""

from __future__ import annotations

import re

from geo.errors import BadRequest
from geo.ogc.cql2.problems import INSTEAD_OF_ILIKE, MAX_DEPTH, bad, too_deep
from geo.texts import Text

_SPACE = " \t\r\n"
# The name characters of XML, as the standard has them.
_INITIAL = (
    r":_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFE\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
# Keywords are names until the parser, who knows what may stand where, takes them for more: properties called `notes`,
# `date` or `or` need no quotes.
_TOKEN = re.compile(
    rf"""[{_SPACE}]*(?:
      (?P<shape>(?i:(?:multi)?(?:point|linestring|polygon)(?:\s*z)?(?=\s*\()))
    | (?P<collection>(?i:geometrycollection(?:\s*z)?(?=\s*\()))
    | (?P<name>[{_INITIAL}][{_INITIAL}.0-9\u00B7\u0300-\u036F\u203F-\u2040]*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>'(?:''|\\'|[^'])*')
    | (?P<quoted>"[^"]+")
    | (?P<comparison><>|<=|>=|[=<>])
    | (?P<sign>[-+*/%^(),])
    )""",
    re.VERBOSE,
)


class Tokens:
    """What is left of a filter, with one token in hand.

    `kind` is a group of the pattern, "end" behind the last token, or "stray" for what no filter holds; `text` is the
    token as it was sent, `word` the same in lower case, `at` the character at which it begins, from 1.
    """

    def __init__(self, filter_text: str) -> None:
        self._filter = filter_text
        self._end = 0
        self._depth = 0
        self._read()

    @property
    def at(self) -> int:
        """Where the token in hand begins, counted from 1."""
        return self._start + 1

    def take(self) -> str:
        """The token in hand as it was sent; the next one comes in hand."""
        taken = self.text
        self._read()
        return taken

    def took(self, word: str) -> bool:
        """Whether a keyword or sign was in hand; then it is taken."""
        if self.word != word:
            return False
        self._read()
        return True

    def demand(self, word: str) -> None:
        """Take a keyword or sign.

        Raises:
            BadRequest: another token is in hand.
        """
        if not self.took(word):
            raise self.unexpected()

    def expect(self, kind: str) -> str:
        """The token in hand, taken, which must be of a kind.

        Raises:
            BadRequest: it is of another.
        """
        if self.kind != kind:
            raise self.unexpected()
        return self.take()

    def run(self, pattern: re.Pattern[str]) -> str | None:
        """What a pattern finds from the token in hand on, taken at once; None when that is not what stands here."""
        found = pattern.match(self._filter, self._start)
        if found is None:
            return None
        self._end = found.end()
        self._read()
        return found[0]

    def open(self) -> None:
        """Take an opening parenthesis. All that nests stands in some, so that nobody's stack grows without bound.

        Raises:
            BadRequest: another token is in hand, or it is nested too deep.
        """
        if self.word != "(":
            raise self.unexpected()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep(self.at)
        self._read()

    def close(self) -> None:
        """Take a closing parenthesis.

        Raises:
            BadRequest: another token is in hand.
        """
        self.demand(")")
        self._depth -= 1

    def unexpected(self) -> BadRequest:
        """The error for the token in hand."""
        if self.kind == "end":
            return bad(Text("The filter ends too early."), len(self._filter))
        problem = Text("'{found}' is not expected here.", found=self.text[:40])
        # What PostgreSQL and GeoServer know, and many a newcomer with them.
        if self.word == "ilike":
            problem = Text("{problem} {hint}", problem=problem, hint=INSTEAD_OF_ILIKE)
        return bad(problem, self.at)

    def _read(self) -> None:
        found = _TOKEN.match(self._filter, self._end)
        if found is None:
            rest = self._filter[self._end :].lstrip(_SPACE)
            self.kind, self.text, self.word = "stray" if rest else "end", rest[:1], rest[:1]
            self._start = len(self._filter) - len(rest)
            return
        self.kind = found.lastgroup or ""
        self._start, self._end = found.span(self.kind)
        self.text = found[self.kind]
        self.word = self.text.lower()
