"""The account of a load: what was read, stored, refused, cut; and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from geo.layers.model import Finding, Severity
from geo.texts import Text

# A finding takes about a kilobyte, and a register may have one for each of its 300 000 features.
MOST_OF_A_CODE = 1000
MOST_UNITS = 8


@dataclass
class Tally:
    """The account of one layer: read = stored + refused + cut + closed."""

    read: int = 0
    refused: int = 0
    cut: int = 0
    findings: list[Finding] = field(default_factory=list)
    # The gminas that what was cut belongs to, as the file names them.
    others: Counter[str] = field(default_factory=Counter)
    # Of what was cut: what names no gmina, and was judged by its place.
    unnamed: int = 0
    _seen: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        """Keep a finding: every refusal, of the others the first thousand of a kind."""
        kind = (finding.severity, finding.code)
        self._seen[kind] += 1
        if finding.severity is Severity.REFUSED or self._seen[kind] <= MOST_OF_A_CODE:
            self.findings.append(finding)

    def rest(self) -> Iterator[Finding]:
        """One finding for each kind of which not all were kept, with the number of the others."""
        for (severity, code), count in self._seen.items():
            if severity is not Severity.REFUSED and count > MOST_OF_A_CODE:
                yield Finding(severity, code, Text("… and {n} more of this kind.", n=count - MOST_OF_A_CODE))

    def of_others(self) -> Iterator[Finding]:
        """Of which gminas the features are that were cut, and how to load them all the same."""
        if self.others:
            units = [f"{name} ({count})" for name, count in self.others.most_common(MOST_UNITS)]
            text = Text(
                "{n} feature belongs to another municipality and was left out: {units}."
                " With --anywhere, or --extent and a box around it, it is loaded too.",
                "{n} features belong to other municipalities and were left out: {units}."
                " With --anywhere, or --extent and a box around them, they are loaded too.",
                n=self.others.total(),
                units=", ".join(units) + (", …" if len(self.others) > MOST_UNITS else ""),
            )
            yield Finding(Severity.NOTE, "other-municipality", text)
        if self.unnamed:
            text = Text(
                "{n} feature names no municipality and does not lie in this one; it was left out.",
                "{n} features name no municipality and do not lie in this one; they were left out.",
                n=self.unnamed,
            )
            yield Finding(Severity.NOTE, "gmina-unknown-outside", text)

    def refuse(self, name: str, line: int | None, code: str, text: Text) -> None:
        """Count and name a feature that is not stored."""
        self.refused += 1
        self.note(Finding(Severity.REFUSED, code, text, name, line))
