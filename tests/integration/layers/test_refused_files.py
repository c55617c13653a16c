"""What a file must be to be staged: a bad one gets a sentence, and the public map stays."""

import json
import re

import pytest

from tests.integration.layers import bad_files
from tests.integration.layers.bad_files import LUBUSKIE, TOWN, collection, feature, point

# RFC 7946 permits them: ring order (3.1.6, "should"), any number of decimals (11.2), a collection of one (3.1.8).
PERMITTED = {
    "bad-polygon-interiorring-rhr.geojson": "turns the wrong way round",
    "excessive_precision_truncated.geojson": "more than 9 decimals",
    "geometrycollection_single.geojson": "the geometry alone would do",
}


@pytest.mark.parametrize("name", bad_files.TEXTS)
def test_a_bad_file_gets_a_sentence_and_the_public_map_stays(town, published, write, name):
    content, status, words = bad_files.TEXTS[name]

    answer = town.geo("layers", "load", write(name, content), "--layer", "anything")

    said = answer.stdout + answer.stderr
    assert answer.returncode == status, said
    assert [word for word in words if word not in said] == []
    assert "\0" not in said
    assert town.public() == published


@pytest.mark.parametrize("name", ["huge.geojson", "zero-bytes.geojson", "half-letter.geojson"])
def test_odd_texts_that_were_stored_can_be_published_and_taken_back(town, published, write, name):
    town.geo("layers", "load", write(name, bad_files.TEXTS[name][0]), "--layer", "anything")

    answers = [town.geo("layers", verb, "anything") for verb in ("findings", "publish", "rollback")]

    assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * 3
    assert [row[1].split(",", 1)[1] for row in town.public()[1]] == [row[1].split(",", 1)[1] for row in published[1]]


def test_a_swapped_geojson_of_which_only_one_reading_lies_in_the_town_is_accepted_with_a_warning(town, write):
    swapped = [feature(n, point(50.17, 18.90 + n / 1000)) for n in range(3)]

    answer = town.geo("layers", "load", write("swapped.geojson", collection(*swapped)), "--layer", "anything")

    assert answer.returncode == 0
    assert "ostrzeżenie: Osie są odwrotnie, niż nakazuje format" in answer.stdout
    assert "druga współrzędna najpierw: 18,9010° E 50,1700° N" in answer.stdout


def test_a_file_of_which_both_readings_fit_is_refused_with_both_placements(town, write):
    diagonal = [feature(n, point(30 + n, 31 + n)) for n in range(3)]

    answer = town.geo(
        "layers", "load", write("both.geojson", collection(*diagonal)), "--layer", "anything", "--extent", "25,25,40,40"
    )

    assert answer.returncode == 1
    assert "31,0000° E 32,0000° N" in answer.stderr
    assert "32,0000° E 31,0000° N" in answer.stderr


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_every_hostile_file_is_refused_or_warned_of_as_the_rfc_says(town, published, write, shared_data, lang):
    for path in sorted((shared_data / "hostile" / "geojson").iterdir()):
        content = path.read_bytes()
        if permitted := path.name in PERMITTED:
            # They lack only what our own key asks for.
            whole = json.loads(content)
            whole = whole if whole["type"] == "Feature" else {"type": "Feature", "properties": {}, "geometry": whole}
            content = json.dumps({**whole, "id": "x"}).encode()

        answer = town.geo("layers", "load", write(path.name, content), "--layer", "anything", "--anywhere", lang=lang)

        said = answer.stdout + answer.stderr
        assert answer.returncode == (0 if permitted else 1), (path.name, said)
        if permitted:
            assert ("ostrzeżenie" if lang == "pl" else "warning") in said
            assert ("czeka na publikację" if lang == "pl" else "is staged") in said
            assert ("odrzucono 0" if lang == "pl" else "refused 0") in said
            assert lang == "pl" or PERMITTED[path.name] in said
        else:
            # By line where there are lines; else the file and what to do.
            refusals = r"(odrzucono|refused) .*(wiersz|line) \d+:"
            assert re.search(rf"{refusals}|^{re.escape(path.name)}: .+\. .+", said, re.MULTILINE), (path.name, said)
    assert town.public() == published


