"""What is prepared of a layer."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from geo.feature import Collection
from geo.ogc.formats.table import PREPARED, FileFormat

# Raised when the files of the same edition would hold other bytes.
RECIPE = 2


class PreparedFile(BaseModel):
    """One file."""

    model_config = ConfigDict(frozen=True)

    word: str
    length: int  # bytes
    sha256: str

    @property
    def format(self) -> FileFormat:
        """Its format."""
        return next(one for one in PREPARED if one.word == self.word)


class Download(BaseModel):
    """The files of one edition, and what was true of it when they were made."""

    model_config = ConfigDict(frozen=True)

    layer: str
    key: str
    edition: int
    features: int
    data_date: date | None
    published_at: datetime
    prepared_at: datetime
    licence: str
    licence_url: str
    synthetic: bool
    files: tuple[PreparedFile, ...]

    def name(self, file: PreparedFile) -> str:
        """What a file is called, such as `parcels.gpkg`."""
        return f"{self.layer}.{file.format.extension}"

    def file(self, name: str) -> PreparedFile | None:
        """The file of a name."""
        return next((one for one in self.files if self.name(one) == name), None)


def key_of(collection: Collection) -> str:
    """Names what a download is made from: another edition, entry of the registry or recipe has another key."""
    made_from = f"{collection.version} {collection.published_at.isoformat()} {collection.licence} {RECIPE}"
    return f"{collection.edition}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}"


def is_offered(collection: Collection) -> bool:
    """Whether the collection is prepared at all: flights are pictures, their footprints nobody's register."""
    return not collection.raster
