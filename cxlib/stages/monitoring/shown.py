"""Words and tables of stage 10: codes of series, checks, keys and actions as people say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.chain import STAGES
from cxlib.language import _, day, interval, number, quantity
from cxlib.show.terms import gap_unit, gap_words, upper_first
from cxlib.statistics.intervals import detectable

Labels = Mapping[str, Mapping[str, str]]


def series_words(metric: str, labels: Labels) -> str:
    """A charted series in words."""
    name, _sep, touchpoint = metric.partition(":")
    words = {
        "purchases": _("purchases"),
        "turnover": _("turnover"),
        "gross_margin": _("gross margin"),
        "commercial_cost": _("commercial cost"),
        "operating_cost": _("operating cost"),
        "overall": _("overall satisfaction"),
        "nps": _("net promoter score"),
        "dissatisfied": _("share of dissatisfied answers"),
        "csat": _("satisfaction"),
    }
    known = words.get(name, name.replace("_", " "))
    place = labels.get("touchpoint", {}).get(touchpoint, touchpoint)
    return _("{question} with {touchpoint}").format(question=known, touchpoint=place) if touchpoint else known


def side_words(side: str) -> str:
    """Above or below."""
    return {"above": _("above"), "below": _("below")}.get(side, _("outside"))


def question_words() -> dict[str, str]:
    """What the staff were asked."""
    return {
        "objective": _("the objective"),
        "role": _("their own role in it"),
        "method": _("the method"),
        "pride": _("why to be proud of it"),
    }


def check_names() -> dict[str, str]:
    """The method's checks."""
    return {
        "ran": _("it has run"),
        "in_order": _("in order"),
        "decided": _("a decision is there"),
        "sealed": _("sealed"),
        "signed": _("signed with a reason"),
        "no_override": _("no override"),
        "evidence": _("on data rather than assumption"),
        "fresh": _("evidence under half a year old"),
    }


def check_words(breaches: str) -> str:
    """Failed checks in words."""
    names = check_names()
    return joined([names.get(name, name) for name in breaches.split(", ") if name]) or _("none")


