"""The workbook: LibreOffice calculates what Python calculated, to the cent; client text is never a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from cxlib.exports import model
from cxlib.exports.book import Book
from cxlib.exports.case import Case, case_of
from cxlib.exports.cells import Sheet, formats
from cxlib.exports.xlsx import OPTIONS, xlsx
from cxlib.stages.design import business_case
from cxlib.stages.design.terms import Terms

Office = Callable[[Path, str], Path]
CENT = 0.005
HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "http://evil.example",
    "mailto:a@b.example",
    "<script>",
    "it's \x01 odd",
]


def front(path: Path) -> dict[str, list[object]]:
    """The first sheet as calculated: words → the cells beside them."""
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    return {str(row[0]): list(row[1:5]) for row in sheet.iter_rows(values_only=True) if row[0]}


def calculated(content: bytes, tmp_path: Path, office: Office, **changed: float) -> dict[str, list[object]]:
    """The first sheet after LibreOffice has calculated everything anew: openpyxl drops every stored value."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    for words, value in changed.items():
        cells = {str(row[0].value): row[1] for row in workbook["Inputs"].iter_rows(max_row=12)}
        cells[words].value = value
    workbook.save(tmp_path / "case.xlsx")
    assert all(
        row[1] is None
        for row in openpyxl.load_workbook(tmp_path / "case.xlsx", data_only=True)
        .worksheets[0]
        .iter_rows(min_row=5, max_row=8, values_only=True)
    )
    return front(office(tmp_path / "case.xlsx", "xlsx"))


@pytest.fixture(scope="module")
def content(book: Book) -> bytes:
    return xlsx(book)


def test_libreoffice_calculates_the_facts_of_stage_7_to_the_cent(
    book: Book, content: bytes, tmp_path: Path, office: Office
) -> None:
    case, fact = case_of(book), book.received.fact
    found = calculated(content, tmp_path, office)
    told = {words: cells[0] for words, cells in found.items()}
    assert told["Net present value, simulated: P50"] == pytest.approx(fact("7.npv").number(), abs=CENT)
    assert told["Net present value, simulated: P10"] == pytest.approx(fact("7.npv").low, abs=CENT)
    assert told["Net present value, simulated: P90"] == pytest.approx(fact("7.npv").high, abs=CENT)
    assert told["Invested before anything comes back"] == pytest.approx(fact("7.investment").number(), abs=CENT)
    assert told["Chance that it pays"] == pytest.approx(fact("7.p_positive").number(), abs=1e-9)
    assert told["Month in which the money is back"] == fact("7.payback_months").value
    assert told["Net present value, expected"] == pytest.approx(case.expected, abs=CENT)
    (tmp_path / "stored.xlsx").write_bytes(content)
    for words, cells in front(tmp_path / "stored.xlsx").items():  # what a reader sees that does not calculate
        for one, other in zip(cells, found[words], strict=True):
            assert one == other or one == pytest.approx(other, abs=CENT), words
    planned = case.gain_at("likely") * case.terms.gain_factor - case.chosen["cost_pv_money"].sum() / 31 * 30
    assert found["As planned"][3] == pytest.approx(planned, abs=CENT)


def test_a_changed_input_gives_what_python_gives(book: Book, content: bytes, tmp_path: Path, office: Office) -> None:
    case = case_of(book)
    changes = {
        "Discount rate a year": 0.15,
        "Months until an experience works in full": 9,
        "Horizon in months (at most 60)": 36,
    }
    found = calculated(content, tmp_path, office, **changes)
    other = Case(case.chosen, replace(case.terms, discount_rate=0.15, ramp_months=9, horizon_months=36))
    assert found["Net present value, expected"][0] == pytest.approx(other.expected, abs=CENT)
    low, middle, high = np.quantile(other.net, [0.1, 0.5, 0.9])
    for words, value in (("P10", low), ("P50", middle), ("P90", high)):
        assert found[f"Net present value, simulated: {words}"][0] == pytest.approx(value, abs=CENT)
    assert found["Month in which the money is back"][0] == other.payback


