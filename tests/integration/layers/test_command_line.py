"""`geo layers` as an officer uses it: exit status, words, and a public map that bad files do not touch."""

import contextlib
import json
import re
import subprocess

import psycopg
import pytest

from geo import db
from geo.errors import Unavailable
from geo.layers import service
from tests.integration.layers import bad_files
from tests.integration.layers.bad_files import TOWN, collection, feature, point

LUBUSKIE = "14.5,51.3,16.5,53.2"
# RFC 7946 permits them: ring order (3.1.6, "should"), any number of decimals (11.2), a collection of one (3.1.8).
PERMITTED = {
    "bad-polygon-interiorring-rhr.geojson": "turns the wrong way round",
    "excessive_precision_truncated.geojson": "more than 9 decimals",
    "geometrycollection_single.geojson": "the geometry alone would do",
}


@pytest.fixture(scope="module")
def published(town, tmp_path_factory):
    """The town with two editions of `anything`, the second one public, and what the public sees."""
    folder = tmp_path_factory.mktemp("good")
    for number, names in enumerate((("a", "b"), ("a", "b", "c")), 1):
        good = folder / f"good-{number}.geojson"
        good.write_text(collection(*[feature(n, None, nazwa=name) for n, name in enumerate(names)]), encoding="utf-8")
        assert town.geo("layers", "load", good, "--layer", "anything").returncode == 0
        assert town.geo("layers", "publish", "anything").returncode == 0
    return town.public()


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def write_(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_


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


def test_list_findings_publish_and_rollback_say_what_stands_where(make_town, write):
    town = make_town()
    good = write("łąki.geojson", collection(feature(1), feature(2, None, liczba="x")))

    load = town.geo("layers", "load", good, "--layer", "anything", lang="en")
    staged = town.geo("layers", "list")
    findings = town.geo("layers", "findings", "anything", lang="en")
    publish = town.geo("layers", "publish", "anything", lang="en")
    again = town.geo("layers", "publish", "anything")
    back = town.geo("layers", "rollback", "anything")
    listed = town.geo("layers", "list", lang="en")

    assert "anything: edition 1 is staged." in load.stdout
    assert re.search(r"anything  \(Cokolwiek\)\n +1  przygotowane +2  .*łąki\.geojson  GeoJSON", staged.stdout)
    assert "warning feature 2, line 3: liczba: 'x' is no whole number." in findings.stdout
    assert publish.stdout.startswith("anything: edition 1 is published.\nPublic for the first time: anything. ")
    assert (again.returncode, again.stderr.startswith("„anything” nie ma przygotowanego wydania")) == (1, True)
    assert (back.returncode, back.stderr.startswith("„anything” nie ma poprzedniego wydania")) == (1, True)
    assert re.search(r"anything  \(Anything\)\n +1  published +2  ", listed.stdout)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("layers", "load", "{here}/nothing.gml"), 2, "Parametr PLIK: Nie ma pliku"),
        (("layers", "load", "{here}/nothing.gml", "--layer", "anythin"), 2, "nothing.gml”. Nie ma warstwy „anythin”."),
        (("layers", "load", "{here}"), 2, "to folder; podaj jeden plik"),
        (("layers", "load", "{good}", "--layer", "anythin"), 2, "Czy chodziło o „anything”?"),
        (("layers", "load", "{good}", "--extent", "1,2,3"), 2, "--extent"),
        (("layers", "load", "{good}", "--extent", "nan,1,2,3"), 2, "--extent"),
        (("layers", "load", "{good}", "--extent", "19,50,18,51"), 2, "--extent"),
        (("layers", "load", "{good}"), 1, "Wskaż opcją --layer"),
        (("layers", "load"), 2, "Brakuje „PLIK”"),
        (("layers", "load", "{good}", "--strickt"), 2, "Nie ma opcji „--strickt”"),
        (("layers", "load", "{good}", "--data-date", "2024-13-01"), 2, "--data-date"),
        (("layers", "publish", "road"), 2, "Czy chodziło o „roads”?"),
        (("layers", "rollback", "road"), 2, "Czy chodziło o „roads”?"),
        (("layers", "findings", "road"), 2, "Czy chodziło o „roads”?"),
        (("layers", "findings", "parcels"), 1, "geo layers load"),
        (("layers", "findings", "anything", "--edition", "99"), 1, "nie ma wydania 99"),
        (("layers", "publis"), 2, "Nie ma polecenia"),
        (("layer",), 2, "Nie ma polecenia"),
    ],
)
def test_wrong_use_is_two_and_a_wrong_moment_is_one(town, published, write, arguments, status, words):
    good = write("good.geojson", collection(feature(1)))

    answer = town.geo(*[part.format(good=good, here=good.parent) for part in arguments])

    assert answer.returncode == status
    assert words in answer.stderr
    assert town.public() == published