def key_words() -> dict[str, str]:
    """The ten keys, each in a few words of our own."""
    return {
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


def action_words(row: Mapping[Any, Any], labels: Labels) -> str:
    """An action in words."""
    kind, _sep, what = str(row["action"]).partition(":")
    if kind == "reopen":
        return _("reopen stage {k}").format(k=what)
    fixed = {
        "objective": _("act on the objective"),
        "awareness": _("tell the staff"),
        "method": _("mend the method"),
        "overall": _("act on overall satisfaction"),
        "dissatisfied": _("act on the dissatisfied"),
    }
    named = _("act on {what}").format(what=labels.get("touchpoint", {}).get(what, series_words(what, labels)))
    return fixed.get(what, named) if kind == "act" else _("hold")


def joined(words: Sequence[str]) -> str:
    """Words in a row."""
    return ", ".join(words)


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


def chart_reasons() -> dict[str, str]:
    """Why this kind."""
    return {
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
        "asked": _("as asked"),
    }


def chart_rows(summary: pd.DataFrame, alarms: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """One line per chart, in words: which chart and why, its limits, phase, signals, the smallest single departure that it
    shows (smallest_shown) and the false alarms to expect in a year."""
    kinds, why = chart_kinds(), chart_reasons()
    wolf = alarms.set_index("metric")["estimate"] if len(alarms) else pd.Series(dtype=float)
    rows = [
        {
            "series": upper_first(series_words(row["metric"], labels)),
            "chart": kinds.get(row["chart"], row["chart"]),
            "because": why.get(row["why"], row["why"]),
            "centre": quantity(row["centre"], row["unit"]),
            "limits": interval(row["lower"], row["upper"], row["unit"]),
            "n_periods": row["n_periods"],
            "first_periods": number(row["n_phase_one"], 0) + (" " + _("(provisional)") if row["provisional"] else ""),
            "smallest_shown": quantity(row["upper"] - row["centre"], gap_unit(str(row["unit"]))),
            "false_alarms_a_year": number(wolf.get(row["metric"], float("nan")), 1),
            "n_signals": row["n_signals"],
            "rules": ", ".join(row["letters"]) or "–",
            "last_signal_on": day(row["signal_on"]) if pd.notna(row["signal_on"]) else "–",
        }
        for row in summary.to_dict("records")
    ]
    return pd.DataFrame(rows)


def drawn(charts: pd.DataFrame, shifts: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The charts to draw: the objective first, then the series with signals; with label and date of the last shift."""
    limited = charts[charts["chart"].ne("none")]
    if limited.empty:
        return limited
    kinds = chart_kinds()
    dated = (
        shifts.sort_values("shift_on").groupby("metric")["shift_on"].last()
        if len(shifts)
        else pd.Series(dtype="datetime64[us]")
    )
    signals = limited[limited["phase"].eq("II")].groupby("metric")["letters"].agg(lambda letters: letters.ne("").sum())
    first = {name: place for place, name in enumerate(dict.fromkeys(limited["metric"]))}
    rank = {
        name: (place > 0 and name not in dated.index, -int(signals.get(name, 0)) if place else 0, place)
        for name, place in first.items()
    }
    order = sorted(first, key=lambda name: (first[name] > 0, *rank[name]))
    label = [
        f"{upper_first(series_words(metric, labels))} · {kinds[kind]}"
        for metric, kind in zip(limited["metric"], limited["chart"], strict=True)
    ]
    table = limited.assign(
        label=label,
        shift_on=pd.to_datetime(limited["metric"].map(dated.to_dict())),
        order=limited["metric"].map(order.index),
    )
    return table.sort_values(["order", "period_on"]).drop(columns="order").reset_index(drop=True)


def attainment_rows(attained: pd.DataFrame) -> pd.DataFrame:
    """The objective by its deadline, in words: deadline, target, forecast with its 80 % interval, chance."""
    return pd.DataFrame(
        [
            {
                "deadline": day(row["deadline"]),
                "target_a_month": quantity(row["target"], "money"),
                "forecast_a_month": quantity(row["forecast"], "money"),
                "80%_interval": interval(row["forecast_low"], row["forecast_high"], "money"),
                "chance": quantity(row["estimate"], "share"),
            }
            for row in attained.to_dict("records")
        ]
    )


def shift_rows(shifts: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The dated shifts in words."""
    return pd.DataFrame(
        [
            {
                "series": upper_first(series_words(row["metric"], labels)),
                "period_of": day(row["shift_on"]),
                "between": f"{day(row['earliest_on'])} – {day(row['latest_on'])}",
                "before": quantity(row["before_score"], row["unit"]),
                "after": quantity(row["after_score"], row["unit"]),
                "estimate": row["estimate"],
                "low": row["low"],
                "high": row["high"],
                "unit": gap_unit(str(row["unit"])),
                "smallest_shown": gap_words(detectable(row["low"], row["high"]), str(row["unit"])),
                "n_periods": row["n"],
            }
            for row in shifts.to_dict("records")
        ]
    )


def stage_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Compliance by stage with its name and the failed checks: stage, label, estimate, n, unit, fails."""
    names = {stage.number: stage.name for stage in STAGES}
    return scores.assign(
        label=[names[int(stage)] for stage in scores["stage"]], fails=[check_words(text) for text in scores["breaches"]]
    )[["stage", "label", "estimate", "n", "unit", "fails"]]


def strip_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """The strip of ten: the nine stages before this one, and this one, which is being held to nothing yet."""
    rows = stage_rows(scores)
    last = {
        "stage": len(STAGES),
        "label": STAGES[-1].name,
        "estimate": float("nan"),
        "n": 0,
        "unit": "share",
        "fails": "",
    }
    return pd.DataFrame([*rows.to_dict("records"), last])


def stage_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Compliance by stage for the page: stage, label, passed_share, n_checks, fails."""
    rows = stage_rows(scores).rename(columns={"label": "name", "estimate": "passed_share", "n": "n_checks"})
    return rows[["stage", "name", "passed_share", "n_checks", "fails"]]


def drift_rows(drifted: pd.DataFrame, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every decision beside what today's data recommend: stage, state, decided, today."""
    words = {int(record["stage"]): str(record.get("choice_words", "")) for record in records}
    states = {"sealed": _("sealed"), "draft": _("draft"), "open": _("undecided"), "drift": _("sealed, drifting")}
    today = [
        _("the same") if row["same"] is True else row["recommended"] or _("nothing can be recommended")
        for row in drifted.to_dict("records")
    ]
    return drifted.assign(
        state=[states.get(state, state) for state in drifted["state"]],
        decided=[words.get(int(stage), "") for stage in drifted["stage"]],
        today=today,
    )[["stage", "state", "decided", "today"]]


def awareness_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Awareness with questions in words: question, department, estimate, low, high, n, unit."""
    words = question_words()
    return table.assign(
        question=[upper_first(words.get(name, name)) for name in table["question"]],
        department=[name or _("all") for name in table["department"]],
    )[["question", "department", "estimate", "low", "high", "n", "unit"]]


def asked_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Who answered the staff survey against who was needed: question, n_answered, n_staff, response_share, n_needed, enough."""
    words = question_words()
    names = [upper_first(words.get(str(name), str(name))) for name in table["question"]]
    rows = table.assign(question=names).rename(columns={"n": "n_answered"})
    return rows[["question", "n_answered", "n_staff", "response_share", "n_needed", "enough"]]


def awareness_drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the awareness figure: all departments together, one line a question."""
    whole = table[table["department"].eq("")] if len(table) else table
    return awareness_rows(whole).rename(columns={"question": "label"})


def area_rows(acts: pd.DataFrame, known: Mapping[str, bool], told: Sequence[str], labels: Labels) -> pd.DataFrame:
    """The four areas, always all four: area, state (on course, signal, cannot tell), response, what_changed.

    `known`: area → can it be told; for the method, does every stage pass all its checks. `told`: a sentence per signal.
    """
    words = {
        "objective": _("Business objective"),
        "satisfaction": _("Satisfaction"),
        "awareness": _("Internal awareness"),
        "method": _("Method"),
    }
    rows = [
        {
            "area": name,
            **_state(acts[acts["area"].eq(area)], area, known.get(area, False), labels),
            "what_changed": " ".join(told[at] for at in acts.index[acts["area"].eq(area)]) or "–",
        }
        for area, name in words.items()
    ]
    return pd.DataFrame(rows)


def _state(mine: pd.DataFrame, area: str, known: bool, labels: Labels) -> dict[str, str]:
    """State and response of one area."""
    if len(mine):
        answers = list(dict.fromkeys(action_words(row, labels) for row in mine.to_dict("records")))
        return {"state": _("✗ signal"), "response": joined(answers)}
    if known:
        return {"state": _("✓ nothing to act on"), "response": _("hold")}
    if area == "method":
        return {"state": _("◐ incomplete"), "response": _("sign what is decided; replace assumptions by data")}
    return {"state": _("? cannot tell"), "response": _("ask")}
