"""titiler: tiles of a COG, on the very file that ours slices."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bench import environments
from bench.contestants import WORKERS
from bench.servers import Launch
from bench.town import Town
from geo.tiles import TileId


@dataclass(frozen=True)
class Titiler:
    """Two workers of uvicorn."""

    town: Town

    def launch(self, port: int) -> Launch:
        """As its documentation recommends for local files: GDAL lists no folders."""
        uvicorn = [environments.python("titiler"), "-m", "uvicorn", "titiler.application.main:app"]
        options = ["--log-level", "warning", "--port", str(port), "--workers", str(WORKERS)]
        return Launch([*uvicorn, *options], "/healthz", {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"})

    def picture(self, tile: TileId) -> str:
        """A tile of 256 pixels, WebP; the colours by number, for it takes the transparency for a fourth one."""
        path = f"/cog/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}.webp"
        return f"{path}?tilesize=256&bidx=1&bidx=2&bidx=3&url={quote(str(self.town.orthophoto))}"
