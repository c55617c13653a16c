"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.texts import Text


class Verdict(StrEnum):
    """How a check ended; only BROKEN makes `geo doctor` fail."""

    FINE = "fine"
    ADVICE = "advice"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what is so, and what to do if it should be otherwise."""

    verdict: Verdict
    found: Text
    remedy: Text | None = None
    # Ready to be run by the administrator of the database; empty where nothing is to run.
    sql: str = ""

    @property
    def broken(self) -> bool:
        """Whether it must be mended."""
        return self.verdict is Verdict.BROKEN

    def line(self, language: str) -> str:
        """One line for the terminal, and what to do on those below it."""
        mark = {Verdict.FINE: "✓", Verdict.ADVICE: "!", Verdict.BROKEN: "✗"}[self.verdict]
        lines = [f"{mark} {self.found.say(language)}"]
        if self.remedy is not None:
            lines.append(f"  → {self.remedy.say(language)}")
        lines += [f"      {line}" for line in self.sql.splitlines()]
        return "\n".join(lines)


def fine(found: Text) -> Check:
    """It is as it should be."""
    return Check(Verdict.FINE, found)


def advice(found: Text, remedy: Text, sql: str = "") -> Check:
    """It works, but somebody should know."""
    return Check(Verdict.ADVICE, found, remedy, sql)


def broken(found: Text, remedy: Text, sql: str = "") -> Check:
    """It does not work."""
    return Check(Verdict.BROKEN, found, remedy, sql)
