"""The catalogue: every sentence for people, in Polish and English.

A sentence is written in English where it is used, as `Text("…{name}…", name=value)` in Python or
`{% trans %}` in a template, and translated in `geo/locale/pl/<room>.po`. A test refuses a sentence without a
Polish translation. Bridges and pages add nothing of their own: there is one catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.support import NullTranslations


LANGUAGES = ("pl", "en")
# Those of the residents' forms: many people of Polish towns read Ukrainian.
SPOKEN = (*LANGUAGES, "uk")
# Of these, whose decimal mark is a comma.
_COMMA = frozenset({"pl", "uk"})
CATALOGUES = Path(__file__).parent / "locale"

type Value = str | int | float | Text | Number | None


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations into a language; English, the language of the source, needs none."""
    # Babel takes a tenth of a second to import, and a confined reader says nothing by itself.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415
    from babel.support import NullTranslations, Translations  # noqa: PLC0415

    together: NullTranslations = NullTranslations()
    for path in sorted((CATALOGUES / language).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        room = Translations(compiled)
        together = together.merge(room) if isinstance(together, Translations) else room
    return together


@cache
def sentences() -> frozenset[str]:
    """Every sentence of the catalogue in English, of counted ones both forms: nothing else is ours to say."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as in `catalogue`

    found: set[str] = set()
    for path in (CATALOGUES / LANGUAGES[0]).glob("*.po"):
        with path.open("rb") as source:
            for message in read_po(source, locale=LANGUAGES[0]):
                found.update([message.id] if isinstance(message.id, str) else message.id)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with so many decimals, written as its reader's language does: 18.9050 in English, 18,9050 in Polish."""

    value: float
    decimals: int = 0

    def say(self, language: str) -> str:
        """The number in figures; thousands are not grouped."""
        figures = f"{self.value:.{self.decimals}f}"
        return figures.replace(".", ",") if language in _COMMA else figures

    def to_json(self) -> dict[str, object]:
        """As a value of a stored Text."""
        return {"number": self.value, "decimals": self.decimals}


class Text:
    """A sentence with its values, said later in the language of whoever reads it.

    A second form with the value `n` makes a counted sentence: `Text("{n} feature", "{n} features", n=3)`.
    A value that is a Text or a Number is said in the same language.
    """

    __slots__ = ("msgid", "plural", "values")

    def __init__(self, msgid: str, plural: str | None = None, /, **values: Value) -> None:
        self.msgid = msgid
        self.plural = plural
        self.values = values

    def say(self, language: str) -> str:
        """The sentence in a language of the catalogue, else in English."""
        translations = catalogue(language)
        if self.plural is None:
            template = translations.gettext(self.msgid)
        else:
            count = self.values["n"]
            template = translations.ngettext(self.msgid, self.plural, int(str(count)))
        values = {
            name: value.say(language) if isinstance(value, Text | Number) else value
            for name, value in self.values.items()
        }
        return template.format_map(values) if values else template

    def __repr__(self) -> str:
        return f"Text({self.say('en')!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.msgid, self.values) == (other.msgid, other.values)

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(self.values)))

    def to_json(self) -> dict[str, object]:
        """As stored beside an edition, so that it can be said in any language later."""
        values = {k: v.to_json() if isinstance(v, Text | Number) else v for k, v in self.values.items()}
        return {"msgid": self.msgid, "plural": self.plural, "values": values}

    @classmethod
    def from_json(cls, stored: Any) -> Text:
        """The inverse of `to_json`; `stored` is what json.loads gave."""
        values = {k: _value_from_json(v) if isinstance(v, dict) else v for k, v in stored["values"].items()}
        return cls(stored["msgid"], stored["plural"], **values)


def _value_from_json(stored: dict[str, Any]) -> Text | Number:
    return Number(stored["number"], stored["decimals"]) if "number" in stored else Text.from_json(stored)
