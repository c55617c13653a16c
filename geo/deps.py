"""What every door needs, made once by `server` and handed down: settings, registry, database, catalog."""

from __future__ import annotations

from dataclasses import dataclass

from geo.catalog import CurrentCatalog, Refine, as_registered
from geo.db import Database
from geo.registry import Registry
from geo.settings import Settings


@dataclass(frozen=True)
class Deps:
    """One process's share of the house. Frozen: nothing is swapped while it runs."""

    settings: Settings
    registry: Registry
    database: Database
    catalog: CurrentCatalog

    @classmethod
    def make(
        cls,
        settings: Settings,
        registry: Registry,
        dsn: str,
        public_dsn: str,
        refine: Refine = as_registered,
        *,
        stale_s: float = 0.0,
    ) -> Deps:
        """Wire the parts; nothing is connected yet. `stale_s` is how old the catalog may be for answers from memory."""
        database = Database(dsn, public_dsn)
        return cls(settings, registry, database, CurrentCatalog(database, registry, refine, stale_s=stale_s))

    def close(self) -> None:
        """Give back what is held."""
        self.database.close()