def idea(label: str) -> pd.DataFrame:
    row = {
        "idea_id": "one",
        "label": label,
        "effect_low": 0.0,
        "effect_likely": 0.02,
        "effect_high": 0.02,
        "step": "s",
        "step_money": 1e6,
        "reach_share": 1.0,
        "unit_money": 1e6,
        "cap_money": 5e4,
        "worth_sd": 0.1,
        "cost_once_money": 100.0,
        "cost_monthly_money": 1.0,
        "investment_money": 100.0,
        "cost_pv_money": 130.0,
    }
    return pd.DataFrame([row])


@pytest.mark.parametrize("label", HOSTILE)
def test_client_text_is_never_a_formula_nor_a_link(label: str) -> None:
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, OPTIONS)
    sheet = Sheet(workbook.add_worksheet("Inputs"), formats(workbook), "Inputs")
    model.inputs(sheet, Case(idea(label), Terms()))
    workbook.close()
    cell = openpyxl.load_workbook(stream)["Inputs"].cell(model.IDEAS, 1)
    assert cell.data_type == "s" and cell.hyperlink is None
    assert str(cell.value).strip() == re.sub(r"[\x00-\x1f]", " ", label).strip()
    assert cell.quotePrefix or label.strip()[0] not in "=+-@"
    parts = zipfile.ZipFile(stream)
    assert not [name for name in parts.namelist() if "_rels/sheet" in name or "externalLink" in name]


def test_the_months_of_an_expected_value_are_discounted_as_the_net_present_value_is() -> None:
    case = Case(idea("x"), Terms(horizon_months=12, discount_rate=0.1, ramp_months=1))
    gain, cost = 0.1 / 6 * 1e6, business_case.pert_mean(business_case.COST_FACTOR)
    by_hand = -100 * cost + sum((gain / 12 - cost) * 1.1 ** (-month / 12) for month in range(1, 13))
    assert case.expected == pytest.approx(by_hand, abs=1e-6)


def test_without_money_there_is_nothing_to_calculate() -> None:
    unknown = idea("x").assign(unit_money=float("nan"))
    assert not Case(unknown, Terms()).told and not Case(unknown.iloc[:0], Terms()).told


def test_the_bridge_is_calculated_to_the_facts_of_the_run_to_the_cent(
    book: Book, content: bytes, tmp_path: Path, office: Office
) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    workbook.save(tmp_path / "case.xlsx")
    found = openpyxl.load_workbook(office(tmp_path / "case.xlsx", "xlsx"), data_only=True)
    told = [row[1] for row in found["Bridge"].iter_rows(min_row=4, values_only=True)]
    ids = ["1.gap", "3.value_at_stake", "7.reachable", "7.capture", "7.gap_closed"]
    ids += ["9.effect", "9.n_in_pilot", "9.worth_of_a_unit", "7.registered_share", "7.tested_reach_year"]
    ids += ["9.return_realised", "9.scaled"]
    assert told == pytest.approx([book.received.fact(id).number() for id in ids], abs=CENT)
    reached = book.kept(7, "reach").set_index("idea_id")["estimate"]
    shares = [row[7] for row in found["Reach"].iter_rows(min_row=5, max_row=4 + len(reached), values_only=True)]
    assert shares == pytest.approx(reached.tolist(), abs=1e-9)


def test_the_workbook_says_why_each_idea_is_in_or_out(book: Book, content: bytes) -> None:
    found = openpyxl.load_workbook(io.BytesIO(content))["Ideas"].iter_rows(min_row=5, values_only=True)
    words = {row[0]: row[1:] for row in found}
    assert set(words) == set(book.received.table("ideas")["label"])
    assert all(why for _in, why in words.values())
    assert [taken for taken, _why in words.values()].count("yes") == book.received.fact("7.n_experiences").value
