"""The tables of stage 5 in a client's words: codes become the names of names.yaml, beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cxlib.facts import rows
from cxlib.language import _, interval, number, percent, quantity
from cxlib.show.table import Labels
from cxlib.show.terms import gap_unit, upper_first

Scales = Mapping[str, tuple[float, float]]
Names = Mapping[str, str]

TEN = 10.0  # the scale on which expectation, experience and memory are laid side by side

NAMES: Mapping[str, Names] = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"))
_EVERY: Names = {
    code: name for kind in ("questions", "cells", "levels", "codes", "themes") for code, name in NAMES[kind].items()
}
_CODED = (
    *("theme", "group", "tone", "cell", "item", "question", "source", "level", "gap", "verdict", "measure", "method"),
    *("kind", "metric", "viable", "standing", "people", "process", "technology", "data", "legal", "role"),
)


def named(kind: str) -> dict[str, str]:
    """Code → name of one kind (themes, questions, cells, levels, sheet_rows, tones), in the language in force."""
    return {code: _(name) for code, name in NAMES[kind].items()}


def theme_name(code: str) -> str:
    """The name of a theme, or its code in words."""
    return _(NAMES["themes"].get(code, "")) or code.replace("_", " ")


def question_name(code: str) -> str:
    """A question in words: one of the evidence inventory, or one that customers were asked."""
    return _(_EVERY.get(code, "")) or code


def worded(table: pd.DataFrame, touchpoints: Names | None = None) -> pd.DataFrame:
    """The table with this stage's codes in words: themes, groups, tones, cells, questions, levels, verdicts."""
    labels = touchpoints or {}
    present = [name for name in _CODED if name in table and not pd.api.types.is_numeric_dtype(table[name])]
    shown = {name: [labels.get(code, question_name(code)) for code in table[name].astype(str)] for name in present}
    return table.assign(**shown)


def scale_words(question: str, scales: Scales) -> str:
    """The scale of a question: lowest to highest; a net promoter score runs from −100 to 100 points.

    One that was asked on 1 to 10 says so: it is another measure than one asked on 0 to 10.
    """
    asked = scales.get(question, (0.0, 10.0))
    low, high = (-100.0, 100.0) if question == "nps" else asked
    span = _("{low} to {high}").format(low=number(low, 0), high=number(high, 0))
    other = question == "nps" and tuple(asked) != (0.0, 10.0)
    return _("{span}, asked on 1 to 10").format(span=span) if other else span


def level_table(levels: pd.DataFrame, scales: Scales) -> pd.DataFrame:
    """The levels in words, each beside the scale it is on."""
    answers = levels["answers"].map({"plain": _("as answered"), "weighted": _("weighted")})
    spans = [scale_words(question, scales) for question in levels["question"]]
    shown = worded(levels).assign(answers=answers, scale=_texts(spans, levels))
    return shown[["question", "wave", "answers", "scale", "estimate", "low", "high", "n", "unit"]]


