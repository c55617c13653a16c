"""Our collections as pygeoapi's plugins, so that its pages and OpenAPI know them. No data passes through here.

pygeoapi would transform boxes by two corners and take every feature apart; geo.ogc.views answers items and
tiles itself. A provider definition carries the Collection, so that nothing is read when one is made.
"""

from __future__ import annotations

from typing import Any

from pygeoapi.provider.base import BaseProvider, ProviderQueryError
from pygeoapi.provider.tile import BaseTileProvider

from geo.feature import Collection, FieldType
from geo.ogc.tiles import MATRIX_SET

# pygeoapi's definitions and answers are untyped dicts.
type Document = dict[str, Any]

JSON_TYPES: dict[FieldType, dict[str, str]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


class FeatureProvider(BaseProvider):  # type: ignore[misc] # pygeoapi has no types
    """The fields and the identity of a collection's features."""

    def __init__(self, provider_def: Document) -> None:
        super().__init__(provider_def)
        self.collection: Collection = provider_def["collection"]
        self.get_fields()

    def get_fields(self) -> Document:
        """JSON Schema of each property."""
        self._fields = {field.name: dict(JSON_TYPES[field.type]) for field in self.collection.type.fields}
        return self._fields

    def query(self, **_: Any) -> Document:
        """Raises ProviderQueryError: features are served past pygeoapi."""
        raise ProviderQueryError(user_msg="Ask for items at their own address.")

    def get(self, identifier: str, **_: Any) -> Document:
        """Raises ProviderQueryError: features are served past pygeoapi."""
        raise ProviderQueryError(user_msg=f"Ask for {identifier} at its own address.")


class TileProvider(BaseTileProvider):  # type: ignore[misc] # pygeoapi has no types
    """The tile matrix set and the zooms of a collection's tiles."""

    def __init__(self, provider_def: Document) -> None:
        super().__init__(provider_def)
        self.collection: Collection = provider_def["collection"]
        self.tile_type = "map" if self.collection.raster else "vector"

    def get_layer(self) -> str:
        """The layer's name in a vector tile: the collection's id."""
        return self.collection.id

    def get_fields(self) -> Document:
        """JSON Schema of each attribute that some zoom carries."""
        carried = {name for names in self.collection.tiles.attributes.values() for name in names}
        return {f.name: dict(JSON_TYPES[f.type]) for f in self.collection.type.fields if f.name in carried}

    def get_tiling_schemes(self) -> list[str]:
        """Only one: WebMercatorQuad."""
        return [MATRIX_SET]

    def get_tiles(self, **_: Any) -> bytes:
        """Raises ProviderQueryError: tiles are served past pygeoapi."""
        raise ProviderQueryError(user_msg="Ask for tiles at their own address.")
