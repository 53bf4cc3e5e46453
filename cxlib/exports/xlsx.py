"""XLSX: the business case of stage 7 with live formulas. Change an input and every figure follows, the simulation too.

Each formula carries the value that Python computed, so that a reader which does not calculate shows the same figures.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
import xlsxwriter

from cxlib.exports import bridge, model
from cxlib.exports.book import Book
from cxlib.exports.case import Case, case_of
from cxlib.exports.cells import Sheet, cells, formats, labels
from cxlib.language import _
from cxlib.stages.design.business_case import COST_FACTOR

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FIGURES = 4  # row of the first figure, counted from 0
SCENARIO = 16  # row of the first scenario, counted from 0


def xlsx(book: Book) -> bytes:
    """The workbook: business case, inputs, cash flow, draws, bridge, reach, ideas; without money only what needs none."""
    case, stream = case_of(book), io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, OPTIONS)
    made = dt.datetime.combine(book.brief.as_of, dt.time())
    about = {"title": book.title, "author": book.brief.company, "comments": book.status, "created": made}
    workbook.set_properties(about)
    style, at = formats(workbook), dict[str, str]()
    front = Sheet(workbook.add_worksheet(_("Business case")), style, _("Business case"), at)
    front.widths([52, 18, 18, 18, 18])
    front.title(f"{book.brief.company}: {_('business case of the experiences')}", book.status)
    front.text(2, 0, book.records[7]["headline"], "note", wrap=False)
    if case.told:
        sheets = {_("Inputs"): model.inputs, _("Cash flow"): model.flow, _("Simulation"): model.draws}
        for name, write in sheets.items():
            write(Sheet(workbook.add_worksheet(name), style, name, at), case)
        bridge.bridge(Sheet(workbook.add_worksheet(_("Bridge")), style, _("Bridge"), at), book, case)
        _figures(front, case)
        _scenarios(front, case)
        _chart(workbook, front, case)
    else:
        front.text(FIGURES, 0, _("There is nothing to calculate: no experience is chosen, or its worth is not known."))
    bridge.reach(Sheet(workbook.add_worksheet(_("Reach")), style, _("Reach"), at), book)
    bridge.ideas(Sheet(workbook.add_worksheet(_("Ideas")), style, _("Ideas"), at), book)
    workbook.close()
    return stream.getvalue()


def _figures(sheet: Sheet, case: Case) -> None:
    """What is asked first: invested, worth, how sure, when back, from which effect on."""
    low, middle, high = np.quantile(case.net, [0.1, 0.5, 0.9])
    never = _("not within the horizon")
    values = {
        "once": case.chosen["investment_money"].sum(),
        "expected": case.expected,
        "low": low,
        "middle": middle,
        "high": high,
        "chance": (case.net > 0).mean(),
        "payback": case.payback if case.payback == case.payback else never,
        "needed": case.needed_share,
    }
    sheet.figures("figures", FIGURES, values, strong=True, never=never)


def _scenarios(sheet: Sheet, case: Case) -> None:
    """What would happen if everything went badly, as planned, well, or if nothing were done."""
    sheet.text(SCENARIO - 3, 0, _("Scenarios: all effects at once, and what they cost"), "head")
    sheet.heads(SCENARIO - 1, [_("Scenario"), *labels("scenario")])
    low, likely, high = COST_FACTOR
    supposed = [
        (_("Everything goes badly"), "low", "cost_high", high),
        (_("As planned"), "likely", "cost_likely", likely),
        (_("Everything goes well"), "high", "cost_low", low),
    ]
    spent = case.chosen["cost_once_money"].sum() + case.chosen["cost_monthly_money"].sum() * case.terms.run_factor
    for row, (words, end, costs, factor) in enumerate(supposed, start=SCENARIO):
        gain, cost = case.gain_at(end), factor * spent
        values = (factor, gain, cost, gain * case.terms.gain_factor - cost)
        sheet.text(row, 0, words)
        for column, (cell, value) in enumerate(zip(cells("scenario").values(), values, strict=True), start=1):
            places = {"costs": sheet.at[costs], "effects": sheet.at[end]}
            sheet.formula(row, column, cell["formula"], value, cell["kind"], **places)
    row = SCENARIO + len(supposed)
    sheet.text(row, 0, _("Do nothing: the value at stake stays lost"))
    for column, cell in enumerate(cells("scenario").values(), start=1):
        sheet.number(row, column, 0.0, cell["kind"])
    note = _("Inputs: change what is blue, and every sheet follows. P10–P90 come from the simulation.")
    sheet.text(row + 2, 0, note)


def _chart(workbook: Any, sheet: Sheet, case: Case) -> None:
    """The cumulative expected flow, as a chart of the sheet's own cells."""
    last = model.FLOW + case.terms.horizon_months
    month, total = (f"={sheet.at[name].rpartition('$')[0]}${last}" for name in ("month", "cumulative"))
    chart = workbook.add_chart({"type": "column"})
    series = {"name": _("Cumulative expected flow"), "categories": month, "values": total}
    chart.add_series({**series, "fill": {"color": "#0B3D66"}, "gap": 40})
    chart.set_title({"name": _("When the money comes back"), "name_font": {"size": 12}})
    chart.set_x_axis({"name": _("Month after launch"), "label_position": "low", "interval_unit": 3})
    chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}, "num_format": "#,##0"})
    chart.set_legend({"none": True})
    chart.set_size({"width": 860, "height": 300})
    sheet.chart(f"A{SCENARIO + 8}", chart, _("Columns: cumulative expected flow by month after launch."))
