"""Which touchpoints go with moving on: the link of meeting and of rating a touchpoint to the next step of the funnel."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.journeys.incidence import incidence, windows
from cxlib.journeys.passages import ARRIVED, DAY_SECONDS
from cxlib.statistics.intervals import TIDY, Z, detectable, holm, newcombe

COLUMNS = ["touchpoint", "step", "link", *TIDY, "detectable", "adjusted_p", "verdict"]
MET = ["passage", "customer_id", "step", "entered_at", "advanced", "touchpoint", "days"]
RATED = ["passage", "step", "touchpoint", "advanced", "score"]
UNKNOWN = dict.fromkeys(("estimate", "low", "high", "p"), np.nan)
RATED_WITHIN = pd.Timedelta(days=60)  # of a contact, for a rating to be about it


def met_passages(interactions: pd.DataFrame, passages: pd.DataFrame) -> pd.DataFrame:
    """One row per mature passage and touchpoint met in it before going on: step, advanced (within the window), days.

    A passage is mature when its window is over at the end of the observation: entrants that have not had their time
    are left out, whether or not they have gone on already. days = from entering the step to the first contact.
    """
    limits = windows(incidence(passages))
    if limits.empty:
        return pd.DataFrame(columns=MET)
    limit = passages["step"].map(limits.set_index("step")["estimate"]).astype(float)
    until = passages["left_at"].max()
    age = (until - passages["entered_at"]).dt.total_seconds() / DAY_SECONDS
    mature = passages[(age >= limit) & ~passages["skipped"] & ~passages["outcome"].isin(ARRIVED)].copy()
    mature["advanced"] = (mature["outcome"] == "advanced") & (mature["days"] <= limit.reindex(mature.index))
    mature["passage"] = np.arange(len(mature))
    seen = interactions[["customer_id", "journey_id", "at", "step", "touchpoint"]].dropna(subset=["touchpoint"])
    seen = seen.assign(journey_id=seen["journey_id"].fillna(seen["customer_id"])).drop(columns="customer_id")
    pairs = mature.merge(seen, on=["journey_id", "step"])
    pairs = pairs[(pairs["at"] >= pairs["entered_at"]) & (pairs["at"] <= pairs["left_at"])].sort_values("at")
    pairs = pairs.drop_duplicates(["passage", "touchpoint"]).reset_index(drop=True)
    pairs["days"] = (pairs["at"] - pairs["entered_at"]).dt.total_seconds() / DAY_SECONDS
    return pd.DataFrame(pairs[MET])


def next_step(met: pd.DataFrame, responses: pd.DataFrame, *, family: list[str] | None = None) -> pd.DataFrame:
    """How moving on to the next step goes with meeting a touchpoint, and with how it was rated. Association, not effect.

    link "met": share that went on among passages that met the touchpoint minus those of the same step that did not
    (Newcombe 1998, method 10). link "rated": change of that share per point of the rating, by logistic regression
    (average marginal effect). adjusted_p: Holm (1979) over both links
    and the `family` of touchpoints that can become moments (default all). verdict: real | not shown | cannot tell
    (fewer than 30 on a side, or fewer than 30 ratings that went on and 30 that did not).
    """
    pairs = met[["step", "touchpoint"]].drop_duplicates().itertuples(index=False)
    rows = [_met_row(str(touchpoint), str(step), met) for step, touchpoint in pairs]
    rated = _rated(met, responses)
    rows += [_rated_row(str(name), str(step), part) for (step, name), part in rated.groupby(["step", "touchpoint"])]
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.DataFrame(rows)
    table["detectable"] = [detectable(low, high) for low, high in zip(table["low"], table["high"], strict=True)]
    table["adjusted_p"] = holm(
        table["p"].where(table["touchpoint"].isin(table["touchpoint"] if family is None else family))
    )
    shown = table["adjusted_p"] < 1 - CONFIDENCE
    verdict = np.select([table["p"].isna(), shown], ["cannot tell", "real"], "not shown")
    table = table.assign(verdict=pd.Series(verdict, dtype="str"))[COLUMNS]
    return table.sort_values(["link", "estimate"], ascending=[True, False], ignore_index=True)


def when_met(met: pd.DataFrame) -> pd.DataFrame:
    """Median days from entering the step to the touchpoint: touchpoint, when_days, n."""
    if met.empty:
        return pd.DataFrame(columns=["touchpoint", "when_days", "n"])
    table = met.groupby("touchpoint")["days"].agg(["median", "size"]).reset_index()
    return table.rename(columns={"median": "when_days", "size": "n"})


def _met_row(touchpoint: str, step: str, met: pd.DataFrame) -> dict[str, object]:
    """The difference between passages that met the touchpoint and those of the same step that did not."""
    here = met[met["step"] == step]
    everybody = here.drop_duplicates("passage")
    chosen = everybody["passage"].isin(here.loc[here["touchpoint"] == touchpoint, "passage"])
    yes, no = everybody.loc[chosen, "advanced"], everybody.loc[~chosen, "advanced"]
    row: dict[str, object] = {"touchpoint": touchpoint, "step": step, "link": "met", "n": len(yes), "unit": "pp"}
    if min(len(yes), len(no)) < EVIDENCE_N:
        return row | UNKNOWN
    difference, low, high = newcombe((int(yes.sum()), len(yes)), (int(no.sum()), len(no)))
    pooled = (yes.sum() + no.sum()) / (len(yes) + len(no))
    error = np.sqrt(pooled * (1 - pooled) * (1 / len(yes) + 1 / len(no)))
    p = float(2 * stats.norm.sf(abs(difference) / error)) if error > 0 else 1.0
    return row | {"estimate": difference, "low": low, "high": high, "p": p}


def _rated(met: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Passages with the rating given to a touchpoint met in them: the first rating on or after the contact."""
    asked = responses[(responses["question"] == "csat") & responses["score"].notna() & responses["on"].notna()]
    if met.empty or asked.empty:
        return pd.DataFrame(columns=RATED)
    asked = asked[["respondent_id", "on", "touchpoint", "score"]].astype({"on": "datetime64[ns]", "touchpoint": "str"})
    contact = met.assign(on=(met["entered_at"] + pd.to_timedelta(met["days"].astype(float), unit="D")).dt.normalize())
    contact = contact.astype({"on": "datetime64[ns]", "touchpoint": "str"}).sort_values("on")
    joined = pd.merge_asof(
        asked.rename(columns={"respondent_id": "customer_id"}).sort_values("on"),
        contact,
        on="on",
        by=["customer_id", "touchpoint"],
        tolerance=RATED_WITHIN,
    )
    return joined.dropna(subset=["passage"]).drop_duplicates(["passage", "touchpoint"])[RATED]