def test_databases_and_archives_that_are_not_whole_are_refused_by_name(town, published, tmp_path):
    whole = bad_files.geopackage(tmp_path / "cut.gpkg").read_bytes()
    (tmp_path / "cut.gpkg").write_bytes(whole[: len(whole) // 2])
    wrong = bad_files.geopackage(tmp_path / "wrong.gpkg", "EPSG:2177", bad_files.TOWN_2180)
    mixed = bad_files.broken_geopackage(tmp_path / "mixed.gpkg")
    one, two = (bad_files.shapefile(tmp_path / f"{name}.shp") for name in ("one", "two"))
    both = bad_files.archive(tmp_path / "both.zip", one, two)
    csv = tmp_path / "table.csv"
    csv.write_text("a;b", encoding="utf-8")
    no_data = bad_files.archive(tmp_path / "table.zip", csv)
    (tmp_path / "cut.zip").write_bytes(both.read_bytes()[:400])
    (tmp_path / "one.dbf").unlink()
    expected = {
        tmp_path / "cut.gpkg": "GDAL nie może go odczytać",
        wrong: "Leżałby tam jako EPSG:2180",
        mixed: "mixed.gpkg",
        both: "Archiwum zawiera kilka zbiorów danych: one.shp, two.shp",
        no_data: "W archiwum nie ma danych, które można odczytać: table.csv",
        tmp_path / "cut.zip": "Archiwum zip jest uszkodzone",
        one: "Brakuje części pliku Shapefile: .dbf",
    }

    answers = {path: town.geo("layers", "load", path, "--layer", "anything") for path in expected}

    assert {path: answer.returncode for path, answer in answers.items()} == dict.fromkeys(expected, 1)
    assert [path.name for path, words in expected.items() if words not in answers[path].stderr] == []
    assert town.public() == published


def test_register_files_that_are_broken_or_hostile_are_refused_with_their_line(town, published, write, shared_data):
    whole = (shared_data / "addresses" / "sample_model2021.gml").read_text(encoding="utf-8")
    doctype = whole.replace("?>", '?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', 1)
    cut = whole[: len(whole) * 2 // 3]
    files = {
        write("cut.gml", cut): f"w wierszu {cut.count(chr(10)) + 1}",
        write("doctype.gml", doctype): "W wierszu 2 jest DOCTYPE",
        write("label.gml", whole.replace("2180", "2177")): "Leżałby tam jako EPSG:2180",
        write("cp1250.gml", whole.encode("cp1250", "replace")): "wierszu",
    }

    answers = {path: town.geo("layers", "load", path, "--extent", LUBUSKIE) for path in files}

    assert {path.name: answer.returncode for path, answer in answers.items()} == {path.name: 1 for path in files}
    assert [path.name for path, words in files.items() if words not in answers[path].stderr] == []
    assert town.public() == published


def test_a_file_of_another_town_is_not_of_this_one_and_says_how_to_load_it(town, published, shared_data):
    answer = town.geo("layers", "load", shared_data / "addresses" / "sample_model2021.gml")

    assert answer.returncode == 1
    assert "addresses: odczytano 3 = zapisano 0 + odrzucono 0 + z innych gmin 3 + zakończone 0." in answer.stdout
    assert "TERYT 0807043 (1), TERYT 0805043 (1), TERYT 0807023 (1)" in answer.stdout
    assert "--extent albo --anywhere" in answer.stdout
    assert town.public() == published


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("addresses/sample_model2012.xml", "2 obiekty należą do innych gmin i zostały pominięte: TERYT 0804032 (2)"),
        (
            "egib/hel_2177_model2012/221101_1.0001.733.gml",
            "1 obiekt należy do innej gminy i został pominięty: TERYT 2211011",
        ),
    ],
)
def test_what_is_cut_is_said_with_its_gmina_and_how_to_load_it(town, published, shared_data, file, words):
    answer = town.geo("layers", "load", shared_data / file)

    assert answer.returncode == 1
    assert words in answer.stdout
    assert "Z --anywhere albo z --extent" in answer.stdout
    assert town.public() == published


def test_a_table_that_no_entry_takes_is_described_by_its_columns_and_the_mapping_to_write(town, write):
    file = write("place.geojson", collection(feature(1, None, Lokalny_ID="a", ulica="Rynek")))

    nothing_said = town.geo("layers", "load", file)
    wrong_layer = town.geo("layers", "load", file, "--layer", "addresses")
    one_of_two = town.geo("layers", "load", file, "--layer", "anything", "--layer", "addresses")

    assert (nothing_said.returncode, wrong_layer.returncode, one_of_two.returncode) == (1, 1, 1)
    assert "Zawiera zwykłą tabelę z kolumnami: id, nazwa, Lokalny_ID, ulica." in nothing_said.stderr
    assert "Wskaż opcją --layer, którą warstwę wypełnia: boundary, " in nothing_said.stderr
    assert "„table: {numer_porzadkowy: ..., lokalny_id: Lokalny_ID}”" in wrong_layer.stderr
    assert one_of_two.stderr == wrong_layer.stderr
    assert "docs/layers.md" in wrong_layer.stderr
    assert "--layer" not in wrong_layer.stderr


def test_a_column_that_is_missing_is_said_once_with_those_that_there_are(town, published, write):
    rows = [{**feature(n), "properties": {"ID_pola_": f"x{n}", "nazwa": "a"}} for n in (1, 2)]

    answer = town.geo("layers", "load", write("columns.geojson", collection(*rows)), "--layer", "anything")

    assert answer.returncode == 1
    assert answer.stdout.count("W pliku brakuje kolumn") == 1
    assert "dla pól: id_pola (id); jego kolumny: ID_pola_, nazwa." in answer.stdout
    assert "„table: {id_pola: ID_pola_}”" in answer.stdout
    assert "odrzucono obiekt 2, wiersz 3: Brakuje wartości „id_pola”." in answer.stdout
    assert town.public() == published


def test_one_in_a_hundred_may_be_refused_and_none_with_strict(town, write):
    many = [feature(n, point(*TOWN)) for n in range(1, 100)] + [{**feature(1), "properties": {}}]
    few = write("one-percent.geojson", collection(*many))
    more = write("two-percent.geojson", collection(*many, {**feature(2), "properties": {}}))

    answers = [
        town.geo("layers", "load", few, "--layer", "anything"),
        town.geo("layers", "load", few, "--layer", "anything", "--strict"),
        town.geo("layers", "load", more, "--layer", "anything"),
    ]

    assert [answer.returncode for answer in answers] == [0, 1, 1]
    assert "odczytano 100 = zapisano 99 + odrzucono 1" in answers[0].stdout
    assert "odrzucono obiekt 100, wiersz 101: Brakuje wartości „id_pola”." in answers[0].stdout


def test_beyond_the_poles_of_the_web_map_nothing_is_stored(town, write):
    places = [point(18.9, 50.2), point(18.9, 90), point(181, 50), point(-180, -90)]
    path = write("poles.geojson", collection(*[feature(n, place) for n, place in enumerate(places)]))

    answer = town.geo("layers", "load", path, "--layer", "anything", "--anywhere")

    assert answer.returncode == 1
    assert "odczytano 4 = zapisano 1 + odrzucono 3" in answer.stdout
