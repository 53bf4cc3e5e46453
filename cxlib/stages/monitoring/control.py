"""Control charts: is a series doing what it always did, or has something happened?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import first
from cxlib.stages.monitoring.limits import LIMITS, autocorrelation, dust, overdispersed, without_dust

PHASE_ONE = 25  # periods before limits are called final (Montgomery 2019, sec. 6.2: 20 to 25)
PROVISIONAL, TOO_SHORT = 20, 12  # under 20 periods the limits are provisional, under 12 there are none
LONGEST_PHASE = 52  # a year is enough to learn the usual spread; the rest is watched
RUN = 8  # rule B: this many in a row on one side
FEW_A_YEAR = 20  # fewer periods a year (months): a chart of single values would take years to find a shift of one σ
UNEVEN = 2.0  # largest n over the smallest from which periods are weighed by their n
LETTERS = ("A", "B")
AREAS = {"money": "objective", "count": "counts"}  # unit → area; all other series are of satisfaction
SUMMARY = [
    "metric",
    "area",
    "chart",
    "why",
    "n_periods",
    "n_phase_one",
    "provisional",
    "centre",
    "lower",
    "upper",
    "unit",
]
SUMMARY += ["n_signals", "letters", "signal_on", "side"]
CHART = ["metric", "chart", "why", "period_on", "estimate", "raw", "n", "unit", "centre", "lower", "upper", "phase"]
CHART += ["letters", "side"]


def control_chart(series: pd.DataFrame, *, kind: str = "", phase_one: int = 0) -> pd.DataFrame:
    """Chart of one series, one row per period, the kind chosen by the type of data and told in `why`.

    `series`: metric, period_on, estimate, n, successes, unit (`statistics.periods`) and, for means, spread (σ within the
    period). `kind` "" chooses. A share: `p`, or `laney` when it varies more than chance allows. A count: `c`, or `xmr` when
    overdispersed. A mean of answers: `xbar` while only chance among the answers moves it, `ewma` when n is uneven. A value
    a period: `xmr`; `cusum` with few periods a year; `residual` (XmR of what the period before does not foretell) when
    neighbours are alike. Phase I (default: half the series, 25 to 52 periods) sets the limits, which then stay. Columns:
    metric, chart, why, period_on, estimate (what is charted), raw, n, unit, centre, lower, upper, phase (I|II), letters (A
    beyond a limit, B eight in a row on one side; only A where values carry over), side (above|below|""). Under 12
    periods: no limits and why = "too_short".
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    known = known[known["successes"].isna() | known["n"].gt(0)].reset_index(drop=True)  # a share of nobody is none
    known["estimate"] = without_dust(known["estimate"])
    begun = phase_one or phase_length(len(known))
    if len(known) < TOO_SHORT:
        return _unlimited(known)
    chosen, why = (kind, "asked") if kind else choose_chart(known, begun)
    table = known.assign(chart=chosen, why=why, raw=known["estimate"].astype(float))
    table["phase"] = np.where(np.arange(len(known)) < begun, "I", "II")
    table = LIMITS[chosen](table, begun)
    letters = run_rules(*(table[name] for name in ("estimate", "centre", "lower", "upper")), least=dust(table["raw"]))
    table["letters"] = letters.str.replace("B", "") if chosen in ("ewma", "cusum") else letters
    side = np.where(table["estimate"] > table["centre"], "above", "below")
    table["side"] = np.where(table["letters"].ne(""), side, "")
    return table[CHART]


def control_charts(series: pd.DataFrame) -> pd.DataFrame:
    """`control_chart` of every metric in a long table of series, one below the other."""
    charts = [control_chart(one) for _metric, one in series.groupby("metric", sort=False)]
    held = [chart for chart in charts if len(chart)]
    return pd.concat(held, ignore_index=True) if held else control_chart(series)


def phase_length(n: int) -> int:
    """How many periods set the limits: half the series, at least 25 and at most 52, never more than there are."""
    return min(n, max(PHASE_ONE, min(n // 2, LONGEST_PHASE)))


def choose_chart(known: pd.DataFrame, first: int) -> tuple[str, str]:
    """The kind of chart and why, by the type of data (see `control_chart`), from the periods of phase I."""
    base = known.head(first)
    if base["successes"].notna().all():
        return ("laney", "overdispersed") if overdispersed(base, "shares") else ("p", "proportion")
    if abs(autocorrelation(base["estimate"])) > 2 / np.sqrt(first):
        return "residual", "autocorrelated"
    if known["unit"].iloc[0] == "count":
        return ("xmr", "overdispersed_count") if overdispersed(base, "counts") else ("c", "count")
    if "spread" in base and base["spread"].notna().all():
        if not overdispersed(base, "means"):
            return "xbar", "mean_of_answers"
        if base["n"].max() > UNEVEN * base["n"].min():
            return "ewma", "uneven_n"
    return ("cusum", "few_periods") if _a_year(known) < FEW_A_YEAR else ("xmr", "period_value")


def _a_year(known: pd.DataFrame) -> float:
    """Periods a year."""
    return 365.25 / float(known["period_on"].diff().dt.days.median())


def _unlimited(known: pd.DataFrame) -> pd.DataFrame:
    """The series without limits: too short to know its usual spread."""
    table = known.assign(chart="none", why="too_short", raw=known["estimate"].astype(float), phase="I", letters="")
    return table.assign(side="", centre=np.nan, lower=np.nan, upper=np.nan)[CHART]


def run_rules(
    values: pd.Series, centre: pd.Series, lower: pd.Series, upper: pd.Series, *, least: float = 0.0
) -> pd.Series:
    """Letters of the rules each value breaks: "A" beyond a limit, "B" the eighth or later in a row on one side.

    least: how far beyond a line a value must lie to be beyond it, more than rounding alone.
    """
    beyond = values.lt(lower - least) | values.gt(upper + least)
    side = values.gt(centre + least).astype(int) - values.lt(centre - least).astype(int)
    run = side.groupby(side.ne(side.shift()).cumsum()).cumcount() + 1
    in_a_row = run.ge(RUN) & side.ne(0)
    letters: pd.Series = beyond.map({True: "A", False: ""}) + in_a_row.map({True: "B", False: ""})
    return letters


def chart_summary(charts: pd.DataFrame) -> pd.DataFrame:
    """One row per chart: metric, area (objective, satisfaction, or counts), chart, why, n_periods, n_phase_one, provisional,
    centre, lower, upper, unit, n_signals (periods of phase II with a letter), letters, signal_on (last such period), side."""
    return pd.DataFrame([_summary(rows) for _, rows in charts.groupby("metric", sort=False)], columns=SUMMARY)


def _summary(rows: pd.DataFrame) -> dict[str, object]:
    """The summary of one chart; signals inside phase I count only while there is nothing after it."""
    watched = rows[rows["phase"].eq("II")] if rows["phase"].eq("II").any() else rows
    signals = watched[watched["letters"].ne("")]
    last, phase_one = first(rows.tail(1)), int(rows["phase"].eq("I").sum())
    return {name: last[name] for name in ("metric", "chart", "why", "centre", "lower", "upper", "unit")} | {
        "area": AREAS.get(last["unit"], "satisfaction"),
        "n_periods": len(rows),
        "n_phase_one": phase_one,
        "provisional": phase_one < PROVISIONAL,
        "n_signals": len(signals),
        "letters": "".join(letter for letter in LETTERS if signals["letters"].str.contains(letter).any()),
        "signal_on": signals["period_on"].max() if len(signals) else pd.NaT,
        "side": signals["side"].iloc[-1] if len(signals) else "",
    }
