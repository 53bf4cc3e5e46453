"""The tables of stage 8 in words: codes become the names of names.yaml, beside this module, sizes carry their unit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows
from cxlib.language import _, percent, quantity
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words, metric_name, upper_first

NAMES: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
)
METRICS = ["metric", "formula", "source", "cadence", "owner_id"]


def named(kind: str) -> dict[str, str]:
    """Code → name of one kind of codes (areas, effects, rules, …), in the language in force."""
    return {code: _(name) for code, name in NAMES[kind].items()}


def roles_of(cell: object, labels: Labels) -> str:
    """The persons of a cell by their role."""
    return ", ".join(labels.get("person", {}).get(key, key) for key in listed(cell))


def name_areas(scores: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The readiness scores with their areas in words (column name) and what is missing by its label."""
    known = {**labels.get("person", {}), **labels.get("capability", {}), **labels.get("idea", {})}
    missing = [", ".join(known.get(key, key) for key in cell.split(", ") if key) for cell in scores["missing"]]
    return scores.assign(name=scores["area"].map(named("areas")), missing=missing)


def score_table(scores: pd.DataFrame) -> pd.DataFrame:
    """The six scores, named, for reading: area, score, checks, what is missing."""
    shown = {
        "name": "area",
        "estimate": "readiness_share",
        "n": "n_checks",
        "n_missing": "n_open",
        "missing": "missing",
    }
    return scores[list(shown)].rename(columns=shown)


def known_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores to draw: all six when any is known, none when nothing is."""
    return scores if scores["estimate"].notna().any() else scores.head(0)


def committee_table(committee: pd.DataFrame) -> pd.DataFrame:
    """The committee for reading."""
    columns = ["role", "department", "n_accountable", "n_responsible"]
    return committee[columns].assign(function=committee["function"].map(named("functions")))


def check_table(checks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """How many rules of each kind hold, and where they break: rule, n_held, n_broken, where_broken."""
    words, lines = named("rules"), []
    for rule, held in checks.groupby("check", sort=False):
        broken = held.loc[held["status"].ne("pass"), "subject"]
        lines.append((words[str(rule)], len(held) - len(broken), len(broken), roles_of(";".join(broken), labels)))
    return pd.DataFrame(lines, columns=["rule", "n_held", "n_broken", "where_broken"])


def plan_table(plan: pd.DataFrame) -> pd.DataFrame:
    """The schedule for reading, in order of start."""
    shown = {"label": "task", "workstream": "workstream", "start_days": "from_day", "end_days": "to_day"}
    shown |= {"slack_days": "can_wait_days", "criticality_share": "decides_the_finish"}
    decides = [percent(share, 0) for share in plan["criticality_share"]]
    words = plan.assign(workstream=plan["workstream"].map(named("areas")), criticality_share=decides)
    return words[list(shown)].rename(columns=shown).round({"from_day": 1, "to_day": 1, "can_wait_days": 1})


def gantt_rows(dated: pd.DataFrame) -> pd.DataFrame:
    """The dated plan with its workstreams in words, the tasks of each together, workstreams in order of their start."""
    order = dated.groupby("workstream")["start_days"].transform("min")
    found = dated.assign(order=order).sort_values(["order", "workstream", "start_days", "end_days"], ignore_index=True)
    return found.assign(workstream=found["workstream"].map(named("areas")).map(upper_first))


def finish_marks(milestones: pd.DataFrame) -> pd.DataFrame:
    """The milestones that the chart names: the finish at even chance and at four in five."""
    return milestones.assign(title=milestones["code"].map(named("finishes"))).dropna(subset=["title"])[["title", "on"]]


def metric_dictionary(registration: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The metric dictionary: metric, formula, source, cadence, owner_id, for the registered metric and its guardrails.

    The owner is whoever answers for the first task of the workstream "metrics"; blank when nobody does.
    """
    owners = tasks.loc[tasks["workstream"].eq("metrics"), "accountable"].dropna()
    owner, formulas = "".join(owners.head(1)), named("formulas")
    found = []
    for row in rows(registration):
        found.append((row["metric"], "transactions", _("once, when the window closes")))
        found += [(guard, "responses", _("every month")) for guard in listed(row["guardrails"])]
    lines = [
        (metric_name(metric, labels), formulas.get(metric.partition(":")[0], ""), source, cadence, owner)
        for metric, source, cadence in found
    ]
    return pd.DataFrame(lines, columns=METRICS)


