"""The tables of stage 10 in words: series, charts, checks, keys and actions as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.chain import STAGES
from cxlib.facts import rows
from cxlib.language import _, day, interval, number, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, upper_first

Labels = Mapping[str, Mapping[str, str]]


def questions() -> dict[str, str]:
    """What the staff were asked."""
    return {
        "objective": _("the objective"),
        "role": _("their own role in it"),
        "method": _("the method"),
        "pride": _("why to be proud of it"),
    }


def failed_checks(breaches: str) -> str:
    """Failed checks of the method in words."""
    names = {
        "ran": _("it has run"),
        "in_order": _("in order"),
        "decided": _("a decision is there"),
        "sealed": _("sealed"),
        "signed": _("signed with a reason"),
        "no_override": _("no override"),
        "evidence": _("on data rather than assumption"),
        "fresh": _("evidence under half a year old"),
    }
    return ", ".join(names.get(name, name) for name in breaches.split(", ") if name) or _("none")


def responses(actions: Iterable[str], labels: Labels) -> str:
    """What is to be done, each action once."""
    fixed = {
        "": _("hold"),
        "objective": _("act on the objective"),
        "awareness": _("tell the staff"),
        "method": _("mend the method"),
        "overall": _("act on overall satisfaction"),
        "dissatisfied": _("act on the dissatisfied"),
    }
    said = []
    for kind, _sep, what in (action.removeprefix("hold").partition(":") for action in actions):
        named = _("act on {what}").format(what=labels.get("touchpoint", {}).get(what, metric_name(what)))
        said.append(_("reopen stage {k}").format(k=what) if kind == "reopen" else fixed.get(what, named))
    return ", ".join(dict.fromkeys(said))


def answer_rows(answers: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The actions in words, a line each: response, owner, due, suspected, cost, answered."""
    people, ideas = labels.get("person", {}), labels.get("idea", {})
    suspected, nobody = _("{idea}, begun on {day}"), _("nothing on record")
    lines = [
        {
            "response": upper_first(responses([row["action"]], labels)),
            "owner": people.get(row["owner_id"], row["owner_id"]) or _("nobody named yet"),
            "due": day(row["due_on"]),
            "suspected": suspected.format(idea=ideas.get(row["cause"], row["cause"]), day=day(row["cause_on"]))
            if row["cause"]
            else nobody,
            "cost": quantity(row["cost_money"], "money")
            if row["cost_money"] == row["cost_money"]
            else _("not estimated"),
            "answered": f"{row['answered_by']}, {day(row['answered_on'])}" if row["answered_by"] else _("not yet"),
        }
        for row in rows(answers)
    ]
    return pd.DataFrame(lines, columns=["response", "owner", "due", "suspected", "cost", "answered"])


def area_rows(
    states: pd.DataFrame, acts: pd.DataFrame, told: Sequence[str], labels: Labels, *, decided: Sequence[str]
) -> pd.DataFrame:
    """The four areas: area, state, response, what_changed; `states` from `actions.states`, `told` a sentence per signal.

    decided: the actions in force; a signal that is not acted on is held.
    """
    names = {
        "objective": _("Business objective"),
        "satisfaction": _("Satisfaction"),
        "awareness": _("Internal awareness"),
        "method": _("Method"),
    }
    words = {
        "signal": (_("✗ signal"), ""),
        "fine": (_("✓ nothing to act on"), _("hold")),
        "unknown": (_("? cannot tell"), _("ask")),
        "incomplete": (_("◐ incomplete"), _("sign what is decided; replace assumptions by data")),
    }
    lines = []
    for row in rows(states):
        mine, (state, answer) = acts[acts["area"].eq(row["area"])], words[row["state"]]
        changed = " ".join(told[at] for at in mine.index) or "–"
        lines.append([names[row["area"]], state, answer or responses(_taken(mine, decided), labels), changed])
    return pd.DataFrame(lines, columns=["area", "state", "response", "what_changed"])


