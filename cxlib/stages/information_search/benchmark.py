"""The client's own figures beside named competitors, each with the uncertainty that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import EVIDENCE_N, rows
from cxlib.statistics.intervals import TIDY, Z, detectable, mean_row, tidy
from cxlib.statistics.scores import nps
from cxlib.statistics.weights import weighed

SCORED = ("csat", "overall", "ces", "importance", "expectation", "memory")
MARGINS: Mapping[str, float] = {"nps": 5.0, "conversion": 0.03}  # policy: a difference nobody would act upon
PAR_SHARE_OF_SD = 0.2  # of scores: Cohen's (1988) small effect
PAR_LEVEL = 0.05  # of each of the two one-sided tests
KEYS = ["metric", "touchpoint", "step"]
GAPS = [
    "name",
    *KEYS,
    "own",
    "value",
    *TIDY,
    "detectable",
    "margin",
    "p_par",
    "fixed",
    "source",
    "on",
    "verdict",
    "standing",
]
NUMBERS = ("own", "value", "estimate", "low", "high", "detectable", "margin", "p_par")


def beside_others(
    responses: pd.DataFrame, steps: pd.DataFrame, benchmarks: pd.DataFrame, *, nps_scale: tuple[float, float] = (0, 10)
) -> pd.DataFrame:
    """The client's figures minus those of each competitor: `benchmark_gaps` of `own_figures`.

    nps_scale: the scale the client asks the net promoter question on.
    """
    return benchmark_gaps(own_figures(responses, steps), benchmarks, nps_scale=nps_scale)


def own_figures(responses: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """What a benchmark can be held against: NPS and mean scores per touchpoint ("": the whole), conversion per step.

    Answers count by their survey weight. steps: columns step, estimate, low, high, n (conversion as a share), e.g.
    handed on by stage 3. Columns metric, touchpoint, step, estimate, low, high, n, unit (points | score | share), sd
    (of one answer, in the unit).
    """
    answered = weighed(responses.dropna(subset="score").fillna({"touchpoint": ""}))
    recommending = nps(answered[answered["question"] == "nps"], by=["touchpoint"])
    promoters, detractors = recommending["promoter_share"], recommending["detractor_share"]
    sd = 100 * np.sqrt(promoters + detractors - (promoters - detractors) ** 2)
    scored = [
        {"metric": question, "touchpoint": touchpoint}
        | mean_row(group["score"], weights=group["weight"])
        | {"sd": float(group["score"].std(ddof=1))}
        for (question, touchpoint), group in answered.groupby(["question", "touchpoint"])
        if question in SCORED
    ]
    parts = [recommending.assign(metric="nps", step="", sd=sd), pd.DataFrame(scored).assign(step="")]
    if "estimate" in steps:
        share = steps["estimate"].astype(float)
        spread = np.sqrt((share * (1 - share)).clip(lower=0))
        parts.append(steps.assign(metric="conversion", touchpoint="", unit="share", sd=spread))
    columns = [*KEYS, *TIDY, "sd"]
    filled = [part.reindex(columns=columns) for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else tidy(KEYS).assign(sd=[])


def benchmark_gaps(
    own: pd.DataFrame, benchmarks: pd.DataFrame, *, nps_scale: tuple[float, float] = (0, 10)
) -> pd.DataFrame:
    """Own figure minus each competitor's, in the figure's unit.

    own: from `own_figures`. A competitor without n is a fixed point: the interval is then that of the own figure alone,
    and `fixed` is True. With n its variance is added: NPS at its largest possible (1 − NPS²), scores with the own
    spread, shares p(1 − p). "On par" is shown, not assumed: by two one-sided tests at 5 % (Schuirmann 1987), the whole
    90 % interval within ± `margin` (5 points of NPS, 0.2 standard deviations of a score, 3 points of a conversion). An
    NPS asked on 1 to 10 is never held against one on 0 to 10. Columns name, metric, touchpoint, step, own, value,
    estimate, low, high, n (own), unit, detectable, margin, p_par, fixed, source, on, verdict (real | not shown | cannot
    tell: own n under the evidence gate, or nothing to compare: estimate blank), standing (behind | ahead | on par |
    "").
    """
    comparable = own if tuple(nps_scale) == (0, 10) else own[own["metric"] != "nps"]
    known = {_place(row): row for row in rows(comparable)}
    compared = [
        _compare(row, known.get(_place(row), {})) for row in rows(benchmarks.fillna(dict.fromkeys(KEYS[1:], "")))
    ]
    return pd.DataFrame(compared, columns=GAPS).astype(dict.fromkeys(NUMBERS, float))


def on_par(difference: float, error: float, *, margin: float) -> float:
    """p of the two one-sided tests that a difference lies within ± `margin`: small means shown to be on par.

    p = max(P(Z ≥ (d + m)/se), P(Z ≤ (d − m)/se)): Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657–680.
    """
    if not error > 0:
        return float(abs(difference) >= margin)
    return float(max(stats.norm.sf((difference + margin) / error), stats.norm.cdf((difference - margin) / error)))


def _place(row: Mapping[str, Any]) -> tuple[object, ...]:
    """What a figure is of: its metric, touchpoint and step."""
    return tuple(row.get(key, "") for key in KEYS)


def _compare(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """One competitor's figure beside the own one; without an own one nothing but the competitor's is known."""
    fixed = not theirs["n"] > 0
    row = {name: theirs.get(name) for name in ("name", *KEYS, "source", "on", "value")}
    row |= {
        "fixed": fixed,
        "n": ours.get("n", 0),
        "unit": ours.get("unit", "score"),
        "verdict": "cannot tell",
        "standing": "",
    }
    if not ours:
        return row
    metric, value, estimate, sd = str(theirs["metric"]), float(theirs["value"]), ours["estimate"], ours["sd"]
    added = 0.0 if fixed else Z**2 * _variance(metric, value, sd) / float(theirs["n"])
    below, above = (float(np.hypot(estimate - ours[side], np.sqrt(added))) for side in ("low", "high"))
    margin = MARGINS.get(metric, PAR_SHARE_OF_SD * sd)
    gap = estimate - value
    row |= {"own": estimate, "estimate": gap, "low": gap - below, "high": gap + above, "margin": margin}
    row |= {"detectable": detectable(-below, above), "p_par": on_par(gap, (below + above) / 2 / Z, margin=margin)}
    return row | _verdict(row) if ours["n"] >= EVIDENCE_N and not np.isnan(below + above) else row


def _verdict(row: Mapping[str, Any]) -> dict[str, str]:
    """Whether a difference is real, and who stands where; shown to be on par goes before a real but tiny difference."""
    real = row["low"] > 0 or row["high"] < 0
    side = {True: "ahead", False: "behind"}[row["estimate"] > 0] if real else ""
    return {"verdict": "real" if real else "not shown", "standing": "on par" if row["p_par"] < PAR_LEVEL else side}


def _variance(metric: str, value: float, own_sd: float) -> float:
    """Variance of one answer of the competitor, as far as its figure alone tells."""
    known = {"nps": 100.0**2 - value**2, "conversion": value * (1 - value)}
    return known.get(metric, own_sd**2)
