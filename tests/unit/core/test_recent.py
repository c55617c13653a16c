"""Memory of what was used last has a limit."""

from geo.recent import Recent


def test_what_was_used_longest_ago_makes_way():
    kept = Recent[str, str](10)
    for number in range(10):
        kept.put(str(number), "x")

    kept.get("0")
    kept.put("new", "x")

    assert (kept.get("0"), kept.get("1"), kept.get("new")) == ("x", None, "x")


def test_weights_count_and_a_value_put_again_counts_once():
    kept = Recent[str, bytes](80, len)
    for _ in range(50):
        kept.put("a", b"x" * 10)
    for name in "bcdefgh":
        kept.put(name, b"x" * 10)

    assert all(kept.get(name) for name in "abcdefgh")
    kept.put("i", b"x")
    assert (kept.get("a"), kept.get("b")) == (None, b"x" * 10)


def test_what_would_drive_out_all_else_is_not_kept():
    kept = Recent[str, bytes](80, len)

    kept.put("large", b"x" * 11)

    assert kept.get("large") is None


def test_what_is_too_large_leaves_nothing_older_in_its_place():
    kept = Recent[str, bytes](80, len)
    kept.put("a", b"old")

    kept.put("a", b"x" * 11)

    assert kept.get("a") is None
