"""nginx: static files, the ceiling of what can be asked again."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import nginx
from bench.servers import Launch

_LOCATIONS = """
        gzip_static on;
        add_header Cache-Control "public, max-age=31536000, immutable";
"""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Nginx:
    """Serves the files that `lay` puts into its folder, gzipped ones beside, with their descriptors kept open."""

    folder: Path

    def launch(self, port: int) -> Launch:
        """Two workers with sendfile."""
        (self.folder / "files").mkdir(parents=True, exist_ok=True)
        (self.folder / "files" / "ready").write_text("ready", encoding="utf-8")
        return Launch(nginx.command(self.folder, port, _LOCATIONS), "/ready")

    def lay(self, files: Mapping[str, bytes]) -> None:
        """Write files at their paths; what begins as gzip does lies gzipped beside its plain twin."""
        for path, body in files.items():
            target = self.folder / "files" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            gzipped = body.startswith(_GZIP)
            target.write_bytes(gzip.decompress(body) if gzipped else body)
            if gzipped:
                target.with_name(target.name + ".gz").write_bytes(body)
