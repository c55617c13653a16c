"""The pure parts of the benches: what counts as a measurement, and what as the same answer. No clocks."""

import os
from urllib.parse import parse_qsl

import pytest

from bench import cases, noise, rounds, spelling, table, wrk
from bench.__main__ import chosen
from bench.cases import Aim, Line, Outcome, compared
from bench.contestants import Ask
from bench.equality import Unequal, same_page, same_place, tile_difference
from bench.growth import grown_to
from bench.invented import parcels
from bench.items import checked
from bench.rounds import Figures, Round


def load(requests: int, p50_ms: float = 1.0, failed: int = 0) -> wrk.Load:
    return wrk.Load(requests, 2.0, requests * 1000, failed, 0, p50_ms, p50_ms * 10)


def test_the_median_of_the_rounds_counts_and_each_figure_has_its_own():
    found = rounds.figures([Round(load(100, 5), 0.0), Round(load(300, 2), 0.0), Round(load(200, 9), 0.0)])

    assert (found.per_second, found.p50_ms, found.p99_ms, found.bytes_each) == (100, 5, 50, 1000)
    assert (found.failed, found.noisy) == (0, 0)


def test_a_round_that_others_disturbed_is_repeated_a_bounded_number_of_times_and_the_cleanest_kept():
    once_disturbed = iter([Round(load(1), 0.5), Round(load(2), 0.01), Round(load(3), 0.0)])
    always_disturbed = iter([Round(load(1), 0.5), Round(load(2), 0.3), Round(load(3), 0.4), Round(load(4), 0.0)])

    kept = rounds.cleanest(lambda: next(once_disturbed), 2)
    least = rounds.cleanest(lambda: next(always_disturbed), 2)

    assert kept.load.requests == 2
    assert (least.load.requests, rounds.figures([least]).noisy) == (2, 1)


def test_the_processor_time_of_others_is_what_the_own_processes_did_not_use():
    before = noise.Moment(clock=100.0, busy=50.0, own={1: 5.0, 2: 1.0}, ended=3.0)
    # 4 s on the clock: 1 s of process 1, 2 s of a new one, 0.5 s of a child that ended, 0.5 s of others.
    after = noise.Moment(clock=104.0, busy=54.0, own={1: 6.0, 3: 2.0}, ended=3.5)

    capacity = 4.0 * (os.cpu_count() or 1)

    assert noise.foreign(before, after) == pytest.approx(0.5 / capacity)


def test_the_ratio_is_ours_to_theirs_and_an_aim_without_its_peer_is_not_measured():
    ours, theirs = Figures(900, 1, 2, 10), Figures(300, 3, 9, 10)

    outcome = compared("a case", {"ours": ours, "tipg": theirs}, [Aim("tipg", 2.5), Aim("martin", 1.2)])

    assert [(line.who, line.ratio, line.reached) for line in outcome.lines] == [
        ("ours", None, None),
        ("tipg", 3.0, True),
        ("martin", None, None),
    ]
    assert outcome.lines[2].shown == "left out"


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (15_483.0, 4, "15,480"), (1_084.0, 3, "1,080"), (1_240.0, 3, "1,240"), (2_423.4, 4, "2,423"),
        (1_234_567.0, 4, "1,235,000"), (72.544, 4, "72.54"), (65.1, 4, "65.1"), (4.24, 3, "4.24"), (0.0, 3, "0"),
        (0.3961, 3, "0.396"), (99.96, 3, "100"),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_people_write_it_and_never_as_a_power_of_ten(value: float, digits: int, written: str):
    assert cases.figure(value, digits) == written


def test_the_figures_of_a_round_are_written_out_in_full():
    fast = Figures(15_480.3, 1_084.4, 1_240.2, 33_300)

    assert cases.shown(fast) == "15,480 req/s, 1,080/1,240 ms, 33.3 kB"
    assert cases.shown(Figures(0, 0, 0, float("nan"))) == "no answer within the round"
    assert cases.shown(Figures(0, 1, 1, 900, failed=7)) == "no good answer within the round"


def test_growth_is_reached_by_p50_alone_and_only_where_every_answer_was_good():
    small, large, refusing = Figures(900, 10, 20, 1), Figures(800, 12, 25, 1, noisy=2), Figures(9, 12, 25, 1, failed=3)

    grown, slow = (grown_to("growth", {"ours": small, "ours, 10 times": one}) for one in (large, Figures(1, 14, 9, 1)))
    failing = [grown_to("growth", {"ours": one, "ours, 10 times": other}) for one, other in (
        (small, refusing), (refusing, large), (small, Figures(0, 0, 0, 0)),
    )]  # fmt: skip

    assert (grown.lines[1].reached, slow.lines[1].reached) == (True, False)
    assert grown.lines[1].note == "p50 1.20 x, aim: at most 1.3 x; 2 rounds disturbed by other programs"
    assert [outcome.lines[1].reached for outcome in failing] == [None] * 3
    assert "3 answers wrong or broken" in failing[0].lines[1].note
    assert "3 answers wrong or broken" in failing[1].lines[0].note


def test_refusing_is_no_speed_and_reaches_no_aim():
    refusing = rounds.figures([Round(load(100, failed=80), 0.0)])

    outcome = compared("a case", {"ours": refusing, "tipg": Figures(1, 1, 1, 1)}, [Aim("tipg", 2)])

    assert refusing.per_second == 10
    assert (outcome.lines[1].ratio, outcome.lines[1].reached) == (10, None)


def test_of_many_pages_a_dozen_are_checked_the_fullest_and_the_emptiest_among_them():
    asks = [Ask("addresses", number) for number in range(500)]
    expected = [50] * 500
    expected[77], expected[78] = 100, 0

    found = checked(asks, expected)

    assert len(found) == 12
    assert {asks[77], asks[78]} <= set(found)


