"""The web application: every room's blueprint, health, and the two doors."""

from __future__ import annotations

