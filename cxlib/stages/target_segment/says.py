"""What stage 2 recommends: which segment to design for, how it does in the three tests, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, money, number, percent, quantity, unknown
from cxlib.stages.target_segment.scorecard import first_segment
from cxlib.stages.target_segment.shown import words_of

Names = Mapping[str, str]


def headline(
    ranking: pd.DataFrame, sizes: pd.DataFrame, scores: pd.DataFrame, *, segment: str, names: Names
) -> Finding:
    """For whom: the segment in force, its size and its value."""
    if sizes.empty:
        return no_segments()
    if not segment:
        return cannot_tell(_("which segment to design for: none of the three tests has data"), needs=_tests_need())
    mine, value = first(ranking, segment=segment), _measure(scores, segment, "segment_value")
    share = fact("2.segment_share", first(sizes, segment=segment).get("size_share"), n=sizes["n"].sum())
    words = _("“{segment}” is {segment_share} of the customers.")
    if mine and segment == first_segment(ranking):
        words = _(
            "“{segment}”, {segment_share} of the customers, comes first, but its lead over the next is not shown."
        )
    if mine and mine["leads"]:
        words = _(
            "Design for “{segment}”: {segment_share} of the customers, first under {weights_won} of all weightings."
        )
        if mine["n_tests"] == 1:
            words = _(
                "“{segment}”, {segment_share} of the customers, comes first in the only test that can be told of all "
                "segments; people must judge the others."
            )
    said = finding(words, share, fact("2.weights_won", mine), segment=names.get(segment, segment))
    return said + (finding(_("They bring {segment_value} a year."), value) if value.known else Finding("", (value,)))


def tests(scores: pd.DataFrame, sizes: pd.DataFrame, *, segment: str, names: Names) -> Finding:
    """The three tests of the segment, and its size."""
    if not segment:
        return cannot_tell(_("how the segments do in the three tests"), needs=_tests_need())
    members = first(sizes, segment=segment).get("n")
    size = fact("2.segment_size", members, n=members)
    each, headroom, growth, need, fit = (
        _measure(scores, segment, measure) for measure in ("customer_value", "headroom", "growth", "need", "fit")
    )
    said = finding(_("“{segment}” has {segment_size} members."), size, segment=names.get(segment, segment))
    if each.known:
        said += finding(_("Helps the objective: {segment_customer_value:full} a year per member."), each)
        words = _(
            "Is an opportunity: {segment_headroom:full} a year lie between its members and its own upper quartile, a ceiling."
        )
        said += finding(words, headroom)
    else:
        said += cannot_tell(_("what it brings and what headroom it has"), needs=_("purchases"), facts=(each, headroom))
    if growth.known:
        words = _("Against the year before it changed by {segment_growth} ({segment_growth:interval}).")
        shown = first(scores, segment=segment, measure="growth")["verdict"] == "real"
        said += finding(words if shown else f"{words} {_('A change is not shown.')}", growth)
    if need.known and not each.known:
        said += finding(_("Is an opportunity: {segment_need:full} members have an unmet need."), need)
    if fit.known:
        return said + finding(_("Fits the brand: {segment_fit} on 0–1, by the grades of the brief (a judgement)."), fit)
    return said + cannot_tell(_("whether it fits the brand"), needs=_("grades in the brief (brand.fit)"), facts=(fit,))


def robustness(ranking: pd.DataFrame, *, segment: str = "", names: Names, constructed: bool = False) -> Finding:
    """How much of the weight space the best segment wins, and whether its lead is more than chance.

    segment: the one in force, where people have decided for another than the best.
    """
    if ranking.empty:
        return cannot_tell(_("which segment ranks first"), needs=_tests_need())
    best, second = rows(ranking)[:2]
    if segment not in ("", best["segment"]):
        words = _(
            "“{best}” comes first under {share} of all weightings; “{segment}”, which people have decided for, under "
            "{weights_won}."
        )
        places = {"best": names.get(best["segment"], best["segment"]), "segment": names.get(segment, segment)}
        won = fact("2.weights_won", first(ranking, segment=segment))
        return finding(words, won, share=percent(best["estimate"]), **places)
    words = _(
        "“{best}” comes first under {weights_won} of all weightings ({weights_won:interval}), “{second}” under {share}."
    )
    said = finding(
        words,
        fact("2.weights_won", best),
        best=names.get(best["segment"], best["segment"]),
        second=names.get(second["segment"], second["segment"]),
        share=percent(second["estimate"]),
        verdict="real" if best["leads"] and best["n_tests"] > 1 else "not shown",
    )
    return said + _what_weights_mean(best, constructed)


def _what_weights_mean(best: Mapping[str, Any], constructed: bool) -> Finding:
    known = [name for test, name in words_of("tests").items() if not unknown(best[test])]
    if len(known) == 1:
        words = _(
            "Only one of the three tests has data, “{test}”, so weights play no part; people must judge the rest."
        )
        return finding(words, test=known[0])
    if constructed and str(best["segment"]).startswith("value-quarter"):
        return finding(_("The segments were cut by value, so that the first leads in value is no discovery."))
    if best["leads"]:
        return finding(_("Whoever weighs the tests differently will mostly arrive at the same segment."))
    return finding(
        _("The lead is not more than chance: how the three tests are weighed decides, and that is for people to say.")
    )


def recommend(
    ranking: pd.DataFrame, scores: pd.DataFrame, sizes: pd.DataFrame, *, names: Names, n_segments: int
) -> Recommendation:
    """The segment that wins the most weightings, and why not each of the others."""
    possible = [row for row in rows(sizes) if row["eligible"]]
    offered, exist = {"segment": [row["segment"] for row in possible]}, {"segment": sizes["segment"].tolist()}
    if ranking.empty:
        others = tuple(Alternative({"segment": row["segment"]}, _size_words(row)) for row in possible)
        because = headline(ranking, sizes, scores, segment="", names=names)
        return Recommendation({}, because, others, "unknown", offered, exist)
    ranked = rows(ranking)
    best = ranked[0]
    others = tuple(_why_not(row, scores) for row in ranked[1:])
    value, need = (_measure(scores, best["segment"], measure) for measure in ("customer_value", "need"))
    grade = "observed" if value.known or need.known else "assumed"
    if n_segments and value.grade == "measured" and best["leads"] and best["n_tests"] > 1:
        grade = "measured"
    because = robustness(ranking, names=names, constructed=not n_segments)
    return Recommendation({"segment": best["segment"]}, because, others, grade, offered, exist)


def _why_not(row: Mapping[str, Any], scores: pd.DataFrame) -> Alternative:
    """What a segment would mean, and in which test it falls behind the best."""
    reasons = [name for test, name in words_of("behind").items() if test in row["behind"]]
    value = first(scores, segment=row["segment"], measure="customer_value").get("estimate")
    each = "" if unknown(value) else _("{money} a year per member; ").format(money=money(value))
    text = _(
        "{n} members; {each}first under {share} of the weightings. Not first because: {reasons}. Stages 4 to 9 would "
        "design for these customers instead."
    )
    why, share = ", ".join(reasons) or _("a close second"), percent(row["estimate"])
    meaning = text.format(n=number(row["n"], 0), each=each, share=share, reasons=why)
    return Alternative({"segment": row["segment"]}, meaning)


def _size_words(size: Mapping[str, Any]) -> str:
    words = _("{n} members, {share} of the customers.")
    return words.format(n=quantity(size["n"], "count"), share=percent(size["size_share"]))


def no_segments() -> Finding:
    """That nobody can be told apart, and what it would take."""
    reason = _("who the segments are: there are too few customers with purchases, contacts or answers")
    return cannot_tell(reason, needs=_("100 customers for each feature"))


def _tests_need() -> str:
    return _("purchases, answers on satisfaction, or grades of the fit to the brand (brand.fit)")


def _measure(scores: pd.DataFrame, segment: str, measure: str) -> Fact:
    name = measure if measure == "segment_value" else f"segment_{measure}"
    return fact(f"2.{name}", first(scores, segment=segment, measure=measure))
