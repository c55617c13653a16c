"""Who gets a report: the first rule that fits, with the reason in words."""

from __future__ import annotations

from dataclasses import dataclass

from geo.reports.categories import Categories, Rule, Said
from geo.reports.model import Surroundings


@dataclass(frozen=True, slots=True)
class Route:
    """Where a report goes, and the rule that says so, counted from 1."""

    number: int
    rule: Rule
    title: Said

    @property
    def department(self) -> str | None:
        """Of the town hall; None: another body is responsible."""
        return self.rule.department

    @property
    def body(self) -> str | None:
        """Another office; None: a department of ours is."""
        return self.rule.body


def route(rules: Categories, category: str, around: Surroundings) -> Route:
    """Where a report of a category at a place goes."""
    # The last rule fits everything: the file is read so.
    number, rule = next(pair for pair in enumerate(rules.routing, start=1) if _fits(pair[1], category, around))
    return Route(number, rule, _title(rules, rule))


def explained(rules: Categories, found: Route, category: str, around: Surroundings, language: str) -> str:
    """The reason, as in `3: Uszkodzenie nawierzchni, PZD → Powiatowy Zarząd Dróg`: what the rule asked, and its end."""
    asked: list[str] = []
    if found.rule.category:
        known = rules.categories.get(category)
        asked.append(known.title.say(language) if known else category)
    if found.rule.area and around.area:
        asked.append(around.area)
    if found.rule.road and around.road:
        asked.append(around.road_manager or around.road)
    return f"{found.number}: {', '.join(asked) or '*'} → {found.title.say(language)}"


def _fits(rule: Rule, category: str, around: Surroundings) -> bool:
    return (
        (not rule.category or category in rule.category)
        and (not rule.area or around.area in rule.area)
        and (not rule.road or around.road in rule.road)
    )


def _title(rules: Categories, rule: Rule) -> Said:
    return rules.departments[rule.department].title if rule.department else rules.bodies[rule.body or ""].title
