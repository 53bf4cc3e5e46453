"""An attacker subtracts: rows from margins, one table from another, this run from the last one. Small cells stay hidden."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxlib.privacy.suppression import CELLS, PART, _bounds, _system, cells, hardly_changed, key_columns, protect, safe

MINIMUM = 5
NOTHING = pd.DataFrame(columns=CELLS).astype({"n": int, "hidden": bool})


def table(name: str, counts: dict[str, int]) -> pd.DataFrame:
    keys = [key.replace("/", PART) for key in counts]
    return pd.DataFrame({"table": name, "key": keys, "n": list(counts.values()), "hidden": False})


def run(*tables: pd.DataFrame) -> pd.DataFrame:
    """The tables of a run, shown one after the other as a notebook shows them."""
    shown = NOTHING
    for one in tables:
        shown = pd.concat([shown, protect(shown, one, minimum=MINIMUM)], ignore_index=True)
    return shown


def feasible(shown: pd.DataFrame) -> pd.DataFrame:
    """What an attacker can tell of every hidden cell: key, low, high and the persons in it."""
    system = _system(shown)
    rows = [(PART.join(sorted(labels)), *_bounds(system, place), n) for place, (labels, n) in enumerate(system.hidden)]
    return pd.DataFrame(rows, columns=["key", "low", "high", "n"])


def hidden(shown: pd.DataFrame, name: str = "") -> set[str]:
    rows = shown[shown["hidden"] & (shown["table"].eq(name) | (not name))]
    return {key.replace(PART, "/") for key in rows["key"]}


def margins(grid: dict[str, int]) -> list[pd.DataFrame]:
    """The two margins of a cross table, as tables of their own."""
    by: list[dict[str, int]] = [{}, {}]
    for key, n in grid.items():
        for side, label in enumerate(key.split("/")):
            by[side][label] = by[side].get(label, 0) + n
    return [table("rows", by[0]), table("columns", by[1])]


def solutions(shown: pd.DataFrame, most: int = 60) -> dict[tuple[str, ...], set[int]]:
    """By brute force: every value of every hidden cell of ONE table that fits all its row, column and grand totals."""
    keys = [tuple(key.split(PART)) for key in shown["key"]]
    truth, dark = dict(zip(keys, shown["n"], strict=True)), [k for k, h in zip(keys, shown["hidden"], strict=True) if h]
    groups = [keys] + [
        [k for k in keys if k[:c] + k[c + 1 :] == rest]
        for c in range(len(keys[0]))
        for rest in {k[:c] + k[c + 1 :] for k in keys}
    ]
    lines = [[k for k in group if k in dark] for group in groups if len(group) > 1]
    totals = [sum(truth[k] for k in line) for line in lines]
    found: dict[tuple[str, ...], set[int]] = {k: set() for k in dark}

    def fill(place: int, values: dict[tuple[str, ...], int]) -> None:
        if place == len(dark):
            if all(sum(values[k] for k in line) == total for line, total in zip(lines, totals, strict=True)):
                for k, value in values.items():
                    found[k].add(value)
            return
        cell = dark[place]
        room = [
            total - sum(values.get(k, 1) for k in line if k != cell)
            for line, total in zip(lines, totals, strict=True)
            if cell in line
        ]
        for value in range(1, min([most, *room]) + 1):
            fill(place + 1, {**values, cell: value})

    fill(0, {})
    return found


def test_one_small_cell_takes_the_smallest_other_with_it() -> None:
    shown = run(table("t", {"a": 3, "b": 40, "c": 7, "d": 90}))
    assert hidden(shown) == {"a", "c"}
    bounds = feasible(shown).set_index("key")
    assert bounds.loc["a", ["low", "high", "n"]].tolist() == [1, 9, 3]


def test_without_a_small_cell_nothing_is_hidden_and_an_empty_cell_is_not_small() -> None:
    assert not hidden(run(table("t", {"a": 5, "b": 0, "c": 7})))
    assert feasible(run(table("t", {"a": 5, "b": 0}))).empty
    assert protect(NOTHING, NOTHING).empty


def test_two_cells_of_one_person_need_a_third_because_their_sum_tells_them() -> None:
    assert hidden(run(table("t", {"a": 1, "b": 1, "c": 12, "d": 30}))) == {"a", "b", "c"}


def test_a_published_example_with_margins_needs_a_rectangle() -> None:
    """A cross table with one small cell is safe only when the corners of a rectangle are hidden (Cox 1980)."""
    grid = {"N/x": 3, "N/y": 20, "N/z": 30, "S/x": 25, "S/y": 8, "S/z": 40, "E/x": 22, "E/y": 9, "E/z": 50}
    shown = run(*margins(grid), table("t", grid))
    found = hidden(shown)
    rows, columns = ({key.split("/")[side] for key in found} for side in (0, 1))
    assert len(found) == 4 and len(rows) == len(columns) == 2 and "N/x" in found


def test_a_margin_in_another_table_is_not_shown_where_it_would_give_a_cell_away() -> None:
    by_both = {
        f"{s}/{h}": n
        for s, row in {"p": (2, 2), "q": (30, 9), "r": (20, 40)}.items()
        for h, n in zip("xy", row, strict=True)
    }
    by_one = {"p": 4, "q": 39, "r": 60}
    for order in ((table("one", by_one), table("both", by_both)), (table("both", by_both), table("one", by_one))):
        shown = run(*order)
        small = feasible(shown)
        assert all(safe(low, high) for low, high, n in small[["low", "high", "n"]].to_numpy() if n < MINIMUM)
        assert "p" in hidden(shown, "one") and {"p/x", "p/y"} <= hidden(shown, "both")


def test_the_same_cell_is_hidden_on_every_page() -> None:
    shown = run(table("first", {"a": 2, "b": 6, "c": 50}), table("second", {"c": 50, "b": 6, "d": 70}))
    assert "b" in hidden(shown, "first") and "b" in hidden(shown, "second")


def test_what_an_earlier_page_shows_is_not_the_cover_of_a_later_one() -> None:
    shown = run(table("first", {"b": 6, "c": 50}), table("second", {"a": 2, "b": 6, "c": 50, "d": 80}))
    assert hidden(shown) == {"a", "d"}


def test_one_more_customer_in_the_next_run_does_not_tell_who_was_hidden() -> None:
    last = run(table("t", {"a": 4, "b": 6, "c": 7, "d": 60}))
    now = protect(NOTHING, table("t", {"a": 5, "b": 6, "c": 7, "d": 60}), before=last, minimum=MINIMUM)
    assert hidden(last) == {"a", "b"} == hidden(now)
    other = protect(NOTHING, table("t", {"a": 4, "b": 9, "c": 7, "d": 60}), before=last, minimum=MINIMUM)
    assert hidden(other) == {"a", "b"}  # without memory c would cover a, and b would tell what a was
    grown = protect(NOTHING, table("t", {"a": 10, "b": 16, "c": 7, "d": 60}), before=last, minimum=MINIMUM)
    assert not hidden(grown)


counts = st.lists(st.integers(0, 14), min_size=4, max_size=9)


@settings(max_examples=120, deadline=None)
@given(counts)
def test_whoever_knows_the_total_finds_at_least_five_values_for_every_small_cell(numbers: list[int]) -> None:
    shown = run(table("t", {f"k{place}": n for place, n in enumerate(numbers)}))
    for key, values in solutions(shown).items() if 0 < shown["hidden"].sum() <= 4 else ():
        n = int(shown.loc[shown["key"].eq(key[0]), "n"].iloc[0])
        assert (
            n >= MINIMUM
            or (len(values) >= MINIMUM and max(values) >= MINIMUM)
            or shown.loc[shown["n"] > 0, "hidden"].all()
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=9, max_size=9))
def test_bounds_are_what_brute_force_finds_in_a_cross_table(numbers: list[int]) -> None:
    grid = {f"{r}/{c}": n for (r, c), n in zip(itertools.product("RST", "xyz"), numbers, strict=True)}
    shown = run(*margins(grid), table("t", grid))
    if hidden(shown, "rows") or hidden(shown, "columns") or not 0 < shown["hidden"].sum() <= 5:
        return
    bounds = {
        frozenset(key.split(PART)): (low, high) for key, low, high in feasible(shown)[["key", "low", "high"]].to_numpy()
    }
    for key, values in solutions(shown[shown["table"].eq("t")]).items():
        low, high = bounds[frozenset(key)]
        assert (min(values), max(values)) == pytest.approx((low, high))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.lists(st.integers(0, 9), min_size=4, max_size=4))
@example([0, 1, 4, 0, 0, 0, 0, 0, 0, 1, 0, 4], [0, 0, 0, 5])  # a whole table dark below a margin shown before it
def test_no_small_cell_can_be_told_from_two_tables_that_share_a_margin(one: list[int], other: list[int]) -> None:
    first = {f"{s}/{h}": n for (s, h), n in zip(itertools.product("abcd", "xyz"), one, strict=True)}
    margin = {s: sum(first[f"{s}/{h}"] for h in "xyz") for s in "abcd"}
    second = {
        f"{s}/{c}": n
        for s, n in zip("abcd", other, strict=True)
        for c, n in (("m", min(n, margin[s])), ("w", margin[s] - min(n, margin[s])))
    }
    shown = run(table("margin", margin), table("first", first), table("second", second))
    for low, high, n in feasible(shown)[["low", "high", "n"]].to_numpy():
        everything = shown.loc[shown["n"] > 0, "hidden"].mean() >= 0.5  # hardly anything is left that could be hidden
        assert n >= MINIMUM or safe(low, high) or everything


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    given_, keys = [3, 9, 9, 30, 41, 0], "abcdef"
    shown = run(table("t", {keys[place]: given_[place] for place in order}))
    assert "a" in hidden(shown) and len(hidden(shown)) == 2


def test_labels_before_the_first_number_make_the_key() -> None:
    told = pd.DataFrame(
        {"segment": ["a", "b"], "step": ["x", "x"], "estimate": [0.1, 0.2], "n": [4.0, np.nan], "verdict": "–"}
    )
    assert key_columns(told) == ["segment", "step"]
    assert cells(told, name="t")[["key", "n"]].to_numpy().tolist() == [[f"a{PART}x", 4]]
    assert key_columns(pd.DataFrame({"k": [1], "n": [2]})) == ["k"]


def test_a_cell_is_safe_with_five_values_one_of_them_not_small() -> None:
    assert safe(1, 5) and safe(2, 6) and safe(1, np.inf)
    assert not safe(2, 5)  # four values
    assert not safe(0, 4)  # five values, all of them small


def test_a_cell_that_one_or_two_persons_have_changed_is_held_back_until_a_third_has() -> None:
    now = table("t", {"same": 50, "one": 51, "two": 48, "three": 53, "new": 50, "large": 1_001, "almost": 999})
    told = {"same": 50, "one": 50, "two": 50, "three": 50, "large": 1_000, "almost": 1_000}
    assert hardly_changed(now, told) == [False, True, True, False, False, False, True]
    assert protect(NOTHING, now, minimum=MINIMUM, held=hardly_changed(now, told))["hidden"].tolist()[1:3] == [
        True,
        True,
    ]
