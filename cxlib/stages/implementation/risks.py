"""What could go wrong with the implementation, read off the plan, the duties, the readiness checks and the pilot."""

from __future__ import annotations

from typing import Any

import pandas as pd

RISKS = ["kind", "subject", "estimate", "unit", "owner", "weight"]
NEXT_SURPRISE_SHARE = 0.2  # a task with slack that decides the finish in so many simulated plans
MANY_TASKS_SHARE = 0.5  # one person who answers for more than this share of the tasks
WEIGHTS = ("before the start", "delays", "weakens")


def risks(
    tasks: pd.DataFrame,
    plan: pd.DataFrame,
    load: pd.DataFrame,
    items: pd.DataFrame,
    *,
    reach: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per risk, the gravest first: kind, subject, estimate with unit, owner (person_id), weight.

    kind: not_ready (a readiness item that fails or that nobody knows; subject its person, task or capability) | late (the
    critical task with the widest doubt; days by which its longest duration exceeds the expected one) | surprise (has slack
    and yet decides the finish in ≥ 20 % of plans) | overload (days over capacity in the worst month) | one_person (answers
    for more than half of the tasks) | small_pilot (customers an arm that the minimum effect needs beyond those there are).
    weight: before the start (to be closed by then) | delays | weakens.
    """
    answers = tasks.set_index("task_id")["accountable"].fillna("").to_dict() if len(tasks) else {}
    rows = [*_not_ready(items), *_schedule(tasks, plan, answers), *_people(tasks, load), *_pilot(reach)]
    table = pd.DataFrame(rows, columns=RISKS)
    order = table["weight"].map({weight: place for place, weight in enumerate(WEIGHTS)})
    return table.assign(order=order).sort_values(["order", "kind", "subject"], ignore_index=True)[RISKS]


def _not_ready(items: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Readiness items that fail or are unknown; capacity is told apart."""
    open_items = items[items["status"].isin(["fail", "unknown"]) & items["check"].ne("capacity")]
    return [
        ("not_ready", row["subject"] or row["area"], None, str(row["area"]), "", "before the start")
        for row in open_items.drop_duplicates(["area", "subject"]).to_dict("records")
    ]


def _schedule(tasks: pd.DataFrame, plan: pd.DataFrame, answers: dict[Any, Any]) -> list[tuple[Any, ...]]:
    """The critical task that is least sure, and the tasks that may become critical."""
    if plan.empty:
        return []
    rows: list[tuple[Any, ...]] = []
    critical = plan[plan["critical"].astype(bool)]
    longest = tasks.set_index("task_id")["days_high"]
    doubt = (
        critical.assign(late=critical["task_id"].map(longest) - critical["days_expected"]).sort_values("late").tail(1)
    )
    rows += [
        ("late", row["task_id"], float(row["late"]), "days", answers.get(row["task_id"], ""), "delays")
        for row in doubt.to_dict("records")
        if row["late"] > 0
    ]
    near = plan[~plan["critical"].astype(bool) & plan["criticality_share"].ge(NEXT_SURPRISE_SHARE)]
    return rows + [
        (
            "surprise",
            row["task_id"],
            float(row["criticality_share"]),
            "share",
            answers.get(row["task_id"], ""),
            "delays",
        )
        for row in near.to_dict("records")
    ]


def _people(tasks: pd.DataFrame, load: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Who is asked for more days than they have, and who answers for nearly everything."""
    over = load[load["over_days"] > 0].sort_values("over_days", ascending=False).drop_duplicates("person_id")
    rows: list[tuple[Any, ...]] = [
        ("overload", row["person_id"], float(row["over_days"]), "days", row["person_id"], "delays")
        for row in over.to_dict("records")
    ]
    share = tasks["accountable"].dropna().value_counts(normalize=True)
    many = share[share > MANY_TASKS_SHARE] if len(tasks) > 3 else share.head(0)
    return rows + [
        ("one_person", str(person), float(value), "share", str(person), "weakens") for person, value in many.items()
    ]


def _pilot(reach: pd.DataFrame | None) -> list[tuple[Any, ...]]:
    """A pilot that cannot show the effect worth having."""
    if reach is None or reach.empty:
        return []
    row = reach[reach["effect"].eq("minimum")].iloc[0]
    short = float(row["n_needed"] - row["n_available"])
    return [("small_pilot", "", short, "count", "", "weakens")] if short > 0 else []
