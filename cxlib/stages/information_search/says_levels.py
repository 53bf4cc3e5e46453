"""What stage 5 says of the level of satisfaction: how satisfied customers are, and who is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import EVIDENCE_N, Fact, Finding, Verdict, cannot_tell, fact_from_row, finding
from cxlib.language import _
from cxlib.stages.information_search.shown import attribute_name, kinds, scale_words, worded

Row = Mapping[str, Any]


def satisfied(levels: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> Finding:
    """The level of each question in its latest year with enough answers."""
    if levels.empty:
        return cannot_tell(_("nobody was asked how satisfied they are with the whole"),
                           needs=_("answers to nps, overall, csat or ces that name no touchpoint"))  # fmt: skip
    said = [_level(levels[levels["question"] == question], scales) for question in dict.fromkeys(levels["question"])]
    return sum(said[1:], said[0])


def changed(changes: pd.DataFrame) -> Finding:
    """What the leading question did from one year to the next, and what the comparison could have shown."""
    if changes.empty:
        return cannot_tell(_("whether satisfaction has changed"), needs=_("the same question asked in two years"))
    question = str(changes["question"].iloc[0])
    mine = changes[changes["question"] == question]
    last = mine[mine["to_wave"] == mine["to_wave"].iloc[-1]]
    row = _row(last[last["respondents"] == "all"], 0)
    change = fact_from_row(f"5.{question}_change", row, formula="level of the year − level of the year before",
                           inputs=("responses",))  # fmt: skip
    seen = Fact(f"5.{question}_detectable", row["detectable"], n=row["n"], unit=str(row["unit"]), inputs=("responses",),
                grade="observed", formula="smallest change such a comparison shows in four cases of five")  # fmt: skip
    told = {"real": _("From {before} to {after} {name} changed by {change:full} points."),
            "not shown": _("From {before} to {after} no change of {name} is shown ({change:full} points); one under {seen} "
                           "points would have stayed hidden."),
            "cannot tell": _("From {before} to {after} too few answered to speak of a change of {name} ({change:full} points); "
                             "it takes one of {seen} points to be seen.")}  # fmt: skip
    name = _("the net promoter score") if question == "nps" else str(worded(last.head(1))["question"].iloc[0])
    verdict = str(row["verdict"])
    said = finding(told[verdict], change, seen, change=change, seen=seen, name=name, before=row["from_wave"],
                   after=row["to_wave"], verdict=_verdict(verdict))  # fmt: skip
    same = last[last["respondents"] == "same"]
    if same.empty:
        return said
    pairs = fact_from_row(f"5.{question}_change_same", _row(same, 0), inputs=("responses",),
                          formula="mean of the changes of those who answered both years")  # fmt: skip
    return said + finding(
        _("Among those who answered both years it changed by {pairs:full} points."), pairs, pairs=pairs
    )


def _verdict(word: str) -> Verdict:
    return "real" if word == "real" else "not shown" if word == "not shown" else "cannot tell"


def unequal(attributes: pd.DataFrame, channels: Mapping[str, str]) -> Finding:
    """Who is least and who is most satisfied, of those shown to differ from all others."""
    if attributes.empty or not attributes["q"].notna().any():
        return cannot_tell(_("no two kinds of customers answered in large enough numbers to be compared"),
                           needs=_("attributes of customers (region, age, household …) who answered"))  # fmt: skip
    held = attributes[attributes["verdict"] == "real"]
    count = Fact("5.n_levels_apart", len(held), inputs=("responses", "customers"),
                 formula="kinds of customers with Benjamini–Hochberg q ≤ 0.05 against all others")  # fmt: skip
    if held.empty:
        return finding(_("No kind of customer is shown to differ from all others: {n_levels_apart} of {total} after allowing "
                         "for the number of comparisons. The widest difference is {level_difference:full}, {kind}."),
                       count, _widest(attributes), total=len(attributes), kind=_kinds(attributes.head(1), channels)[0],
                       verdict="not shown")  # fmt: skip
    low = held[held["difference"] < 0].sort_values("difference", kind="stable").head(2)
    high = held[held["difference"] > 0].sort_values("difference", ascending=False, kind="stable").head(1)
    parts = [_listed(_("Least satisfied: {kinds}."), "least_satisfied", low, channels),
             _listed(_("Most satisfied: {kinds}."), "most_satisfied", high, channels),
             finding(_("{n_levels_apart} of {total} kinds of customers differ from all others after allowing for the number of "
                       "comparisons; the widest difference is {level_difference:full}."),
                     count, _widest(held), total=len(attributes), verdict="real")]  # fmt: skip
    return sum(parts[1:], parts[0])


def _level(rows: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> Finding:
    """One question in the latest year that reaches the evidence gate, else in its latest."""
    plain = rows[rows["answers"] == "plain"].sort_values("wave")
    enough = plain[plain["n"] >= EVIDENCE_N]
    row = _row(enough if len(enough) else plain, -1)
    question, wave = str(row["question"]), str(row["wave"])
    fact = fact_from_row(f"5.{question}", row, formula=_formula(question), inputs=("responses",))
    name = worded(rows.head(1))["question"].iloc[0]
    template = _("{question} in {wave}, on a scale of {scale}: {level:full}.")
    if question == "nps":
        name, template = _("Net promoter score"), _("{question} in {wave}, in points: {level:full}.")
    words = {"question": name, "wave": wave, "scale": scale_words(question, scales)}
    weighted = rows[(rows["answers"] == "weighted") & (rows["wave"] == wave)]
    if weighted.empty:
        return finding(template, fact, level=fact, **words)
    other = fact_from_row(f"5.{question}_weighted", _row(weighted, 0), formula=f"{_formula(question)}, weighted",
                          inputs=("responses",))  # fmt: skip
    return finding(template, fact, level=fact, **words) + finding(_("Weighted it is {level:full}."), other, level=other)


def _row(table: pd.DataFrame, place: int) -> Row:
    return {str(name): cell for name, cell in table.iloc[place].items()}


def _formula(question: str) -> str:
    return "share of 9–10 − share of 0–6, × 100" if question == "nps" else "mean of the scores"


def _listed(template: str, name: str, rows: pd.DataFrame, channels: Mapping[str, str]) -> Finding:
    """A sentence that lists kinds of customers with their levels; nothing when there is none."""
    if rows.empty:
        return Finding("")
    facts = [fact_from_row(f"5.{name}_{place + 1}", _row(rows, place), formula="mean level of the kind of customer",
                           inputs=("responses", "customers"))
             for place in range(len(rows))]  # fmt: skip
    listed = [f"{kind}, {fact:full}" for kind, fact in zip(_kinds(rows, channels), facts, strict=True)]
    return finding(template, *facts, kinds="; ".join(listed))


def _kinds(rows: pd.DataFrame, channels: Mapping[str, str]) -> list[str]:
    """ "Region: north" of each row."""
    named = kinds(rows, channels)
    return [f"{attribute}: {value}" for attribute, value in zip(named["attribute"], named["value"], strict=True)]


def _widest(attributes: pd.DataFrame) -> Fact:
    """The widest difference of a kind of customer from all others."""
    row = _row(attributes, 0)
    return Fact("5.level_difference", row["difference"], row["difference_low"], row["difference_high"], row["n"], row["unit"],
                formula=f"mean level of {attribute_name(str(row['attribute']))} {row['value']} − mean of all others",
                inputs=("responses", "customers"))  # fmt: skip
