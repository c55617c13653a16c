"""What a file says of itself where its format has a place for that."""

from __future__ import annotations

from geo.feature import Collection
from geo.ogc.schemas import said
from geo.texts import LANGUAGES

# In both languages, because a file has none and goes from hand to hand.
INVENTED = "Dane zmyślone (invented)"


def about(collection: Collection) -> str:
    """That the data are invented, if they are; their source and licence."""
    mark = INVENTED if collection.synthetic else None
    return ". ".join(filter(None, (mark, said(collection.attribution, LANGUAGES[0]), collection.licence)))
