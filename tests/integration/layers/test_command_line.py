"""`geo` as an officer uses it: exit status, words, languages, and no trace of our insides."""

import subprocess

import psycopg
import pytest

from geo.layers import service
from tests.integration.layers import bad_files
from tests.integration.layers.bad_files import LUBUSKIE, TOWN, collection, feature


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


def test_a_misspelt_layer_is_refused_before_the_file_is_copied(town, write):
    answer = town.geo("layers", "load", write("good.geojson", collection(feature(1))), "--layer", "anythin")

    assert answer.returncode == 2
    assert answer.stdout == ""
