"""What stage 2 says: whether there are segments, who they are, which one to design for and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, compare, fact, finding, first, rows
from cxlib.language import _, interval, money, number, percent, quantity, unknown
from cxlib.stages.target_segment.shown import measure_names, rule_words

Names = Mapping[str, str]
Row = dict[str, Any]


def headline(ranking: pd.DataFrame, sizes: pd.DataFrame, scores: pd.DataFrame, *, names: Names) -> Finding:
    """For whom: the segment that wins the most weightings, its size and its value."""
    if sizes.empty:
        return _no_segments()
    if ranking.empty:
        return cannot_tell(_("which segment to design for: none of the three tests has data"), needs=_tests_need())
    best = rows(ranking)[0]
    share, value = _share(sizes, best["segment"]), _measure(scores, best["segment"], "segment_value", "2.segment_value")
    words = _("Design for “{segment}”: {segment_share} of the customers, first under {weights_won} of all weightings.")
    if best["lead_low"] <= 0:
        words = _(
            "“{segment}”, {segment_share} of the customers, comes first, but its lead over the next is not shown."
        )
    said = finding(words, share, _won(best), segment=names.get(best["segment"], best["segment"]))
    return said + (finding(_("They bring {segment_value} a year."), value) if value.known else Finding("", (value,)))


def stability(stability: pd.DataFrame, *, n_segments: int, n: int) -> Finding:
    """Whether the data have natural segments, and how many."""
    count = fact("2.n_segments", n_segments or None, n=n)
    if stability.empty:
        return cannot_tell(
            _("how many segments there are, because there are too few customers with any behaviour"),
            needs=_("100 customers for each feature, with purchases or contacts"),
            facts=(count, fact("2.stability", None)),
        )
    row = rows(stability[stability["n_segments"] == n_segments] if n_segments else stability.nlargest(1, "excess"))[0]
    known = fact("2.stability", row)
    null = interval(row["null_low"], row["null_high"], "ratio")
    if not n_segments:
        return finding(
            _(
                "There are no natural segments: even at {k} segments two fits agree by {stability} ({stability:interval}), "
                "and data without any groups reach {null}. The segments used below are constructed: their borders are "
                "a choice, not a discovery."
            ),
            known,
            count,
            k=number(row["n_segments"], 0),
            null=null,
            verdict="not shown",
        )
    return finding(
        _(
            "The data have {n_segments} natural segments: two fits agree by {stability} ({stability:interval}), while the same "
            "data without groups reach {null}."
        ),
        known,
        count,
        null=null,
        verdict="real",
    )


def people(traits: pd.DataFrame, profile: pd.DataFrame, *, names: Names) -> Finding:
    """For each segment the attribute in which it differs most; only differences whose interval leaves out everybody."""
    if profile.empty:
        return _no_segments()
    known = (traits["segment"] != "inactive") & (
        traits["estimate"] < 1
    )  # a segment made from an attribute is no evidence of it
    real = traits[known & traits["shown"].astype(bool) & (traits["lift"] >= 1.15)]
    best = real.drop_duplicates("segment")
    if best.empty:
        words = _(
            "By the attributes known the segments are not shown to differ: what they do tells them apart, not who they are."
        )
        return finding(words, verdict="not shown")
    parts = [
        _("“{segment}”: {attribute} {value} {share} (everybody: {usual})").format(
            segment=names.get(row["segment"], row["segment"]),
            attribute=str(row["attribute"]).replace("_", " "),
            value=row["value"],
            share=percent(row["estimate"]),
            usual=percent(row["everybody"]),
        )
        for row in rows(best)
    ]
    words = _("Attributes that played no part in making the segments tell them apart too. {parts}.")
    return finding(words, parts="; ".join(parts), verdict="real")


def rule(rules: pd.DataFrame, accuracy: pd.DataFrame, *, segment: str, names: Names, channels: Names) -> Finding:
    """The rule of the segment, and how often the rules are right for customers not seen."""
    known = fact("2.rule_accuracy", None)
    if accuracy.empty or rules.empty:
        reason = _("how well a rule places a new customer; constructed segments are their own rule")
        return cannot_tell(reason, needs=_("natural segments of 100 customers or more"), facts=(known,))
    overall = rows(accuracy[accuracy["segment"] == ""])[0]
    known = fact("2.rule_accuracy", overall)
    words = _(
        "Three questions place {rule_accuracy:full} of the customers they have not seen rightly; calling everybody "
        "the largest segment would reach {chance}."
    )
    said = finding(words, known, chance=percent(overall["by_chance_share"]))
    mine = rules[rules["segment"] == segment]
    if mine.empty:
        return said
    return said + finding(
        _("“{segment}” in one line: {rule}."), segment=names.get(segment, segment), rule=rule_words(mine, channels)
    )


def tests(scores: pd.DataFrame, sizes: pd.DataFrame, *, segment: str, names: Names) -> Finding:
    """The three tests of the segment, and its size."""
    if not segment:
        return cannot_tell(_("how the segments do in the three tests"), needs=_tests_need())
    members = _size(sizes, segment).get("n")
    size = fact("2.segment_size", members, n=members)
    each = _measure(scores, segment, "customer_value", "2.segment_customer_value")
    headroom = _measure(scores, segment, "headroom", "2.segment_headroom")
    growth = _measure(scores, segment, "growth", "2.segment_growth")
    need = _measure(scores, segment, "need", "2.segment_need")
    fit = _measure(scores, segment, "fit", "2.segment_fit", grade="assumed")
    said = finding(_("“{segment}” has {segment_size} members."), size, segment=names.get(segment, segment))
    if each.known:
        said += finding(_("Helps the objective: {segment_customer_value:full} a year per member."), each)
        said += finding(
            _(
                "Is an opportunity: {segment_headroom:full} a year lie between its members and its own upper quartile, "
                "a ceiling."
            ),
            headroom,
        )
    else:
        said += cannot_tell(_("what it brings and what headroom it has"), needs=_("purchases"), facts=(each, headroom))
    if growth.known:
        verdict = compare(growth.low, growth.high, n=growth.n or 0)
        words = _("Against the year before it changed by {segment_growth} ({segment_growth:interval}).")
        said += finding(words if verdict == "real" else words + " " + _("A change is not shown."), growth)
    if need.known and not each.known:
        said += finding(_("Is an opportunity: {segment_need:full} members have an unmet need."), need)
    if fit.known:
        return said + finding(_("Fits the brand: {segment_fit} on 0–1, by the grades of the brief (a judgement)."), fit)
    return said + cannot_tell(_("whether it fits the brand"), needs=_("grades in the brief (brand.fit)"), facts=(fit,))


def robustness(ranking: pd.DataFrame, *, names: Names, constructed: bool = False) -> Finding:
    """How much of the weight space the best segment wins, and whether its lead is more than chance."""
    if ranking.empty:
        return cannot_tell(_("which segment ranks first"), needs=_tests_need())
    best, second = rows(ranking)[:2]
    known = [test for test in ("objective", "opportunity", "fit") if not unknown(best[test])]
    lead, first, next_best = best["lead_low"] > 0, best["segment"], second["segment"]
    words = _(
        "“{best}” comes first under {weights_won} of all weightings ({weights_won:interval}), “{second}” under {share}."
    )
    said = finding(
        words,
        _won(best),
        best=names.get(first, first),
        second=names.get(next_best, next_best),
        share=percent(second["estimate"]),
        verdict="real" if lead else "not shown",
    )
    if len(known) == 1:
        words = _(
            "Only one of the three tests has data, “{test}”, so weights play no part; people must judge the rest."
        )
        return said + finding(words, test=measure_names()[known[0]])
    if constructed and str(best["segment"]).startswith("value-quarter"):
        return said + finding(_("The segments were cut by value, so that the first leads in value is no discovery."))
    if lead:
        return said + finding(_("Whoever weighs the tests differently will mostly arrive at the same segment."))
    words = _(
        "The lead is not more than chance: how the three tests are weighed decides, and that is for people to say."
    )
    return said + finding(words)


def pick(ranking: pd.DataFrame) -> str:
    """The segment that wins the most weightings; empty when nothing can be ranked."""
    return str(ranking["segment"].iloc[0]) if len(ranking) else ""


def recommend(
    ranking: pd.DataFrame, scores: pd.DataFrame, sizes: pd.DataFrame, *, names: Names, n_segments: int
) -> Recommendation:
    """The segment that wins the most weightings, and why not each of the others."""
    possible = [row["segment"] for row in rows(sizes) if row["eligible"]]
    if ranking.empty:
        others = tuple(Alternative({"segment": key}, _size_words(_size(sizes, key))) for key in possible)
        because = headline(ranking, sizes, scores, names=names)
        return Recommendation({}, because, others, "unknown", {"segment": possible})
    ranked = rows(ranking)
    others = tuple(_why_not(row, ranked[0], scores, names) for row in ranked[1:])
    value = _measure(scores, ranked[0]["segment"], "customer_value", "2.segment_customer_value")
    grade = "assumed"
    if value.known:
        grade = "measured" if n_segments and value.grade == "measured" and ranked[0]["lead_low"] > 0 else "observed"
    elif _measure(scores, ranked[0]["segment"], "need", "2.segment_need").known:
        grade = "observed"
    because = robustness(ranking, names=names, constructed=not n_segments)
    return Recommendation({"segment": ranked[0]["segment"]}, because, others, grade, {"segment": possible})


def _why_not(row: Row, best: Row, scores: pd.DataFrame, names: Names) -> Alternative:
    """What a segment would mean, and in which test it falls behind the best."""
    behind = {
        "objective": _("less value per member"),
        "opportunity": _("a smaller opportunity"),
        "fit": _("less fit to the brand"),
    }
    reasons = [text for test, text in behind.items() if row[test] < best[test]]
    value = rows(scores[(scores["segment"] == row["segment"]) & (scores["measure"] == "customer_value")])
    each = (
        ""
        if not value or unknown(value[0]["estimate"])
        else _("{money} a year per member; ").format(money=money(value[0]["estimate"]))
    )
    text = _(
        "{n} members; {each}first under {share} of the weightings. Not first because: {reasons}. Stages 3 to 9 would "
        "follow these customers instead."
    )
    why = ", ".join(reasons) or _("a close second")
    return Alternative(
        {"segment": row["segment"]},
        text.format(n=number(row["n"], 0), each=each, share=percent(row["estimate"]), reasons=why),
    )


def _size_words(size: Row) -> str:
    return _("{n} members, {share} of the customers.").format(
        n=quantity(size["n"], "count"), share=percent(size["size_share"])
    )


def _no_segments() -> Finding:
    return cannot_tell(
        _("who the segments are: there are too few customers with purchases, contacts or answers"),
        needs=_("100 customers for each feature"),
    )


def _tests_need() -> str:
    return _("purchases, answers on satisfaction, or grades of the fit to the brand (brand.fit)")


def _won(row: Row) -> Fact:
    return fact("2.weights_won", row)


def _share(sizes: pd.DataFrame, segment: str) -> Fact:
    row = _size(sizes, segment)
    return fact("2.segment_share", row.get("size_share"), n=int(sizes["n"].sum()))


def _measure(scores: pd.DataFrame, segment: str, measure: str, id: str, grade: str = "") -> Fact:
    return fact(id, first(scores, segment=segment, measure=measure), grade=grade)


def _size(sizes: pd.DataFrame, segment: str) -> Row:
    return first(sizes, segment=segment)
