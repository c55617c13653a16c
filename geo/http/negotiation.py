"""Which language and which media type a request gets (RFC 9110, section 12), whatever its headers hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Request

from geo.errors import BadRequest, NotAcceptable
from geo.texts import LANGUAGES, Text

# Longer headers and lists are no browser's; what stands beyond is not read.
LONGEST_HEADER = 4000
MOST_CHOICES = 60
# Java writes `q=.2`, without the zero that the grammar demands.
_WEIGHT = re.compile(r"(0(\.[0-9]{0,3})?|\.[0-9]{1,3}|1(\.0{0,3})?)", re.ASCII)
_RANGE = re.compile(r"(\*/\*|[a-z0-9!#$&^_.+-]+/(\*|[a-z0-9!#$&^_.+-]+))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """A form in which something can be had: its word for `f=`, its media type, and types that also mean it."""

    word: str
    media_type: str
    also: tuple[str, ...] = ()

    def specificity(self, accepted: str) -> int:
        """How exactly an entry of Accept means this: 3 by name, 2 by `type/*`, 1 by `*/*`, 0 not at all."""
        names = [name.split(";")[0] for name in (self.media_type, *self.also)]
        if accepted in names:
            return 3
        if accepted.endswith("/*") and any(name.startswith(accepted[:-1]) for name in names):
            return 2
        return int(accepted == "*/*")


def language_of(request: Request) -> str:
    """The language of the answer: `lang=`, else Accept-Language, else Polish.

    Raises:
        BadRequest: `lang` is none of our languages.
    """
    asked = request.args.get("lang")
    if asked is None:
        return accepted_language(request.headers.get("Accept-Language"))
    if asked not in LANGUAGES:
        problem = Text("'{value}' is not one of: {known}.", value=asked[:40], known=", ".join(LANGUAGES))
        raise BadRequest(parameter="lang", problem=problem)
    return asked


def accepted_language(header: str | None, known: Sequence[str] = LANGUAGES) -> str:
    """The language out of the known ones that Accept-Language prefers; Polish when it names none of them."""
    best, weight = LANGUAGES[0], 0.0
    for name, q in _choices(header):
        primary = name.split("-")[0]
        if primary in known and q > weight:
            best, weight = primary, q
    return best


def media_type_of(header: str | None, offers: Sequence[Offer]) -> Offer | None:
    """The offer that Accept prefers; the first where it has no preference, None where it refuses every one."""
    choices = [(name, q) for name, q in _choices(header) if _RANGE.fullmatch(name)]
    if not choices:
        return offers[0]
    weights = [max(((offer.specificity(name), q) for name, q in choices), default=(0, 0.0)) for offer in offers]
    best, weight = None, 0.0
    for offer, (specificity, q) in zip(offers, weights, strict=True):
        if specificity and q > weight:
            best, weight = offer, q
    return best


def chosen(request: Request, offers: Sequence[Offer]) -> Offer:
    """The form of the answer: `f=`, else Accept, else the first offer.

    Raises:
        BadRequest: `f` is no word of the offers.
        NotAcceptable: Accept refuses every offer.
    """
    asked = request.args.get("f")
    if asked is not None:
        for offer in offers:
            if asked == offer.word:
                return offer
        known = ", ".join(offer.word for offer in offers)
        raise BadRequest(
            parameter="f", problem=Text("'{value}' is not one of: {known}.", value=asked[:40], known=known)
        )
    header = request.headers.get("Accept")
    found = media_type_of(header, offers)
    if found is None:
        available = ", ".join(offer.media_type for offer in offers)
        raise NotAcceptable(wanted=(header or "")[:100], available=available)
    return found


def prefers_page(request: Request) -> bool:
    """Whether a person's browser asks: an error is then said on a page."""
    json = Offer("json", "application/problem+json", ("application/json", "application/geo+json"))
    page = Offer("html", "text/html")
    if request.args.get("f") in {"json", "html"}:
        return request.args["f"] == "html"
    return media_type_of(request.headers.get("Accept"), (json, page)) is page


def accepts_gzip(header: str | None) -> bool:
    """Whether Accept-Encoding permits gzip."""
    return encoding_of(header, ("gzip",)) is not None


def encoding_of(header: str | None, offers: Sequence[str]) -> str | None:
    """The encoding that Accept-Encoding prefers, the first of equals; None where it names none of the offers.

    `*` means gzip alone: who does not name a newer one may not know it.
    """
    weights = dict(_choices(header))
    weights.setdefault("gzip", weights.get("*", 0.0))
    best = max(offers, key=lambda name: weights.get(name, 0.0))
    return best if weights.get(best, 0.0) > 0 else None


def _choices(header: str | None) -> Iterator[tuple[str, float]]:
    """Names and weights of a header's list; what cannot be read is passed over."""
    for entry in (header or "")[:LONGEST_HEADER].lower().split(",")[:MOST_CHOICES]:
        name, *parameters = (part.strip() for part in entry.split(";"))
        q = next((p[2:].strip() for p in parameters if p.startswith("q=")), "1")
        if name and _WEIGHT.fullmatch(q):
            yield name, float(q)
