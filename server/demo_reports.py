"""Reports of the demo town: invented ones in all states over two years, so that queue and list are alive."""

from __future__ import annotations

import logging
from datetime import timedelta
from random import Random
from threading import Event
from uuid import UUID, uuid5

from geo import jobs
from geo.db import Connection
from geo.deps import Deps
from geo.errors import Refused
from geo.reports import categories, forms, place, service, store
from geo.reports.categories import Categories
from geo.reports.model import Channel, Status
from geo.reports.moves import Actor

log = logging.getLogger(__name__)
JOB = "demo.reports"
COUNT = 400
_NAMESPACE = UUID("6f9c1c7e-5d0f-4c86-9f5c-1f3f6b0a2d11")
_TWO_YEARS_DAYS = 730
_PLACES = 20_000
# Every so many names somebody who may be written to.
_WITH_CONTACT = 20
# A degree of latitude; nobody's door is the place of a report.
_BESIDE_DEGREES = 0.0002
_TEXTS = {
    "bariery": ("Za wysoki krawężnik przy przejściu.", "Chodnik zastawiony słupkami, wózek nie przejedzie."),
    "zielen": ("Złamana gałąź wisi nad chodnikiem.", "Rozjeżdżony trawnik przy parkingu."),
    "wysypiska": ("Worki ze śmieciami przy lesie.", "Porzucone opony i gruz obok drogi."),
    "nawierzchnia": ("Głęboka dziura w jezdni.", "Zapadnięta studzienka.", "Latarnia nie świeci od tygodnia."),
    "oznakowanie": ("Przekręcony znak stopu.", "Pasy na przejściu prawie niewidoczne."),
    "zagrozenia": ("Otwarta studzienka na chodniku.", "Zerwana barierka nad potokiem."),
    "uwagi": ("Nielegalna reklama na ogrodzeniu.", "Graffiti na ścianie przystanku."),
    "mala_architektura": ("Połamana ławka w parku.", "Przewrócony kosz na śmieci."),
}
_V, _W, _D = Status.VERIFIED, Status.IN_PROGRESS, Status.DONE
# How old cases went, the frequent ways more often; the days between two steps are drawn.
_WAYS: tuple[tuple[Status, ...], ...] = (
    *[(_V, _W, _D)] * 6,
    *[(_V, Status.PLANNED, _D)] * 2,
    (_V, _W, _D, Status.REOPENED),
    (_V, Status.NOT_DONE),
    (Status.REJECTED,),
    (Status.REJECTED,),
    (Status.DUPLICATE,),
    (Status.PASSED_ON,),
)
# How far young ones have come.
_YOUNG: tuple[tuple[Status, ...], ...] = (
    (),
    (),
    (),
    (Status.INCOMPLETE,),
    (_V,),
    (_V,),
    (_V, _W),
    (_V, Status.PLANNED),
)
_REASON = "Odpowiedź wymyślona dla miasta pokazowego."


def promise(connection: Connection) -> None:
    """Let the worker invent them."""
    jobs.defer(connection, JOB, {}, key=JOB)


def invent(deps: Deps, ending: Event) -> None:
    """Invent them, each in a transaction of its own; those that are there already stay. Harmless to repeat.

    Raises:
        Interrupted: the worker ends.
    """
    rules, random = categories.read(deps.settings.config_dir, deps.registry), Random(2408021)  # noqa: S311 - repeatable, not secret
    known = [name for name in rules.categories if name in _TEXTS]
    with deps.database.public() as connection:
        places = place.addresses(connection, deps.catalog().collections, rules.place, _PLACES)
    if not places or not known:
        return
    for number in range(round(COUNT * deps.settings.demo_scale)):
        if ending.is_set():
            raise jobs.Interrupted
        lng, lat = random.choice(places)
        _one(deps, rules, number, random.choice(known), (lng, lat + random.uniform(-1, 1) * _BESIDE_DEGREES), random)
    log.info("demo reports invented", extra={"places": len(places)})


def _one(deps: Deps, rules: Categories, number: int, category: str, at: tuple[float, float], random: Random) -> None:
    age_days = random.uniform(0, 1) ** 2 * _TWO_YEARS_DAYS
    way = random.choice(_WAYS if age_days > 30 else _YOUNG)
    gaps = [random.uniform(0.1, 6) for _ in way]
    fields: dict[str, object] = {
        "uuid": str(uuid5(_NAMESPACE, str(number))),
        "category": category,
        "description": random.choice(_TEXTS[category]),
        "lng": at[0],
        "lat": at[1],
        "found": "address",
    }
    if number % _WITH_CONTACT == 0:
        fields |= {"name": f"Osoba wymyślona {number}", "email": f"osoba{number}@demo.example"}
    sent, town = forms.read(fields, rules, Channel.FORM), deps.settings.town.municipality.name
    try:
        around = service.look(deps.database.public, deps.catalog().collections, rules, town, sent.lng, sent.lat)
    except Refused:
        # An address at the town's very edge.
        return
    base_url = deps.settings.base_url
    with deps.database.transaction() as connection:
        if store.received(connection, sent.uuid) is not None:
            return
        received = service.submit(connection, rules, sent, around, f"demo {number}", base_url)
        steps = [(Status.NEW, 0.1), *zip(way, gaps, strict=True)]
        for wanted, days in steps if received.status is Status.UNCONFIRMED else steps[1:]:
            store.shift(connection, received.number, timedelta(days=days))
            service.move(
                connection,
                rules,
                received.number,
                wanted,
                Actor.MODERATOR,
                None,
                reason=_REASON,
                base_url=base_url,
            )
        store.shift(connection, received.number, timedelta(days=max(age_days - sum(gaps), 0)))
