"""The calculation behind the business case as sheets of formulas: inputs, cash flow, simulated outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from cxlib.exports.case import Case
from cxlib.exports.cells import Sheet
from cxlib.language import _
from cxlib.stages.design.business_case import COST_FACTOR, levels, pert_mean, pert_quantile

MONTHS = 60  # rows of the cash flow at least, so that a longer horizon can be tried
IDEAS = 14  # Excel's row of the first experience on the sheet of inputs
FLOW = 12  # Excel's row of month 0 on the sheet of the cash flow
DRAWS = 7  # Excel's row of the first draw
ENDS = ("low", "likely", "high")


def months(case: Case) -> int:
    """The longest horizon that can be tried."""
    return max(MONTHS, case.terms.horizon_months)


def inputs(sheet: Sheet, case: Case) -> None:
    """Everything that may be changed, in blue."""
    sheet.widths([52, 13, 13, 13, 13, 18, 15, 15, 13])
    sheet.title(
        _("Inputs"), _("Change what is blue: every figure follows. Effects are judgements until a pilot measures them.")
    )
    terms, chosen = case.terms, case.chosen
    rows = [
        ("horizon", _("Horizon in months (at most {n})").format(n=months(case)), terms.horizon_months, "whole"),
        ("rate", _("Discount rate a year"), terms.discount_rate, "percent"),
        ("ramp", _("Months until an experience works in full"), terms.ramp_months, "whole"),
        ("cost_low", _("Costs against plan: low"), COST_FACTOR[0], "factor"),
        ("cost_likely", _("Costs against plan: likely"), COST_FACTOR[1], "factor"),
        ("cost_high", _("Costs against plan: high"), COST_FACTOR[2], "factor"),
        ("cap", _("Value at stake a year: the most that can be won back"), chosen["cap_money"].max(), "money"),
        ("worth_sd", _("Relative standard error of the value at stake"), chosen["worth_sd"].mean(), "percent"),
    ]
    for row, (name, label, value, kind) in enumerate(rows, start=3):
        sheet.text(row, 0, label)
        sheet.input(row, 1, float(value), kind, name=name)
    sheet.heads(
        IDEAS - 2,
        [
            _("Experience"),
            _("Included (1 or 0)"),
            _("Effect: low"),
            _("Effect: likely"),
            _("Effect: high"),
            _("A full unit of effect is worth a year"),
            _("Cost once"),
            _("Cost a month"),
            _("Effect: mean"),
        ],
    )
    for place, one in enumerate(chosen.to_dict("records")):
        _idea(sheet, IDEAS - 1 + place, one)
    for letter, name in zip("BCDEFGHI", ("on", *ENDS, "unit", "once", "monthly", "mean"), strict=True):
        sheet.column(name, letter, IDEAS, IDEAS + len(chosen) - 1)


def _idea(sheet: Sheet, row: int, one: dict[Any, Any]) -> None:
    """One experience."""
    sheet.text(row, 0, str(one["label"]))
    sheet.input(row, 1, 1, "whole")
    ends = [float(one[f"effect_{end}"]) for end in ENDS]
    for column, value in enumerate(ends, start=2):
        sheet.input(row, column, value, "percent2")
    for column, name in enumerate(("unit_money", "cost_once_money", "cost_monthly_money"), start=5):
        sheet.input(row, column, float(one[name]), "money")
    n = row + 1
    sheet.formula(row, 8, f"(C{n}+4*D{n}+E{n})/6", pert_mean((ends[0], ends[1], ends[2])), "percent2")


def flow(sheet: Sheet, given: dict[str, str], case: Case) -> None:
    """Expected flow month by month, and the totals it is made of."""
    sheet.widths([42, 16, 14, 16, 16, 16, 18, 12, 18, 14])
    sheet.title(
        _("Expected cash flow"), _("Month 0 is the launch; gains grow evenly until the experiences work in full.")
    )
    yearly = case.expected_year
    totals = [
        (
            "gain",
            _("Expected gain a year, in full"),
            f"MIN(SUMPRODUCT({given['on']},{given['mean']},{given['unit']}),{given['cap']})",
            yearly,
            "money",
        ),
        (
            "cost",
            _("Costs against plan: mean"),
            f"({given['cost_low']}+4*{given['cost_likely']}+{given['cost_high']})/6",
            pert_mean(COST_FACTOR),
            "ratio4",
        ),
        (
            "once",
            _("Cost once, as planned"),
            f"SUMPRODUCT({given['on']},{given['once']})",
            case.chosen["cost_once_money"].sum(),
            "money",
        ),
        (
            "monthly",
            _("Cost a month, as planned"),
            f"SUMPRODUCT({given['on']},{given['monthly']})",
            case.chosen["cost_monthly_money"].sum(),
            "money",
        ),
    ]
    for row, (name, words, formula, value, kind) in enumerate(totals, start=3):
        sheet.figure(row, words, formula, value, kind, name=name)
    last = FLOW + months(case)
    for letter, name in zip(
        "ABCDEFGHIJ",
        ("month", "runs", "share", "gains", "costs", "flow", "cumulative", "factor", "discounted", "back"),
        strict=True,
    ):
        sheet.column(name, letter, FLOW, last)
    years = [
        ("gain_factor", _("Years of full gain, discounted"), ("share", "factor"), case.terms.gain_factor, "/12"),
        ("run_factor", _("Months of running cost, discounted"), ("runs", "factor"), case.terms.run_factor, ""),
    ]
    for row, (name, words, (one, other), value, by) in enumerate(years, start=7):
        sheet.figure(row, words, f"SUMPRODUCT({sheet.at[one]},{sheet.at[other]}){by}", value, "ratio4", name=name)
    sheet.heads(
        FLOW - 2,
        [
            _("Month"),
            _("Running (1 or 0)"),
            _("Share of the full effect"),
            _("Gain"),
            _("Cost"),
            _("Flow"),
            _("Cumulative"),
            _("Discount factor"),
            _("Discounted flow"),
            _("Money is back"),
        ],
    )
    for month in range(months(case) + 1):
        _month(sheet, month, given, case)
    sheet.freeze(FLOW - 1, 1)


def _month(sheet: Sheet, month: int, given: dict[str, str], case: Case) -> None:
    """One month of the expected flow."""
    terms, own, n = case.terms, sheet.at, FLOW + month
    inside = month <= terms.horizon_months
    known = case.flow.iloc[min(month, terms.horizon_months)]
    gain, cost, net = (float(known[f"{name}_money"]) if inside else 0.0 for name in ("gain", "cost", "flow"))
    runs, factor = float(0 < month <= terms.horizon_months), (1 + terms.discount_rate) ** (-month / 12)
    total = float(known["cumulative_money"])
    spent = own["once"] if month == 0 else f"B{n}*{own['monthly']}"
    before = f"G{n - 1}+" if month else ""
    row = [
        (f"IF(AND(A{n}>0,A{n}<={given['horizon']}),1,0)", runs, "whole"),
        (f"B{n}*MIN(1,A{n}/MAX({given['ramp']},1))", runs * min(1.0, month / max(terms.ramp_months, 1)), "percent"),
        (f"{own['gain']}/12*C{n}", gain, "money"),
        (f"{own['cost']}*{spent}", cost, "money"),
        (f"D{n}-E{n}", net, "money"),
        (f"{before}F{n}", total, "money"),
        (f"(1+{given['rate']})^(-A{n}/12)", factor, "ratio4"),
        (f"F{n}*H{n}", net * factor, "money"),
        (f'IF(AND(B{n}=1,G{n}>=0),A{n},"")', float(month) if runs and total >= 0 else "", "whole"),
    ]
    sheet.number(n - 1, 0, month, "whole")
    for column, (formula, value, kind) in enumerate(row, start=1):
        sheet.formula(n - 1, column, formula, value, kind)


def draws(sheet: Sheet, given: dict[str, str], total: dict[str, str], case: Case) -> None:
    """One simulated outcome a row: its random levels are written down, everything made of them is a formula."""
    n, chosen = len(case.chosen), case.chosen
    sheet.widths([14] * (2 * n + 4))
    sheet.title(
        _("Simulated outcomes"), _("Levels (0–1) and deviations were drawn once, with a fixed seed; the rest follows.")
    )
    sheet.heads(
        DRAWS - 2,
        [
            *(_("Level of effect {n}").format(n=k + 1) for k in range(n)),
            _("Deviation of the worth"),
            _("Level of the costs"),
            *(_("Effect {n}").format(n=k + 1) for k in range(n)),
            _("Costs against plan"),
            _("Net present value"),
        ],
    )
    level, worth, cost = levels(list(chosen["idea_id"]), terms=case.terms)
    effects = pert_quantile(level, *(chosen[f"effect_{end}"].to_numpy() for end in ENDS))
    factors, net = pert_quantile(cost[:, 0], *COST_FACTOR), case.net
    drawn, made = np.hstack([level, worth, cost]), np.column_stack([effects, factors, net])
    letters = [xl_col_to_name(column) for column in range(2 * n + 4)]
    ends = [[f"{given[end].partition(':')[0].rpartition('$')[0]}${IDEAS + k}" for end in ENDS] for k in range(n)]
    ends.append([given[f"cost_{end}"] for end in ENDS])
    for draw in range(case.terms.draws):
        row = DRAWS + draw
        for column, value in enumerate(drawn[draw]):
            sheet.number(row - 1, column, float(value), "ratio4")
        sources = [*letters[:n], letters[n + 1]]
        formulas = [_pert(f"{source}{row}", *three) for source, three in zip(sources, ends, strict=True)]
        formulas.append(_net(letters, n, row, given, total))
        for place, (formula, value) in enumerate(zip(formulas, made[draw], strict=True)):
            kind = "percent2" if place < n else "factor" if place == n else "money"
            sheet.formula(row - 1, n + 2 + place, formula, float(value), kind)
    sheet.column("net", letters[-1], DRAWS, DRAWS + case.terms.draws - 1)
    sheet.freeze(DRAWS - 1, 0)


def _net(letters: list[str], n: int, row: int, given: dict[str, str], total: dict[str, str]) -> str:
    """Net present value of one draw: gains, together not above the value at stake, less costs."""
    one = {name: given[name].partition(":")[0].rpartition("$")[0] for name in ("on", "unit")}
    gains = "+".join(f"{one['on']}${IDEAS + k}*{letters[n + 2 + k]}{row}*{one['unit']}${IDEAS + k}" for k in range(n))
    return (
        f"MIN({gains},{given['cap']})*MAX(0,1+{letters[n]}{row}*{given['worth_sd']})*{total['gain_factor']}"
        f"-{letters[2 * n + 2]}{row}*({total['once']}+{total['monthly']}*{total['run_factor']})"
    )


def _pert(level: str, low: str, likely: str, high: str) -> str:
    """Quantile of a beta-PERT distribution as a formula; a point where low equals high."""
    width = f"({high}-{low})"
    return f"IF({high}>{low},BETAINV({level},1+4*({likely}-{low})/{width},1+4*({high}-{likely})/{width},{low},{high}),{low})"
