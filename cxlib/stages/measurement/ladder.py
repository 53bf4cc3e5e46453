"""Which comparison do the data allow, and what would a stronger one take?"""

from __future__ import annotations

import pandas as pd

RUNGS = ["rung", "design", "possible", "n", "n_needed"]
DESIGNS = ("sites", "randomised", "staggered", "difference_in_differences", "interrupted_series", "descriptive")
SITES_NEEDED = 8  # four and four: below it no way to draw the sites is rarer than one in twenty
PERIODS_NEEDED = 8  # before and after each, for a series to have a slope


def ladder(people: pd.DataFrame, customers: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The designs from strongest to weakest: rung, design, possible, n (what there is of what it rests on), n_needed.

    `people`: customer_id, arm, starts_on, site; `series`: period_on of the business metric, week by week. n counts, in turn:
    sites in the smaller arm × 2; customers in the smaller arm × 2; launch months; customers outside the pilot (none counts
    while a control arm was drawn: it is the comparison); periods on the shorter side of the launch × 2, when everybody was
    launched; customers launched.
    """
    pilots = people[people["arm"].eq("pilot") & people["starts_on"].notna()]
    control = people[people["arm"].eq("control")]
    by_site = people["site"].fillna("").ne("").all() and len(people) > 0
    outside = len(customers) - int(customers["customer_id"].isin(pilots["customer_id"]).sum())
    months = pilots["starts_on"].dt.to_period("M").nunique() if len(pilots) else 0
    held = {
        "sites": 2 * min(pilots["site"].nunique(), control["site"].nunique()) if by_site else 0,
        "randomised": 0 if by_site else 2 * min(len(pilots), len(control)),
        "staggered": months,
        "difference_in_differences": outside if len(pilots) and control.empty else 0,
        "interrupted_series": 2 * _shorter_side(pilots, series) if len(pilots) and not outside else 0,
        "descriptive": len(pilots),
    }
    needed = {
        "sites": SITES_NEEDED,
        "randomised": 4,
        "staggered": 2,
        "difference_in_differences": 2,
        "interrupted_series": 2 * PERIODS_NEEDED,
        "descriptive": 2,
    }
    rows = [
        {"rung": at, "design": name, "possible": held[name] >= needed[name], "n": held[name], "n_needed": needed[name]}
        for at, name in enumerate(DESIGNS, start=1)
    ]
    return pd.DataFrame(rows, columns=RUNGS)


def _shorter_side(pilots: pd.DataFrame, series: pd.DataFrame) -> int:
    """Periods before or after the first launch, whichever are fewer."""
    after = int(series["period_on"].ge(pilots["starts_on"].min()).sum())
    return min(after, len(series) - after)


def strongest(*found: pd.DataFrame) -> pd.DataFrame:
    """Of every metric the effect by the strongest design that gave one, metrics in their order; of effect tables."""
    held = [table for table in found if len(table)] or list(found[:1])
    effects = pd.concat(held, ignore_index=True)
    rank = effects["design"].map({name: at for at, name in enumerate(DESIGNS)})
    best = effects.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates("metric").sort_index()
    return best.drop(columns="rank").reset_index(drop=True)
