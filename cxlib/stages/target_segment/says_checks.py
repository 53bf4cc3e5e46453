"""What stage 2 says of each segment by itself, of another method, and of classes in what is known of customers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding, rows
from cxlib.language import _, interval, number, percent

Names = Mapping[str, str]
DOUBTFUL = 0.6  # Hennig (2007)


def each_segment(stable: pd.DataFrame, mixture: pd.DataFrame, *, names: Names) -> Finding:
    """Which segments come back when the customers are drawn again, and whether a mixture finds them too."""
    least = fact("2.least_stable_segment", None)
    if stable.empty:
        return Finding("", (least,))
    row = rows(stable.nsmallest(1, "estimate"))[0]
    least = fact("2.least_stable_segment", row)
    words = _(
        "Each segment comes back when the customers are drawn again; least of all “{segment}”, by a Jaccard similarity of "
        "{least_stable_segment} ({range} in nine of ten draws)."
    )
    if not stable["stable"].astype(bool).all():
        words = _(
            "Not every segment comes back when the customers are drawn again: “{segment}” only by a Jaccard similarity of "
            "{least_stable_segment} ({range} in nine of ten draws)."
        )
    said = finding(
        words,
        least,
        range=interval(row["low"], row["high"], "ratio"),
        segment=names.get(row["segment"], row["segment"]),
    )
    if row["estimate"] < DOUBTFUL:
        said += finding(_("Below 0.6 a segment should not be trusted."))
    if len(mixture):
        other = rows(mixture)[0]
        agree = fact("2.mixture_agreement", other)
        words = _(
            "A Gaussian mixture, which allows long and tilted groups, places {share} of the customers alike "
            "(adjusted Rand index {mixture_agreement})."
        )
        said += finding(words, agree, share=percent(other["overlap_share"]))
    return said


def classes(table: pd.DataFrame, *, items: int) -> Finding:
    """Whether the attributes of customers fall into latent classes."""
    count = fact("2.n_latent_classes", None)
    if table.empty:
        return cannot_tell(
            _("whether customers fall into classes by what is known of them"),
            facts=(count,),
            needs=_("two attributes of few values, known of 100 customers each"),
        )
    best = rows(table.nsmallest(1, "bic"))[0]
    count = fact("2.n_latent_classes", best["n_classes"], n=best["n"])
    if best["n_classes"] == 1:
        alone = _(
            "By {items} attributes that are known of them customers fall into no classes: one class explains the "
            "attributes best (latent class analysis, BIC)."
        )
        return finding(alone, count, items=items, verdict="not shown")
    words = _(
        "By {items} attributes {n_latent_classes} latent classes fit best, and two fits agree by {agreement} (shuffled "
        "columns: {null})."
    )
    told = {"items": items, "agreement": number(best["estimate"], 2), "null": number(best["null_estimate"], 2)}
    if best["natural"]:
        return finding(words, count, verdict="real", **told)
    return finding(
        f"{words} {_('That is not stable enough to be called natural.')}", count, verdict="not shown", **told
    )


def profile_alt(shown: pd.DataFrame) -> Finding:
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
