"""The steps of the customer's way: the usual seven where what happened is called so, else the events in the order they come."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxlib.draft.guesses import Guess
from cxlib.draft.profile import days_of, plain
from cxlib.draft.vocabulary import first_of

USUAL = {
    "discovery": "before",
    "interest": "before",
    "consideration": "before",
    "purchase": "during",
    "service": "during",
    "loyalty": "after",
    "recommendation": "after",
}
_MOST_STEPS, _LEAST_SHARE = 7, 0.03


@dataclass(frozen=True)
class Way:
    """The steps (key, label, phase) and the step of every touchpoint; `from_data`: the steps are events of the file."""

    steps: tuple[tuple[str, str, str], ...]
    step_of: dict[str, str]
    from_data: bool = False


def way(guesses: list[Guess], touchpoints: dict[str, str]) -> Way:
    """The steps for these touchpoints (key → label)."""
    named = {key: first_of("steps", plain(label)) for key, label in touchpoints.items()}
    contacts = [guess for guess in guesses if guess.table == "interactions"]
    events = {key for guess in contacts for key in guess.touchpoints}
    told = [named[key] for key in events if named.get(key)]
    if contacts and (len(told) < 0.6 * len(events) or len(set(told)) < 3):
        order = _order(contacts[0])
        if len(order) >= 2:
            return _from_data(order, touchpoints, named)
    usual = tuple((step, step.capitalize(), phase) for step, phase in USUAL.items())
    return Way(usual, {key: named[key] or "service" for key in touchpoints})


def _from_data(order: pd.DataFrame, touchpoints: dict[str, str], named: dict[str, str]) -> Way:
    """The most frequent events as steps, in the order in which cases meet them; every other touchpoint at the nearest one."""
    frequent = order[order["share"] >= _LEAST_SHARE].nlargest(_MOST_STEPS, "share").sort_values("place", kind="stable")
    frequent = frequent if len(frequent) >= 2 else order.nlargest(2, "share").sort_values("place", kind="stable")
    keys = list(frequent.index)
    thirds = [("before", "during", "after")[min(2, 3 * n // len(keys))] for n in range(len(keys))]
    steps = tuple((key, touchpoints.get(key, key), phase) for key, phase in zip(keys, thirds, strict=True))
    phases = {phase: [key for key, _label, its in steps if its == phase] for phase in thirds}
    step_of = {}
    for key in touchpoints:
        if key in order.index:
            step_of[key] = min(keys, key=lambda step: abs(frequent["place"][step] - order["place"][key]))
        else:
            phase = USUAL.get(named.get(key, ""), "during")
            step_of[key] = (phases.get(phase) or keys)[0]
    return Way(steps, step_of, from_data=True)


def _order(guess: Guess) -> pd.DataFrame:
    """By touchpoint: in which share of cases it occurs, and where in them (0 first, 1 last)."""
    frame, columns = guess.file.raw.frame, guess.mapping.get("columns", {})
    case = columns.get("journey_id") or columns.get("customer_id")
    if case not in frame:
        return pd.DataFrame()
    wide = guess.mapping.get("wide")
    if wide:
        parts = [
            pd.DataFrame({"case": frame[case], "key": told["touchpoint"], "at": frame[name]})
            for name, told in wide["columns"].items()
        ]
        rows = pd.concat(parts, ignore_index=True)
    else:
        codes = guess.mapping.get("codes", {}).get("touchpoint", {})
        event = columns.get("touchpoint", "")
        keys = frame[event].str.strip().map(codes) if event in frame else pd.Series(dtype="str")
        rows = pd.DataFrame({"case": frame[case], "key": keys, "at": frame[columns["at"]]}).dropna(subset=["key"])
    form = guess.mapping.get("dates", {}).get("at")
    rows["at"] = (
        pd.to_numeric(rows["at"], errors="coerce") if form == "unix" else days_of(rows["at"].str.strip(), form)[0]
    )
    rows = rows.dropna(subset=["at"]).sort_values("at", kind="stable").drop_duplicates(["case", "key"])
    if rows.empty:
        return pd.DataFrame()
    place, size = rows.groupby("case").cumcount(), rows.groupby("case")["key"].transform("size")
    rows["place"] = (place / (size - 1)).where(size > 1)
    rows["place"] = rows["place"].fillna(0.5)
    found = rows.groupby("key").agg(place=("place", "mean"), n=("case", "nunique"))
    return found.assign(share=found["n"] / rows["case"].nunique())
