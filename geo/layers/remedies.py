"""What an officer does about refused features: a sentence for each code, said once under the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo.layers.model import Finding, Severity
from geo.texts import Text

# GeoJSON's own rules ("geojson") carry their remedy in each sentence: there are as many as rules.
_REMEDIES = {
    "bad-geometry": Text(
        "Mend these geometries where the file comes from, or in QGIS: Processing > Toolbox > Fix geometries,"
        " save as GeoPackage, load that."
    ),
    "outside": Text(
        "Check these coordinates where the file comes from; a file of another place is loaded with --extent or"
        " --anywhere."
    ),
    "missing-value": Text(
        "Fill these values in where the file comes from; or, if the layer can do without, take 'required' from the"
        " field in config/layers.yaml."
    ),
    "odd-value": Text("Correct these identifiers where the file comes from; 'pattern' of the field says their form."),
    "long-key": Text("Correct these identifiers, or name another column as the key: see docs/layers.md, 'from'."),
    "double-id": Text("Give each feature an identifier of its own where the file comes from."),
}


def of(findings: Sequence[Finding]) -> Iterator[Text]:
    """What to do about the refused among some findings, each sentence once."""
    codes = dict.fromkeys((found.severity, found.code) for found in findings)
    for severity, code in codes:
        # Where a column is missing, or all of them, that finding says what to do.
        causes = {(Severity.WARNING, "missing-column"), (Severity.WARNING, "bare-geometry")}
        explained = code == "missing-value" and not causes.isdisjoint(codes)
        if severity is Severity.REFUSED and code in _REMEDIES and not explained:
            yield Text("What to do: {remedy}", remedy=_REMEDIES[code])
