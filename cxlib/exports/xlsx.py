"""XLSX: the business case of stage 7 with live formulas. Change an input and every figure follows, the simulation too.

Each formula carries the value that Python computed, so that a reader which does not calculate shows the same figures.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
import xlsxwriter

from cxlib.exports import model
from cxlib.exports.book import Book
from cxlib.exports.case import Case, case_of
from cxlib.exports.cells import Sheet, formats
from cxlib.language import _
from cxlib.stages.design.business_case import COST_FACTOR

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SCENARIO = 17  # Excel's row of the first scenario


def xlsx(book: Book) -> bytes:
    """Return the workbook: business case, inputs, cash flow, draws; only the first sheet where money is not known."""
    case, stream = case_of(book), io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, OPTIONS)
    made = dt.datetime.combine(book.brief.as_of, dt.time())
    workbook.set_properties(
        {"title": book.title, "author": book.brief.company, "comments": book.status, "created": made}
    )
    style = formats(workbook)
    names = {"case": _("Business case"), "inputs": _("Inputs"), "flow": _("Cash flow"), "draws": _("Simulation")}
    sheets = {
        key: Sheet(workbook.add_worksheet(name), style, name)
        for key, name in names.items()
        if case.told or key == "case"
    }
    front = sheets["case"]
    front.widths([52, 18, 18, 18, 18])
    front.title(f"{book.brief.company}: {_('business case of the experiences')}", book.status)
    front.text(2, 0, book.records[7]["headline"], "note", wrap=False)
    if case.told:
        given, total = sheets["inputs"].at, sheets["flow"].at
        model.inputs(sheets["inputs"], case)
        model.flow(sheets["flow"], given, case)
        model.draws(sheets["draws"], given, total, case)
        _figures(front, given, total, sheets["draws"].at["net"], case)
        _scenarios(front, given, total, case)
        _chart(workbook, front, total, case)
    else:
        front.text(4, 0, _("There is nothing to calculate: no experience is chosen, or its worth is not known."))
    workbook.close()
    return stream.getvalue()


def _figures(sheet: Sheet, given: dict[str, str], total: dict[str, str], net: str, case: Case) -> None:
    """What is asked first: invested, worth, how sure, when back, from which effect on."""
    simulated, back = case.net, total["back"]
    low, middle, high = np.quantile(simulated, [0.1, 0.5, 0.9])
    rows = [
        (_("Invested before anything comes back"), total["once"], case.chosen["investment_money"].sum(), "money"),
        (_("Net present value, expected"), f"SUM({total['discounted']})", case.expected, "money"),
        (_("Net present value, simulated: P10"), f"PERCENTILE({net},0.1)", low, "money"),
        (_("Net present value, simulated: P50"), f"PERCENTILE({net},0.5)", middle, "money"),
        (_("Net present value, simulated: P90"), f"PERCENTILE({net},0.9)", high, "money"),
        (_("Chance that it pays"), f'COUNTIF({net},">0")/COUNT({net})', (simulated > 0).mean(), "percent"),
        (
            _("Month in which the money is back"),
            f'IF(COUNT({back})=0,"{_("not within the horizon")}",MIN({back}))',
            case.payback if case.payback == case.payback else _("not within the horizon"),
            "whole",
        ),
        (
            _("It pays from this part of the assumed effects on"),
            f"{total['cost']}*({total['once']}+{total['monthly']}*{total['run_factor']})/(SUMPRODUCT({given['on']},"
            f"{given['mean']},{given['unit']})*{total['gain_factor']})",
            case.needed_share,
            "percent",
        ),
    ]
    for row, (words, formula, value, kind) in enumerate(rows, start=4):
        sheet.figure(row, words, formula, value, f"strong {kind}", name=f"figure{row}")


def _scenarios(sheet: Sheet, given: dict[str, str], total: dict[str, str], case: Case) -> None:
    """What would happen if everything went badly, as planned, well, or if nothing were done."""
    sheet.text(SCENARIO - 4, 0, _("Scenarios: all effects at once, and what they cost"), "head")
    sheet.heads(
        SCENARIO - 2,
        [_("Scenario"), _("Costs against plan"), _("Gain a year"), _("Cost, discounted"), _("Net present value")],
    )
    rows = [
        (_("Everything goes badly"), "low", "cost_high", COST_FACTOR[2]),
        (_("As planned"), "likely", "cost_likely", COST_FACTOR[1]),
        (_("Everything goes well"), "high", "cost_low", COST_FACTOR[0]),
    ]
    spent = case.chosen["cost_once_money"].sum() + case.chosen["cost_monthly_money"].sum() * case.terms.run_factor
    for row, (words, end, factor, costs) in enumerate(rows, start=SCENARIO - 1):
        gain, n = case.gain_at(end), row + 1
        sheet.text(row, 0, words)
        sheet.formula(row, 1, given[factor], costs, "factor")
        sheet.formula(row, 2, f"MIN(SUMPRODUCT({given['on']},{given[end]},{given['unit']}),{given['cap']})", gain)
        sheet.formula(row, 3, f"B{n}*({total['once']}+{total['monthly']}*{total['run_factor']})", costs * spent)
        sheet.formula(row, 4, f"C{n}*{total['gain_factor']}-D{n}", gain * case.terms.gain_factor - costs * spent)
    row = SCENARIO + 2
    sheet.text(row, 0, _("Do nothing: the value at stake stays lost"))
    for column, kind in ((1, "factor"), (2, "money"), (3, "money"), (4, "money")):
        sheet.number(row, column, 0.0, kind)
    sheet.text(
        row + 2, 0, _("Sheets: Inputs (change what is blue), Cash flow, Simulation. P10–P90 come from the simulation.")
    )


def _chart(workbook: Any, sheet: Sheet, total: dict[str, str], case: Case) -> None:
    """The cumulative expected flow, as a chart of the sheet's own cells."""
    last = model.FLOW + case.terms.horizon_months
    cut = {name: f"={total[name].rpartition('$')[0]}${last}" for name in ("month", "cumulative")}
    chart = workbook.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": _("Cumulative expected flow"),
            "categories": cut["month"],
            "values": cut["cumulative"],
            "fill": {"color": "#0B3D66"},
            "gap": 40,
        }
    )
    chart.set_title({"name": _("When the money comes back"), "name_font": {"size": 12}})
    chart.set_x_axis({"name": _("Month after launch"), "label_position": "low", "interval_unit": 3})
    chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}, "num_format": "#,##0"})
    chart.set_legend({"none": True})
    chart.set_size({"width": 860, "height": 300})
    sheet.chart(f"A{SCENARIO + 7}", chart, _("Columns: cumulative expected flow by month after launch."))
