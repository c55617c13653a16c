"""Texts whose letters were broken by reading UTF-8 as Windows-1250: `gĹ‚Ăłwna` for `główna`."""

from __future__ import annotations

from collections.abc import Mapping

from geo.layers.model import RawValue
from geo.layers.reader.register import Notes
from geo.texts import Text

LOST = "\ufffd"


def mended(fields: Mapping[str, RawValue], notes: Notes) -> dict[str, RawValue]:
    """The fields with broken letters made whole; a warning names the columns."""
    made: dict[str, RawValue] = {}
    touched: list[str] = []
    for name, value in fields.items():
        whole = mend(value) if isinstance(value, str) and not value.isascii() else value
        if whole != value:
            touched.append(name)
        made[name] = whole
    if touched:
        first = touched[0]
        notes.warn(
            "mojibake",
            Text(
                "Broken letters were mended in {columns} ('{before}' became '{after}').",
                columns=", ".join(touched),
                before=str(fields[first])[:60],
                after=str(made[first])[:60],
            ),
        )
    if lost := [name for name, value in made.items() if isinstance(value, str) and LOST in value]:
        text = Text("Letters are lost (�) in {columns}; export the file again as UTF-8.", columns=", ".join(lost))
        notes.warn("lost-letters", text)
    return made


def mend(text: str) -> str:
    """The text, made whole when it was broken.

    That a text's Windows-1250 bytes are valid UTF-8 does not happen by chance: correct Polish never is,
    because no Polish letter is followed by one of the second bytes.
    """
    try:
        whole = b"".join(_byte(letter) for letter in text).decode("utf-8")
    except UnicodeError:
        return text
    return whole


def _byte(letter: str) -> bytes:
    # The five bytes that Windows-1250 leaves undefined arrive as C1 controls (Ł, Ę, Ń have one).
    return bytes((ord(letter),)) if "\x80" <= letter <= "\x9f" else letter.encode("cp1250")
