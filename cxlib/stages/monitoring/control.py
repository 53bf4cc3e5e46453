"""Control charts: is a series doing what it always did, or has something happened?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special, stats

PHASE_ONE = 25  # periods before limits are called final (Montgomery 2019, sec. 6.2: 20 to 25)
PROVISIONAL, TOO_SHORT = 20, 12  # under 20 periods the limits are provisional, under 12 there are none
LONGEST_PHASE = 52  # a year is enough to learn the usual spread; the rest is watched
D2 = 1.128  # mean range of two normal values (Shewhart)
XMR = 3 / D2
RUN = 8  # rule B: this many in a row on one side
WEIGHT, WIDTH = 0.1, 2.7  # EWMA: a shift of one σ is found after 10 periods (Lucas & Saccucci 1990)
SLACK, DECISION = 0.5, 5.0  # CUSUM, in σ: made for a shift of one σ (Montgomery 2019, sec. 9.1)
FEW_A_YEAR = 20  # fewer periods a year (months): a chart of single values would take years to find a shift of one σ
RARE = 0.05  # chance of seeing none at all that still counts as possible
UNEVEN = 2.0  # largest n over the smallest from which periods are weighed by their n
LETTERS = ("A", "B")
CHART = [
    "metric",
    "chart",
    "why",
    "period_on",
    "estimate",
    "raw",
    "n",
    "unit",
    "centre",
    "lower",
    "upper",
    "phase",
    "letters",
    "side",
]


def control_chart(series: pd.DataFrame, *, kind: str = "", phase_one: int = 0) -> pd.DataFrame:
    """Chart of one series, one row per period, the kind chosen by the type of data and told in `why`.

    `series`: metric, period_on, estimate, n, successes, unit (methods/periods.py) and, for means, spread (σ within the
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
    first = phase_one or phase_length(len(known))
    if len(known) < TOO_SHORT:
        return _unlimited(known)
    chosen, why = (kind, "asked") if kind else choose_chart(known, first)
    table = known.assign(chart=chosen, why=why, raw=known["estimate"].astype(float))
    table["phase"] = np.where(np.arange(len(known)) < first, "I", "II")
    table = _LIMITS[chosen](table, first)
    letters = run_rules(table["estimate"], table["centre"], table["lower"], table["upper"])
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
        return ("laney", "overdispersed") if _overdispersed(_share_z(base)) else ("p", "proportion")
    if abs(autocorrelation(base["estimate"])) > 2 / np.sqrt(first):
        return "residual", "autocorrelated"
    if known["unit"].iloc[0] == "count":
        return ("xmr", "overdispersed_count") if _overdispersed(_count_z(base)) else ("c", "count")
    if "spread" in base and base["spread"].notna().all():
        if not _overdispersed(_mean_z(base)):
            return "xbar", "mean_of_answers"
        if base["n"].max() > UNEVEN * base["n"].min():
            return "ewma", "uneven_n"
    return ("cusum", "few_periods") if _a_year(known) < FEW_A_YEAR else ("xmr", "period_value")


def _a_year(known: pd.DataFrame) -> float:
    """Periods a year."""
    return 365.25 / float(known["period_on"].diff().dt.days.median())


def autocorrelation(values: pd.Series) -> float:
    """Lag-one autocorrelation; beyond ±2/√n neighbours are alike and plain limits would be too narrow."""
    centred = values.to_numpy(float) - float(values.mean())
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum() / total) if total else 0.0


def _overdispersed(z: np.ndarray) -> bool:
    """Do the z values spread more than chance? Chi-square, p < 0.05."""
    return bool(stats.chi2.sf(float((z**2).sum()), len(z) - 1) < 0.05)


def _share_z(known: pd.DataFrame) -> np.ndarray:
    """Every share in standard errors from the common one."""
    share = float(known["successes"].sum() / known["n"].sum())
    error = np.sqrt(share * (1 - share) / known["n"].to_numpy(float))
    gap = (known["successes"] / known["n"]).to_numpy(float) - share
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)


def _count_z(known: pd.DataFrame) -> np.ndarray:
    """Every count in standard errors from the common one (Poisson)."""
    mean = float(known["estimate"].mean())
    return np.asarray((known["estimate"].to_numpy(float) - mean) / np.sqrt(mean)) if mean else np.zeros(len(known))


