"""What is said of a child that did not come to its end: which limit or signal ended it, and what to do about it."""

from __future__ import annotations

import signal
from collections.abc import Collection
from dataclasses import dataclass

from geo.confine.frames import Json
from geo.confine.limits import MB, MESSAGE_BYTES, Limits
from geo.errors import Unavailable, Unreadable
from geo.texts import Text


class BrokenOff(Unreadable):
    """{file}: {problem} {remedy}"""

    code = "reader-broke-off"


class Killed(Unavailable):
    """{file}: {problem} {remedy}"""

    code = "reader-killed"


@dataclass(slots=True)
class Endings:
    """The refusals of one file; `reached` is how far its reading had come."""

    file: str
    limits: Limits
    reached: Text | None = None

    def unwalled(self, missing: Collection[str]) -> BrokenOff:
        """The kernel does not raise walls without which no file from outside is read."""
        problem = Text("This machine does not raise the walls around its reader: {walls}.", walls=", ".join(missing))
        remedy = Text("See docs/security.md; GEO_READER_WITHOUT_WALLS=1 permits it for files whose sender you know.")
        return self._refusal(problem, remedy)

    def silent(self) -> BrokenOff:
        """It said nothing."""
        problem = Text("Its reader said nothing for {n} s and was ended.", n=self.limits.silence_s)
        return self._refusal(problem, _raise("GEO_READER_SILENCE_S"))

    def too_long(self) -> BrokenOff:
        """It took longer by the clock than any file may."""
        problem = Text("Reading it took longer than {n} s.", n=self.limits.total_s)
        return self._refusal(problem, _raise("GEO_READER_TOTAL_S"))

    def too_much_written(self) -> BrokenOff:
        """Its folder grew too large."""
        problem = Text("It unpacks to more than {n} MB, or to too many files.", n=self.limits.written_mb)
        return self._refusal(problem, _raise("GEO_READER_WRITTEN_MB"))

    def no_room(self, detail: Json) -> BrokenOff:
        """It could not write; `detail` is what the system says."""
        problem = Text("What it unpacks to could not be written ({detail}).", detail=_printable(str(detail)[:100]))
        return self._refusal(
            problem, Text("Make room on the disk of the data directory, or raise GEO_READER_WRITTEN_MB.")
        )

    def failed(self) -> BrokenOff:
        """A mistake in the task."""
        return self._refusal(Text("Its reader failed; the log holds why."), _suspect())

    def garbled(self) -> BrokenOff:
        """It said what was not agreed."""
        return self._refusal(Text("Its reader said what no reader of ours says, and was ended."), _suspect())

    def one_too_large(self, most_mb: Json) -> BrokenOff:
        """One of its messages was larger than a message may be."""
        largest = MESSAGE_BYTES // MB
        # A number that a stranger said.
        limit = most_mb if isinstance(most_mb, int) and 0 < most_mb < largest else largest
        problem = Text("One of its features is larger than {n} MB.", n=limit)
        return self._refusal(problem, Text("Cut it into parts, or leave out what makes it so large."))

    def too_much(self) -> BrokenOff:
        """All its messages together are too large."""
        problem = Text("It holds more than {n} MB.", n=self.limits.output_mb)
        return self._refusal(problem, _raise("GEO_READER_OUTPUT_MB"))

    def out_of_memory(self) -> BrokenOff:
        """It ran against its limit of memory, and said so."""
        problem = Text("Reading it needs more than {n} MB of memory.", n=self.limits.memory_mb)
        return self._refusal(problem, _raise("GEO_READER_MEMORY_MB"))

    def died(self, code: int, cpu_s: float) -> BrokenOff | Killed:
        """It ended; `code` as subprocess has it, a signal is negative."""
        # The kernel kills at the higher limit who ignores what it says at the lower one.
        if code == -signal.SIGXCPU or (code == -signal.SIGKILL and cpu_s >= self.limits.cpu_s):
            problem = Text("Reading it took more than {n} s of processor time.", n=self.limits.cpu_s)
            return self._refusal(problem, _raise("GEO_READER_CPU_S"))
        if code == -signal.SIGKILL:
            # Its limits end a reader by other signals: this says nothing of the file, and another try may do better.
            problem = self._where(Text("The system killed its reader, as it does when memory is short."))
            remedy = Text("Look at the machine's memory, then load it again.")
            return Killed(file=self.file, problem=problem, remedy=remedy)
        if code >= 0:
            problem = Text("Its reader ended by itself (code {n}); the log holds why.", n=code)
            return self._refusal(problem, Text("If other files fail too, look at `geo doctor`."))
        return self._refusal(Text("Its reader died (signal {n}).", n=-code), _suspect())

    def _refusal(self, problem: Text, remedy: Text) -> BrokenOff:
        return BrokenOff(file=self.file, problem=self._where(problem), remedy=remedy)

    def _where(self, problem: Text) -> Text:
        if self.reached is None:
            return problem
        return Text("{problem} It had come to {place}.", problem=problem, place=self.reached)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _raise(variable: str) -> Text:
    return Text(
        "Load it in parts; if it comes from an office that you trust, raise {variable} and load it again.",
        variable=variable,
    )


def _suspect() -> Text:
    return Text("It may be damaged or hostile: ask its sender for a clean export.")
