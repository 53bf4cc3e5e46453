"""What a customer did in a window: the outcomes that a trial may be registered on, purchases or any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

METRICS = {"purchase_share": "share", "revenue_per_customer": "money", "margin_per_customer": "money"}
OTHERS = ("retention_day_N", "renewed_share", "satisfied_share", "reached_share:TOUCHPOINT")
SATISFIED_FROM = 0.75  # of the scale: 8 on 0–10, 4 on 1–5 (the two upper boxes of five)
_RETAINED = re.compile(r"(?:retention|retained)_(?:day_|d)?(\d{1,4})")
Records = Mapping[str, pd.DataFrame]


def unit_of(metric: str) -> str:
    """share, money, or "" for a metric that nothing here can count."""
    name = metric.partition(":")[0]
    known = name in ("renewed_share", "satisfied_share", "reached_share") or _RETAINED.fullmatch(name)
    return METRICS.get(metric, "share" if known else "")


def measured(
    people: pd.DataFrame,
    records: Records,
    metric: str,
    *,
    begins: int,
    days: int,
    scale: tuple[float, float] = (0, 10),
) -> pd.Series[Any]:
    """The metric of each person (customer_id, starts_on) over `days` days from starts_on + `begins`; NaN: not known.

    records: tables by name; one that is absent counts as not recorded. purchase_share, revenue_per_customer and
    margin_per_customer read transactions; retention_day_N is 1 where a contact or purchase lies on day N from the start (day
    0), renewed_share where the customer has not left by the end, reached_share:KEY where a contact at that touchpoint or
    step was reached, satisfied_share where the mean overall answer is at least three quarters up the scale (NaN: not asked).
    Retention and renewal have no value before the start: who had not begun cannot come back.
    """
    name, _sep, place = metric.partition(":")
    if people.empty or not unit_of(metric):
        return _unknown(people)
    if name in METRICS:
        return _bought(people, records, name, begins, days)
    if kept := _RETAINED.fullmatch(name):
        return _retained(people, records, int(kept[1]), begins, days)
    counts: dict[str, Callable[[], pd.Series[Any]]] = {
        "renewed_share": lambda: _renewed(people, records, begins, days),
        "satisfied_share": lambda: _satisfied(people, records, begins, days, scale),
        "reached_share": lambda: _reached(people, records, place, begins, days),
    }
    return counts[name]()


def within(people: pd.DataFrame, table: pd.DataFrame, *, at: str, begins: int, days: int) -> pd.DataFrame:
    """The rows of a table that fall into each person's window of whole days; its customer_id names the person."""
    dated = table.merge(people[["customer_id", "starts_on"]], on="customer_id")
    day = (pd.to_datetime(dated[at]).dt.normalize() - dated["starts_on"]).dt.days
    return dated[day.ge(begins) & day.lt(begins + days)]


def _bought(people: pd.DataFrame, records: Records, metric: str, begins: int, days: int) -> pd.Series[Any]:
    column = "margin" if metric == "margin_per_customer" else "revenue"
    known = records.get("transactions", pd.DataFrame(columns=["customer_id", "at", column]))
    known = known.dropna(subset=["customer_id", "at", column])
    if known.empty:
        return _unknown(people)
    amount = within(people, known, at="at", begins=begins, days=days).groupby("customer_id")[column]
    found = (amount.max() > 0).astype(float) if metric == "purchase_share" else amount.sum()
    return people["customer_id"].map(found).astype(float).fillna(0.0)


def _retained(people: pd.DataFrame, records: Records, day: int, begins: int, days: int) -> pd.Series[Any]:
    held = [records[name][["customer_id", "at"]] for name in ("interactions", "transactions") if name in records]
    seen = pd.concat(held) if held else pd.DataFrame()
    if begins < 0 or day >= days or seen.empty:
        return _unknown(people)
    return _flags(people, within(people, seen, at="at", begins=day, days=1)["customer_id"])


def _renewed(people: pd.DataFrame, records: Records, begins: int, days: int) -> pd.Series[Any]:
    customers = records.get("customers", pd.DataFrame())
    if begins < 0 or customers.empty or not customers["left_on"].notna().any():
        return _unknown(people)  # nobody ever left: more likely nobody wrote it down
    left = people["customer_id"].map(customers.drop_duplicates("customer_id").set_index("customer_id")["left_on"])
    ends = people["starts_on"] + pd.Timedelta(days=begins + days)
    known = people["customer_id"].isin(customers["customer_id"])
    return (left.isna() | left.ge(ends)).astype(float).where(known)


def _satisfied(
    people: pd.DataFrame, records: Records, begins: int, days: int, scale: tuple[float, float]
) -> pd.Series[Any]:
    answers = records.get("responses", pd.DataFrame())
    if answers.empty:
        return _unknown(people)
    asked = answers[answers["question"].eq("overall") & answers["touchpoint"].fillna("").eq("")]
    asked = asked.rename(columns={"respondent_id": "customer_id"}).dropna(subset=["score"])
    said = within(people, asked, at="on", begins=begins, days=days).groupby("customer_id")["score"].mean()
    satisfied = said.ge(scale[0] + SATISFIED_FROM * (scale[1] - scale[0])).astype(float)
    return people["customer_id"].map(satisfied).astype(float)


def _reached(people: pd.DataFrame, records: Records, place: str, begins: int, days: int) -> pd.Series[Any]:
    contacts = records.get("interactions", pd.DataFrame())
    if contacts.empty:
        return _unknown(people)
    there = contacts[(contacts["touchpoint"].eq(place) | contacts["step"].eq(place)) & contacts["outcome"].ne("lost")]
    if there.empty:
        return _unknown(people)
    return _flags(people, within(people, there, at="at", begins=begins, days=days)["customer_id"])


def _flags(people: pd.DataFrame, found: pd.Series[Any]) -> pd.Series[Any]:
    return people["customer_id"].isin(found).astype(float)


def _unknown(people: pd.DataFrame) -> pd.Series[Any]:
    return pd.Series(np.nan, index=people.index, dtype=float)
