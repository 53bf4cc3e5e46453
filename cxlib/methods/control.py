"""Control charts: is a series doing what it always did, or has something happened?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

PHASE_ONE = 25  # periods before limits are called final (Montgomery 2019, sec. 6.2: 20 to 25)
PROVISIONAL, TOO_SHORT = 20, 12  # under 20 periods the limits are provisional, under 12 there are none
LONGEST_PHASE = 52  # a year is enough to learn the usual spread; the rest is watched
D2 = 1.128  # mean range of two normal values (Shewhart)
XMR = 3 / D2
RUN = 8  # rule B: this many in a row on one side
ARL = 152.7  # periods between false alarms of rules A and B together (Champ & Woodall 1987)
LETTERS = ("A", "B")
CHART = ["metric", "chart", "why", "period_on", "estimate", "raw", "n", "unit", "centre", "lower", "upper", "phase",
         "letters", "side"]  # fmt: skip


def control_chart(series: pd.DataFrame, *, kind: str = "", phase_one: int = 0) -> pd.DataFrame:
    """Chart of one series, one row per period, the kind chosen by the type of data and told in `why`.

    `series`: metric, period_on, estimate, n, successes, unit (methods/periods.py). `kind` "" chooses: a share
    (successes known) → `p`, or `laney` when it varies more than chance allows; a period value → `xmr`, or `residual` (XmR of what
    the period before does not foretell) when neighbours are alike. Phase I (default: half the series, 25 to 52
    periods) sets the limits, which then stay. Columns: metric, chart, why, period_on, estimate (what is charted),
    raw, n, unit, centre, lower, upper, phase (I|II), letters (A beyond a limit, B eight in a row on one side), side (above|
    below|""). Under 12 periods: no limits and why = "too_short".
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    first = phase_one or phase_length(len(known))
    if len(known) < TOO_SHORT:
        return _unlimited(known)
    chosen, why = (kind, "asked") if kind else choose_chart(known, first)
    table = known.assign(chart=chosen, why=why, raw=known["estimate"].astype(float))
    table["phase"] = np.where(np.arange(len(known)) < first, "I", "II")
    table = _LIMITS[chosen](table, first)
    table["letters"] = run_rules(table["estimate"], table["centre"], table["lower"], table["upper"])
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
    """The kind of chart and why: (xmr|residual|p|laney, period_value|autocorrelated|proportion|overdispersed)."""
    if known["successes"].notna().all():
        return ("laney", "overdispersed") if _overdispersed(known.head(first)) else ("p", "proportion")
    rho = autocorrelation(known["estimate"].head(first))
    return ("residual", "autocorrelated") if abs(rho) > 2 / np.sqrt(first) else ("xmr", "period_value")


def autocorrelation(values: pd.Series) -> float:
    """Lag-one autocorrelation; beyond ±2/√n neighbours are alike and plain limits would be too narrow."""
    centred = values.to_numpy(float) - float(values.mean())
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum() / total) if total else 0.0


def _overdispersed(known: pd.DataFrame) -> bool:
    """Do the shares spread more than binomial chance? Chi-square of the z values, p < 0.05."""
    z = _z(known, float(known["successes"].sum() / known["n"].sum()))
    return bool(stats.chi2.sf(float((z**2).sum()), len(z) - 1) < 0.05)


def _z(known: pd.DataFrame, share: float) -> np.ndarray:
    """Every share in standard errors from the common one."""
    error = np.sqrt(share * (1 - share) / known["n"].to_numpy(float))
    gap = (known["successes"] / known["n"]).to_numpy(float) - share
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)