def _taken(acts: pd.DataFrame, decided: Sequence[str]) -> list[str]:
    """The actions of some signals that were decided on; "hold" where none was."""
    return [action for action in acts["action"] if action in decided] or ["hold"]


def chart_kinds() -> dict[str, str]:
    """Kinds of charts as they are called."""
    return {
        "xmr": "XmR",
        "residual": _("XmR, neighbours allowed for"),
        "p": "p",
        "laney": "Laney p′",
        "c": "c",
        "xbar": _("X̄ (means)"),
        "ewma": "EWMA",
        "cusum": "CUSUM",
        "none": _("none"),
    }


def chart_rows(summary: pd.DataFrame, alarms: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """One line per chart, in words: which chart and why, its limits, phase, signals, the smallest single departure that it
    shows (smallest_shown) and the false alarms to expect in a year."""
    kinds = chart_kinds()
    why = {
        "period_value": _("one value a period"),
        "autocorrelated": _("neighbouring periods are alike"),
        "proportion": _("shares of a known n"),
        "overdispersed": _("shares that vary more than chance"),
        "count": _("counts that vary as chance does"),
        "overdispersed_count": _("counts that vary more than chance"),
        "mean_of_answers": _("means that vary as chance among the answers does"),
        "uneven_n": _("many answers in some periods, few in others"),
        "few_periods": _("few periods a year: small shifts add up"),
        "too_short": _("under twelve periods"),
    }
    expected = dict(zip(alarms["metric"], alarms["estimate"], strict=True))
    lines = [
        {
            "series": upper_first(metric_name(row["metric"], labels)),
            "chart": kinds[row["chart"]],
            "because": why[row["why"]],
            "centre": quantity(row["centre"], row["unit"]),
            "limits": interval(row["lower"], row["upper"], row["unit"]),
            "n_periods": row["n_periods"],
            "first_periods": f"{number(row['n_phase_one'], 0)} {_('(provisional)') if row['provisional'] else ''}".strip(),
            "smallest_shown": gap_words(row["upper"] - row["centre"], row["unit"]),
            "false_alarms_a_year": number(expected.get(row["metric"], float("nan")), 1),
            "n_signals": row["n_signals"],
            "rules": ", ".join(row["letters"]) or "–",
            "last_signal_on": day(row["signal_on"]),
        }
        for row in rows(summary)
    ]
    return pd.DataFrame(lines)


def drawn(charts: pd.DataFrame, shifts: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The charts to draw: the first series (the objective), then those with a shift, then those with most signals; with label
    and date of the last shift."""
    limited = charts[charts["chart"].ne("none")]
    dated = shifts.sort_values("shift_on").groupby("metric")["shift_on"].last()
    signals = (limited["phase"].eq("II") & limited["letters"].ne("")).groupby(limited["metric"]).sum()
    first = list(dict.fromkeys(limited["metric"]))
    order = first[:1] + sorted(first[1:], key=lambda metric: (metric not in dated.index, -signals[metric]))
    kinds = chart_kinds()
    pairs = zip(limited["metric"], limited["chart"], strict=True)
    label = [f"{upper_first(metric_name(metric, labels))} · {kinds[kind]}" for metric, kind in pairs]
    shift_on = pd.to_datetime(limited["metric"].map(dated.to_dict()))
    table = limited.assign(label=label, shift_on=shift_on, order=limited["metric"].map(order.index))
    return table.sort_values(["order", "period_on"]).drop(columns="order").reset_index(drop=True)


def attainment_rows(attained: pd.DataFrame) -> pd.DataFrame:
    """The objective by its deadline, in words: deadline, target, forecast with its 80 % interval, chance."""
    lines = [
        {
            "deadline": day(row["deadline"]),
            "target_a_month": quantity(row["target"], "money"),
            "forecast_a_month": quantity(row["forecast"], "money"),
            "80%_interval": interval(row["forecast_low"], row["forecast_high"], "money"),
            "chance": quantity(row["estimate"], "share"),
        }
        for row in rows(attained)
    ]
    return pd.DataFrame(lines)


def shift_rows(shifts: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The dated shifts in words."""
    lines = [
        {
            "series": upper_first(metric_name(row["metric"], labels)),
            "period_of": day(row["shift_on"]),
            "between": f"{day(row['earliest_on'])} – {day(row['latest_on'])}",
            "before": quantity(row["before_score"], row["unit"]),
            "after": quantity(row["after_score"], row["unit"]),
            "estimate": row["estimate"],
            "low": row["low"],
            "high": row["high"],
            "unit": gap_unit(row["unit"]),
            "smallest_shown": gap_words(row["detectable"], row["unit"]),
            "n_periods": row["n"],
        }
        for row in rows(shifts)
    ]
    return pd.DataFrame(lines)


def stage_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Compliance by stage for the page: stage, name, passed_share, n_checks, fails."""
    names = {stage.number: stage.name for stage in STAGES}
    table = scores.rename(columns={"estimate": "passed_share", "n": "n_checks"})
    table = table.assign(name=table["stage"].map(names), fails=table["breaches"].map(failed_checks))
    return table[["stage", "name", "passed_share", "n_checks", "fails"]]


def strip_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """The strip of ten: stage, name, passed_share, n_checks; the nine stages before this one, and this one, which is being
    held to nothing yet."""
    this = pd.DataFrame({"stage": [len(STAGES)], "name": [STAGES[-1].name], "n_checks": [0]})
    return pd.concat([stage_rows(scores).drop(columns="fails"), this], ignore_index=True)


def drift_rows(drifted: pd.DataFrame, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every decision beside what today's data recommend: stage, state, decided, today."""
    words = {int(record["stage"]): str(record.get("choice_words", "")) for record in records}
    states = {"sealed": _("sealed"), "draft": _("draft"), "open": _("undecided"), "drift": _("sealed, drifting")}
    lines = []
    for row in rows(drifted):
        today = _("the same") if row["same"] is True else row["recommended"] or _("nothing can be recommended")
        lines.append([row["stage"], states.get(row["state"], row["state"]), words.get(row["stage"], ""), today])
    return pd.DataFrame(lines, columns=["stage", "state", "decided", "today"])


def awareness_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Awareness with questions in words: question, department, estimate, low, high, n, unit."""
    named = table.assign(
        question=_asked(table), department=table["department"].where(table["department"].ne(""), _("all"))
    )
    return named[["question", "department", "estimate", "low", "high", "n", "unit"]]


def asked_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Who answered the staff survey against who was needed: question, n_answered, n_staff, response_share, n_needed, enough."""
    named = table.assign(question=_asked(table)).rename(columns={"n": "n_answered"})
    return named[["question", "n_answered", "n_staff", "response_share", "n_needed", "enough"]]


def _asked(table: pd.DataFrame) -> pd.Series:
    """The questions of the staff survey in words, capitalised."""
    words = questions()
    return pd.Series([upper_first(words.get(name, name)) for name in table["question"]], table.index, dtype="str")


def key_rows(keys: pd.DataFrame) -> pd.DataFrame:
    """The ten keys, each in a few words of our own: key, label, estimate, n, unit."""
    words = {
        "objective": _("An objective of the business, with target and date"),
        "segment": _("Made for the segment it serves"),
        "feeling": _("Names what is felt and what it moves to"),
        "return": _("Brings a return"),
        "method": _("A method with tasks, stages and measures"),
        "order": _("No stage skipped or swapped"),
        "data": _("Decided on data"),
        "funnel": _("Part of the whole funnel, not alone"),
        "corridor": _("Leads from the stall to the objective"),
        "channels": _("Channels chosen, not inherited"),
    }
    return keys.assign(label=keys["name"].map(words))[["key", "label", "estimate", "n", "unit"]]
