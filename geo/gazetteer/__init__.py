"""The search table that publishing fills: addresses, streets, parcels.

A layer hands over its entries when it is published (`replace`, in the same transaction); the map and the API
ask with `search`. Both sides fold their text with the same `fold`.
"""

from geo.gazetteer.asking import Found, search
from geo.gazetteer.folding import fold
from geo.gazetteer.store import Entry, Hit, example, replace

__all__ = ["Entry", "Found", "Hit", "example", "fold", "replace", "search"]