def change_table(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes between years, in words."""
    who = {"all": _("all who answered"), "weighted": _("all, weighted"), "same": _("the same persons, twice")}
    pairs = zip(changes["from_wave"], changes["to_wave"], strict=True)
    spans = [_("{before} to {after}").format(before=before, after=after) for before, after in pairs]
    respondents = changes["respondents"].map(who).astype("str")
    shown = worded(changes).assign(years=_texts(spans, changes), respondents=respondents)
    return shown[["question", "years", "respondents", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def plan_table(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan of the next survey in words."""
    aims = {
        "margin": _("know the score to ± {points} points"),
        "change": _("show a change of {points} points, per year"),
    }
    wanted = zip(plan["aim"], plan["size_points"], strict=True)
    names = {"n": "n_answers_needed", "n_of_base": "n_if_drawn_from_the_known_base", "answered": "n_answered_last"}
    said = [aims[aim].format(points=number(size, 0)) for aim, size in wanted]
    return plan.assign(aim=_texts(said, plan)).rename(columns=names)[["aim", *names.values()]]


def attribute_table(attributes: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """Kinds of customers in words: attribute, value, level, and the difference from all others as text."""
    parts = (attributes[name] for name in ("difference", "difference_low", "difference_high", "unit"))
    against = [_with_interval(*row) for row in zip(*parts, strict=True)]
    shown = worded(kinds(attributes, channels)).assign(minus_all_others=_texts(against, attributes))
    level = ["attribute", "value", "estimate", "low", "high", "n", "unit"]
    return shown[[*level, "minus_all_others", "detectable", "verdict"]]


def kinds(attributes: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The same rows with attributes and values in words."""
    values = [channels.get(value, value.replace("_", " ")) for value in attributes["value"]]
    names = [_attribute_name(attribute) for attribute in attributes["attribute"]]
    return attributes.assign(attribute=_texts(names, attributes), value=_texts(values, attributes))


def kind_name(row: Mapping[str, Any] | pd.Series, channels: Names) -> str:
    """ "Region: north": a kind of customer in words."""
    value = str(row["value"])
    return f"{_attribute_name(str(row['attribute']))}: {channels.get(value, value.replace('_', ' '))}"


def theme_table(difference: pd.DataFrame, prevalence: pd.DataFrame) -> pd.DataFrame:
    """The themes with the share of both groups beside their difference."""
    groups = ("detractors", "promoters")
    shares = {
        (row["theme"], row["group"]): _with_interval(row["estimate"], row["low"], row["high"], "share")
        for row in rows(prevalence)
    }
    both = {f"of_{group}": [shares.get((theme, group), "") for theme in difference["theme"]] for group in groups}
    shown = worded(difference).assign(**both)
    return shown[["theme", *both, "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def both_groups(prevalence: pd.DataFrame) -> pd.DataFrame:
    """Promoters and detractors with their themes in words, when both wrote; else no rows."""
    both = prevalence[prevalence["group"].isin(["promoters", "detractors"])]
    shown = both.assign(theme=[theme_name(theme) for theme in both["theme"]])
    return shown if both["group"].nunique() == 2 else shown.head(0)


def corrected_table(shares: pd.DataFrame) -> pd.DataFrame:
    """The corrected shares with what the codebook alone counts beside them."""
    shown = worded(shares).assign(counted_by_the_codebook=[percent(share) for share in shares["counted_share"]])
    return shown[["theme", "counted_by_the_codebook", "estimate", "low", "high", "n", "unit", "verdict"]]


def quoted(quotes: pd.DataFrame) -> pd.DataFrame:
    """Quotes with their themes in words; each text once, under the theme most persons wrote about, eight a tone."""
    once = quotes.sort_values("n", ascending=False, kind="stable").drop_duplicates(["group", "quote"])
    return once.assign(theme=[theme_name(theme) for theme in once["theme"]]).groupby("group").head(8)


def empathy_items(felt: pd.DataFrame, touchpoints: Names) -> pd.DataFrame:
    """The empathy map with its items in words; the cell stays a code."""
    return worded(felt, touchpoints).assign(cell=felt["cell"])


def with_promise(levels: pd.DataFrame, keepable: pd.DataFrame, scales: Scales) -> pd.DataFrame:
    """The levels somebody answered, on 0–10, with the keepable level of each touchpoint as one more measure, `promise`."""
    lowest, highest = scales.get("csat", (0.0, TEN))
    keepable = keepable.assign(level=(keepable["level"] - lowest) / (highest - lowest) * TEN)
    asked = levels[levels["n"] > 0]
    known = keepable[keepable["level"].notna() & keepable["touchpoint"].isin(asked["touchpoint"])]
    promised = known.assign(
        measure="promise", estimate=known["level"], low=float("nan"), high=float("nan"), unit="score"
    )
    return pd.concat([asked, promised[asked.columns]], ignore_index=True) if len(promised) else asked


def gap_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """The gaps in words, without the steps of the test."""
    return worded(gaps.drop(columns=["p", "q", "paired"]))


def keepable_table(keepable: pd.DataFrame) -> pd.DataFrame:
    """The levels that can be promised, where anybody was asked."""
    return keepable[keepable["n"] > 0].rename(columns={"level": "level_score"})


def benchmark_table(gaps: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The client beside others in words: whose figure, of what, the difference, and who stands where."""
    places = {**labels.get("step", {}), **labels.get("touchpoint", {})}
    place = gaps["touchpoint"].where(gaps["touchpoint"].fillna("") != "", gaps["step"]).fillna("")
    stands = gaps["standing"].where(gaps["standing"] != "", gaps["verdict"].replace("real", ""))
    figures = {
        name: _texts([quantity(*one) for one in zip(gaps[column], gaps["unit"], strict=True)], gaps)
        for name, column in {"own": "own", "theirs": "value"}.items()
    }
    shown = worded(gaps.assign(standing=stands)).assign(
        of=_texts([places.get(one, one) for one in place], gaps),
        unit=[gap_unit(unit) for unit in gaps["unit"]],
        **figures,
    )
    difference = ["estimate", "low", "high", "n", "unit", "detectable"]
    return shown[["name", "metric", "of", "own", "theirs", *difference, "standing"]]


def evidence_rows(evidence: pd.DataFrame, touchpoints: Names) -> pd.DataFrame:
    """The evidence inventory with questions, sources and moments in words; the level stays a code."""
    moments = [touchpoints.get(one, one) for one in evidence["moment"]]
    entries = evidence["source"].isin(["benchmarks", "capabilities"])
    kind = entries.map({True: "entries", False: "persons"}).astype("str")
    return worded(evidence.drop(columns="level")).assign(moment=moments, level=evidence["level"], kind=kind)


def _attribute_name(code: str) -> str:
    """The name of an attribute of customers, or its code in words."""
    return _(NAMES["attributes"].get(code, "")) or upper_first(code.replace("_", " "))


def _with_interval(value: float, low: float, high: float, unit: str) -> str:
    """A value with its unit and, in brackets, its interval."""
    return f"{quantity(value, unit)} ({interval(low, high, unit)})"


def _texts(values: list[str], table: pd.DataFrame) -> pd.Series:
    """Texts as a column of a table, also of one without rows."""
    return pd.Series(values, table.index, dtype="str")
