"""Which lines of a run's tables are hidden, merged or kept from files outside its pages."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cxlib.privacy.disclosure import Disclosure, last_shown, merged, run_shown, told_before, withheld


def table(**counts: int) -> pd.DataFrame:
    return pd.DataFrame({"step": list(counts), "estimate": 0.5, "n": list(counts.values())})


def shown(*cells: tuple[str, int, bool]) -> pd.DataFrame:
    return run_shown([{"stage": 3, "shown": [{"table": "t", "cells": [list(cell) for cell in cells]}]}])


def test_hidden_lines_become_one_whose_persons_are_told_only_when_they_are_not_few() -> None:
    many, _dark = merged(table(a=3, b=4, c=50), [True, True, False], 5)
    few, _dark = merged(table(a=1, b=2, c=50), [True, True, False], 5)
    assert many[["step", "n"]].to_numpy().tolist() == [["c", 50.0], ["other (2)", 7.0]]
    assert few["step"].tolist() == ["c", "other (2)"] and few["n"].isna().tolist() == [False, True]


def test_one_hidden_line_or_all_of_them_are_not_merged() -> None:
    for dark in ([True, False, False], [True, True, True]):
        assert merged(table(a=3, b=4, c=50), dark, 5)[1] == dark


def test_the_same_caption_shown_twice_is_two_tables() -> None:
    told = Disclosure(list, [], minimum=5)
    assert told.hidden(table(a=50, b=60), "t") == [False, False] == told.hidden(table(a=70, b=80), "t")
    assert [one["table"] for one in told.as_json()] == ["t", "t#2"]
    assert not told.hides


def test_what_an_earlier_stage_hides_is_hidden_in_a_later_one() -> None:
    earlier = [[{"table": "t", "cells": [["a", 3, True], ["b", 6, True], ["c", 50, False]]}]]
    told = Disclosure(lambda: earlier, [], minimum=5, hides=True).hidden(table(b=6, c=50, d=70), "u")
    assert (told[0], told[1]) == (True, False)


def test_what_the_last_run_hid_stays_hidden_up_to_twice_the_minimum() -> None:
    last = [{"table": "t", "cells": [["a", 4, True], ["b", 6, True], ["c", 70, False]]}]
    told = Disclosure(list, last, minimum=5)
    assert told.hidden(table(a=5, b=9, c=70), "t") == [True, True, False]


def test_a_file_outside_the_pages_withholds_few_persons_and_what_a_page_hides() -> None:
    dark = shown(("a", 9, True), ("b", 50, False))
    assert withheld(table(a=9, b=50, c=4, d=5), dark, str, 5) == [True, False, True, False]
    assert withheld(table(a=8), dark, str, 5) == [False]  # another group of that name
    assert withheld(table(a=9).drop(columns="n"), dark, str, 5) == [True]


def test_the_last_run_is_the_latest_one(tmp_path: Path) -> None:
    assert last_shown(tmp_path, 1) == []
    for run, name in (("1", "old"), ("2", "new")):
        folder = tmp_path / "runs" / run / "stages" / "01"
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(json.dumps({"shown": [{"table": name, "cells": []}]}), encoding="utf-8")
    assert last_shown(tmp_path, 1)[0]["table"] == "new"


def shown_again(tmp_path: Path, *counts: int) -> list[list[bool]]:
    """What one table of departments hides, run after run, with these persons in the second department."""
    hidden: list[list[bool]] = []
    for number, n in enumerate(counts):
        table = pd.DataFrame({"department": ["stores", "online", ""], "estimate": 0.5, "n": [32, n, 32 + n]})
        here = Disclosure(list, [], minimum=5, told=told_before(tmp_path, 10))
        hidden.append(here.hidden(table, "awareness"))
        record = tmp_path / "runs" / f"2026-0{number + 1}" / "stages" / "10" / "record.json"
        record.parent.mkdir(parents=True)
        record.write_text(json.dumps({"shown": here.as_json()}))
    return hidden


@pytest.mark.parametrize("change", [1, 2, -1, -2])
def test_one_or_two_newcomers_are_not_read_off_the_difference_of_two_runs(tmp_path: Path, change: int) -> None:
    first, second, again = shown_again(tmp_path, 8, 8 + change, 8 + change)
    assert first == [False, False, False]
    assert second == again == [False, True, True]


def test_a_cell_is_shown_again_when_enough_have_come_since_it_was_last_shown(tmp_path: Path) -> None:
    hidden = shown_again(tmp_path, 8, 9, 10, 11, 12)
    assert [row[1] for row in hidden] == [False, True, True, False, True]


def test_where_nobody_can_be_told_nothing_is_held_back(tmp_path: Path) -> None:
    assert not any(map(any, shown_again(tmp_path, 1_000, 1_001)))
    assert not any(map(any, shown_again(tmp_path / "b", 8, 8, 11)))
