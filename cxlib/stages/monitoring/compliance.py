"""Was the method kept? Computed from what the stages left behind and from the ledger, not asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.engagement.records import moved
from cxlib.facts import CONFIDENCE

STAGES = range(1, 10)  # stage 10 looks at the nine before it
CHECKS = ("ran", "in_order", "decided", "sealed", "signed", "no_override", "evidence", "fresh")
SEALED = ("sealed", "drift")
MAX_AGE_DAYS = 180  # evidence older than half a year is checked again (policy)
Record = Mapping[str, Any]


def compliance(records: Sequence[Record], history: Sequence[Record], *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Every mandatory check of stages 1–9: one row per stage and check; passed is True, False or NA (cannot apply).

    `records`: stage, choice, recommended, state, grade, as_of, rests_on, override; `history`: the ledger's entries. Checks:
    ran · in_order (the stage in front of it has run, and all before still hand on what this one rests on) · decided (a choice
    is there) · sealed · signed (reason and name on the seal; NA without one) · no_override · evidence (graded
    measured or observed, not assumed) · fresh (data no older than half a year). Columns: stage, check, passed.
    """
    by_stage = {int(record["stage"]): record for record in records}
    force = _seals(history)
    rows = [
        (stage, check, passed)
        for stage in STAGES
        for check, passed in _checks(stage, by_stage, force.get(stage), pd.Timestamp(as_of)).items()
    ]
    return pd.DataFrame(rows, columns=["stage", "check", "passed"])


def _checks(stage: int, by_stage: Mapping[int, Record], seal: Record | None, as_of: pd.Timestamp) -> dict[str, object]:
    """The checks of one stage."""
    record, before = by_stage.get(stage), by_stage.get(stage - 1)
    if record is None:
        return {"ran": False} | dict.fromkeys(CHECKS[1:], pd.NA)
    age = (as_of.normalize() - pd.Timestamp(str(record["as_of"])).normalize()).days
    return {
        "ran": True,
        "in_order": stage == 1 or (before is not None and moved({"rests_on": {}, **record}, by_stage) is None),
        "decided": bool(record["choice"]),
        "sealed": record["state"] in SEALED,
        "signed": bool(seal.get("why") and seal.get("by")) if seal else pd.NA,
        "no_override": not record.get("override") and not (seal or {}).get("override"),
        "evidence": record["grade"] in ("measured", "observed"),
        "fresh": age <= MAX_AGE_DAYS,
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


def drift(records: Sequence[Record]) -> pd.DataFrame:
    """Would today's data still recommend what was decided? One row per stage that has run.

    Columns: stage, state, decided, recommended (both as text), same (the recommendation agrees with every decided key), drift
    (sealed, and recommended otherwise than at the seal). A draft cannot drift: nothing binds yet; nor can a judgement that
    differed from the recommendation when it was sealed. Without a recommendation: same is NA.
    """
    rows = [
        _drift(record) for record in sorted(records, key=lambda one: int(one["stage"])) if record["stage"] in STAGES
    ]
    return pd.DataFrame(rows, columns=["stage", "state", "decided", "recommended", "same", "drift"])


def _drift(record: Record) -> list[object]:
    """One stage's decision beside today's recommendation."""
    decided, recommended = record["choice"] or {}, record["recommended"] or {}
    same: object = all(recommended.get(key) == value for key, value in decided.items()) if recommended else pd.NA
    return [
        int(record["stage"]),
        record["state"],
        _words(decided),
        _words(recommended),
        same,
        record["state"] == "drift",
    ]


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


def audit(checks: pd.DataFrame) -> pd.DataFrame:
    """What the record of the binding rules (in_order, no_override) can rule out, one row: n (checks that applied), broken,
    estimate (`no_breach_bound`), unit. None applied: empty."""
    applied = checks.loc[checks["check"].isin(["in_order", "no_override"]), "passed"].dropna().astype(bool)
    broken = int((~applied).sum())
    row = [len(applied), broken, no_breach_bound(len(applied), breaches=broken), "share"]
    return pd.DataFrame([row] if len(applied) else [], columns=["n", "broken", "estimate", "unit"])


def no_breach_bound(n: int, *, breaches: int = 0) -> float:
    """Upper one-sided Clopper–Pearson (1934) limit of the breach rate after an audit of n: 0 of 30 → 9.5 %."""
    if not 0 <= breaches <= n or n == 0:
        return float(np.nan)
    return float(stats.beta.ppf(CONFIDENCE, breaches + 1, n - breaches)) if n > breaches else 1.0
