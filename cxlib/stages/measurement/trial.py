"""What every assigned customer did in the registered window: the table that the measurement rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

METRICS = {"purchase_share": "share", "revenue_per_customer": "money", "margin_per_customer": "money"}
MARGINS = {"nps": 5.0, "overall": 0.3, "csat": 0.3, "ces": 0.3, "purchase_share": 0.02}  # loss still accepted (policy)
BEFORE_DAYS = 180  # the covariate looks back half a year: long enough to hold more than one purchase of most customers
ASSIGNED = ["customer_id", "arm", "stratum", "starts_on", "site"]
OUTCOMES = [*ASSIGNED, "closes_on", "complete", "metric", "unit", "outcome", "before"]


def plan(registration: pd.DataFrame, decided: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The registration as plain values; unknown ones are "" or NaN, so that nothing has to be guessed later.

    What stage 7 decided (metric, minimum_effect, window_days, guardrails) binds and goes before its registration.

    Keys: experience, metric, window_days, minimum_effect, mixture_effect (for `looks.always_valid`, fixed before launch: the
    larger of the minimum and what the pilot could show), value_per_unit_money, promised (likely, low, high effect),
    guardrails (metric → margin, the loss still accepted; "csat>=-0.5" sets it, otherwise MARGINS).
    """
    row = dict(registration.iloc[0]) if len(registration) else {}
    chosen = {name: value for name, value in (decided or {}).items() if name in _BINDING and value not in (None, "")}
    if chosen.get("metric", row.get("metric")) != row.get("metric"):
        row = {"experience": row.get("experience", "")}  # worth and promise were of another metric
    row |= chosen
    promised = tuple(_number(row, name) for name in ("promised_effect", "promised_low", "promised_high"))
    window = _number(row, "window_days")
    return {
        "experience": str(row.get("experience", "")),
        "metric": str(row.get("metric", "")),
        "window_days": int(window) if np.isfinite(window) else 60,
        "minimum_effect": _number(row, "minimum_effect"),
        "mixture_effect": float(np.fmax(_number(row, "minimum_effect"), _number(row, "detectable"))),
        "value_per_unit_money": _number(row, "value_per_unit_money"),
        "promised": promised,
        "guardrails": dict(_guardrail(word) for word in _listed(row.get("guardrails")) if word.strip()),
    }


_BINDING = ("metric", "minimum_effect", "window_days", "guardrails")


def _listed(words: Any) -> list[str]:
    """Guardrails as a list, whether they came as one text or as a list."""
    return [str(word) for word in words] if isinstance(words, list) else str(words or "").split(";")


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or value == "" else float(value)


def _guardrail(word: str) -> tuple[str, float]:
    """ "csat:delivery>=-0.5" → (csat:delivery, 0.5); without a margin the policy's."""
    metric, _sep, margin = word.strip().partition(">=")
    known = MARGINS.get(metric.split(":")[0].strip(), 0.0)
    return metric.strip(), abs(float(margin)) if margin else known


def assigned(data: pd.DataFrame, drawn: pd.DataFrame, *, experiences: Sequence[str]) -> pd.DataFrame:
    """The assignments to measure: those in the client's data, else those that stage 8 drew.

    Columns: customer_id, arm, stratum, starts_on (NaT while nothing has started), site ("" unless sites were drawn). Rows
    about an experience that was not registered are left out: measuring another one would be another analysis.
    """
    table = data if len(data) else drawn
    table = table.reindex(columns=[*ASSIGNED, "idea_id"])
    ours = table["idea_id"].isna() | table["idea_id"].eq("") | table["idea_id"].isin(list(experiences))
    table = table[ours].drop_duplicates("customer_id").reset_index(drop=True)
    texts = dict.fromkeys(("customer_id", "arm", "stratum", "site"), "str")  # an empty one would be numeric
    table = table.astype(texts).fillna({"site": ""})
    return table.assign(starts_on=pd.to_datetime(table["starts_on"]))[ASSIGNED]


def touchpoint_of(ideas: pd.DataFrame, experience: str) -> str:
    """The touchpoint where an experience lies; "" when it is not known."""
    found = ideas.loc[ideas["idea_id"].eq(experience), "touchpoint"].dropna()
    return str(found.iloc[0]) if len(found) else ""


