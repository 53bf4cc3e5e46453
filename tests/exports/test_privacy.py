"""An attacker lays the slides beside the pages: what a page hides stands on no slide either."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from cxlib.exports.book import Book
from cxlib.exports.charts import chart_of

HIDDEN = [
    # cell that a page hides, line of a table that a stage handed on, whether the slide shows the line
    (("delivery",), {"touchpoint": "delivery", "n": 60.0}, False),
    (
        ("Delivery",),
        {"touchpoint": "delivery", "n": 60.0},
        False,
    ),  # the page had the label where the table has the code
    (("delivery", "app"), {"touchpoint": "delivery", "n": 60.0}, False),
    (("delivery",), {"touchpoint": "delivery", "role": "stall", "n": 60.0}, False),
    (("delivery",), {"touchpoint": "delivery", "n": 61.0}, True),  # other persons
    (("checkout",), {"touchpoint": "delivery", "n": 60.0}, True),  # another group
    (("checkout",), {"touchpoint": "delivery", "n": 4.0}, False),  # few persons
    (("checkout",), {"touchpoint": "delivery", "n": 0.0}, True),  # nobody
    (("delivery",), {"touchpoint": "delivery"}, False),  # a table without n: the group decides
    (("checkout",), {"touchpoint": "delivery"}, True),
]


def hiding(book: Book, *cell: object) -> Book:
    """The book of a run in which the page of stage 1 hides one cell."""
    shown = {"table": "t", "cells": [["\x1f".join(map(str, cell[:-1])), cell[-1], True]]}
    return dataclasses.replace(book, records={**book.records, 1: {**book.records[1], "shown": [shown]}})


@pytest.mark.parametrize(("labels", "line", "told"), HIDDEN)
def test_a_line_about_a_hidden_group_has_no_numbers(
    book: Book, labels: tuple[str, ...], line: dict[str, object], told: bool
) -> None:
    table = pd.DataFrame([{**line, "estimate": 0.25, "benchmark_share": 0.5}])
    seen = hiding(book, *labels, 60).told(table).iloc[0]
    assert bool(seen["estimate"] == 0.25) is told
    assert seen["benchmark_share"] == 0.5 and seen["touchpoint"] == "delivery"


@pytest.mark.parametrize(
    ("stage", "table", "column"),
    [(2, "scorecard", "segment"), (3, "steps", "step"), (4, "touchpoints", "touchpoint"), (10, "charts", "period_on")],
)
def test_a_group_that_a_page_hides_has_no_bar_and_is_not_described(
    book: Book, stage: int, table: str, column: str
) -> None:
    estimate = "importance" if stage == 4 else "estimate"
    lines = book.kept(stage, table).dropna(subset=[estimate])
    if stage == 10:
        lines = lines[lines["metric"].eq(lines["metric"].iloc[0])]
    if stage == 2:
        lines = lines[lines["measure"].eq("segment_value")]
    line = lines.sort_values(estimate).iloc[-1]
    before, after = (chart_of(one, stage) for one in (book, hiding(book, str(line[column]), int(line["n"]))))
    assert before is not None and after is not None
    assert float(line[estimate]) in before.series[0].values and float(line[estimate]) not in after.series[0].values
    label = book.received.label(column, str(line[column]))
    assert column == "period_on" or f" {label} " in before.alt
    assert column == "period_on" or f" {label} " not in after.alt
