"""The funnel by entry cohorts: who entered each step, who went on, who was lost, who is still open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import percentile

COUNTS = ["n", "n_began", "n_skipped", "n_advanced", "n_lost", "n_open", "n_immature", "n_overdue"]
ENTRANTS = ["of_entrants_share", "of_entrants_low", "of_entrants_high"]
COLUMNS = ["step", *COUNTS, "estimate", "low", "high", "unit", *ENTRANTS, "window_days"]


def funnel(
    passages: pd.DataFrame, curves: pd.DataFrame, windows: pd.DataFrame, draws: pd.DataFrame, *, steps: list[str]
) -> pd.DataFrame:
    """The funnel, one row per step in order, with both denominators.

    `estimate` (share of those at the step who go on) is the cumulative incidence at its horizon, so that entrants who
    have not had their time yet are censored, not lost. `of_entrants_share` = Π of the steps before: the share of
    those who began at the top that gets here. Counts: n (entered), n_began (journeys that begin here), n_skipped
    (passed without being seen), n_advanced, n_lost, n_open; of the open n_immature (window not over yet) and
    n_overdue (longer in the step than its window). The last step has no conversion.
    """
    if passages.empty:
        numeric = dict.fromkeys([*COUNTS, "estimate", "low", "high", *ENTRANTS], float)
        return pd.DataFrame(columns=COLUMNS).astype(numeric)
    limit = windows.set_index("step")["estimate"]
    table = _counts(passages, limit).reindex(steps, fill_value=0).rename_axis("step").reset_index()
    table["window_days"] = table["step"].map(limit).astype(float)
    at_horizon = _at_horizon(curves, windows.set_index("step")["horizon_days"])
    table[["estimate", "low", "high"]] = at_horizon.reindex(table["step"]).to_numpy(dtype=float)
    table["unit"] = "share"
    return _of_entrants(table, draws, steps)[COLUMNS]


def _counts(passages: pd.DataFrame, limit: pd.Series) -> pd.DataFrame:
    """Counts per step."""
    is_open = passages["outcome"] == "open"
    late = passages["days"] > passages["step"].map(limit).astype(float)
    first = passages.groupby("journey_id")["position"].transform("min")
    marks = pd.DataFrame(
        {
            "step": passages["step"],
            "n": 1,
            "n_began": passages["position"] == first,
            "n_skipped": passages["skipped"],
            "n_advanced": passages["outcome"] == "advanced",
            "n_lost": passages["outcome"] == "lost",
            "n_open": is_open,
            "n_immature": is_open & ~late,
            "n_overdue": is_open & late,
        }
    )
    return marks.groupby("step")[COUNTS].sum().astype(int)


def _at_horizon(curves: pd.DataFrame, limit: pd.Series) -> pd.DataFrame:
    """The curve of each step at its horizon: estimate, low, high."""
    inside = curves[curves["days"] <= curves["step"].map(limit).astype(float)]
    return inside.groupby("step")[["estimate", "low", "high"]].last()


def _of_entrants(table: pd.DataFrame, draws: pd.DataFrame, steps: list[str]) -> pd.DataFrame:
    """Add the shares of the entrants: products of the steps before, with their interval in the draws."""
    share = np.cumprod(table["estimate"].shift(fill_value=1.0).to_numpy(float))  # unknown behind an unknown step
    low = high = np.full(len(table), np.nan)
    if not draws.empty:
        sampled = draws.pivot(index="draw", columns="step", values="estimate").reindex(columns=steps).to_numpy()
        products = np.hstack([np.ones((len(sampled), 1)), np.cumprod(sampled, axis=1)[:, :-1]])
        known = ~np.isnan(products).all(axis=0)
        low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
        low[known], high[known] = percentile(products[:, known])
    return table.assign(of_entrants_share=share, of_entrants_low=low, of_entrants_high=high)


def beside_everybody(table: pd.DataFrame, curves: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The funnel of the focus with the conversion of all customers beside it: adds everybody_share. curves: all groups."""
    known = _at_horizon(curves[curves["group"] == "all"], windows.set_index("step")["horizon_days"])["estimate"]
    return table.assign(everybody_share=table["step"].map(known).astype(float))


def stated_benchmarks(brief: dict[str, float | None], table: pd.DataFrame) -> pd.DataFrame:
    """The benchmarks somebody stated: of the brief by step, else the `conversion` rows of the benchmarks table.

    Returns step, benchmark (share), source.
    """
    mine = [(step, value, "brief") for step, value in brief.items() if value is not None]
    rows = table[(table["metric"] == "conversion") & table["step"].notna() & table["value"].notna()].sort_values("on")
    theirs = list(zip(rows["step"], rows["value"], rows["name"], strict=True))[::-1]
    return pd.DataFrame([*mine, *theirs], columns=["step", "benchmark", "source"]).drop_duplicates("step")


def benchmarks(
    curves: pd.DataFrame, windows: pd.DataFrame, given: pd.DataFrame, *, minimum_n: int = 100
) -> pd.DataFrame:
    """The benchmark of each step and where it comes from.

    In this order: the one `given` (step, benchmark, source: the brief or the client's benchmarks table); the other
    segment that is surely best (highest lower limit) among those with `minimum_n` entrants; the `earlier` half of the
    focus. curves: incidence by group and step. Returns step, benchmark_share, benchmark_group, source, benchmark_n.
    """
    limit = windows.set_index("step")["horizon_days"]
    columns = ["step", "benchmark_share", "benchmark_group", "source", "benchmark_n"]
    if curves.empty:
        return pd.DataFrame(columns=columns)
    inside = curves[curves["days"] <= curves["step"].map(limit).astype(float)]
    read = inside.groupby(["group", "step"])[["estimate", "low"]].last()
    read["n"] = curves.groupby(["group", "step"])["n"].max()
    stated = given.drop_duplicates("step").set_index("step")
    return pd.DataFrame([_benchmark(str(step), read, stated, minimum_n) for step in limit.index], columns=columns)


def _benchmark(step: str, read: pd.DataFrame, stated: pd.DataFrame, minimum_n: int) -> tuple[object, ...]:
    """One step's benchmark by the order of preference; a missing one is NaN."""
    if step in stated.index:
        return step, stated["benchmark"].astype(float)[step], "", str(stated.loc[step, "source"]), np.nan
    here = read[read.index.get_level_values("step") == step].droplevel("step")
    here = here[here["n"] >= minimum_n]
    others = here[here.index.str.startswith("segment:")].sort_values("low")
    if len(others):
        return step, others["estimate"].iloc[-1], others.index[-1], "best other segment", others["n"].iloc[-1]
    if "earlier" in here.index:
        return step, here.loc["earlier", "estimate"], "earlier", "previous period", here.loc["earlier", "n"]
    return step, np.nan, "", "none", np.nan