def test_help_and_wrong_use_need_no_database(town):
    apart = town.installed.environ | {"GEO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    lonely = type(town)(type(town.installed)(town.installed.data_dir, 1, apart), "")

    helps = [(), ("layers",), ("ortho",)]
    helps += [("layers", verb) for verb in ("load", "publish", "discard", "rollback", "list", "findings")]
    helps += [("ortho", verb) for verb in ("add", "list", "rollback", "sweep")]
    helps += [(verb,) for verb in ("run", "doctor", "migrate", "backup", "restore")]

    answers = [lonely.geo(*command, "--help") for command in helps]
    wrong = lonely.geo("layers", "load", "--nothing")
    away = lonely.geo("layers", "list")

    assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * len(helps)
    assert wrong.returncode == 2
    assert (away.returncode, away.stderr.startswith("GEO_DATABASE_URL: Baza danych nie odpowiada")) == (2, True)


@pytest.mark.parametrize("command", [("run",), ("layers", "list"), ("doctor",)])
def test_a_mistake_in_the_registry_stops_every_command_with_its_line(make_town, command):
    town = make_town()
    registry = town.installed.data_dir.parent / "config" / "layers.yaml"
    source = registry.read_text(encoding="utf-8")
    registry.write_text(source.replace("    recognise: false", "    recognize: false", 1), encoding="utf-8")
    line = source[: source.index("    recognise: false")].count("\n") + 1

    answer = town.geo(*command)

    said = answer.stdout + answer.stderr
    assert answer.returncode == (1 if command == ("doctor",) else 2), said
    assert f"layers.yaml, wiersz {line}: " in said
    assert "Czy chodziło o „recognise”?" in said


def test_a_data_folder_that_cannot_be_made_is_named(town):
    environ = {name: value for name, value in town.installed.environ.items() if not name.endswith("DATABASE_URL")}
    nowhere = type(town)(type(town.installed)(town.installed.data_dir, 1, environ | {"GEO_DATA_DIR": "/proc/no"}), "")

    answer = nowhere.geo("layers", "list")

    assert answer.returncode == 1
    assert "/proc/no" in answer.stderr
    assert "geo doctor" in answer.stderr


def test_the_program_itself_speaks_polish_and_english_and_never_shows_a_trace(town, published, write):
    bow_tie = write("bow-tie.geojson", bad_files.TEXTS["bow-tie.geojson"][0])
    english = type(town.installed)(town.installed.data_dir, 1, town.installed.environ | {"GEO_LANG": "en"})

    good = town.installed.geo("layers", "load", str(write("good.geojson", collection(feature(1)))), "--layer=anything")
    refused = english.geo("layers", "load", str(bow_tie), "--layer=anything")
    unknown = town.installed.geo("layers", "publish", "anythin")
    usage = town.installed.geo("layers", "load", str(bow_tie), "--no-such-option")

    assert [answer.returncode for answer in (good, refused, unknown, usage)] == [0, 1, 2, 2]
    assert f"{TOWN[0] + 0.001:.4f}° E".replace(".", ",") in good.stdout
    assert "refused feature 1, line 2: The geometry is not valid: the outline crosses itself" in refused.stdout
    assert "Czy chodziło o „anything”?" in unknown.stderr
    assert [answer for answer in (good, refused, unknown, usage) if "Traceback" in answer.stderr] == []
    assert town.public() == published


def test_a_load_names_its_steps_before_its_account_though_nobody_watches(town, write):
    answer = town.geo(
        "layers", "load", write("steps.geojson", collection(feature(1))), "--layer", "anything", lang="en"
    )

    lines = answer.stdout.splitlines()
    assert lines[:3] == [
        "Keeping a copy of steps.geojson…",
        "Loading steps.geojson…",
        "anything: indexing and checking…",
    ]
    assert lines[3].startswith("anything: read 1 ")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.UndefinedTable("no such table"), "The database refused: no such table"),
        (subprocess.CalledProcessError(3, ["python", "-m", "data.demo"]), "ended with status 3: python -m data.demo"),
    ],
)
def test_what_the_database_or_a_program_refuses_is_a_sentence(town, write, monkeypatch, error, words):
    def refuse(*_args, **_options):
        raise error

    monkeypatch.setattr(service, "load", refuse)
    answer = town.geo("layers", "load", write("any.geojson", collection(feature(1))), lang="en")

    assert answer.returncode == 1
    assert words in answer.stderr