def _rated_row(touchpoint: str, step: str, rated: pd.DataFrame) -> dict[str, object]:
    """Average marginal effect of a rating point on the share that goes on."""
    row: dict[str, object] = {"touchpoint": touchpoint, "step": step, "link": "rated", "n": len(rated), "unit": "pp"}
    advanced, score = rated["advanced"].to_numpy(float), rated["score"].to_numpy(float)
    if min(advanced.sum(), len(rated) - advanced.sum()) < EVIDENCE_N or np.ptp(score) == 0:
        return row | UNKNOWN
    slope, error, spread = _logistic(score, advanced)
    return row | {
        "estimate": slope * spread,
        "low": (slope - Z * error) * spread,
        "high": (slope + Z * error) * spread,
        "p": float(2 * stats.norm.sf(abs(slope) / error)),
    }


def _logistic(score: np.ndarray, advanced: np.ndarray) -> tuple[float, float, float]:
    """Slope of a logistic regression on one score, its standard error, and the mean of p(1 − p)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # the error is then huge, and nothing is shown
        fit = GLM(advanced, np.column_stack([np.ones_like(score), score - score.mean()]), family=Binomial()).fit()
    share = fit.fittedvalues
    return float(fit.params[1]), float(fit.bse[1]), float((share * (1 - share)).mean())