def _xmr(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Individuals chart: mean ± 3 × mean moving range ÷ 1.128 (Shewhart)."""
    base = table["estimate"].head(first)
    half = XMR * float(base.diff().abs().mean())
    return table.assign(centre=base.mean(), lower=base.mean() - half, upper=base.mean() + half)


def _residual(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """XmR of $\\bar x + (x_t - \\bar x) - \\rho (x_{t-1} - \\bar x)$, ρ from phase I (Alwan & Roberts 1988)."""
    rho, mean = autocorrelation(table["raw"].head(first)), float(table["raw"].head(first).mean())
    foretold = (rho * (table["raw"].shift() - mean)).fillna(0.0)
    return _xmr(table.assign(estimate=table["raw"] - foretold), first)


def _p(table: pd.DataFrame, first: int, *, sigma_z: float = 1.0) -> pd.DataFrame:
    """Share chart: $\\bar p \\pm 3 \\sigma_z \\sqrt{\\bar p (1 - \\bar p)/n_i}$, kept inside 0 and 1."""
    base = table.head(first)
    share = float(base["successes"].sum() / base["n"].sum())
    half = 3 * sigma_z * np.sqrt(share * (1 - share) / table["n"].to_numpy(float))
    shares = table["successes"] / table["n"]
    lower, upper = np.clip(share - half, 0, 1), np.clip(share + half, 0, 1)
    return table.assign(estimate=shares, raw=shares, centre=share, lower=lower, upper=upper, unit="share")


def _laney(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Laney's (2002) p′ chart: the p chart widened by $\\sigma_z = \\overline{MR}(z)/1.128$."""
    base = table.head(first)
    z = _z(base, float(base["successes"].sum() / base["n"].sum()))
    return _p(table, first, sigma_z=float(np.abs(np.diff(z)).mean()) / D2)


_LIMITS = {"xmr": _xmr, "residual": _residual, "p": _p, "laney": _laney}


def _unlimited(known: pd.DataFrame) -> pd.DataFrame:
    """The series without limits: too short to know its usual spread."""
    table = known.assign(chart="none", why="too_short", raw=known["estimate"].astype(float), phase="I", letters="")
    return table.assign(side="", centre=np.nan, lower=np.nan, upper=np.nan)[CHART]


def run_rules(values: pd.Series, centre: pd.Series, lower: pd.Series, upper: pd.Series) -> pd.Series:
    """Letters of the rules each value breaks: "A" beyond a limit, "B" the eighth or later in a row on one side."""
    beyond = values.lt(lower) | values.gt(upper)
    side = values.gt(centre).astype(int) - values.lt(centre).astype(int)
    run = side.groupby(side.ne(side.shift()).cumsum()).cumcount() + 1
    in_a_row = run.ge(RUN) & side.ne(0)
    letters: pd.Series = beyond.map({True: "A", False: ""}) + in_a_row.map({True: "B", False: ""})
    return letters


def ewma(
    values: pd.Series, *, centre: float, sigma: float, weight: float = 0.1, width: float = 2.7, settled: bool = False
) -> pd.DataFrame:
    """Exponentially weighted moving average, for small lasting shifts: value, ewma, centre, lower, upper, signal.

    $z_t = \\lambda x_t + (1-\\lambda) z_{t-1}$, $z_0$ = centre; limits centre ± width · σ · √(λ/(2−λ) · (1−(1−λ)^{2t}));
    with `settled` the constant ones for t → ∞. λ = 0.1 and width 2.7 give a false alarm every 369 periods and
    find a shift of one σ after 10 (Lucas & Saccucci 1990; Roberts 1959).
    """
    known = values.dropna().reset_index(drop=True)
    start = pd.concat([pd.Series([centre]), known], ignore_index=True)
    smooth = start.ewm(alpha=weight, adjust=False).mean().iloc[1:].reset_index(drop=True)
    age = np.ones(len(known)) if settled else 1 - (1 - weight) ** (2 * np.arange(1, len(known) + 1))
    half = width * sigma * np.sqrt(weight / (2 - weight) * age)
    table = pd.DataFrame({"value": known, "ewma": smooth, "centre": centre})
    table["lower"], table["upper"] = centre - half, centre + half
    table["signal"] = table["ewma"].lt(table["lower"]) | table["ewma"].gt(table["upper"])
    return table


def false_alarms(n_charts: int, periods_a_year: float) -> float:
    """Signals a year to expect when nothing at all happens: charts × periods / 153 (rules A and B)."""
    return n_charts * periods_a_year / ARL


def expected_false_alarms(charts: pd.DataFrame) -> float:
    """`false_alarms` a year of the charts that have limits, each at its own period (weeks or months)."""
    limited = charts[charts["chart"].ne("none")]
    gaps = limited.groupby("metric")["period_on"].agg(lambda dates: dates.diff().dt.days.median())
    return float(sum(false_alarms(1, 365.25 / gap) for gap in gaps))


def can_tell(summary: pd.DataFrame) -> bool:
    """Has any of these charts limits?"""
    return bool(len(summary) and summary["chart"].ne("none").any())


def chart_summary(charts: pd.DataFrame) -> pd.DataFrame:
    """One row per chart: metric, chart, why, n_periods, n_phase_one, provisional, centre, lower, upper, unit,
    n_signals (periods of phase II with a letter), letters, signal_on (last such period), side."""
    columns = ["metric", "chart", "why", "n_periods", "n_phase_one", "provisional", "centre", "lower", "upper", "unit",
               "n_signals", "letters", "signal_on", "side"]  # fmt: skip
    return pd.DataFrame([_summary(rows) for _, rows in charts.groupby("metric", sort=False)], columns=columns)


def _summary(rows: pd.DataFrame) -> dict[str, object]:
    """The summary of one chart; signals inside phase I count only while there is nothing after it."""
    watched = rows[rows["phase"].eq("II")] if rows["phase"].eq("II").any() else rows
    signals = watched[watched["letters"].ne("")]
    last = rows.iloc[-1]
    first = int(rows["phase"].eq("I").sum())
    return {
        "metric": last["metric"], "chart": last["chart"], "why": last["why"], "n_periods": len(rows),
        "n_phase_one": first, "provisional": first < PROVISIONAL, "centre": last["centre"], "lower": last["lower"],
        "upper": last["upper"], "unit": last["unit"], "n_signals": len(signals),
        "letters": "".join(letter for letter in LETTERS if signals["letters"].str.contains(letter).any()),
        "signal_on": signals["period_on"].max() if len(signals) else pd.NaT,
        "side": signals["side"].iloc[-1] if len(signals) else "",
    }  # fmt: skip
