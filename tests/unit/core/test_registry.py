"""config/layers.yaml: a mistake stops the start and says where and what to write instead."""

from pathlib import Path

import pytest

from geo import registry, templates
from geo.errors import Misconfigured

CONFIG = Path(__file__).parents[3] / "config"


def test_the_towns_own_registry_is_right():
    known = registry.read(CONFIG)

    assert set(known.layers) >= {
        "addresses",
        "streets",
        "localities",
        "parcels",
        "buildings",
        "districts",
        "boundary",
        "roads",
    }
    assert set(known.flights) >= {"ortho-2019", "ortho-2024"}
    assert set(known.bundle_of("streets")) == {"addresses", "streets", "localities"}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("    geometry: point\n", "    geometri: point\n", "Czy chodziło o „geometry”?"),
        ("type: integer", "type: interger", "Czy chodziło o „integer”?"),
        ("  roads:\n", "  streets:\n", "występuje dwa razy"),
        ("key: odcinek", "key: odcine", "Czy chodziło o „odcinek”?"),
        ("source: town\n    year: 2024", "source: twon\n    year: 2024", "Czy chodziło o „town”?"),
        ("checks: [same_label]", "checks: [sam_label]", "Czy chodziło o „same_label”?"),
        ("  ortho-2019:", "  Ortho_2019:", "nie może być identyfikatorem kolekcji"),
        (
            'label: "{nazwa}"\n    fields:\n      teryt',
            'label: "{nazw}"\n    fields:\n      teryt',
            "Czy chodziło o „nazwa”?",
        ),
        ("tiles: {min_zoom: 6, max_zoom: 14,", "tiles: {min_zoom: 15, max_zoom: 14,", "min_zoom jest większe"),
        (
            "attributes: {0: [nazwa, rodzaj]}}",
            "attributes: {0: [nazwa, rodzaj]}, label_points: true}",
            "Punkty podpisów mają tylko obszary",
        ),
        (
            "{type: text, required: true, pattern: '\\d{6}_\\d\\.\\d{4}',",
            "{type: text, required: true, pattern: '(',",
            "wyrażeniem regularnym",
        ),
        ("en: Municipal boundary}", "en: Yes}", "„True” to nie jest tekst. Zapisz to w cudzysłowie."),
        ("en: Municipal boundary}", "en: Municipal boundary, de: Gemeinde}", "Klucz „de” nie jest tu znany"),
        (", en: Municipal boundary}", "}", "Brakuje klucza „layers.boundary.title.en”"),
        ("min_zoom: 6", "min_zoom: six", "„six” to nie jest liczba całkowita"),
        ("min_zoom: 6", "min_zoom: 6.5", "„6.5” to nie jest liczba całkowita"),
        ("min_zoom: 6", "min_zoom: -1", "-1 to mniej niż 0"),
        ("max_zoom: 14", "max_zoom: 30", "30 to więcej niż 22"),
        ("required: true", "required: ja", "„ja” to nie jest tak albo nie"),
        ("attributes: {0: [nazwa]}", "attributes: {0: nazwa}", "„nazwa” to nie jest lista"),
        ("attributes: {0: [nazwa]}", "attributes: {0: [nazwaa]}", "Czy chodziło o „nazwa”?"),
        ("geometry: polygon", "geometry: poligon", "Czy chodziło o „polygon”?"),
        ('label: "{nazwa}"', 'label: "{nazwa"', "Nawiasy klamrowe"),
        ('label: "{nazwa}"', 'label: "{}"', "nie ma pola „”"),
        ("      teryt: {type", "      geom: {type", "„geom” nie może być nazwą pola"),
        ("      teryt: {type", "      Kod TERYT: {type", "nie może być nazwą pola"),
        ("      teryt: {type", "      loaded_line: {type", "„loaded_line” nie może być nazwą pola"),
        ("      teryt: {type", "      xmin: {type", "„xmin” nie może być nazwą pola"),
        ("      teryt: {type: text, required: true,", "      teryt: {type: text,", "Klucza „teryt” może brakować"),
        ('label: "{nazwa} ({id_obrebu})"', "label: Obręb", "„Obręb” nie wymienia żadnego pola"),
        ("{teryt: jpt_kod_je", "{terytt: jpt_kod_je", "Czy chodziło o „teryt”?"),
        ("year: 2019", "year: 1066", "1066 to mniej niż 1900"),
        ("  ortho-2019:", "  boundary:", "to zarazem warstwa i nalot"),
        ("    geometry: polygon\n", "    geometry: *polygon\n", "To nie jest poprawny YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_right_word(tmp_path, right, wrong, said):
    source = (CONFIG / "layers.yaml").read_text(encoding="utf-8")
    assert right in source
    broken = source.replace(right, wrong, 1)
    (tmp_path / "layers.yaml").write_text(broken, encoding="utf-8")

    with pytest.raises(Misconfigured) as caught:
        registry.read(tmp_path)

    message = caught.value.text.say("pl")
    assert said in message
    changed = next(n for n, (a, b) in enumerate(zip(source.split("\n"), broken.split("\n"), strict=True), 1) if a != b)
    # A double key is reported at its second place; the line of the first stands in the sentence.
    assert f"wiersz {changed}:" in message or f"w wierszu {changed})" in message


def test_an_area_that_is_no_number_cannot_be_measured_against(tmp_path):
    source = (CONFIG / "layers.yaml").read_text(encoding="utf-8")
    (tmp_path / "layers.yaml").write_text(source.replace("number, unit: ha", "text, unit: ha"), encoding="utf-8")

    with pytest.raises(Misconfigured, match="No number has the unit ha"):
        registry.read(tmp_path)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(Misconfigured, match=r"layers\.yaml"):
        registry.read(tmp_path)


def test_broken_yaml_names_its_line(tmp_path):
    (tmp_path / "layers.yaml").write_text("sources: {\nlayers: [}", encoding="utf-8")

    with pytest.raises(Misconfigured, match=r"line [12]"):
        registry.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("- a\n- b\n", 1),
        ("sources: \0\n", None),
        ("\nsources: żółć\n".encode("cp1250"), 2),
        ("sources: !!python/object/apply:os.getpid []\n", 1),
        ("sources: {}\n? [a, b]\n: 1\n", 2),
    ],
)
def test_what_is_no_registry_at_all_is_said_to_be_none(tmp_path, content, line):
    path = tmp_path / "layers.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(Misconfigured) as caught:
        registry.read(tmp_path)

    assert caught.value.text.say("pl").startswith(f"{path}, wiersz {line}: " if line else f"{path}: ")


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("{ulica|miejscowosc} {numer}", {"ulica": "Rynek", "numer": "16", "miejscowosc": "Mikołów"}, "Rynek 16"),
        ("{ulica|miejscowosc} {numer}", {"ulica": None, "numer": "21A", "miejscowosc": "Żubrów"}, "Żubrów 21A"),
        ("{a}, {b}, {c}", {"a": "x", "b": None, "c": "z"}, "x, z"),
        ("{a}, {b}", {"a": None, "b": None}, ""),
    ],
)
def test_a_template_leaves_no_lone_blanks_or_commas(template, values, filled):
    assert templates.fill(template, values) == filled


def test_the_fingerprint_changes_with_the_entry():
    known = registry.read(CONFIG)
    entry = known.layers["addresses"]

    other = entry.model_copy(update={"tiles": entry.tiles.model_copy(update={"max_zoom": 19})})

    assert registry.fingerprint(entry) == registry.fingerprint(entry.model_copy())
    assert registry.fingerprint(entry) != registry.fingerprint(other)
