"""The tables of stage 8 in words: codes become names, checks become ✓ and ✗, sizes carry their unit."""

from __future__ import annotations

import pandas as pd

from cxlib.language import _, percent
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words
from cxlib.show.terms import brief as in_short


def area_words() -> dict[str, str]:
    """The six areas of readiness."""
    return {"committee": _("committee"), "training": _("training"), "calendar": _("calendar"), "processes": _("processes"),
            "technology": _("technology"), "metrics": _("metrics"), "meetings": _("meetings")}  # fmt: skip


def effect_words() -> dict[str, str]:
    """The effects of a registration."""
    return {"minimum": _("effect worth having"), "low": _("assumed effect, pessimistic"), "likely": _("assumed effect"),
            "high": _("assumed effect, optimistic")}  # fmt: skip


def feature_words() -> dict[str, str]:
    """What is compared between the arms."""
    return {"tenure_days": _("days as a customer"), "n_purchases": _("purchases in the year before"),
            "revenue_money": _("revenue in the year before")}  # fmt: skip


def name_areas(scores: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The readiness scores with their areas in words (column name) and what is missing by its label."""
    names = {**labels.get("person", {}), **labels.get("capability", {}), **labels.get("idea", {})}
    missing = [", ".join(names.get(key, key) for key in str(cell).split(", ") if key) for cell in scores["missing"]]
    return scores.assign(name=scores["area"].map(area_words()), missing=missing)


def score_table(named: pd.DataFrame) -> pd.DataFrame:
    """The six scores for reading: area, score, checks, what is missing."""
    return pd.DataFrame({"area": named["name"], "readiness_share": named["estimate"], "n_checks": named["n"],
                         "n_open": named["n_missing"], "missing": named["missing"]})  # fmt: skip


def name_features(balance: pd.DataFrame) -> pd.DataFrame:
    """The balance table with its features in words (column name)."""
    return balance.assign(name=balance["feature"].map(feature_words()))


def balance_table(named: pd.DataFrame) -> pd.DataFrame:
    """The balance table for reading."""
    return named[["name", "estimate", "low", "high", "n", "unit"]].rename(columns={"name": "known_before"})


def name_effects(curves: pd.DataFrame) -> pd.DataFrame:
    """The power curves with a label that names effect and size."""
    words = effect_words()
    labels = [f"{words[row['effect']]}: {gap_words(row['size'], row['unit'])}" for row in curves.to_dict("records")]
    return curves.assign(label=labels)


def reach_table(reach: pd.DataFrame) -> pd.DataFrame:
    """Which effect needs how many customers, in words."""
    sizes = [gap_words(row["size"], row["unit"]) for row in reach.to_dict("records")]
    enough = reach["enough"].map({True: _("✓\u00a0yes"), False: _("✗\u00a0no")})
    return pd.DataFrame({"effect": reach["effect"].map(effect_words()), "size": sizes, "n_needed_per_arm": reach["n_needed"],
                         "n_there_per_arm": reach["n_available"], "enough": enough})  # fmt: skip


def plan_table(plan: pd.DataFrame) -> pd.DataFrame:
    """The schedule for reading, in order of start."""
    shown = plan[["label", "workstream", "start_days", "end_days", "slack_days"]].copy()
    shown["workstream"] = shown["workstream"].map(area_words())
    shown = shown.rename(
        columns={"label": "task", "start_days": "from_day", "end_days": "to_day", "slack_days": "can_wait_days"}
    )
    return shown.round({"from_day": 1, "to_day": 1, "can_wait_days": 1}).assign(
        decides_the_finish=[percent(share, 0) for share in plan["criticality_share"]])  # fmt: skip


def committee_table(committee: pd.DataFrame) -> pd.DataFrame:
    """The committee for reading."""
    words = {"chair": _("chair"), "member": _("member")}
    return committee[["role", "department", "n_accountable", "n_responsible"]].assign(
        function=committee["function"].map(words)
    )


def check_table(checks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """How many rules of each kind hold, and where they break: rule, n_held, n_broken, where_broken."""
    words = {"accountable": _("exactly one accountable"), "responsible": _("at least one responsible"),
             "known": _("everybody named is known"), "capacity": _("nobody over capacity")}  # fmt: skip
    names = labels.get("person", {})
    rows = []
    for check, held in checks.groupby("check", sort=False):
        broken = held[held["status"] != "pass"]
        rows.append({"rule": words[str(check)], "n_held": int(held["status"].eq("pass").sum()), "n_broken": len(broken),
                     "where_broken": ", ".join(names.get(key, key) for key in broken["subject"])})  # fmt: skip
    return pd.DataFrame(rows, columns=["rule", "n_held", "n_broken", "where_broken"])


def metric_dictionary(registration: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The metric dictionary: metric, formula, source, cadence, owner_id, for the registered metric and its guardrails.

    The owner is whoever answers for the first task of the workstream "metrics"; blank when nobody does.
    """
    columns = ["metric", "formula", "source", "cadence", "owner_id"]
    if registration.empty:
        return pd.DataFrame(columns=columns)
    row = registration.iloc[0]
    owners = tasks.loc[tasks["workstream"].eq("metrics"), "accountable"].dropna()
    owner = str(owners.iloc[0]) if len(owners) else ""
    formulas = {"purchase_share": _("customers with at least one purchase in the window / customers of the arm"),
                "margin_per_customer": _("margin in the window / customers of the arm"),
                "revenue_per_customer": _("revenue in the window / customers of the arm")}  # fmt: skip
    window = _("once, when the window closes")
    rows = [
        (metric_name(str(row["metric"]), labels), formulas.get(str(row["metric"]), ""), "transactions", window, owner)
    ]
    for metric in (key for key in str(row["guardrails"]).split(";") if key):
        formula = (
            _("promoters (9–10) − detractors (0–6)")
            if metric == "nps"
            else _("mean score of the answers in the window")
        )
        rows.append((metric_name(metric, labels), formula, "responses", _("every month"), owner))
    return pd.DataFrame(rows, columns=columns)


def metric_table(metrics: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The metric dictionary for reading, its owner by role."""
    names = labels.get("person", {})
    return metrics.drop(columns="owner_id").assign(
        owner=[names.get(key, key) or _("nobody") for key in metrics["owner_id"]]
    )


def metric_name(metric: str, labels: Labels) -> str:
    """A metric's name: registered metrics and guardrails such as nps or csat:delivery."""
    known = {"purchase_share": _("share of customers who buy"), "margin_per_customer": _("margin per customer"),
             "revenue_per_customer": _("revenue per customer"), "nps": _("net promoter score")}  # fmt: skip
    question, _colon, touchpoint = metric.partition(":")
    place = labels.get("touchpoint", {}).get(touchpoint, touchpoint)
    return known.get(metric) or _("satisfaction with {place} ({question})").format(place=place, question=question)


def calendar_table(milestones: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Meetings and milestones by date: on, what, chair, with whom.

    milestones: on and code (start | p50 | p80 | pilot | window), or a task_id of the workstream "meetings".
    """
    words = {"start": _("Work starts"), "p50": _("All done, even chance"), "p80": _("All done, four in five"),
             "pilot": _("Pilot starts"), "window": _("Measurement window closes: verdict of stage 9")}  # fmt: skip
    series = tasks.set_index("task_id")
    rows = []
    for row in milestones.sort_values("on").to_dict("records"):
        task = series.loc[row["code"]].to_dict() if row["code"] in series.index else {}
        rows.append({"on": row["on"], "what": words.get(row["code"], str(task.get("label", row["code"]))),
                     "chair": _names(task.get("accountable"), labels),
                     "with_whom": _names(f"{task.get('responsible') or ''};{task.get('consulted') or ''}", labels)})  # fmt: skip
    return pd.DataFrame(rows, columns=["on", "what", "chair", "with_whom"])


def dated_milestones(milestones: pd.DataFrame, dated: pd.DataFrame) -> pd.DataFrame:
    """The milestones that are no series of meetings, with their words: title, on (dated: from `calendar_table`)."""
    shown = milestones.sort_values("on").assign(title=dated["what"].to_numpy())
    return shown.loc[shown["code"].isin(["start", "p50", "p80", "pilot", "window"]), ["title", "on"]]


def last_day(milestones: pd.DataFrame, start: pd.Timestamp) -> pd.Timestamp:
    """The last milestone: until then series of meetings run; `start` when there is none."""
    return pd.Timestamp(milestones["on"].max()) if len(milestones) else start


def meeting_table(series: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The series of meetings for reading: title, first_on, how_often, lasts, with_whom, until_on, n_meetings."""
    often = {"once": _("once"), "weekly": _("every week"), "fortnightly": _("every two weeks"),
             "monthly": _("every month"), "quarterly": _("every quarter")}  # fmt: skip
    shown = series.assign(first_on=pd.to_datetime(series["starts_at"]).dt.normalize(), until_on=series["ends_on"],
                          how_often=series["repeats"].map(often), lasts_minutes=series["minutes"],
                          with_whom=[_names(cell, labels) for cell in series["attendees"]])  # fmt: skip
    return shown[["title", "how_often", "first_on", "until_on", "n_meetings", "lasts_minutes", "with_whom"]]


def _names(cell: object, labels: Labels) -> str:
    """Persons of a cell by their role."""
    known = labels.get("person", {})
    keys = [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []
    return ", ".join(known.get(key, key) for key in keys)


def caption(name: str) -> str:
    """The caption of one of the stage's tables and maps."""
    return {
        "scores": _("Six readiness scores"),
        "plan": _("The plan in working days from the start"),
        "calendar": _("Calendar: meetings and milestones"),
        "meetings": _("The series of meetings"),
        "grid": _("One row a week; ◆ a milestone. Weeks without either are left out."),
        "committee": _("The committee"),
        "checks": _("The rules of a clear duty"),
        "raci": _("One accountable for every task; a letter missing is a task nobody does."),
        "reach": _("Customers an arm for each effect"),
        "balance": _("The arms before the pilot, in standard deviations"),
        "metrics": _("Metric dictionary"),
    }[name]


def known_scores(named: pd.DataFrame) -> pd.DataFrame:
    """The scores to draw: all six when any is known, none when nothing is."""
    return named if named["estimate"].notna().any() else named.head(0)


def nothing(what: str) -> str:
    """Why there is nothing to show."""
    return {"tasks": _("no tasks with persons and durations are named."), "measure": _("no measure is registered."),
            "pilot": _("there is no pilot whose arms could be compared."), "meetings": _("no meeting is planned."),
            "regions": _("there are no two regions with thirty customers each."),
            "risks": _("the plan shows no risk of its own.")}[what]  # fmt: skip