def outcomes(
    assignments: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    window_days: int,
    as_of: pd.Timestamp,
    metrics: Sequence[str] = tuple(METRICS),
) -> pd.DataFrame:
    """One row per assigned customer and metric: the metric in the window from starts_on, and the same before it.

    Columns: customer_id, arm, stratum, starts_on, site, closes_on (last day of the window), complete (the window had closed
    by `as_of`), metric, unit, outcome, before (same metric in the 180 days before starts_on; the covariate). An
    incomplete window has the outcome NaN: it is left out and counted, never read as a zero. Without transactions, with
    an unknown metric, or when no margin is recorded, every outcome is NaN.
    """
    table = pd.DataFrame(assignments).reindex(columns=ASSIGNED)
    table = table.drop_duplicates("customer_id").reset_index(drop=True)
    table["starts_on"] = pd.to_datetime(table["starts_on"])
    table["closes_on"] = table["starts_on"] + pd.Timedelta(days=int(window_days) - 1)
    table["complete"] = table["closes_on"].le(pd.Timestamp(as_of).normalize())
    found = [
        table.assign(
            metric=metric,
            unit=METRICS.get(metric, "count"),
            outcome=_amount(table, transactions, metric, first=0, days=window_days).where(table["complete"]),
            before=_amount(table, transactions, metric, first=-BEFORE_DAYS, days=BEFORE_DAYS),
        )
        for metric in metrics
    ]
    return pd.concat(found, ignore_index=True)[OUTCOMES]


def _amount(table: pd.DataFrame, transactions: pd.DataFrame, metric: str, *, first: int, days: int) -> pd.Series:
    """The metric per customer over `days` days from starts_on + `first`."""
    column = {"margin_per_customer": "margin"}.get(metric, "revenue")
    known = transactions.dropna(subset=["customer_id", "at", column])
    if metric not in METRICS or known.empty or table.empty:
        return pd.Series(np.nan, index=table.index, dtype=float)
    dated = known.merge(table[["customer_id", "starts_on"]], on="customer_id")
    day = (pd.to_datetime(dated["at"]).dt.normalize() - dated["starts_on"]).dt.days
    inside = dated[day.ge(first) & day.lt(first + days)]
    amount = inside.groupby("customer_id")[column]
    per_customer = (amount.max() > 0).astype(float) if metric == "purchase_share" else amount.sum()
    return table["customer_id"].map(per_customer).astype(float).fillna(0.0)


def arms(table: pd.DataFrame, *, by_site: bool = False) -> pd.DataFrame:
    """How the arms stand, from the outcomes of one metric: arm, n_assigned, n_open (window still open), n_analysed,
    starts_on (first), closes_on (last). `by_site` counts sites, where those were drawn."""
    columns = ["arm", "n_assigned", "n_open", "n_analysed", "starts_on", "closes_on"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    one = table[table["metric"].eq(table["metric"].iloc[0])]
    one = one.sort_values("outcome").drop_duplicates(["site", "arm"]) if by_site else one
    grouped = one.assign(known=one["outcome"].notna(), open=~one["complete"]).groupby("arm", sort=True)
    counted = grouped.agg(
        n_assigned=("customer_id", "size"),
        n_open=("open", "sum"),
        n_analysed=("known", "sum"),
        starts_on=("starts_on", "min"),
        closes_on=("closes_on", "max"),
    )
    return counted.reset_index().sort_values("arm", ascending=False, ignore_index=True)[columns]


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
        dated["score"] = 100.0 * dated["score"].ge(9) - 100.0 * dated["score"].le(6)
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


def panel(
    assignments: pd.DataFrame, customers: pd.DataFrame, transactions: pd.DataFrame, *, metric: str, window_days: int
) -> pd.DataFrame:
    """Two rows per customer, before and after the pilot's start, where a pilot has no random control.

    The customers outside the pilot are the comparison; who came after the earlier window began is left out. Columns:
    customer_id, treated, after, outcome, metric, unit. Empty when a control arm was drawn (then it is the comparison),
    or when nothing has started.
    """
    columns = ["customer_id", "treated", "after", "outcome", "metric", "unit"]
    pilots = assignments[assignments["arm"].eq("pilot") & assignments["starts_on"].notna()]
    if pilots.empty or assignments["arm"].eq("control").any() or customers.empty:
        return pd.DataFrame(columns=columns)
    start = pilots["starts_on"].min()
    known = customers[customers["since_on"].isna() | customers["since_on"].lt(start - pd.Timedelta(days=window_days))]
    everyone = pd.DataFrame({"customer_id": known["customer_id"], "starts_on": start}).reset_index(drop=True)
    treated = everyone["customer_id"].isin(pilots["customer_id"]).astype(int)
    rows = [
        everyone.assign(
            treated=treated,
            after=after,
            metric=metric,
            unit=METRICS.get(metric, "count"),
            outcome=_amount(everyone, transactions, metric, first=first, days=window_days),
        )
        for after, first in ((0, -window_days), (1, 0))
    ]
    return pd.concat(rows, ignore_index=True)[columns]
