"""The search table that publishing fills: addresses, streets, parcels.

A layer hands over its entries when it is published (`replace_all`, in the same transaction); the map and the API
ask with `search`. Both sides fold their text with the same `fold`.
"""

from geo.gazetteer.asking import Found, search
from geo.gazetteer.folding import fold
from geo.gazetteer.store import Entries, Entry, Hit, example, replace, replace_all

__all__ = ["Entries", "Entry", "Found", "Hit", "example", "fold", "replace", "replace_all", "search"]
