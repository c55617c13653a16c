"""config/categories.yaml: what may be reported, what is asked, who gets it, which layers know a place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn, Self

from pydantic import Field, model_validator

from geo import config_file
from geo.config_file import At, Strict, Texts
from geo.registry import Registry
from geo.texts import Text

FILE = "categories.yaml"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Said(Texts):
    """A text in the languages of the form; what is not written in Ukrainian is said in English."""

    uk: str = ""

    def say(self, language: str) -> str:
        """The text in a language of the form."""
        return {"pl": self.pl, "uk": self.uk or self.en}.get(language, self.en)


class Question(Strict):
    """What a category asks besides; nobody has to answer."""

    title: Said
    # Value -> words; empty: an answer in one's own words.
    options: dict[str, Said] = Field(default={})
    # What is said at once to who chooses an option, such as that 112 is to be called.
    stop: dict[str, Said] = Field(default={})


class Nearby(Strict):
    """Which reports of the same category are offered as perhaps the same."""

    radius_m: float = Field(gt=0, le=1000)
    age_days: int = Field(gt=0, le=3650)


class Retention(Strict):
    """When what of a closed report is erased."""

    contact_days: int = Field(default=90, gt=0)
    photo_original_days: int = Field(default=365, gt=0)


class Category(Strict):
    """One kind of report."""

    title: Said
    examples: Said
    nearby: Nearby
    due_working_days: int = Field(gt=0, le=250)
    questions: dict[str, Question] = Field(default={})
    stop: Said | None = None
    # Duty moderators get a letter at once.
    urgent: bool = False
    # The public place is a corner of a grid of so many metres; None: exact.
    public_place_m: float | None = Field(default=None, ge=10, le=1000)
    retention: Retention = Retention()


class Department(Strict):
    """A part of the town hall."""

    title: Said


class Body(Strict):
    """Another office, to which a report is passed on."""

    title: Said
    contact: Said


class Rule(Strict):
    """Who gets a report that fits all it names; what it does not name fits everything."""

    category: tuple[str, ...] = ()
    # Names of the areas of `place.area`.
    area: tuple[str, ...] = ()
    # Values of `place.road`.
    road: tuple[str, ...] = ()
    department: str | None = None
    body: str | None = None

    @property
    def fits_everything(self) -> bool:
        """Whether it names no condition."""
        return not (self.category or self.area or self.road)


class Look(Strict):
    """In which layer, and which of its fields, something about a place stands."""

    layer: str
    field: str | None = None
    # The feature's label stands for a field.
    label: bool = False
    # The words for people beside the field that decides.
    name: str | None = None
    # How far it may be; None: the place lies inside it.
    within_m: float | None = Field(default=None, gt=0, le=500)


class Looks(Strict):
    """What our own layers know of a place."""

    address: Look | None = None
    parcel: Look | None = None
    area: Look | None = None
    street: Look | None = None
    road: Look | None = None
    # Outside it no report is taken.
    boundary: Look | None = None

    def each(self) -> Iterator[tuple[str, Look]]:
        """Those that are configured, by their word."""
        for name in type(self).model_fields:
            look: Look | None = getattr(self, name)
            if look is not None:
                yield name, look


class Categories(Strict):
    """config/categories.yaml."""

    country: str = Field(default="PL", pattern="^[A-Z]{2}$")
    before_all: Said
    departments: dict[str, Department]
    bodies: dict[str, Body] = Field(default={})
    place: Looks = Looks()
    routing: tuple[Rule, ...]
    categories: dict[str, Category]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_words("departments", self.departments)
        _check_words("bodies", self.bodies)
        _check_words("categories", self.categories)
        if not self.categories:
            raise At(Text("There is no category."), Text("Add one."), "categories")
        for number, rule in enumerate(self.routing):
            self._check_rule(number, rule)
        if not self.routing or not self.routing[-1].fits_everything:
            raise At(
                Text("The last rule does not fit everything, so that some reports would go to nobody."),
                Text("End the list with a rule that names a department only."),
                "routing",
            )
        for name, category in self.categories.items():
            for asked, question in category.questions.items():
                for option in question.stop.keys() - question.options.keys():
                    _unknown(option, question.options, "categories", name, "questions", asked, "stop")
        return self

    def _check_rule(self, number: int, rule: Rule) -> None:
        where = ("routing", number)
        if (rule.department is None) == (rule.body is None):
            raise At(Text("A rule names a department or a body."), Text("Write one of the two."), *where)
        if rule.department is not None and rule.department not in self.departments:
            _unknown(rule.department, self.departments, *where, "department")
        if rule.body is not None and rule.body not in self.bodies:
            _unknown(rule.body, self.bodies, *where, "body")
        for name in rule.category:
            if name not in self.categories:
                _unknown(name, self.categories, *where, "category")

    def check(self, registry: Registry) -> None:
        """Whether the layers of `place` are in the registry.

        Raises:
            At: one is not, or lacks a field.
        """
        for word, look in self.place.each():
            layer = registry.layers.get(look.layer)
            if layer is None:
                _unknown(look.layer, registry.layers, "place", word, "layer")
            for field in filter(None, (look.field, look.name)):
                if field not in layer.fields:
                    _unknown(field, layer.fields, "place", word, "field")


def read(config_dir: Path, registry: Registry) -> Categories:
    """The categories of an installation, fitting its registry.

    Raises:
        Misconfigured: config/categories.yaml is wrong; says file, line and the nearest right word.
    """

    class Fitting(Categories):
        """The same, held against the registry, so that a mistake is told with its line."""

        @model_validator(mode="after")
        def _fits_registry(self) -> Self:
            self.check(registry)
            return self

    return config_file.read(config_dir / FILE, Fitting)


def _check_words(section: str, words: Iterable[str]) -> None:
    for word in words:
        if not _WORD.fullmatch(word):
            raise At(
                Text("'{name}' cannot be a word of this file.", name=word),
                Text("Use small letters, digits and _."),
                section,
                word,
            )


def _unknown(word: str, known: Iterable[str], *path: str | int) -> NoReturn:
    raise At(Text("'{word}' is not known here.", word=word), config_file.nearest(word, known), *path)
