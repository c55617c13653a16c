"""config/categories.yaml: what is wrong in it is said with its line; the first rule that fits decides."""

from pathlib import Path

import pytest

from geo import registry
from geo.errors import Misconfigured
from geo.reports import categories, routing
from geo.reports.model import Surroundings

CONFIG = Path(__file__).parents[3] / "config"
REGISTRY = registry.read(CONFIG)
RULES = categories.read(CONFIG, REGISTRY)
SEED = {"bariery", "zielen", "wysypiska", "nawierzchnia", "oznakowanie", "zagrozenia", "uwagi", "mala_architektura"}


@pytest.fixture
def changed(tmp_path):
    """Reads the file after one change."""

    def changed_(before, after):
        source = (CONFIG / categories.FILE).read_text(encoding="utf-8")
        assert before in source
        (tmp_path / categories.FILE).write_text(source.replace(before, after, 1), encoding="utf-8")
        return categories.read(tmp_path, REGISTRY)

    return changed_


def test_the_seeds_seven_categories_and_the_live_systems_eighth_are_there_in_three_languages():
    assert set(RULES.categories) == SEED
    for category in RULES.categories.values():
        said = {category.title.say(language) for language in ("pl", "en", "uk")}
        assert len(said) == 3
        assert category.examples.pl
        assert category.examples.uk


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("department: straz}", "department: strasz}", ("'strasz'", "Did you mean 'straz'?")),
        ("body: gddkia}", "body: gdka}", ("'gdka'", "Did you mean 'gddkia'?")),
        ("category: [zielen, wysypiska]", "category: [zielen, wysypisko]", ("Did you mean 'wysypiska'?",)),
        ("  - {department: gospodarka}\n", "", ("The last rule does not fit everything",)),
        ("layer: parcels", "layer: parcel", ("'parcel'", "Did you mean 'parcels'?")),
        ("field: id_dzialki", "field: dzialka", ("'dzialka'",)),
        ("urgent: true", "urgnt: true", ("'urgnt'",)),
        ("department: straz}", "department: straz, body: powiat}", ("a department or a body",)),
        ("due_working_days: 1\n", "due_working_days: 0\n", ("due_working_days",)),
        ('          niebezpieczne:\n            pl: "Nie', '          grozne:\n            pl: "Nie', ("'grozne'",)),
    ],
)
def test_a_mistake_is_said_with_file_and_line(changed, before, after, words):
    with pytest.raises(Misconfigured) as wrong:
        changed(before, after)

    assert "categories.yaml" in str(wrong.value)
    for word in words:
        assert word in str(wrong.value)


@pytest.mark.parametrize(
    ("category", "road", "number", "to"),
    [
        ("nawierzchnia", "powiatowa", 3, "Powiatowy Zarząd Dróg"),
        ("nawierzchnia", "gminna", 4, "Wydział Dróg i Mostów"),
        ("nawierzchnia", None, 4, "Wydział Dróg i Mostów"),
        ("uwagi", "krajowa", 8, "Wydział Gospodarki Komunalnej"),
    ],
)
def test_the_first_rule_that_fits_decides_and_says_why(category, road, number, to):
    around = Surroundings(road=road, road_manager=road and f"zarządca: {road}")

    found = routing.route(RULES, category, around)

    assert found.number == number
    told = routing.explained(RULES, found, category, around, "pl")
    assert told.startswith(f"{number}: ")
    assert told.endswith(to)
