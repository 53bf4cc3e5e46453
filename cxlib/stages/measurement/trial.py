"""What every assigned customer did in the registered window: the table that the measurement rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import first
from cxlib.stages.measurement.sites import drawn_by_site
from cxlib.statistics.outcomes import METRICS, Records, measured, unit_of
from cxlib.statistics.scores import nps_value

BINDING = ("metric", "minimum_effect", "window_days", "guardrails")  # what stage 7 decides
NOTHING = "nothing"  # the choice of no experience
WINDOW_DAYS = 60  # where none was registered
MARGINS = {"nps": 5.0, "overall": 0.3, "csat": 0.3, "ces": 0.3, "purchase_share": 0.02}  # loss still accepted (policy)
BEFORE_DAYS = 180  # the covariate looks back half a year: long enough to hold more than one purchase of most customers
ASSIGNED = ["customer_id", "arm", "stratum", "starts_on", "site"]
OUTCOMES = [*ASSIGNED, "closes_on", "complete", "metric", "unit", "outcome", "before"]


def plan(
    registration: pd.DataFrame, decided: Mapping[str, Any] | None = None, ideas: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The registration as plain values; unknown ones are "" or NaN, so that nothing has to be guessed later.

    What stage 7 decided (metric, minimum_effect, window_days, guardrails) binds and goes before its registration.

    Keys: experience (where nothing was registered, the first one decided), touchpoint and channels (where it lies, by
    `ideas`; no channels: any), metric, window_days, minimum_effect, mixture_effect (for
    `looks.always_valid`, fixed before launch: the larger of the minimum and what the pilot could show),
    value_per_unit_money, registered_share (of those drawn who meet it), reach_year (customers a year whom it reaches),
    promised (likely, low, high effect), guardrails (metric → margin, the loss still accepted;
    "csat>=-0.5" sets it, otherwise MARGINS).
    """
    row = first(registration)
    chosen = {name: value for name, value in (decided or {}).items() if name in BINDING and value not in (None, "")}
    if chosen.get("metric", row.get("metric")) != row.get("metric"):
        row = {"experience": row.get("experience", "")}  # worth and promise were of another metric
    row |= chosen
    if not row.get("experience"):
        row["experience"] = next((key for key in (decided or {}).get("experiences") or () if key != NOTHING), "")
    window, minimum = _number(row, "window_days"), _number(row, "minimum_effect")
    experience, guards = str(row.get("experience", "")), row.get("guardrails")
    return {
        "experience": experience,
        "touchpoint": _place(ideas, experience, "touchpoint"),
        "channels": listed(_place(ideas, experience, "channel")),
        "metric": str(row.get("metric", "")),
        "window_days": int(window) if np.isfinite(window) else WINDOW_DAYS,
        "minimum_effect": minimum,
        "mixture_effect": float(np.fmax(minimum, _number(row, "detectable"))),
        "value_per_unit_money": _number(row, "value_per_unit_money"),
        "registered_share": _number(row, "diluted"),
        "reach_year": _number(row, "reach_year"),
        "promised": tuple(_number(row, name) for name in ("promised_effect", "promised_low", "promised_high")),
        "guardrails": dict(_guardrail(word) for word in (guards if isinstance(guards, list) else listed(guards))),
    }


def _place(ideas: pd.DataFrame | None, experience: str, column: str) -> str:
    """The touchpoint or the channels where an experience lies; "" when they are not known."""
    if ideas is None or column not in ideas:
        return ""
    found = ideas.loc[ideas["idea_id"].eq(experience), column].dropna()
    return str(found.iloc[0]) if len(found) else ""


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or value == "" else float(value)


def _guardrail(word: str) -> tuple[str, float]:
    """ "csat:delivery>=-0.5" → (csat:delivery, 0.5); without a margin the policy's."""
    metric, _sep, margin = word.strip().partition(">=")
    known = MARGINS.get(metric.split(":")[0].strip(), 0.0)
    return metric.strip(), abs(float(margin)) if margin else known


def assigned(data: pd.DataFrame, drawn: pd.DataFrame, *, experience: str) -> pd.DataFrame:
    """The assignments to measure: those in the client's data, else those that stage 8 drew.

    Columns: customer_id, arm, stratum, starts_on (NaT while nothing has started), site ("" unless sites were drawn). Rows
    about an experience that was not registered are left out: measuring another one would be another analysis.
    """
    table = (data if len(data) else drawn).reindex(columns=[*ASSIGNED, "idea_id"])
    ours = table["idea_id"].isna() | table["idea_id"].isin(["", experience])
    table = table[ours].drop_duplicates("customer_id").reset_index(drop=True)
    texts = dict.fromkeys(("customer_id", "arm", "stratum", "site"), "str")  # an empty one would be numeric
    table = table.astype(texts).fillna({"site": ""})
    return table.assign(starts_on=pd.to_datetime(table["starts_on"]))[ASSIGNED]


