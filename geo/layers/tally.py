"""The account of a load: what was read, stored, refused, cut; and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from geo.layers.model import Finding, Severity
from geo.texts import Text

# A finding takes about a kilobyte, and a register may have one for each of its 300 000 features.
MOST_OF_A_CODE = 1000
# Of all refusals of a layer; and of what all findings say, in characters: what the file says is not ours to bound.
MOST_REFUSALS = 100_000
MOST_SAID = 64_000_000
# Whoever has more kinds or codes makes them up; Poland has 2 477 gminas.
MOST_KINDS, LONGEST_CODE = 100, 60
MOST_NAMED = 5000
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
    # Of what was cut: what names another gmina after the first thousands.
    others_unlisted: int = 0
    # Of what was cut: what names no gmina, and was judged by its place.
    unnamed: int = 0
    _seen: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    _kept: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    _kept_refusals: int = 0
    _said: int = 0

    def note(self, finding: Finding) -> None:
        """Keep a finding: refusals up to a hundred thousand, of the others the first thousand of a kind.

        What is not kept is counted (`rest`); so is everything, once what was kept says 64 million characters.
        """
        kind = (finding.severity, finding.code if len(finding.code) <= LONGEST_CODE else "other")
        if kind not in self._seen and len(self._seen) >= MOST_KINDS:
            kind = (finding.severity, "other")
        self._seen[kind] += 1
        refused = finding.severity is Severity.REFUSED
        full = self._kept_refusals >= MOST_REFUSALS if refused else self._kept[kind] >= MOST_OF_A_CODE
        if full or self._said > MOST_SAID:
            return
        self._said += len(str(finding.text.to_json())) + len(finding.code) + len(finding.feature or "")
        self._kept[kind] += 1
        self._kept_refusals += refused
        self.findings.append(finding)

    def rest(self) -> Iterator[Finding]:
        """One finding for each kind of which not all were kept, with the number of the others."""
        for kind, count in self._seen.items():
            severity, code = kind
            if not (left := count - self._kept[kind]):
                continue
            if severity is Severity.REFUSED:
                # A warning, because a refusal names its feature.
                text = Text(
                    "{n} more feature was refused for the same reason as others ({code}), and is not listed.",
                    "{n} more features were refused for the same reason as others ({code}), and are not listed.",
                    n=left,
                    code=code,
                )
                yield Finding(Severity.WARNING, code, text)
            else:
                yield Finding(severity, code, Text("… and {n} more of this kind.", n=left))

    def leave_out(self, others: Mapping[str, int]) -> None:
        """Count features of other gminas, by what each is called; of names the first thousands are kept."""
        self.cut += sum(others.values())
        for name, count in others.items():
            if name in self.others or len(self.others) < MOST_NAMED:
                self.others[name] += count
            else:
                self.others_unlisted += count

    def of_others(self) -> Iterator[Finding]:
        """Of which gminas the features are that were cut, and how to load them all the same."""
        if self.others:
            units = [f"{name} ({count})" for name, count in self.others.most_common(MOST_UNITS)]
            text = Text(
                "{n} feature belongs to another municipality and was left out: {units}."
                " With --anywhere, or --extent and a box around it, it is loaded too.",
                "{n} features belong to other municipalities and were left out: {units}."
                " With --anywhere, or --extent and a box around them, they are loaded too.",
                n=self.others.total() + self.others_unlisted,
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
