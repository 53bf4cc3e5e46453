"""The stored calibration is what the code gives, the page quotes it, and no verdict is given more often than stated."""

from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

from calibration.charts import KINDS, PHASES, alarms
from calibration.coverage import CASES, SIZES, coverage
from calibration.errors import NULLS, nothing_there
from calibration.page import PAGE, TABLE, page
from tests.simulate.recovery import ROWS

KEYS = ["kind", "method", "data", "n"]
OTHER_SEED = 99  # not the stored one: the comparison is of two samples
SLICE = 400  # repetitions, costly methods fewer: some ten seconds


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pd.read_csv(TABLE)


def agrees(rows: list[dict[str, object]], stored: pd.DataFrame) -> list[tuple[object, ...]]:
    """Rows whose count cannot come from the same rate as the stored one (Fisher's exact test, Bonferroni over the rows)."""
    both = pd.DataFrame(rows).merge(stored, on=KEYS, suffixes=("", "_stored"), how="left")
    assert both["count_stored"].notna().all(), both.loc[both["count_stored"].isna(), KEYS]
    off = []
    for row in both.to_dict("records"):
        table = [[row[name], row[of] - row[name]] for name, of in (("count", "of"), ("count_stored", "of_stored"))]
        if stats.fisher_exact(table).pvalue < 0.01 / len(both):
            off.append(tuple(row[key] for key in KEYS) + tuple(table))
    return off


def test_the_stored_table_has_every_interval_verdict_chart_and_planted_effect(stored: pd.DataFrame) -> None:
    sizes = {(case.method, case.data, n) for case in CASES for n in SIZES if n >= case.least}
    expected = {
        "coverage": sizes,
        "false positive": {(null.method, null.verdict, n) for null in NULLS for n in null.sizes},
        "recovery": {(row.effect, row.rule, 4_000) for row in ROWS},
        "null client": {(row.effect, row.rule, 4_000) for row in ROWS if row.rate},
    }
    for kind, rows in expected.items():
        found = stored[stored["kind"].eq(kind)]
        assert set(zip(found["method"], found["data"], found["n"], strict=True)) == rows, kind
    assert stored["kind"].eq("false alarm").sum() == len(KINDS) * len(PHASES)
    assert (stored.loc[stored["kind"].eq("recovery"), "of"] >= 200).all()


def test_a_slice_of_the_coverage_agrees_with_the_stored_table(stored: pd.DataFrame) -> None:
    assert agrees(coverage(SLICE, OTHER_SEED, sizes=(30,)), stored) == []


def test_a_slice_of_the_false_verdicts_agrees_with_the_stored_table(stored: pd.DataFrame) -> None:
    assert agrees(nothing_there(SLICE // 4, OTHER_SEED), stored) == []


def test_a_slice_of_the_false_alarms_agrees_with_the_stored_table(stored: pd.DataFrame) -> None:
    assert agrees(alarms(SLICE // 2, OTHER_SEED), stored) == []


def test_no_verdict_is_given_far_more_often_than_stated_where_nothing_is(stored: pd.DataFrame) -> None:
    rows = stored[stored["kind"].isin(["false positive", "null client"])]
    over = rows[stats.binom.sf(rows["count"] - 1, rows["of"], rows["stated"]) < 0.01 / len(rows)]
    assert over[KEYS].to_numpy().tolist() == []


def test_from_thirty_on_every_kind_of_interval_holds_the_truth_in_nine_cases_of_ten(stored: pd.DataFrame) -> None:
    rows = stored[stored["kind"].eq("coverage") & stored["n"].ge(30)]
    assert rows.loc[rows["rate"].lt(0.9), KEYS].to_numpy().tolist() == []


def test_what_was_planted_is_found_in_nine_clients_of_ten(stored: pd.DataFrame) -> None:
    assert stored.loc[stored["kind"].eq("recovery"), "rate"].min() >= 0.9


def test_the_page_is_made_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m calibration.page"
