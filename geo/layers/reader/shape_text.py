"""In which encoding the texts of a shapefile stand: its .cpg, else the bytes themselves."""

from __future__ import annotations

import codecs
from pathlib import Path

from geo.layers.model import Finding, Severity
from geo.texts import Text

BLOCK = 1 << 20
FALLBACK = "cp1250"  # what Polish programs write when they say nothing


def encoding_of(shp: Path) -> tuple[str, list[Finding]]:
    """The encoding (a Python name) and what the officer should know of the choice.

    A .cpg is believed when the texts agree with it; without one UTF-8 is tried strictly, because Polish
    letters of Windows-1250 are never valid UTF-8; then Windows-1250.
    """
    dbf = shp.with_suffix(".dbf")
    if not dbf.is_file():
        return "utf-8", []
    named = _named(shp.with_suffix(".cpg"))
    if named is not None and _decodes(dbf, named):
        return named, []
    chosen = "utf-8" if _decodes(dbf, "utf-8") else FALLBACK
    if named is None:
        text = Text("There is no .cpg file; the texts were read as {chosen}.", chosen=chosen)
        return chosen, [Finding(Severity.NOTE, "encoding-guessed", text)]
    text = Text(
        "The texts are not {named} as the .cpg file says; they were read as {chosen}.", named=named, chosen=chosen
    )
    return chosen, [Finding(Severity.WARNING, "encoding-wrong", text)]


def _named(cpg: Path) -> str | None:
    """The encoding that a .cpg file names: `UTF-8`, `1250`, `ANSI 1250`, `65001`, `ISO 88592`."""
    if not cpg.is_file():
        return None
    word = cpg.read_bytes()[:64].decode("ascii", "replace").strip().removeprefix("ANSI ").removeprefix("OEM ")
    word = {"65001": "utf-8", "88592": "iso8859-2", "ISO 88592": "iso8859-2"}.get(word, word)
    try:
        return codecs.lookup(f"cp{word}" if word.isdigit() else word).name
    except LookupError:
        return None


def _decodes(dbf: Path, encoding: str) -> bool:
    """Whether the records of a dBASE table are valid in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with dbf.open("rb") as source:
        head = source.read(32)
        source.seek(int.from_bytes(head[8:10], "little"))
        try:
            while block := source.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
