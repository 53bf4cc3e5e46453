"""The client's own figures beside named competitors, each with the uncertainty that is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import detectable, mean_t, tidy

Z = float(stats.norm.ppf(0.975))
SCORED = ("csat", "overall", "ces", "importance", "expectation", "memory")
MARGINS: Mapping[str, float] = {"nps": 5.0, "conversion": 0.03}  # policy: a difference nobody would act upon
PAR_SHARE_OF_SD = 0.2  # of scores: Cohen's (1988) small effect
KEYS = ["metric", "touchpoint", "step"]


def own_figures(responses: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """What a benchmark can be held against: NPS and mean scores per touchpoint ("" = whole relation), conversion per step.

    steps: columns step, estimate, low, high, n (conversion as a share), e.g. handed on by stage 3. Columns metric,
    touchpoint, step, estimate, low, high, n, unit (points | score | share), sd (of one answer, in the unit).
    """
    rows: list[dict[str, object]] = []
    answered = responses.dropna(subset="score")
    for (question, touchpoint), group in answered.fillna({"touchpoint": ""}).groupby(
        ["question", "touchpoint"], sort=True
    ):
        key = {"metric": question, "touchpoint": touchpoint, "step": ""}
        if question == "nps":
            rows.append(key | _nps(group["score"].to_numpy(dtype=float)))
        elif question in SCORED:
            estimate, low, high = mean_t(group["score"])
            rows.append(key | {"estimate": estimate, "low": low, "high": high, "n": len(group), "unit": "score",
                               "sd": float(group["score"].std(ddof=1))})  # fmt: skip
    for step in steps.to_dict("records") if {"step", "estimate"} <= set(steps.columns) else ():
        share = float(step["estimate"])
        rows.append({"metric": "conversion", "touchpoint": "", "step": step["step"], "estimate": share,
                     "low": step.get("low", np.nan), "high": step.get("high", np.nan), "n": step.get("n", np.nan),
                     "unit": "share", "sd": float(np.sqrt(max(share * (1 - share), 0.0)))})  # fmt: skip
    return tidy(KEYS, rows) if rows else tidy(KEYS).assign(sd=[])


def benchmark_gaps(
    own: pd.DataFrame, benchmarks: pd.DataFrame, *, gate_n: int = 30, nps_scale: tuple[float, float] = (0, 10)
) -> pd.DataFrame:
    """Own figure minus each competitor's, in the figure's unit.

    A competitor without n is a fixed point: the interval is then that of the own figure alone, and `fixed` is True.
    With n its variance is added: NPS at its largest possible (1 − NPS²), scores with the own spread, shares p(1 − p).
    "On par" is shown, not assumed: by two one-sided tests at 5 % (Schuirmann 1987), the whole 90 % interval within
    ± `margin` (5 points of NPS, 0.2 standard deviations of a score, 3 points of a conversion). An NPS asked on 1 to 10
    is never held against one on 0 to 10. Columns name, metric, touchpoint, step, own, value, estimate, low, high, n
    (own), unit, detectable, margin, p_par, fixed, source, on, verdict (real | not shown | cannot tell: own n under
    `gate_n`, or nothing to compare: estimate blank), standing (behind | ahead | on par | "").
    """
    if tuple(nps_scale) != (0, 10):
        own = own[own["metric"] != "nps"]
    figures: Mapping[tuple[object, ...], Mapping[str, object]] = {
        tuple(row[key] for key in KEYS): row for row in _records(own)
    }
    rows = [
        _compare(row, figures.get(tuple(row[key] or "" for key in KEYS), {}), gate_n) for row in _records(benchmarks)
    ]
    columns = [
        "name",
        *KEYS,
        "own",
        "value",
        "estimate",
        "low",
        "high",
        "n",
        "unit",
        "detectable",
        "margin",
        "p_par",
        "fixed",
        "source",
        "on",
        "verdict",
        "standing",
    ]
    numbers = ("own", "value", "estimate", "low", "high", "detectable", "margin", "p_par")
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(numbers, float))


def _compare(theirs: Mapping[str, object], ours: Mapping[str, object], gate_n: int) -> dict[str, object]:
    value, n_theirs = _number(theirs["value"]), _number(theirs.get("n"))
    fixed = not n_theirs > 0
    row: dict[str, object] = {name: theirs.get(name) for name in ("name", *KEYS, "source", "on")}
    row |= {
        "value": value,
        "fixed": fixed,
        "n": ours.get("n", 0),
        "unit": ours.get("unit", "score"),
        "verdict": "cannot tell",
        "standing": "",
    }
    if not ours:
        return row
    estimate = _number(ours["estimate"])
    added = 0.0 if fixed else _variance(str(theirs["metric"]), value, _number(ours["sd"])) / n_theirs
    below = float(np.sqrt((estimate - _number(ours["low"])) ** 2 + Z**2 * added))
    above = float(np.sqrt((_number(ours["high"]) - estimate) ** 2 + Z**2 * added))
    row |= {
        "own": estimate,
        "estimate": estimate - value,
        "low": estimate - value - below,
        "high": estimate - value + above,
    }
    margin = MARGINS.get(str(theirs["metric"]), PAR_SHARE_OF_SD * _number(ours["sd"]))
    p = on_par(estimate - value, (below + above) / 2 / Z, margin=margin)
    row |= {"detectable": detectable(-below, above), "margin": margin, "p_par": p}
    if _number(ours["n"]) >= gate_n and not np.isnan(below + above):
        row["verdict"] = "real" if estimate - value > below or value - estimate > above else "not shown"
        row["standing"] = "on par" if p < 0.05 else _side(estimate - value) if row["verdict"] == "real" else ""
    return row


def on_par(difference: float, error: float, *, margin: float) -> float:
    """p of the two one-sided tests that a difference lies within ± `margin`: small means shown to be on par.

    p = max(P(Z ≥ (d + m)/se), P(Z ≤ (d − m)/se)): Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657–680.
    """
    if not error > 0:
        return float(abs(difference) >= margin)
    return float(max(stats.norm.sf((difference + margin) / error), stats.norm.cdf((difference - margin) / error)))


def _side(difference: float) -> str:
    return "ahead" if difference > 0 else "behind"


def _variance(metric: str, value: float, own_sd: float) -> float:
    """Variance of one answer of the competitor, as far as its figure alone tells."""
    if metric == "nps":
        return 100.0**2 - value**2
    return value * (1 - value) if metric == "conversion" else own_sd**2


def _nps(scores: np.ndarray) -> dict[str, object]:
    """NPS in points; interval by adjusted Wald (0, 3) of Rocks (2016): 3 answers more, ¾ promoters, ¾ detractors."""
    n, promoters, detractors = len(scores), int((scores >= 9).sum()), int((scores <= 6).sum())
    high_share, low_share = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    centre = high_share - low_share
    half = Z * float(np.sqrt((high_share + low_share - centre**2) / (n + 3)))
    value = (promoters - detractors) / n
    spread = float(np.sqrt((promoters + detractors) / n - value**2))
    return {"estimate": 100 * value, "low": max(-100.0, 100 * (centre - half)),
            "high": min(100.0, 100 * (centre + half)), "n": n, "unit": "points", "sd": 100 * spread}  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as mappings, blank keys as ""."""
    present = [key for key in KEYS if key in table.columns]
    filled = table.fillna(dict.fromkeys(present, ""))
    return [{str(name): cell for name, cell in row.items()} for row in filled.to_dict("records")]


def _number(value: object) -> float:
    """A cell as a float; NaN when blank."""
    return float(value) if isinstance(value, int | float | np.number) else float("nan")
