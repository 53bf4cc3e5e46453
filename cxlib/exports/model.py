"""The calculation behind the business case as sheets of formulas: inputs, cash flow, simulated outcomes.

What stands in a cell is written in `workbook.yaml`; here are the sheets and the values that Python computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from cxlib.exports.case import Case
from cxlib.exports.cells import Sheet, cells, labels
from cxlib.language import _
from cxlib.stages.design import business_case
from cxlib.stages.design.business_case import COST_FACTOR, levels, pert_mean, pert_quantile
from cxlib.stages.design.reach import reached_share

MONTHS = 60  # rows of the cash flow at least, so that a longer horizon can be tried
IDEAS = 14  # Excel's row of the first experience on the sheet of inputs
FLOW = 14  # Excel's row of month 0 on the sheet of the cash flow
DRAWS = 7  # Excel's row of the first draw
ENDS = ("low", "likely", "high")
GIVEN = ("step_money", "reach_share", "cost_once_money", "cost_monthly_money")
COSTS = tuple(f"cost_{end}" for end in ENDS)
_PERT = (
    "IF({high}>{low},BETAINV({level},1+4*({likely}-{low})/({high}-{low}),1+4*({high}-{likely})/({high}-{low}),{low},{high}),"
    "{low})"
)


def months(case: Case) -> int:
    """The longest horizon that can be tried."""
    return max(MONTHS, case.terms.horizon_months)


def inputs(sheet: Sheet, case: Case) -> None:
    """Everything that may be changed, in blue."""
    sheet.widths([52, 13, 13, 13, 13, 18, 13, 15, 15, 18, 13])
    note = _("Change what is blue: every figure follows. Effects are judgements until a pilot measures them.")
    sheet.title(_("Inputs"), note)
    terms, chosen = case.terms, case.chosen
    values = {
        "horizon": terms.horizon_months,
        "rate": terms.discount_rate,
        "ramp": terms.ramp_months,
        **dict(zip(COSTS, COST_FACTOR, strict=True)),
        "stake": chosen["cap_money"].max(),
        "worth_sd": chosen["worth_sd"].mean(),
    }
    for row, (name, cell) in enumerate(cells("inputs").items(), start=3):
        sheet.text(row, 0, _(cell["label"]).format(months=months(case)))
        sheet.number(row, 1, float(values[name]), f"input {cell['kind']}", name=name)
    sheet.heads(IDEAS - 2, [_("Experience"), *labels("experiences")])
    for row, one in enumerate(chosen.to_dict("records"), start=IDEAS - 1):
        _idea(sheet, row, one)
    for letter, name in zip("BCDEFGHIJK", cells("experiences"), strict=True):
        sheet.column(name, letter, IDEAS, IDEAS + len(chosen) - 1)


def _idea(sheet: Sheet, row: int, one: dict[Any, Any]) -> None:
    """One experience."""
    ends = [float(one[f"effect_{end}"]) for end in ENDS]
    values = [1.0, *ends, *(float(one[name]) for name in GIVEN)]
    sheet.text(row, 0, str(one["label"]))
    *given, unit, mean = cells("experiences").values()
    for column, (cell, value) in enumerate(zip(given, values, strict=True), start=1):
        sheet.number(row, column, value, f"input {cell['kind']}")
    sheet.formula(row, len(given) + 1, unit["formula"], float(one["unit_money"]), unit["kind"])
    sheet.formula(row, len(given) + 2, mean["formula"], pert_mean((ends[0], ends[1], ends[2])), mean["kind"])


def flow(sheet: Sheet, case: Case) -> None:
    """Expected flow month by month, and the totals it is made of."""
    sheet.widths([42, 16, 14, 16, 16, 16, 18, 12, 18, 14])
    note = _("Month 0 is the launch; gains grow evenly until the experiences work in full.")
    sheet.title(_("Expected cash flow"), note)
    for letter, name in zip("ABCDEFGHIJ", ("month", *cells("flow")), strict=True):
        sheet.column(name, letter, FLOW, FLOW + months(case))
    values = {
        "reach_share": reached_share(case.chosen),
        "cap": business_case.reachable(case.chosen),
        "gain": case.expected_year,
        "cost": pert_mean(COST_FACTOR),
        "once": case.chosen["cost_once_money"].sum(),
        "monthly": case.chosen["cost_monthly_money"].sum(),
        "gain_factor": case.terms.gain_factor,
        "run_factor": case.terms.run_factor,
    }
    sheet.figures("totals", 3, values, reached=_reached(sheet, case))
    sheet.heads(FLOW - 2, [_("Month"), *labels("flow")])
    for month in range(months(case) + 1):
        _month(sheet, month, case)
    sheet.freeze(FLOW - 1, 1)


def _reached(sheet: Sheet, case: Case) -> str:
    """The formula of `reached_share`: at each step 1 − Π(1 − reach) of what is included, weighed by its worth."""
    first = {name: sheet.at[name].partition(":")[0].rpartition("$")[0] for name in ("on", "step_worth", "reach")}
    met, whole = [], []
    for _step, part in case.chosen.reset_index(drop=True).groupby("step", sort=False):
        lines = [IDEAS + place for place in part.index]
        missed = "*".join(f"(1-{first['on']}${n}*{first['reach']}${n})" for n in lines)
        taken = ",".join(f"{first['on']}${n}" for n in lines)
        worth = f"{first['step_worth']}${lines[0]}*MAX({taken})"
        met.append(f"{worth}*(1-{missed})")
        whole.append(worth)
    return f"IF(SUM({sheet.at['on']})=0,0,({'+'.join(met)})/({'+'.join(whole)}))"


def _month(sheet: Sheet, month: int, case: Case) -> None:
    """One month of the expected flow."""
    terms, n = case.terms, FLOW + month
    known = case.flow.iloc[min(month, terms.horizon_months)]
    inside = float(month <= terms.horizon_months)
    gains, costs, net = (float(known[f"{name}_money"]) * inside for name in ("gain", "cost", "flow"))
    runs, total = float(0 < month <= terms.horizon_months), float(known["cumulative_money"])
    factor = (1 + terms.discount_rate) ** (-month / 12)
    values = {
        "runs": runs,
        "share": runs * min(1.0, month / max(terms.ramp_months, 1)),
        "gains": gains,
        "costs": costs,
        "flow": net,
        "cumulative": total,
        "factor": factor,
        "discounted": net * factor,
        "back": float(month) if runs and total >= 0 else "",
    }
    spent = f"B{n}*{sheet.at['monthly']}" if month else sheet.at["once"]
    before = f"G{n - 1}+" if month else ""
    sheet.number(n - 1, 0, month, "whole")
    for column, (name, cell) in enumerate(cells("flow").items(), start=1):
        sheet.formula(n - 1, column, cell["formula"], values[name], cell["kind"], spent=spent, before=before)


def draws(sheet: Sheet, case: Case) -> None:
    """One simulated outcome a row: its random levels are written down, everything made of them is a formula."""
    chosen, n = case.chosen, len(case.chosen)
    sheet.widths([14] * (2 * n + 4))
    note = _("Levels (0–1) and deviations were drawn once, with a fixed seed; the rest follows.")
    sheet.title(_("Simulated outcomes"), note)
    drawn = [*(_("Level of effect {n}").format(n=k + 1) for k in range(n)), _("Deviation of the worth")]
    made = [*(_("Effect {n}").format(n=k + 1) for k in range(n)), _("Costs against plan"), _("Net present value")]
    sheet.heads(DRAWS - 2, [*drawn, _("Level of the costs"), *made])
    level, worth, cost = levels(list(chosen["idea_id"]), terms=case.terms)
    effects = pert_quantile(level, *(chosen[f"effect_{end}"].to_numpy() for end in ENDS))
    factors = pert_quantile(cost[:, 0], *COST_FACTOR)
    formulas, kinds = _formulas(sheet, n), [*["percent2"] * n, "factor", "money"]
    for row, (levels_drawn, outcomes) in enumerate(
        zip(np.hstack([level, worth, cost]), np.column_stack([effects, factors, case.net]), strict=True),
        start=DRAWS - 1,
    ):
        for column, value in enumerate(levels_drawn):
            sheet.number(row, column, float(value), "ratio4")
        for column, (formula, value, kind) in enumerate(zip(formulas, outcomes, kinds, strict=True), start=n + 2):
            sheet.formula(row, column, formula, float(value), kind)
    sheet.column("net", xl_col_to_name(2 * n + 3), DRAWS, DRAWS + case.terms.draws - 1)
    sheet.freeze(DRAWS - 1, 0)


def _formulas(sheet: Sheet, n: int) -> list[str]:
    """The formulas of a draw of `n` experiences, for any row: each effect, the costs, the net present value.

    An effect and the costs are quantiles of beta-PERT distributions (a point where low equals high); the value is the
    gains, together not above the value at stake, less the costs.
    """
    letters = [xl_col_to_name(column) for column in range(2 * n + 3)]
    first = {name: sheet.at[name].partition(":")[0].rpartition("$")[0] for name in (*ENDS, "on", "unit")}
    ends = [{end: f"{first[end]}${IDEAS + k}" for end in ENDS} for k in range(n)]
    ends.append({end: sheet.at[cost] for end, cost in zip(ENDS, COSTS, strict=True)})
    sources = [*letters[:n], letters[n + 1]]
    quantiles = [_PERT.format(level=letter + "{n}", **cell) for letter, cell in zip(sources, ends, strict=True)]
    gains = "+".join(
        f"{first['on']}${IDEAS + k}*{letters[n + 2 + k]}{{n}}*{first['unit']}${IDEAS + k}" for k in range(n)
    )
    worth, costs = letters[n] + "{n}", letters[2 * n + 2] + "{n}"
    return [
        *quantiles,
        f"MIN({gains},{{cap}})*MAX(0,1+{worth}*{{worth_sd}})*{{gain_factor}}-{costs}*({{once}}+{{monthly}}*{{run_factor}})",
    ]
