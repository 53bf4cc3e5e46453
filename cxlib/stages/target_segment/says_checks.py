"""What stage 2 says of each segment by itself, of another method, and of classes in what is known of customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact_from_row, finding
from cxlib.language import _, interval, number, percent

Names = Mapping[str, str]
DOUBTFUL = 0.6  # Hennig (2007)


def each_segment(stable: pd.DataFrame, mixture: pd.DataFrame, *, names: Names) -> Finding:
    """Which segments come back when the customers are drawn again, and whether a mixture finds them too."""
    least = Fact("2.least_stable_segment", None, unit="ratio", inputs=("2.n_segments",), formula=_formula())
    if stable.empty:
        return Finding("", (least,))
    row = _rows(stable.nsmallest(1, "estimate"))[0]
    least = fact_from_row("2.least_stable_segment", row, formula=_formula(), inputs=("2.n_segments",))
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
        other = _rows(mixture)[0]
        agree = fact_from_row(
            "2.mixture_agreement",
            other,
            inputs=("2.n_segments",),
            formula=_("adjusted Rand index of k-means and a Gaussian mixture"),
        )
        words = _(
            "A Gaussian mixture, which allows long and tilted groups, places {share} of the customers alike "
            "(adjusted Rand index {mixture_agreement})."
        )
        said += finding(words, agree, share=percent(other["overlap_share"]))
    return said


def classes(table: pd.DataFrame, *, items: int) -> Finding:
    """Whether the attributes of customers fall into latent classes."""
    count = Fact("2.n_latent_classes", None, inputs=("customers",), formula=_("lowest BIC of 1 to 4 latent classes"))
    if table.empty:
        return cannot_tell(
            _("whether customers fall into classes by what is known of them"),
            facts=(count,),
            needs=_("two attributes of few values, known of 100 customers each"),
        )
    best = _rows(table.nsmallest(1, "bic"))[0]
    count = Fact("2.n_latent_classes", best["n_classes"], n=best["n"], inputs=count.inputs, formula=count.formula)
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


def _formula() -> str:
    return _("smallest mean Jaccard similarity of a segment with the group most like it in bootstrap samples")


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def profile_alt(shown: pd.DataFrame) -> Finding:
    """What the heat map of the profile shows: the strongest cell, and how many cells there are. shown: as drawn, in words."""
    if shown.empty:
        return Finding("")
    row = _rows(shown.loc[[shown["distance"].abs().idxmax()]])[0]
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
