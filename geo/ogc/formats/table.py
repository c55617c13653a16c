"""The formats in which features leave as a file."""

from __future__ import annotations

from dataclasses import dataclass

from geo.http import Offer
from geo.texts import Text


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format: how it is asked for, what it is called, and what its files end with."""

    offer: Offer
    title: Text
    extension: str

    @property
    def word(self) -> str:
        """Its word for `f=`."""
        return self.offer.word

    @property
    def content_type(self) -> str:
        """Its media type; of CSV with the encoding, which is not its default everywhere."""
        return f"{self.offer.media_type}; charset=utf-8" if self is CSV else self.offer.media_type


GEOPACKAGE = FileFormat(Offer("gpkg", "application/geopackage+sqlite3"), Text("GeoPackage"), "gpkg")
FLATGEOBUF = FileFormat(
    Offer("fgb", "application/flatgeobuf", ("application/vnd.flatgeobuf",)), Text("FlatGeobuf"), "fgb"
)
CSV = FileFormat(Offer("csv", "text/csv"), Text("CSV table"), "csv")
SEQUENCE = FileFormat(Offer("geojsonseq", "application/geo+json-seq"), Text("GeoJSON text sequence"), "geojsons")
# Of items `f=json` gives it page by page; as a file it is the whole layer.
GEOJSON = FileFormat(Offer("geojson", "application/geo+json"), Text("GeoJSON"), "geojson")

# What `f=` of items takes beside `json` and `html`.
ON_REQUEST = (SEQUENCE, CSV, FLATGEOBUF, GEOPACKAGE)
# What is prepared of a whole layer, the handiest first.
PREPARED = (GEOPACKAGE, FLATGEOBUF, GEOJSON, SEQUENCE, CSV)


def of(offer: Offer) -> FileFormat | None:
    """The format that an offer of items means; None for a page of JSON or HTML."""
    return next((one for one in ON_REQUEST if one.offer is offer), None)
