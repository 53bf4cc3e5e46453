"""Was the method kept? Computed from what the stages left behind and from the ledger, not asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

STAGES = range(1, 10)  # stage 10 looks at the nine before it
CHECKS = ("ran", "in_order", "decided", "sealed", "signed", "no_override", "evidence", "fresh")
MAX_AGE_DAYS = 180  # evidence older than half a year is checked again (policy)
Record = Mapping[str, Any]


def compliance(
    records: Sequence[Record], history: Sequence[Record], *, as_of: pd.Timestamp, max_age_days: int = MAX_AGE_DAYS
) -> pd.DataFrame:
    """Every mandatory check of stages 1–9: one row per stage and check; passed is True, False or NA (cannot apply).

    `records`: stage, choice, recommended, state, grade, as_of, ran_at, override; `history`: the ledger's entries. Checks:
    ran · in_order (not before the stage in front of it) · decided (a choice is there) · sealed · signed (reason and name
    on the seal; NA without one) · no_override · evidence (graded measured or observed, not assumed) · fresh (data no
    older than `max_age_days`). Columns: stage, check, passed.
    """
    by_stage = {int(record["stage"]): record for record in records}
    force = _seals(history)
    rows = [
        {"stage": stage, "check": check, "passed": passed}
        for stage in STAGES
        for check, passed in _checks(stage, by_stage, force, pd.Timestamp(as_of), max_age_days).items()
    ]
    return pd.DataFrame(rows, columns=["stage", "check", "passed"])


def _checks(
    stage: int, by_stage: Mapping[int, Record], force: Mapping[int, Record], as_of: pd.Timestamp, max_age_days: int
) -> dict[str, object]:
    """The checks of one stage."""
    record, seal = by_stage.get(stage), force.get(stage)
    if record is None:
        return {check: False if check == "ran" else pd.NA for check in CHECKS}
    before = by_stage.get(stage - 1)
    age = (as_of.normalize() - pd.Timestamp(str(record["as_of"])).normalize()).days
    return {
        "ran": True,
        "in_order": stage == 1 or (before is not None and str(before["ran_at"]) <= str(record["ran_at"])),
        "decided": bool(record["choice"]),
        "sealed": record["state"] in ("sealed", "drift"),
        "signed": bool(seal.get("why") and seal.get("by")) if seal else pd.NA,
        "no_override": not record.get("override") and not (seal or {}).get("override"),
        "evidence": record["grade"] in ("measured", "observed"),
        "fresh": age <= max_age_days,
    }


def _seals(history: Sequence[Record]) -> dict[int, Record]:
    """Stage → the seal in force; a reopening undoes the seals of its stage and of all after it."""
    force: dict[int, Record] = {}
    for entry in history:
        if entry.get("kind") == "seal":
            force[int(entry["stage"])] = entry
        else:
            force = {stage: seal for stage, seal in force.items() if stage < int(entry["stage"])}
    return force


def by_stage(checks: pd.DataFrame) -> pd.DataFrame:
    """Share of the applicable checks passed per stage: stage, estimate, n (checks), unit, breaches (names)."""
    applied = checks.dropna(subset=["passed"])
    grouped = applied.assign(passed=applied["passed"].astype(bool)).groupby("stage")
    table = grouped["passed"].agg(estimate="mean", n="size").reset_index()
    failed = applied[~applied["passed"].astype(bool)].groupby("stage")["check"].agg(", ".join)
    table["breaches"] = [str(failed.get(stage, "")) for stage in table["stage"]]
    return table.assign(unit="share")[["stage", "estimate", "n", "unit", "breaches"]]


def headline(scores: pd.DataFrame) -> float:
    """The minimum over the stages: a chain holds as much as its weakest link; NaN without stages."""
    return float(scores["estimate"].min()) if len(scores) else float("nan")


def drift(records: Sequence[Record]) -> pd.DataFrame:
    """Would today's data still recommend what was decided? One row per stage that has run.

    Columns: stage, state, decided, recommended (both as text), same (the recommendation agrees with every decided key), drift
    (sealed and not the same). A draft cannot drift: nothing binds yet. Without a recommendation: same is NA.
    """
    rows = [
        _drift(record) for record in sorted(records, key=lambda one: int(one["stage"])) if record["stage"] in STAGES
    ]
    return pd.DataFrame(rows, columns=["stage", "state", "decided", "recommended", "same", "drift"])


def _drift(record: Record) -> dict[str, object]:
    """One stage's decision beside today's recommendation."""
    decided, recommended = record["choice"] or {}, record["recommended"] or {}
    same: object = all(recommended.get(key) == value for key, value in decided.items()) if recommended else pd.NA
    sealed = record["state"] in ("sealed", "drift")
    return {
        "stage": int(record["stage"]),
        "state": record["state"],
        "decided": _words(decided),
        "recommended": _words(recommended),
        "same": same,
        "drift": sealed and same is False,
    }


def _words(choice: Mapping[str, Any]) -> str:
    """A choice on one line, as it was written."""
    text = {key: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in choice.items()}
    return "; ".join(f"{key}: {value}" for key, value in text.items())


def measured_share(records: Sequence[Record]) -> pd.DataFrame:
    """Grades of the nine decisions: grade, n, estimate (share of all nine), unit. A stage that has not run is unknown."""
    grades = {int(record["stage"]): str(record["grade"]) for record in records}
    counts = pd.Series([grades.get(stage, "unknown") for stage in STAGES]).value_counts()
    order = ["measured", "observed", "assumed", "unknown"]
    table = counts.reindex(order, fill_value=0).rename_axis("grade").reset_index(name="n")
    return table.assign(estimate=table["n"] / len(STAGES), unit="share")


def breach_bound(checks: pd.DataFrame, *, confidence: float = 0.95) -> float:
    """`no_breach_bound` of the binding rules that were checked (in_order, no_override); NaN when none applied."""
    applied = checks.loc[checks["check"].isin(["in_order", "no_override"]), "passed"].dropna().astype(bool)
    return no_breach_bound(len(applied), breaches=int((~applied).sum()), confidence=confidence)


def no_breach_bound(n: int, *, breaches: int = 0, confidence: float = 0.95) -> float:
    """Upper one-sided Clopper–Pearson (1934) limit of the breach rate after an audit of n: 0 of 30 → 9.5 %."""
    if not 0 <= breaches <= n or n == 0:
        return float(np.nan)
    return float(stats.beta.ppf(confidence, breaches + 1, n - breaches)) if n > breaches else 1.0
