"""What stage 5 says of the level of satisfaction: how satisfied customers are, whether that changed, and who is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, number
from cxlib.stages.information_search.levels import latest_levels
from cxlib.stages.information_search.shown import kind_name, question_name, scale_words

Scales = Mapping[str, tuple[float, float]]
Names = Mapping[str, str]


def satisfied(levels: pd.DataFrame, scales: Scales) -> Finding:
    """The level of each question in its latest year with enough answers."""
    if levels.empty:
        needs = _("answers to nps, overall, csat or ces that name no touchpoint")
        return cannot_tell(_("nobody was asked how satisfied they are with the whole"), needs=needs)
    said = [_level(row, levels, scales) for row in rows(latest_levels(levels))]
    return sum(said[1:], said[0])


def changed(changes: pd.DataFrame) -> Finding:
    """What the leading question did from one year to the next, and what the comparison could have shown."""
    if changes.empty:
        return cannot_tell(_("whether satisfaction has changed"), needs=_("the same question asked in two years"))
    question = str(changes["question"].iloc[0])
    mine = changes[changes["question"] == question]
    last = mine[mine["to_wave"] == mine["to_wave"].iloc[-1]]
    row = first(last, respondents="weighted") or first(last, respondents="all")
    same = first(last, respondents="same")
    places = {"question": question, "before": row["from_wave"], "after": row["to_wave"]}
    change = fact("5.{question}_change", row, **places)
    least = row | {"estimate": row["detectable"], "low": None, "high": None}
    seen = fact("5.{question}_detectable", least, grade="observed", question=question)
    told = {
        "real": _("From {before} to {after} {name} changed by {change:full} points."),
        "not shown": _(
            "From {before} to {after} no change of {name} is shown ({change:full} points); one under {seen} "
            "points would have stayed hidden."
        ),
        "cannot tell": _(
            "From {before} to {after} too few answered to speak of a change of {name} ({change:full} points); "
            "it takes one of {seen} points to be seen."
        ),
    }
    words = places | {"name": _("the net promoter score") if question == "nps" else question_name(question)}
    said = finding(told[row["verdict"]], change, seen, change=change, seen=seen, verdict=row["verdict"], **words)
    if row["respondents"] == "weighted":
        said += finding(_("Answers count by their survey weight."))
    if not same:
        return said
    pairs = fact("5.{question}_change_same", same, **places)
    among = _("Among those who answered both years it changed by {pairs:full} points.")
    return said + finding(among, pairs, pairs=pairs)


def aside(responses: pd.DataFrame) -> Finding:
    """Answers to the question about the whole that name a touchpoint: told, not dropped in silence."""
    named = responses["question"].eq("overall") & responses["touchpoint"].fillna("").ne("") & responses["score"].notna()
    if not named.any():
        return Finding("")
    told = _(
        "{n} more answers to “{question}” name a touchpoint and are not counted here: they judge it, not the whole. If the "
        "touchpoint is only the reason that was given, leave its column out of the brief."
    )
    return finding(told, n=number(int(named.sum()), 0), question=question_name("overall"))


def unequal(attributes: pd.DataFrame, channels: Names) -> Finding:
    """Who is least and who is most satisfied, of those shown to differ from all others."""
    if attributes.empty or not attributes["q"].notna().any():
        needs = _("attributes of customers (region, age, household …) who answered")
        return cannot_tell(_("no two kinds of customers answered in large enough numbers to be compared"), needs=needs)
    held = attributes[attributes["verdict"] == "real"]
    count = fact("5.n_levels_apart", len(held))
    if held.empty:
        template = _(
            "No kind of customer is shown to differ from all others: {n_levels_apart} of {total} after allowing "
            "for the number of comparisons. The widest difference is {level_difference:full}, {kind}."
        )
        kind = kind_name(attributes.iloc[0], channels)
        facts = (count, _widest(attributes, channels))
        return finding(template, *facts, total=len(attributes), kind=kind, verdict="not shown")
    low = held[held["difference"] < 0].sort_values("difference", kind="stable").head(2)
    high = held[held["difference"] > 0].sort_values("difference", ascending=False, kind="stable").head(1)
    said = _listed(_("Least satisfied: {kinds}."), "5.least_satisfied_{place}", low, channels)
    said += _listed(_("Most satisfied: {kinds}."), "5.most_satisfied_{place}", high, channels)
    template = _(
        "{n_levels_apart} of {total} kinds of customers differ from all others after allowing for the number of "
        "comparisons; the widest difference is {level_difference:full}."
    )
    return said + finding(template, count, _widest(held, channels), total=len(attributes), verdict="real")


def _level(row: Mapping[str, Any], levels: pd.DataFrame, scales: Scales) -> Finding:
    """One question in the year to speak of: as answered, and weighted where weights differ."""
    plain = first(levels, question=row["question"], answers="plain", wave=row["wave"])
    level = fact(f"5.{row['question']}", plain)
    name, template = question_name(row["question"]), _("{question} in {wave}, on a scale of {scale}: {level:full}.")
    if row["question"] == "nps":
        name, template = _("Net promoter score"), _("{question} in {wave}, in points: {level:full}.")
    scale = scale_words(row["question"], scales)
    said = finding(template, level, level=level, question=name, wave=row["wave"], scale=scale)
    if row["answers"] != "weighted":
        return said
    other = fact("5.{question}_weighted", row, question=row["question"])
    return said + finding(_("That is unweighted; by survey weight it is {level:full}."), other, level=other)


def _listed(template: str, id: str, kinds: pd.DataFrame, channels: Names) -> Finding:
    """A sentence that lists kinds of customers with their levels; nothing when there is none."""
    if kinds.empty:
        return Finding("")
    named: dict[str, Fact] = {}
    for place, row in enumerate(rows(kinds), 1):
        kind = kind_name(row, channels)
        named[kind] = fact(id, row, place=place, kind=kind)
    return finding(template, *named.values(), kinds="; ".join(f"{kind}, {level:full}" for kind, level in named.items()))


def _widest(kinds: pd.DataFrame, channels: Names) -> Fact:
    """The widest difference of a kind of customer from all others."""
    row: dict[str, Any] = rows(kinds.head(1))[0]
    limits = {"estimate": row["difference"], "low": row["difference_low"], "high": row["difference_high"]}
    return fact("5.level_difference", row | limits, kind=kind_name(row, channels))
