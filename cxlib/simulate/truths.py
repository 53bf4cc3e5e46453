"""The truth of a synthetic client, in words and numbers a student can check, for `truth.yaml`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.simulate.customers import N_SMALL_REGION, SMALL_REGION
from cxlib.simulate.plan import AS_OF, STEPS, Plan, benchmarks_onward

SATISFIED_FROM = 8
SILENT_DAYS = 365


def truth_of(
    sizes: Plan, people: pd.DataFrame, tables: dict[str, pd.DataFrame], comments: pd.DataFrame, met: pd.Series
) -> dict[str, Any]:
    """What was planted (or that nothing was), and the realised shares that a method should come near to."""
    about = "For teaching and tests only: a method that reads this file has learned nothing."
    small = {"region": SMALL_REGION, "n_customers": N_SMALL_REGION}
    shared = {"readme": about, "planted": sizes.planted, "small_group": small, "satisfied_but_leaving": leaving(tables)}
    return shared | (_planted(sizes, people, tables, met) | {"themes": _themes(comments)} if sizes.planted else {})


def _planted(sizes: Plan, people: pd.DataFrame, tables: dict[str, pd.DataFrame], met: pd.Series) -> dict[str, Any]:
    benchmark = dict(zip(STEPS, benchmarks_onward(sizes), strict=False))
    keys = [group.key for group in sizes.groups]
    counts = people["group"].value_counts()
    target = sizes.groups[keys.index(sizes.target)]
    return {
        "segment": {
            "key": sizes.target,
            "rule": "families who renovate: many contacts (most of them in the store), baskets above EUR 350",
            "n_customers": int(counts[keys.index(sizes.target)]),
            "why": "highest margin per customer, furthest below the benchmark from consideration on, best brand fit",
            "others": {one.key: int(counts[place]) for place, one in enumerate(sizes.groups) if one is not target},
        },
        "stall": {
            "step": "consideration",
            "onward": {one.key: one.onward for one in sizes.groups},
            "benchmark": benchmark["consideration"],
        },
        "objective_step": "loyalty",
        "corridor": ["consideration", "purchase", "service", "loyalty"],
        "moments": {
            "repair": {"touchpoint": "delivery", "points_lost_per_point_below_6.5": sizes.delivery_penalty},
            "delight": {"touchpoint": "planner", "points_won_per_point_above_8": sizes.planner_reward},
            "trigger": {"touchpoint": "quote", "logit_per_point": sizes.quote_logit},
            "others": {"points_per_point": sizes.small_effect},
        },
        "channel": {"key": "store", "step": "consideration", "logit": sizes.store_logit},
        "pilot": {
            "idea_id": "delivery_slot",
            "metric": "purchase_share",
            "starts_on": sizes.pilot_on.date(),
            "window_days": sizes.pilot_days,
            "lift_share": sizes.lift_share,
            "lift_overall_points": sizes.lift_overall,
            "met_share": round(len(met) / int(tables["assignments"]["arm"].eq("pilot").sum()), 4),
            "acts": "only on those of the pilot arm who met the slot: a contact at delivery, at home, within the window",
        },
        "shift": {
            "touchpoint": "delivery",
            "question": "csat",
            "week_of": sizes.shift_on.date(),
            "bad_share_before": sizes.bad_delivery,
            "bad_share_after": sizes.bad_delivery_shift,
        },
        "leaving_share": sizes.leaving_share,
    }


def leaving(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Of those satisfied (overall 8 or more) at least a year ago: who left, or neither bought nor came for a year."""
    answers = tables["responses"]
    old = answers["on"] <= AS_OF - pd.Timedelta(days=SILENT_DAYS)
    happy = answers[(answers["question"] == "overall") & (answers["score"] >= SATISFIED_FROM) & old]
    satisfied = happy.drop_duplicates("respondent_id").set_index("respondent_id")["on"]
    seen = pd.concat([tables[name][["customer_id", "at"]] for name in ("interactions", "transactions")])
    asked = seen["customer_id"].map(satisfied)
    after = (seen["at"] > asked + pd.Timedelta(days=1)) & (seen["at"] <= asked + pd.Timedelta(days=SILENT_DAYS + 1))
    left = tables["customers"].set_index("customer_id")["left_on"].reindex(satisfied.index)
    gone = left.notna() & (left <= satisfied + pd.Timedelta(days=SILENT_DAYS))
    leaves = gone | ~satisfied.index.isin(seen.loc[after, "customer_id"])
    share = round(float(leaves.mean()), 4) if len(leaves) else None
    return {"n": len(leaves), "share": share, "satisfied_from": SATISFIED_FROM, "silent_days": SILENT_DAYS}


def _themes(comments: pd.DataFrame) -> dict[str, int]:
    return {str(theme): int(n) for theme, n in comments["theme"].value_counts().sort_index().items()}