def outcomes(
    assignments: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    window_days: int,
    as_of: pd.Timestamp,
    metrics: Sequence[str] = tuple(METRICS),
    records: Records | None = None,
    scale: tuple[float, float] = (0, 10),
) -> pd.DataFrame:
    """One row per assigned customer and metric: the metric in the window from starts_on, and the same before it.

    Columns: customer_id, arm, stratum, starts_on, site, closes_on (last day of the window), complete (the window had closed
    by `as_of`), metric, unit, outcome, before (same metric in the 180 days before starts_on; the covariate). An
    incomplete window has the outcome NaN: it is left out and counted, never read as a zero. Without transactions, with
    an unknown metric, or when no margin is recorded, every outcome is NaN. records: the other tables (interactions,
    responses, customers) that a metric which is no purchase is read from (`statistics.outcomes.measured`); scale: lowest
    and highest overall answer.
    """
    table = pd.DataFrame(assignments).reindex(columns=ASSIGNED)
    table = table.drop_duplicates("customer_id").reset_index(drop=True)
    table["starts_on"] = pd.to_datetime(table["starts_on"])
    table["closes_on"] = table["starts_on"] + pd.Timedelta(days=int(window_days) - 1)
    table["complete"] = table["closes_on"].le(pd.Timestamp(as_of).normalize())
    known = {**(records or {}), "transactions": transactions}
    found = [
        table.assign(
            metric=metric,
            unit=unit_of(metric) or "count",
            outcome=measured(table, known, metric, begins=0, days=window_days, scale=scale).where(table["complete"]),
            before=measured(table, known, metric, begins=-BEFORE_DAYS, days=BEFORE_DAYS, scale=scale),
        )
        for metric in dict.fromkeys(metrics)
    ]
    return pd.concat(found, ignore_index=True)[OUTCOMES]


def arms(table: pd.DataFrame) -> pd.DataFrame:
    """How the arms stand, from the outcomes of one metric: arm, n_assigned, n_open (window still open), n_analysed,
    starts_on (first), closes_on (last). Sites are counted instead of customers where whole sites were drawn."""
    one = table[table["metric"].eq(table["metric"].iloc[0])] if len(table) else table
    one = one.sort_values("outcome").drop_duplicates(["site", "arm"]) if drawn_by_site(table) else one
    counted = {
        "n_assigned": ("customer_id", "size"),
        "n_open": ("open", "sum"),
        "n_analysed": ("known", "sum"),
        "starts_on": ("starts_on", "min"),
        "closes_on": ("closes_on", "max"),
    }
    known = one.assign(known=one["outcome"].notna(), open=~one["complete"].astype(bool))
    return known.groupby("arm").agg(**counted).reset_index().sort_values("arm", ascending=False, ignore_index=True)


def satisfaction(
    assignments: pd.DataFrame, responses: pd.DataFrame, *, window_days: int, touchpoint: str = ""
) -> pd.DataFrame:
    """One row per assigned customer and question answered: customer_id, arm, stratum, site, metric, unit, outcome, before.

    Answers count from starts_on until as long again after the window has closed, as surveys follow what they ask about.
    Several answers of one person become their mean, so that the person is the unit. Questions: overall and nps (whole
    relation), csat and ces of `touchpoint` (metric "csat:delivery"). "nps" is turned into −100 (0–6), 0 (7–8) and 100
    (9–10), so that a mean is a net promoter score in points.
    """
    people = pd.DataFrame(assignments).reindex(columns=ASSIGNED)
    people["starts_on"] = pd.to_datetime(people["starts_on"])
    asked = {"overall": "", "nps": "", **({"csat": touchpoint, "ces": touchpoint} if touchpoint else {})}
    found = [_answers(people, responses, question, place, 2 * window_days) for question, place in asked.items()]
    return pd.concat(found, ignore_index=True)


def _answers(people: pd.DataFrame, responses: pd.DataFrame, question: str, touchpoint: str, days: int) -> pd.DataFrame:
    """One question's answers of the assigned customers, after and before their start."""
    columns = ["customer_id", "arm", "stratum", "site", "metric", "unit", "outcome", "before"]
    asked = responses[responses["question"].eq(question) & responses["touchpoint"].fillna("").eq(touchpoint)]
    dated = asked.dropna(subset=["score"]).merge(people, left_on="respondent_id", right_on="customer_id")
    if dated.empty:
        return pd.DataFrame(columns=columns).astype({"outcome": float, "before": float})
    if question == "nps":
        dated["score"] = nps_value(dated["score"])
    day = (pd.to_datetime(dated["on"]).dt.normalize() - dated["starts_on"]).dt.days
    after = dated[day.ge(0) & day.lt(days)].groupby("customer_id")["score"].mean()
    prior = dated[day.lt(0)].groupby("customer_id")["score"].mean()
    table = people[people["customer_id"].isin(after.index)].drop_duplicates("customer_id")
    return table.assign(
        metric=f"{question}:{touchpoint}" if touchpoint else question,
        unit="points" if question == "nps" else "score",
        outcome=table["customer_id"].map(after).astype(float),
        before=table["customer_id"].map(prior).astype(float),
    )[columns].reset_index(drop=True)