def test_what_wrk_prints_is_read_as_milliseconds_and_errors_of_both_kinds_count():
    said = 'Running 3s test\n\n{"requests": 30, "microseconds": 3000000, "bytes": 900, "refused": 2, "broken": 1,'
    said += ' "p50_us": 1500, "p99_us": 20000}\n'

    found = wrk.read(said)

    assert (found.per_second, found.bytes_each, found.failed, found.p50_ms, found.p99_ms) == (28 / 3, 30, 3, 1.5, 20)


def test_the_spellings_of_a_query_all_differ_and_all_mean_the_same():
    ask = Ask("addresses", 100, street="Świętej Łucji 7").parameters("S_INTERSECTS", "geometry")

    found = spelling.spellings("/items", ask, 500)

    assert len(set(found)) == 500
    meant = {tuple(sorted(parse_qsl(address.partition("?")[2]))) for address in found}
    assert meant == {tuple(sorted(ask.items()))}
    assert spelling.spellings("/items", ask, 500) == found
    with pytest.raises(ValueError, match="limit=10 has no 500 spellings"):
        spelling.spellings("/items", {"limit": "10"}, 500)


def feature(name: str, lng: float, lat: float, **more: object) -> dict[str, object]:
    return {"geometry": {"type": "Point", "coordinates": [lng, lat]}, "properties": {"key": name, **more}}


def test_a_page_is_the_same_when_every_feature_is_where_and_what_it_should_be():
    truth = {name: feature(name, 18.9, 50.15, uwagi="ń") for name in "ab"}

    same_page(
        [feature("a", 18.9 + 1e-7, 50.15, uwagi="ń", id=7), feature("b", 18.9, 50.15, uwagi="ń")], truth, "key", 2
    )

    with pytest.raises(Unequal, match="1 features instead of 2"):
        same_page([truth["a"]], truth, "key", 2)
    with pytest.raises(Unequal, match="stands twice"):
        same_page([truth["a"], truth["a"]], truth, "key", 2)
    with pytest.raises(Unequal, match="b lies elsewhere"):
        same_page([truth["a"], feature("b", 18.9, 50.15 + 1e-7, uwagi="ń")], truth, "key", 2)
    with pytest.raises(Unequal, match="uwagi is None"):
        same_page([truth["a"], feature("b", 18.9, 50.15)], truth, "key", 2)
    with pytest.raises(Unequal, match="c was not asked for"):
        same_page([truth["a"], feature("c", 18.9, 50.15, uwagi="ń")], truth, "key", 2)


def test_a_multipolygon_of_one_part_is_that_part():
    ring = [[18.0, 50.0], [18.1, 50.0], [18.1, 50.1], [18.0, 50.0]]

    assert same_place({"coordinates": [[ring]]}, {"coordinates": [ring]})
    assert not same_place({"coordinates": [[ring[:3]]]}, {"coordinates": [ring]})


def test_tiles_are_compared_by_their_features():
    whole, thinned = tile({1: (10, 10), 2: (20, 20), 3: (30, 30)}), tile({1: (10, 10), 2: (21, 20), 4: (5, 5)})

    found = tile_difference(whole, thinned, "key")

    assert (found.features, found.missing, found.beside, found.drawn, found.described) == (3, 1, 1, 1, 0)
    assert tile_difference(whole, whole, "key").none
    assert "of 3 features 1 missing" in str(found)
    assert (found + found).features == 6


def tile(points: dict[int, tuple[int, int]]) -> bytes:
    """A vector tile of points with their number as `key`."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    drawn = b"".join(
        field(2, field(2, bytes([0, place])) + bytes([3 << 3, 1]) + field(4, bytes([9, x * 2, y * 2])))
        for place, (x, y) in enumerate(points.values())
    )
    values = b"".join(field(4, bytes([5 << 3, number])) for number in points)
    return field(3, field(1, b"layer") + bytes([15 << 3, 2]) + drawn + field(3, b"key") + values)


def test_the_table_takes_the_place_between_its_marks_and_nothing_else(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"# Before\n\n{table.BEGIN}\nold\n{table.END}\n\nafter\n", encoding="utf-8")
    outcome = Outcome("items | ten", [Line("ours", "900 req/s"), Line("tipg", "300 req/s", 3.0, 70)], "right")

    table.write(page, table.markdown([outcome], ["Measured."], {"martin": "martin: left out, not built"}))

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith("\n\nafter\n")
    assert "old" not in text
    assert "| items \\| ten | ours | 900 req/s |  |  |  |" in text
    assert "|  | tipg | 300 req/s | 3.00 x | 70 x | no |" in text
    assert "- martin: left out, not built." in text
    page.write_text("# No marks\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the table"):
        table.write(page, "")


def test_cases_are_named_by_group_or_by_themselves_and_growth_only_when_asked():
    assert {case.group for case in chosen(["tiles", "items-10"])} == {"tiles", "items"}
    assert [case.name for case in chosen(["items-10"])] == ["items-10"]
    assert "growth" not in {case.group for case in chosen([])}
    assert {case.group for case in chosen(["growth"])} == {"growth"}
    with pytest.raises(ValueError, match="there is no case nosuch"):
        chosen(["nosuch"])


def test_neighbouring_parcels_share_their_border():
    layer = parcels(30, 20)

    first, second = layer.geometry[0], layer.geometry[1]

    assert len(layer.geometry) == 600
    assert len(layer.fields) == 10
    assert first.is_valid
    assert len(first.exterior.coords) == 11
    assert first.touches(second)
    assert first.intersection(second).length > 0
