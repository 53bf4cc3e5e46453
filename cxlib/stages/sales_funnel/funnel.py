"""The funnel by entry cohorts: who entered each step, who went on, who was lost, who is still open."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlib.engagement.brief import Step
from cxlib.facts import rows
from cxlib.stages.sales_funnel.followed import FOCUS, Followed
from cxlib.statistics.intervals import percentile

COUNTS = ["n", "n_began", "n_skipped", "n_advanced", "n_lost", "n_open", "n_immature", "n_overdue"]
ENTRANTS = ["of_entrants_share", "of_entrants_low", "of_entrants_high"]
SHARES = ["estimate", "low", "high"]
COLUMNS = ["step", *COUNTS, *SHARES, "unit", *ENTRANTS, "window_days", "everybody_share"]
BENCHMARKS = ["step", "benchmark_share", "benchmark_group", "source", "on", "horizon_days"]
STATED = ["step", "benchmark", "source", "on"]


def funnel(followed: Followed) -> pd.DataFrame:
    """The funnel, one row per step in order, with both denominators and the conversion of everybody beside it.

    `estimate` (share of those at the step who go on) is the cumulative incidence at its horizon, so that entrants who
    have not had their time yet are censored, not lost. `of_entrants_share` = Π of the steps before: the share of
    those who began at the top that gets here. Counts: n (entered), n_began (journeys that begin here), n_skipped
    (passed without being seen), n_advanced, n_lost (at the last step: ended after it was reached), n_open; of the open
    n_immature (window not over yet) and n_overdue (longer in the step than its window). The last step has no conversion.
    """
    passages, steps = followed.focus, followed.steps
    if passages.empty:
        return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys([*COUNTS, *SHARES, *ENTRANTS], float))
    limit = followed.windows.set_index("step")["estimate"]
    table = _counts(passages, limit).reindex(steps, fill_value=0).rename_axis("step").reset_index()
    read = followed.conversions.reset_index("group")
    mine, everybody = (read[read["group"] == group].reindex(table["step"]) for group in (FOCUS, "all"))
    table[SHARES] = mine[SHARES].to_numpy(dtype=float)
    table["everybody_share"] = everybody["estimate"].to_numpy(dtype=float)
    table["window_days"] = table["step"].map(limit).astype(float)
    return _of_entrants(table, followed.samples, steps).assign(unit="share")[COLUMNS]


def _counts(passages: pd.DataFrame, limit: pd.Series) -> pd.DataFrame:
    """Counts per step."""
    outcome = passages["outcome"]
    late = passages["days"] > passages["step"].map(limit).astype(float)
    first = passages.groupby("journey_id")["position"].transform("min")
    marks = passages[["step"]].assign(
        n=1,
        n_began=passages["position"] == first,
        n_skipped=passages["skipped"],
        n_advanced=outcome == "advanced",
        n_lost=outcome.isin(["lost", "undone"]),
        n_open=outcome == "open",
        n_immature=(outcome == "open") & ~late,
        n_overdue=(outcome == "open") & late,
    )
    return marks.groupby("step")[COUNTS].sum().astype(int)


def _of_entrants(table: pd.DataFrame, samples: pd.DataFrame, steps: list[str]) -> pd.DataFrame:
    """Add the shares of the entrants: products of the steps before, with their interval in the samples."""
    table["of_entrants_share"] = np.cumprod(
        table["estimate"].shift(fill_value=1.0).to_numpy(float)
    )  # unknown behind an unknown step
    table[["of_entrants_low", "of_entrants_high"]] = np.nan
    sampled = samples.pivot(index="draw", columns="step", values="estimate").reindex(columns=steps).to_numpy(float)
    products = np.cumprod(np.hstack([np.ones((len(sampled), 1)), sampled[:, :-1]]), axis=1)
    known = ~np.isnan(products).all(axis=0)
    if known.any():
        table.loc[known, ["of_entrants_low", "of_entrants_high"]] = np.column_stack(percentile(products[:, known]))
    return table


def stated_benchmarks(brief: Iterable[Step], table: pd.DataFrame) -> pd.DataFrame:
    """The benchmarks somebody stated: of the brief by step, else the `conversion` rows of the benchmarks table.

    Returns step, benchmark (share), source (who says so; of the brief "brief" where it names none), on (day of the figure).
    """
    mine = [
        (
            one.step,
            one.benchmark,
            one.benchmark_source or "brief",
            pd.Timestamp(one.benchmark_on) if one.benchmark_on else pd.NaT,
        )
        for one in brief
        if one.benchmark is not None
    ]
    told = table[(table["metric"] == "conversion") & table["step"].notna() & table["value"].notna()].sort_values("on")
    said = [", ".join(filter(None, (row["name"], row["source"]))) for row in rows(told.fillna({"source": ""}))]
    theirs = list(zip(told["step"], told["value"], said, told["on"], strict=True))[::-1]
    return pd.DataFrame([*mine, *theirs], columns=STATED).drop_duplicates("step")


def benchmarks(followed: Followed, stated: pd.DataFrame, *, minimum_n: int = 100) -> pd.DataFrame:
    """The benchmark of each step, always from outside the step itself, and where it comes from.

    In this order: the one that is `stated` (step, benchmark, source, on); among comparable segments, followed beside the
    focus, the one that is surely best (highest lower limit) with `minimum_n` entrants; none. The step's own past is no
    benchmark: it can show that a step got worse (`change.funnel_change`), not that it stalls.
    Returns step, benchmark_share, benchmark_group, source, on, horizon_days (days by which the own conversion is read).
    """
    known = followed.conversions[followed.conversions["n"] >= minimum_n].reset_index()
    named = {row["step"]: (float(row["benchmark"]), "", row["source"], row["on"]) for row in rows(stated)}
    found = [
        (row["step"], *(named.get(row["step"]) or _measured(known[known["step"] == row["step"]])), row["horizon_days"])
        for row in rows(followed.windows)
    ]
    return pd.DataFrame(found, columns=BENCHMARKS).astype({"benchmark_share": float, "on": "datetime64[ns]"})


def _measured(here: pd.DataFrame) -> tuple[float, str, str, object]:
    """The benchmark that comparable segments give: share, its group, where it comes from; NaN when there is none."""
    for found in rows(here[here["group"].str.startswith("segment:")].sort_values("low").tail(1)):
        return found["estimate"], found["group"], "best other segment", pd.NaT
    return np.nan, "", "none", pd.NaT
