"""The funnel by entry cohorts: who entered each step, who went on, who was lost, who is still open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.facts import rows
from cxlib.stages.sales_funnel.followed import FOCUS, Followed
from cxlib.statistics.intervals import percentile

COUNTS = ["n", "n_began", "n_skipped", "n_advanced", "n_lost", "n_open", "n_immature", "n_overdue"]
ENTRANTS = ["of_entrants_share", "of_entrants_low", "of_entrants_high"]
SHARES = ["estimate", "low", "high"]
COLUMNS = ["step", *COUNTS, *SHARES, "unit", *ENTRANTS, "window_days", "everybody_share"]
BENCHMARKS = ["step", "benchmark_share", "benchmark_group", "source"]


def funnel(followed: Followed) -> pd.DataFrame:
    """The funnel, one row per step in order, with both denominators and the conversion of everybody beside it.

    `estimate` (share of those at the step who go on) is the cumulative incidence at its horizon, so that entrants who
    have not had their time yet are censored, not lost. `of_entrants_share` = Π of the steps before: the share of
    those who began at the top that gets here. Counts: n (entered), n_began (journeys that begin here), n_skipped
    (passed without being seen), n_advanced, n_lost, n_open; of the open n_immature (window not over yet) and
    n_overdue (longer in the step than its window). The last step has no conversion.
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
        n_lost=outcome == "lost",
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


def stated_benchmarks(brief: Mapping[str, float | None], table: pd.DataFrame) -> pd.DataFrame:
    """The benchmarks somebody stated: of the brief by step, else the `conversion` rows of the benchmarks table.

    Returns step, benchmark (share), source.
    """
    mine = [(step, value, "brief") for step, value in brief.items() if value is not None]
    told = table[(table["metric"] == "conversion") & table["step"].notna() & table["value"].notna()].sort_values("on")
    theirs = list(zip(told["step"], told["value"], told["name"], strict=True))[::-1]
    return pd.DataFrame([*mine, *theirs], columns=["step", "benchmark", "source"]).drop_duplicates("step")


def benchmarks(followed: Followed, stated: pd.DataFrame, *, minimum_n: int = 100) -> pd.DataFrame:
    """The benchmark of each step and where it comes from.

    In this order: the one that is `stated` (step, benchmark, source: the brief or the client's benchmarks table); the
    other segment that is surely best (highest lower limit) among those with `minimum_n` entrants; the `earlier` half of
    the focus. Returns step, benchmark_share, benchmark_group, source.
    """
    known = followed.conversions[followed.conversions["n"] >= minimum_n].reset_index()
    named = {row["step"]: (float(row["benchmark"]), "", str(row["source"])) for row in rows(stated)}
    found = [(step, *(named.get(step) or _measured(known[known["step"] == step]))) for step in followed.windows["step"]]
    return pd.DataFrame(found, columns=BENCHMARKS)


def _measured(here: pd.DataFrame) -> tuple[float, str, str]:
    """The benchmark that the data give: share, its group, where it comes from; NaN when there is none."""
    others = here[here["group"].str.startswith("segment:")].sort_values("low").tail(1)
    earlier = here[here["group"] == "earlier"]
    for found, source in ((others, "best other segment"), (earlier, "previous period")):
        for row in rows(found):
            return row["estimate"], row["group"], source
    return np.nan, "", "none"
