"""What the command line says while a file is loaded."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from geo.settings import Language
from geo.texts import Text

LINE_EACH_S = 5.0


class SpokenProgress:
    """Names each step in a line as it begins; the count in it is for somebody who watches."""

    def __init__(self, language: Language, clock: Callable[[], float] = time.monotonic) -> None:
        self._language = language
        self._clock = clock
        self._counting = False
        self._last = 0
        self._next_line = clock() + LINE_EACH_S

    def __call__(self, said: Text | int) -> None:
        """Say a step that begins, or how many features it has come through."""
        if isinstance(said, int):
            self._count(said)
            return
        self.end_count()
        self._line(said)

    def _count(self, count: int) -> None:
        # The count begins anew when a register that was parsed is stored.
        if count < self._last:
            self.end_count()
        self._last = count
        if sys.stderr.isatty():
            self._counting = True
            sys.stderr.write(f"\r{count}")
            sys.stderr.flush()
        elif self._clock() >= self._next_line:
            # Into a log a line now and then: a load that lasts must not look like one that hangs.
            self._next_line = self._clock() + LINE_EACH_S
            self._line(Text("  {n} feature so far…", "  {n} features so far…", n=count))

    def end_count(self) -> None:
        """Leave the line of the count, so that what follows begins its own."""
        if self._counting:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._counting = False

    def _line(self, said: Text) -> None:
        sys.stdout.write(f"{said.say(self._language)}\n")
        sys.stdout.flush()
