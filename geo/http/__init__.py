"""HTTP manners that every room shares: errors, negotiation, caching, security headers, trusted proxies.

`install(app, settings)` gives them to a Flask application; rooms call the functions of the modules.
"""

from geo.http import pages
from geo.http.answers import install
from geo.http.arguments import is_utf8, only, pairs_of
from geo.http.conditional import digest, entity_tag, fresh, unchanged
from geo.http.negotiation import Offer, accepts_gzip, chosen, language_of, media_type_of
from geo.http.proxies import PublicAddress, TrustedProxies, base_url

__all__ = [
    "Offer",
    "PublicAddress",
    "TrustedProxies",
    "accepts_gzip",
    "base_url",
    "chosen",
    "digest",
    "entity_tag",
    "fresh",
    "install",
    "is_utf8",
    "language_of",
    "media_type_of",
    "only",
    "pages",
    "pairs_of",
    "unchanged",
]
