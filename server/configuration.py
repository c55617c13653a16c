"""The files of config, all read before anything starts: a mistake is said once, not by each web process that dies."""

from __future__ import annotations

from geo import registry
from geo.map import styles
from geo.registry import Registry
from geo.reports import categories
from geo.settings import Settings


def read(settings: Settings) -> Registry:
    """The registry; config/styles.yaml and categories.yaml are read against it (town.yaml was with the settings).

    Raises:
        Misconfigured: one of them is wrong; says file, line or key, and the nearest right word.
    """
    known = registry.read(settings.config_dir)
    styles.read(settings.config_dir, (*known.layers, *known.flights))
    categories.read(settings.config_dir, known)
    return known