def metric_table(metrics: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The metric dictionary for reading, its owner by role."""
    owner = [roles_of(key, labels) or _("nobody") for key in metrics["owner_id"]]
    return metrics.drop(columns="owner_id").assign(owner=owner)


def calendar_table(milestones: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Meetings and milestones by date: on, what, chair, with whom, code.

    milestones: on and code (start | p50 | p80 | window), or a task_id of the workstream "meetings".
    """
    table = milestones.merge(tasks, left_on="code", right_on="task_id", how="left").sort_values("on")
    with_whom = table["responsible"].fillna("") + ";" + table["consulted"].fillna("")
    return table.assign(
        what=table["code"].map(named("milestones")).fillna(table["label"]),
        chair=[roles_of(cell, labels) for cell in table["accountable"]],
        with_whom=[roles_of(cell, labels) for cell in with_whom],
    )[["on", "what", "chair", "with_whom", "code"]]


def plain_milestones(calendar: pd.DataFrame) -> pd.DataFrame:
    """The milestones that are no series of meetings: title, on (calendar: from `calendar_table`)."""
    plain = calendar[calendar["code"].isin(list(NAMES["milestones"]))]
    return plain.rename(columns={"what": "title"})[["title", "on"]]


def meeting_table(series: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The series of meetings for reading: title, first_on, how_often, lasts, with_whom, until_on, n_meetings."""
    shown = series.assign(
        how_often=series["repeats"].map(named("rhythms")),
        first_on=pd.to_datetime(series["starts_at"]).dt.normalize(),
        until_on=series["ends_on"],
        lasts_minutes=series["minutes"],
        with_whom=[roles_of(cell, labels) for cell in series["attendees"]],
    )
    return shown[["title", "how_often", "first_on", "until_on", "n_meetings", "lasts_minutes", "with_whom"]]


def reach_table(reach: pd.DataFrame) -> pd.DataFrame:
    """Which effect needs how many customers, in words."""
    enough = reach["enough"].map({True: _("✓\u00a0yes"), False: _("✗\u00a0no")})
    sizes = [gap_words(row["size"], row["unit"]) for row in rows(reach)]
    words = reach.assign(effect=reach["effect"].map(named("effects")), size=sizes, enough=enough).drop(columns="unit")
    return words.rename(columns={"n_needed": "n_needed_per_arm", "n_available": "n_there_per_arm"})


def name_effects(curves: pd.DataFrame) -> pd.DataFrame:
    """The power curves with a label that names effect and size."""
    effects = named("effects")
    return curves.assign(
        label=[f"{effects[row['effect']]}: {gap_words(row['size'], row['unit'])}" for row in rows(curves)]
    )


def name_features(balance: pd.DataFrame) -> pd.DataFrame:
    """The balance table with its features in words (column name)."""
    return balance.assign(name=balance["feature"].map(named("features")))


def balance_table(balance: pd.DataFrame) -> pd.DataFrame:
    """The balance table for reading."""
    shown = name_features(balance).rename(columns={"name": "known_before"})
    return shown[["known_before", "estimate", "low", "high", "n", "unit"]]


def wave_table(launch: pd.DataFrame) -> pd.DataFrame:
    """The order for reading: wave, region, n (customers), starts_on."""
    return launch.rename(columns={"unit": "region"})[["wave", "region", "n", "starts_on"]]


def risk_table(risks: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The risks for reading: weight, what_could_go_wrong, what_to_do, who_answers."""
    return pd.DataFrame(
        {
            "weight": risks["weight"].map(named("weights")),
            "what_could_go_wrong": [risk_words(row, tasks, labels) for row in rows(risks)],
            "what_to_do": risks["kind"].map(named("remedies")),
            "who_answers": [roles_of(owner, labels) for owner in risks["owner"]],
        }
    )


def risk_words(row: Mapping[str, Any], tasks: pd.DataFrame, labels: Labels) -> str:
    """What could go wrong, and why we think so."""
    names = {**labels.get("idea", {}), **labels.get("capability", {}), **labels.get("person", {})}
    names |= dict(zip(tasks["task_id"], tasks["label"], strict=True))
    amounts = {"share": percent(row["estimate"], 0)} | {
        unit: quantity(row["estimate"], unit) for unit in ("days", "count")
    }
    area = named("areas").get(row["unit"], row["unit"])
    words = {"area": upper_first(area), "amount": amounts.get(row["unit"], "")}
    return named("risks")[row["kind"]].format(subject=names.get(row["subject"], row["subject"]), **words)
