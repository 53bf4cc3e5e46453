"""What could go wrong with the implementation, read off the plan, the duties, the readiness checks and the pilot."""

from __future__ import annotations

import pandas as pd

RISKS = ["kind", "subject", "estimate", "unit", "owner", "weight"]
NEXT_SURPRISE_SHARE = 0.2  # a task with slack that decides the finish in so many simulated plans
MANY_TASKS_SHARE = 0.5  # one person who answers for more than this share of the tasks
FEW_TASKS = 3  # of so few tasks one person may answer for most
WEIGHTS = {
    "not_ready": "before the start",
    "late": "delays",
    "surprise": "delays",
    "overload": "delays",
    "one_person": "weakens",
    "small_pilot": "weakens",
}


def risks(
    tasks: pd.DataFrame, plan: pd.DataFrame, load: pd.DataFrame, items: pd.DataFrame, *, reach: pd.DataFrame
) -> pd.DataFrame:
    """One row per risk, the gravest first: kind, subject, estimate with unit, owner (person_id), weight.

    kind: not_ready (a readiness item that fails or that nobody knows; subject its person, task or capability, unit its
    area) | late (the critical task with the widest doubt; days by which its longest duration exceeds the expected one) |
    surprise (has slack and yet decides the finish in ≥ 20 % of plans) | overload (days over capacity in the worst month) |
    one_person (answers for more than half of the tasks) | small_pilot (customers an arm that the minimum effect needs
    beyond those there are). weight: before the start (to be closed by then) | delays | weakens.
    """
    owner = tasks.set_index("task_id")["accountable"].fillna("")
    parts = [_not_ready(items), *_schedule(tasks, plan), *_people(tasks, load), _pilot(reach)]
    table = pd.concat(parts).reindex(columns=RISKS)
    table["owner"] = (
        table["subject"].map(owner).where(table["kind"].isin(["late", "surprise"]), table["owner"]).fillna("")
    )
    table["weight"] = table["kind"].map(WEIGHTS)
    place = table["weight"].map(list(WEIGHTS.values()).index)
    return table.assign(place=place).sort_values(["place", "kind", "subject"], ignore_index=True)[RISKS]


def _not_ready(items: pd.DataFrame) -> pd.DataFrame:
    """Readiness items that fail or are unknown; capacity is told apart."""
    still_open = items[items["status"].isin(["fail", "unknown"]) & items["check"].ne("capacity")]
    subject = still_open["subject"].where(still_open["subject"].ne(""), still_open["area"])
    told = still_open.assign(kind="not_ready", subject=subject, unit=still_open["area"])
    return told.drop_duplicates(["area", "subject"])


def _schedule(tasks: pd.DataFrame, plan: pd.DataFrame) -> list[pd.DataFrame]:
    """The critical task that is least sure, and the tasks that may become critical."""
    if plan.empty:
        return []
    critical = plan["critical"].astype(bool)
    longest = plan["task_id"].map(tasks.set_index("task_id")["days_high"])
    told = plan.assign(subject=plan["task_id"], late=longest - plan["days_expected"])
    late = told[critical & told["late"].gt(0)].sort_values("late").tail(1)
    near = told[~critical & told["criticality_share"].ge(NEXT_SURPRISE_SHARE)]
    return [
        late.assign(kind="late", estimate=late["late"], unit="days"),
        near.assign(kind="surprise", estimate=near["criticality_share"], unit="share"),
    ]


def _people(tasks: pd.DataFrame, load: pd.DataFrame) -> list[pd.DataFrame]:
    """Who is asked for more days than they have, and who answers for nearly everything."""
    over = load[load["over_days"] > 0].sort_values("over_days", ascending=False).drop_duplicates("person_id")
    over = over.assign(kind="overload", estimate=over["over_days"], unit="days")
    share = tasks["accountable"].value_counts(normalize=True).rename("estimate").rename_axis("person_id").reset_index()
    many = share[share["estimate"].gt(MANY_TASKS_SHARE) & (len(tasks) > FEW_TASKS)]
    both = [over, many.assign(kind="one_person", unit="share")]
    return [part.assign(subject=part["person_id"], owner=part["person_id"]) for part in both]


def _pilot(reach: pd.DataFrame) -> pd.DataFrame:
    """A pilot that cannot show the effect worth having."""
    needed = reach[reach["effect"].eq("minimum")]
    needed = needed.assign(estimate=needed["n_needed"] - needed["n_available"], kind="small_pilot", unit="count")
    return needed[needed["estimate"] > 0].assign(subject="")