def test_a_staged_edition_is_discarded_by_a_command_which_says_so_when_there_is_none(town, published, write):
    town.geo("layers", "load", write("staged.geojson", collection(feature(1))), "--layer", "anything")

    first, second = (town.geo("layers", "discard", "anything") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 1)
    assert "jest odrzucone; wydanie publiczne pozostało bez zmian" in first.stdout
    assert "nie ma przygotowanego wydania" in second.stderr
    assert town.public() == published


def test_an_extent_and_anywhere_contradict_each_other(town, write):
    file = write("any.geojson", collection(feature(1)))

    answer = town.geo("layers", "load", file, "--layer", "anything", "--extent", LUBUSKIE, "--anywhere")

    assert answer.returncode == 2
    assert "--anywhere" in answer.stderr


def test_a_language_that_is_not_known_is_refused_with_those_that_are(town):
    answer = town.geo("layers", "list", lang="xx")

    assert answer.returncode == 2
    assert "'xx' is no language of the command line; known: pl, en." in answer.stderr


def test_a_publication_says_which_editions_of_its_bundle_come_from_another_file_and_stay_staged(make_town, shared_data):
    town = make_town()
    town.geo("layers", "load", shared_data / "addresses" / "sample_model2021.gml", "--anywhere")
    town.geo("layers", "load", shared_data / "addresses" / "sample_model2012.xml", "--layer", "streets", "--anywhere")

    answer = town.geo("layers", "publish", "streets", lang="en")

    assert "streets: edition 2 is published." in answer.stdout
    assert "addresses: edition 1 comes from another file, sample_model2021.gml, and stays staged." in answer.stdout


def test_only_a_first_publication_says_that_a_running_geoportal_learns_of_a_new_entry_at_its_next_start(
    make_town, write
):
    town = make_town()

    said = []
    for number in (1, 2):
        good = write(f"{number}.geojson", collection(feature(number)))
        town.geo("layers", "load", good, "--layer", "anything")
        said.append(town.geo("layers", "publish", "anything").stdout)

    assert "Publiczne po raz pierwszy: anything." in said[0]
    assert "uruchom go ponownie" in said[0]
    assert said[1] == "anything: wydanie 2 jest opublikowane.\n"


def test_a_misspelt_layer_is_refused_before_the_file_is_copied(town, write):
    answer = town.geo("layers", "load", write("good.geojson", collection(feature(1))), "--layer", "anythin")

    assert answer.returncode == 2
    assert answer.stdout == ""


@pytest.mark.parametrize("verb", ["publish", "discard", "rollback"])
def test_no_success_is_said_before_it_is_committed(make_town, write, verb, monkeypatch):
    town, good = make_town(), write("good.geojson", collection(feature(1)))
    for last in ("publish", "publish", "list"):
        town.geo("layers", "load", good, "--layer", "anything")
        town.geo("layers", last, "anything")
    before = town.public()
    real = db.Database.transaction

    @contextlib.contextmanager
    def failing_at_its_end(self):
        with real(self) as connection:
            yield connection
            raise Unavailable

    monkeypatch.setattr(db.Database, "transaction", failing_at_its_end)
    answer = town.geo("layers", verb, "anything")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert town.public() == before