def _mean_z(known: pd.DataFrame) -> np.ndarray:
    """Every mean in standard errors, from the spread within periods, from the common one."""
    gap = known["estimate"].to_numpy(float) - float(np.average(known["estimate"], weights=known["n"]))
    error = _within(known) / np.sqrt(known["n"].to_numpy(float))
    return np.asarray(np.divide(gap, error, out=np.zeros_like(gap), where=error > 0))


def _within(known: pd.DataFrame) -> float:
    """The usual σ within a period: the mean of s / c₄, as the s of few answers falls short of σ (Montgomery 2019, sec. 6.3)."""
    n = np.maximum(known["n"].to_numpy(float), 2.0)
    short = np.sqrt(2 / (n - 1)) * np.exp(special.gammaln(n / 2) - special.gammaln((n - 1) / 2))
    return float((known["spread"].to_numpy(float) / short).mean())


def _xmr(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Individuals chart: mean ± 3 × mean moving range ÷ 1.128 (Shewhart)."""
    base = table["estimate"].head(first)
    half = XMR * float(base.diff().abs().mean())
    return table.assign(centre=base.mean(), lower=base.mean() - half, upper=base.mean() + half)


def _residual(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """XmR of what the period before does not foretell (Alwan & Roberts 1988), drawn around what it foretells.

    Centre $\\bar x + \\rho (x_{t-1} - \\bar x)$, ρ from phase I; limits around it from the moving range of the residuals.
    """
    rho, mean = autocorrelation(table["raw"].head(first)), float(table["raw"].head(first).mean())
    foretold = mean + (rho * (table["raw"].shift() - mean)).fillna(0.0)
    residual = table["raw"] - foretold
    centre = foretold + float(residual.head(first).mean())
    half = XMR * float(residual.head(first).diff().abs().mean())
    return table.assign(centre=centre, lower=centre - half, upper=centre + half)


def _p(table: pd.DataFrame, first: int, *, sigma_z: float = 1.0) -> pd.DataFrame:
    """Share chart: $\\bar p \\pm 3 \\sigma_z \\sqrt{\\bar p (1 - \\bar p)/n_i}$, kept inside 0 and 1.

    Where phase I has seen none (or only) cases $\\bar p$ has no spread: the limits start from the largest share that is
    likely all the same, $1 - 0.05^{1/N}$ (Clopper & Pearson 1934; the rule of three).
    """
    base = table.head(first)
    share, n = float(base["successes"].sum() / base["n"].sum()), float(base["n"].sum())
    unseen = 1 - RARE ** (1 / n) if share in (0.0, 1.0) else 0.0
    wide = unseen or share
    half = unseen + 3 * sigma_z * np.sqrt(wide * (1 - wide) / table["n"].to_numpy(float))
    shares = table["successes"] / table["n"]
    lower, upper = np.clip(share - half, 0, 1), np.clip(share + half, 0, 1)
    return table.assign(estimate=shares, raw=shares, centre=share, lower=lower, upper=upper, unit="share")


def _laney(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Laney's (2002) p′ chart: the p chart widened by $\\sigma_z = \\overline{MR}(z)/1.128$."""
    z = _share_z(table.head(first))
    return _p(table, first, sigma_z=float(np.abs(np.diff(z)).mean()) / D2)


def _c(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Chart of counts: $\\bar c \\pm 3\\sqrt{\\bar c}$, not below 0 (Shewhart); after no case, from $-\\ln 0.05$ of them."""
    mean = float(table["estimate"].head(first).mean())
    wide = mean or -np.log(RARE) / first
    half = wide - mean + 3 * np.sqrt(wide)
    return table.assign(centre=mean, lower=max(0.0, mean - half), upper=mean + half)


def _xbar(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Chart of means: $\\bar{\\bar x} \\pm 3\\,\\bar s/\\sqrt{n_i}$, s the spread within a period (Shewhart)."""
    base = table.head(first)
    centre = float(np.average(base["estimate"], weights=base["n"]))
    half = 3 * _within(base) / np.sqrt(table["n"].to_numpy(float))
    return table.assign(centre=centre, lower=centre - half, upper=centre + half)


def _ewma(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Moving average $z_t = \\lambda x_t + (1-\\lambda) z_{t-1}$ from the centre, its limits following every n.

    Var $z_t = \\lambda^2\\sigma^2/n_t + (1-\\lambda)^2$ Var $z_{t-1}$; σ from the moving range of
    $\\sqrt{n_t}(x_t - \\bar x)$, so that what moves the periods besides chance among the answers is in it.
    """
    base, n = table.head(first), table["n"].to_numpy(float)
    centre = float(np.average(base["estimate"], weights=base["n"]))
    values = table["estimate"].to_numpy(float)
    sigma = float(np.abs(np.diff(np.sqrt(n[:first]) * (values[:first] - centre))).mean()) / D2
    smooth, error = np.empty(len(table)), np.empty(len(table))
    now, variance = centre, 0.0
    for at, (value, size) in enumerate(zip(values, n, strict=True)):
        now = WEIGHT * value + (1 - WEIGHT) * now
        variance = WEIGHT**2 * sigma**2 / size + (1 - WEIGHT) ** 2 * variance
        smooth[at], error[at] = now, np.sqrt(variance)
    return table.assign(estimate=smooth, centre=centre, lower=centre - WIDTH * error, upper=centre + WIDTH * error)


def _cusum(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """The larger of two cumulated sums, $C^\\pm_t = \\max(0, C^\\pm_{t-1} \\pm (x_t - \\bar x) - k\\sigma)$, the lower one drawn
    below zero; limits ± hσ (Page 1954), k = 0.5, h = 5."""
    base = table["estimate"].head(first)
    sigma = float(base.diff().abs().mean()) / D2
    both = cusum(table["estimate"], centre=float(base.mean()), sigma=sigma)
    larger = both["up"].where(both["up"] >= both["down"], -both["down"])
    return table.assign(estimate=larger.to_numpy(), centre=0.0, lower=-DECISION * sigma, upper=DECISION * sigma)


_LIMITS = {
    "xmr": _xmr,
    "residual": _residual,
    "p": _p,
    "laney": _laney,
    "c": _c,
    "xbar": _xbar,
    "ewma": _ewma,
    "cusum": _cusum,
}


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


def cusum(values: pd.Series, *, centre: float, sigma: float) -> pd.DataFrame:
    """Both cumulated sums of a series, in its unit: value, up, down, signal (either beyond 5 σ).

    Slack 0.5 σ: a lasting shift of one σ is found after 10 periods, a false alarm comes every 465 (Page 1954).
    """
    known = values.dropna().reset_index(drop=True)
    up, down = np.zeros(len(known) + 1), np.zeros(len(known) + 1)
    for at, value in enumerate(known, start=1):
        up[at] = max(0.0, up[at - 1] + value - centre - SLACK * sigma)
        down[at] = max(0.0, down[at - 1] + centre - value - SLACK * sigma)
    table = pd.DataFrame({"value": known, "up": up[1:], "down": down[1:]})
    return table.assign(signal=table[["up", "down"]].max(axis=1) > DECISION * sigma)


def can_tell(summary: pd.DataFrame) -> bool:
    """Has any of these charts limits?"""
    return bool(len(summary) and summary["chart"].ne("none").any())


def chart_summary(charts: pd.DataFrame) -> pd.DataFrame:
    """One row per chart: metric, chart, why, n_periods, n_phase_one, provisional, centre, lower, upper, unit,
    n_signals (periods of phase II with a letter), letters, signal_on (last such period), side."""
    columns = [
        "metric",
        "chart",
        "why",
        "n_periods",
        "n_phase_one",
        "provisional",
        "centre",
        "lower",
        "upper",
        "unit",
        "n_signals",
        "letters",
        "signal_on",
        "side",
    ]
    return pd.DataFrame([_summary(rows) for _, rows in charts.groupby("metric", sort=False)], columns=columns)


def _summary(rows: pd.DataFrame) -> dict[str, object]:
    """The summary of one chart; signals inside phase I count only while there is nothing after it."""
    watched = rows[rows["phase"].eq("II")] if rows["phase"].eq("II").any() else rows
    signals = watched[watched["letters"].ne("")]
    last = rows.iloc[-1]
    first = int(rows["phase"].eq("I").sum())
    return {
        "metric": last["metric"],
        "chart": last["chart"],
        "why": last["why"],
        "n_periods": len(rows),
        "n_phase_one": first,
        "provisional": first < PROVISIONAL,
        "centre": last["centre"],
        "lower": last["lower"],
        "upper": last["upper"],
        "unit": last["unit"],
        "n_signals": len(signals),
        "letters": "".join(letter for letter in LETTERS if signals["letters"].str.contains(letter).any()),
        "signal_on": signals["period_on"].max() if len(signals) else pd.NaT,
        "side": signals["side"].iloc[-1] if len(signals) else "",
    }
