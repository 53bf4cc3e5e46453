"""What stage 2 says of the segments: whether there are any, each by itself, who they are, and how to place somebody."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.facts import Finding, Verdict, cannot_tell, fact, finding, first, rows
from cxlib.language import _, interval, number, percent
from cxlib.stages.target_segment.says import no_segments
from cxlib.stages.target_segment.shown import rule_words

Names = Mapping[str, str]


def stability(stability: pd.DataFrame, *, n_segments: int, n: int) -> Finding:
    """Whether the data have natural segments, and how many."""
    count = fact("2.n_segments", n_segments or None, n=n)
    if stability.empty:
        reason = _("how many segments there are, because there are too few customers with any behaviour")
        needs = _("100 customers for each feature, with purchases or contacts")
        return cannot_tell(reason, needs=needs, facts=(count, fact("2.stability", None)))
    row = first(stability, n_segments=n_segments) or rows(stability.nlargest(1, "excess"))[0]
    null = interval(row["null_low"], row["null_high"], "ratio")
    words = _(
        "There are no natural segments: even at {k} segments two fits agree by {stability} ({stability:interval}), and data "
        "without any groups reach {null}. The segments used below are constructed: their borders are a choice, not a "
        "discovery."
    )
    if n_segments:
        words = _(
            "The data have {n_segments} natural segments: two fits agree by {stability} ({stability:interval}), while the "
            "same data without groups reach {null}."
        )
    k, known = number(row["n_segments"], 0), fact("2.stability", row)
    return finding(words, known, count, k=k, null=null, verdict="real" if n_segments else "not shown")


def each_segment(stable: pd.DataFrame, mixture: pd.DataFrame, *, names: Names) -> Finding:
    """Which segments come back when the customers are drawn again, and whether a mixture finds them too."""
    if stable.empty:
        return Finding("", (fact("2.least_stable_segment", None),))
    row = rows(stable.nsmallest(1, "estimate"))[0]
    words = _(
        "Not every segment comes back when the customers are drawn again: “{segment}” only by a Jaccard similarity of "
        "{least_stable_segment} ({range} in nine of ten draws)."
    )
    if row["stable"]:
        words = _(
            "Each segment comes back when the customers are drawn again; least of all “{segment}”, by a Jaccard similarity "
            "of {least_stable_segment} ({range} in nine of ten draws)."
        )
    told = interval(row["low"], row["high"], "ratio")
    name = names.get(row["segment"], row["segment"])
    said = finding(words, fact("2.least_stable_segment", row), range=told, segment=name)
    if row["doubtful"]:
        said += finding(_("Below 0.6 a segment should not be trusted."))
    if mixture.empty:
        return said
    other = first(mixture)
    words = _(
        "A Gaussian mixture, which allows long and tilted groups, places {share} of the customers alike (adjusted Rand "
        "index {mixture_agreement})."
    )
    return said + finding(words, fact("2.mixture_agreement", other), share=percent(other["overlap_share"]))


def classes(table: pd.DataFrame) -> Finding:
    """Whether the attributes of customers fall into latent classes."""
    if table.empty:
        needs = _("two attributes of few values, known of 100 customers each")
        reason = _("whether customers fall into classes by what is known of them")
        return cannot_tell(reason, facts=(fact("2.n_latent_classes", None),), needs=needs)
    best = first(table, preferred=True)
    count = fact("2.n_latent_classes", best["n_classes"], n=best["n"])
    if best["n_classes"] == 1:
        words = _(
            "By {items} attributes that are known of them customers fall into no classes: one class explains the attributes "
            "best (latent class analysis, BIC)."
        )
        return finding(words, count, items=best["n_items"], verdict="not shown")
    words = _(
        "By {items} attributes {n_latent_classes} latent classes fit best, and two fits agree by {agreement} (shuffled "
        "columns: {null})."
    )
    told, null = number(best["estimate"], 2), number(best["null_estimate"], 2)
    natural = bool(best["natural"])
    verdict: Verdict = "real" if natural else "not shown"
    said = finding(words, count, verdict=verdict, items=best["n_items"], agreement=told, null=null)
    return said if natural else said + finding(_("That is not stable enough to be called natural."))


def people(traits: pd.DataFrame, profile: pd.DataFrame, *, names: Names) -> Finding:
    """For each segment the attribute in which it differs most; only differences that are shown."""
    if profile.empty:
        return no_segments()
    best = traits[traits["telling"].astype(bool)].drop_duplicates("segment")
    if best.empty:
        words = _(
            "By the attributes known the segments are not shown to differ: what they do tells them apart, not who they are."
        )
        return finding(words, verdict="not shown")
    part = _("“{segment}”: {attribute} {value} {share} (everybody: {usual})")
    parts = [
        part.format(
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
    overall = first(accuracy, segment="")
    known = fact("2.rule_accuracy", overall)
    if not overall or rules.empty:
        reason = _("how well a rule places a new customer; constructed segments are their own rule")
        return cannot_tell(reason, needs=_("natural segments of 100 customers or more"), facts=(known,))
    words = _(
        "Three questions place {rule_accuracy:full} of the customers they have not seen rightly; calling everybody the "
        "largest segment would reach {chance}."
    )
    said = finding(words, known, chance=percent(overall["by_chance_share"]))
    mine = rules[rules["segment"] == segment]
    if mine.empty:
        return said
    in_words = rule_words(mine, channels)
    return said + finding(_("“{segment}” in one line: {rule}."), segment=names.get(segment, segment), rule=in_words)


def counter(rules: pd.DataFrame, accuracy: pd.DataFrame, *, segment: str, names: Names, channels: Names) -> Finding:
    """Whether somebody nobody knows yet can be placed by what can be asked at a counter."""
    overall = first(accuracy, segment="")
    known = fact("2.counter_accuracy", overall)
    if not overall or rules.empty:
        reason = _("how to place somebody at a counter: nothing that can be asked or seen there is known of customers")
        return cannot_tell(reason, needs=_("attributes of customers, or their first contact"), facts=(known,))
    if overall["low"] <= overall["by_chance_share"]:
        words = _(
            "At a counter nobody can be placed by what is known: three questions are right for {counter_accuracy:full}, no "
            "better than calling everybody the largest segment ({chance})."
        )
        return finding(words, known, chance=percent(overall["by_chance_share"]), verdict="not shown")
    words = _("At a counter three questions place {counter_accuracy:full} rightly (by chance {chance}).")
    said = finding(words, known, chance=percent(overall["by_chance_share"]), verdict="real")
    mine = rules[rules["segment"] == segment]
    if mine.empty:
        return said
    asked = rule_words(mine, channels)
    return said + finding(_("Ask for “{segment}”: {rule}."), segment=names.get(segment, segment), rule=asked)


def profile_picture(shown: pd.DataFrame) -> Finding:
    """What the heat map of the profile shows: the strongest cell, and how many cells there are. shown: as drawn, in words."""
    if shown.empty:
        return Finding("")
    row = rows(shown.loc[[shown["distance"].abs().idxmax()]])[0]
    words = _(
        "How {segments} segments differ from everybody in {features} features. Furthest: “{segment}” in {feature}, {by} "
        "standard deviations."
    )
    sign = "+" if row["distance"] > 0 else ""
    return finding(
        words,
        segments=shown["segment"].nunique(),
        features=shown["feature"].nunique(),
        segment=row["segment"],
        feature=row["feature"],
        by=f"{sign}{number(row['distance'], 1)}",
    )
