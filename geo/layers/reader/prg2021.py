"""PRG addresses, model of 2021 (`prgad`): the XML is read once, then every feature is linked.

Kinds `prg.address`, `prg.street`, `prg.locality`. Points name their locality and street only by links to
gml:ids, which may stand anywhere in the file. A voivodeship has millions of points but some ten thousand
localities and streets, so those alone are kept in memory; the features wait on disk, a third as long as
their XML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.layers.model import Features, Finding, Severity
from geo.layers.reader import dates, unpacked
from geo.layers.reader.links import Dictionary, Links, Locality, Street
from geo.layers.reader.prg2021_features import ADDRESS, COLUMNS, LOCALITY, SRS, STREET, Gathering, Rows, name_of
from geo.layers.reader.prg2021_rows import by_parser, by_shape, positions_of
from geo.layers.reader.register import Notes, count_members
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.spool import Spool
from geo.layers.reader.xml_pieces import Uncuttable
from geo.layers.reader.xml_shapes import GML_ID
from geo.texts import Text

KINDS = {ADDRESS: "prg.address", STREET: "prg.street", LOCALITY: "prg.locality"}
SHORTER = 3  # times as long is the XML as its features on disk
START, END = "poczatekWersjiObiektu", "koniecWersjiObiektu"

type Column = Sequence[Any]
type Noted = dict[int, list[Finding]]


def open_prg2021(
    path: Path, file: str, *, synthetic: bool, scratch: Path | None, progress: Callable[[int], None]
) -> Source:
    """Read a file (which also finds whether it is whole) and learn its localities and streets.

    Raises:
        Unreadable: not well-formed or cut off, or there is no room for what waits on disk.
    """
    spool: Spool[Rows] = Spool(scratch)
    try:
        unpacked.check_room(path.stat().st_size // SHORTER, Path(spool.folder.name), file)
        gathered = _gathered(path, file, spool, progress)
    except BaseException:
        spool.folder.cleanup()
        raise

    def read(kinds: frozenset[str], closed: Counter[str]) -> Iterator[Features]:
        return _read(spool, gathered.links, kinds, closed)

    counts, findings = count_members(gathered.tally, KINDS)
    return Source(
        file=file,
        format="PRG 2021 (prgad)",
        kinds=frozenset(KINDS.values()),
        axis_rule=AxisRule.XY,  # the model writes `EPSG:2180`, easting first
        read_columns=read,
        synthetic=synthetic,
        counts=counts,
        findings=findings,
        folders=[spool.folder],
    )


def _gathered(path: Path, file: str, spool: Spool[Rows], progress: Callable[[int], None]) -> Gathering:
    gathered = Gathering(KINDS, progress)
    try:
        spool.fill(by_shape(path, gathered))
    except Uncuttable:
        gathered = Gathering(KINDS, progress)
        spool.fill(by_parser(path, file, gathered))
    return gathered


def _read(spool: Spool[Rows], links: Links, kinds: frozenset[str], closed: Counter[str]) -> Iterator[Features]:
    for block in spool.blocks():
        rows = Rows(*block)
        kind = KINDS[rows.cls]
        if kind not in kinds:
            continue
        values: dict[str, Column] = dict(zip(COLUMNS[rows.cls], rows.columns, strict=True))
        features = _linked(rows, values, links)
        if any(values[END]):
            still = np.array([end is None for end in values[END]])
            closed[kind] += len(still) - int(still.sum())
            features = features.only(still)
        if len(features):
            yield features


def _linked(rows: Rows, values: dict[str, Column], links: Links) -> Features:
    names = list(map(name_of, values["lokalnyId"], values[GML_ID], rows.numbers))
    linking = _Linking(links, names, rows.lines)
    fields = {
        "lokalny_id": values["lokalnyId"],
        "przestrzen_nazw": values["przestrzenNazw"],
        "wersja_id": values["wersjaId"],
        "poczatek_wersji": linking.dated(values[START], START, dates.local_time),
        **_FIELDS[rows.cls](values, linking),
    }
    teryt = cast("Sequence[str | None]", fields["teryt"])
    unknown = Text("The locality is not known, so the feature cannot prove its gmina.")
    for position, code in enumerate(teryt):
        if code is None:
            linking.warn(position, "gmina-unknown", unknown)
    geometries, srs = _places(rows, values)
    findings = linking.found
    for position, other in rows.others.items():
        if other.findings:
            findings.setdefault(position, []).extend(other.findings)
    return Features(KINDS[rows.cls], rows.numbers, names, rows.lines, fields, geometries, srs, teryt, findings)


def _places(rows: Rows, values: dict[str, Column]) -> tuple[NDArray[np.object_], list[str | None]]:
    """The geometries, and the CRS that each names."""
    srs = [name or None for name in values[SRS]]
    geometries = np.full(len(srs), None, dtype=object)
    # Points made at once take 0.1 us each, shapely.Point 4 us.
    points = [position for position, x in enumerate(values["x"]) if x is not None]
    if points:
        coordinates = np.array([values["x"], values["y"]], dtype=float).T
        geometries[points] = shapely.points(coordinates[points])
    lines = [position for position, line in enumerate(values["line"]) if line is not None]
    if lines:
        parts = [positions_of(values["line"][position]) for position in lines]
        indices = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        geometries[lines] = shapely.linestrings(np.concatenate(parts), indices=indices)
    for position, other in rows.others.items():
        geometries[position], srs[position] = other.geometry, other.srs
    return geometries, srs


class _Linking:
    """The links of some features followed, their dates read; and what was odd about that."""

    def __init__(self, links: Links, names: Sequence[str], lines: Sequence[int | None]) -> None:
        self.links = links
        self.names = names
        self.lines = lines
        self.found: Noted = {}

    def warn(self, position: int, code: str, text: Text) -> None:
        """Stored, but somebody should look."""
        warning = Finding(Severity.WARNING, code, text, self.names[position], self.lines[position])
        self.found.setdefault(position, []).append(warning)

    def dated[Moment](
        self, texts: Sequence[str | None], field: str, read: Callable[[str | None], Moment | None]
    ) -> list[Moment | None]:
        """Dates; one that is none gives a warning and None. A register writes few days and writes them often."""
        known: dict[str | None, Moment | None] = {}
        bad = set()
        for text in set(texts):
            try:
                known[text] = read(text)
            except ValueError:
                known[text] = None
                bad.add(text)
        for position, text in enumerate(texts) if bad else ():
            if text in bad:
                self.warn(position, "bad-date", Text("{field}: '{value}' is no date.", field=field, value=text))
        return [known[text] for text in texts]

    def followed[Entry](
        self, dictionary: Dictionary[Entry], keys: Sequence[str | None], link: str
    ) -> list[Entry | None]:
        """What links lead to; None for no link and for one that leads nowhere."""
        entries: list[Entry | None] = [dictionary.get(key) for key in keys]
        for position, entry in enumerate(entries):
            if entry is None and keys[position]:
                entries[position] = self.found_otherwise(position, dictionary, keys[position], link)
        return entries

    def found_otherwise[Entry](
        self, position: int, dictionary: Dictionary[Entry], key: str | None, link: str
    ) -> Entry | None:
        """What one link leads to, perhaps another version; says so."""
        notes = Notes(self.names[position], self.lines[position])
        entry = dictionary.find(key, link, notes)
        if notes.found:
            self.found.setdefault(position, []).extend(notes.found)
        return entry


def _address(values: dict[str, Column], linking: _Linking) -> dict[str, Column]:
    known = linking.links
    streets = linking.followed(known.streets, values["ulica2"], "ulica2")
    localities = linking.followed(known.localities, values["miejscowosc"], "miejscowosc")
    for position, (street, locality) in enumerate(zip(streets, localities, strict=True)):
        if locality is None and street is not None and street.locality is not None:
            found = linking.found_otherwise(position, known.localities, street.locality, "ulica2/miejsce")
            localities[position] = found
            if found is not None:
                linking.warn(position, "locality-of-street", Text("The locality was taken from the street."))
    names, ulics, kinds, _ = _columns_of(streets, len(Street._fields))
    return {
        "numer_porzadkowy": values["numerPorzadkowy"],
        "kod_pocztowy": values["kodPocztowy"],
        "data_nadania": linking.dated(values["dataNadania"], "dataNadania", dates.day),
        **_of_locality(localities, values["miejscowosc"]),
        "ulica": names,
        "ulic": ulics,
        "ulica_id": values["ulica2"],
        "ulica_rodzaj": kinds,
    }


def _street(values: dict[str, Column], linking: _Linking) -> dict[str, Column]:
    known = linking.links
    own = zip(values["miejsce"], values[GML_ID], strict=True)
    places = [place or known.locality_of.get(key) for place, key in own]
    localities = linking.followed(known.localities, places, "miejsce")
    return {
        "nazwa": values["nazwaPelna"],
        "nazwa_1": values["TERYTNazwa1"],
        "nazwa_2": values["TERYTNazwa2"],
        "rodzaj": values["rodzaj"],
        "ulic": values["identyfikatorULIC"],
        **_of_locality(localities, places),
    }


def _locality(values: dict[str, Column], _: _Linking) -> dict[str, Column]:
    return {
        "nazwa": values["nazwa"],
        "nazwa_mniejszosci": values["nazwaJezykMniejszosci"],
        "rodzaj": values["rodzaj"],
        "simc": values["identyfikatorSIMC"],
        "prng": values["identyfikatorPRNG"],
        "teryt": values["TERYTGminy"],
    }


_FIELDS = {ADDRESS: _address, STREET: _street, LOCALITY: _locality}


def _of_locality(localities: Sequence[Locality | None], links: Column) -> dict[str, Column]:
    names, simcs, teryts = _columns_of(localities, len(Locality._fields))
    return {"miejscowosc": names, "simc": simcs, "miejscowosc_id": links, "teryt": teryts}


def _columns_of(entries: Sequence[Locality | None] | Sequence[Street | None], width: int) -> list[Column]:
    nothing = (None,) * width
    return list(zip(*(nothing if entry is None else entry for entry in entries), strict=True))
