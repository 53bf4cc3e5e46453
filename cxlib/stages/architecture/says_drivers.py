"""What stage 4 says of the judgement: what carries it, how firm that is, what is remembered, where to concentrate."""

from __future__ import annotations

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding, first
from cxlib.language import _, percent
from cxlib.stages.architecture.peak_end import LEAST_PERSONS
from cxlib.stages.architecture.says import Names, name_of, why_none, why_not_split


def drivers(table: pd.DataFrame, explained: pd.DataFrame, *, names: Names) -> Finding:
    """How much of the judgement the touchpoints carry together, and which are first."""
    if table.empty:
        return why_none(explained)
    top = first(table)
    return finding(
        _(
            "The touchpoints carry {explained:full} of the differences in the overall judgement. First: {first} (ranks that "
            "cannot be told apart are named together); {top} alone goes with {top_contribution:full} and is first in "
            "{p_first} of the samples."
        ),
        fact("4.explained", first(explained)),
        fact("4.top_contribution", top),
        fact("4.p_first", top["p_top"], n=top["n"], grade="observed"),
        first=_listed(table, "tied", names),
        top=name_of(top["touchpoint"], names),
    )


def firm(pairs: pd.DataFrame, over: pd.DataFrame, *, names: Names) -> Finding:
    """How firmly the first touchpoint stands above the second, and whose ratings only repeat others'."""
    row = first(pairs)
    if not row:
        return Finding("")
    words = {
        "complete": _(
            "{first} adds more than {second} in every model (complete dominance), and so in {sure} of the samples."
        ),
        "conditional": _(
            "{first} adds more than {second} at every model size, in {first_over_second} of the models (conditional "
            "dominance; {sure} of the samples)."
        ),
        "general": _(
            "{first} adds more than {second} on average only, in {first_over_second} of the models (general dominance; "
            "{sure} of the samples): their order depends on what else is asked."
        ),
    }
    said = finding(
        words.get(row["kind"], words["general"]),
        fact("4.first_over_second", row["models_share"], n=row["n"]),
        first=name_of(row["first"], names),
        second=name_of(row["second"], names),
        sure=percent(row["p_kind"], 0),
    )
    repeats = _listed(over, "repeats", names)
    if not repeats:
        return said
    told = _("The ratings of {repeats} mostly repeat the others': read their contributions as one.")
    return said + finding(told, repeats=repeats)


def remembered(table: pd.DataFrame) -> Finding:
    """Whether the best, worst and last moment add to what the mean of the ratings says of the judgement."""
    row = first(table, model="added")
    if not row or row["verdict"] == "cannot tell":
        return cannot_tell(
            _("whether the best, the worst or the last moment is what is remembered"),
            n_needed=LEAST_PERSONS,
            needs=_("customers who rated three moments before they judged the whole"),
        )
    told = {
        "real": _(
            "Memory is more than the mean: best, worst and last moment add {peak_end_gain:full} to what the mean rating "
            "tells of the judgement."
        ),
        "not shown": _(
            "Best, worst and last moment are not shown to add to the mean rating ({peak_end_gain:full}): every moment counts, "
            "not only the peak and the end."
        ),
    }
    return finding(told[row["verdict"]], fact("4.peak_end_gain", row), verdict=row["verdict"])


def priorities(table: pd.DataFrame, agreement: pd.DataFrame, explained: pd.DataFrame, *, names: Names) -> Finding:
    """Where importance outruns performance, and whether customers say the same."""
    if table.empty:
        return why_not_split(explained) or cannot_tell(
            _("fewer than two touchpoints can be compared"), needs=_("ratings of at least two touchpoints")
        )
    best = first(table.nlargest(1, "p_concentrate"))
    listed = _listed(table, "sure", names)
    told = (
        _("Concentrate on {listed}: importance outruns performance (in up to {p_concentrate} of the draws).")
        if listed
        else _(
            "Nowhere is it sure that importance outruns performance; nearest is {best} (in {p_concentrate} of the draws)."
        )
    )
    found = finding(
        told,
        fact("4.p_concentrate", best["p_concentrate"], n=best["n"]),
        verdict="real" if listed else "not shown",
        listed=listed,
        best=name_of(best["touchpoint"], names),
    )
    return found + _agreement(agreement)


def _agreement(agreement: pd.DataFrame) -> Finding:
    """Whether what customers say is important is what goes with their judgement."""
    row = first(agreement)
    if not row:
        return Finding(_("What customers say is important was not asked of enough touchpoints."))
    told = {
        "real": _(
            "What customers say matters also goes with their judgement: rank correlation {stated_agreement:full}."
        ),
        "not shown": _(
            "What customers say matters is not shown to be what goes with their judgement: rank correlation "
            "{stated_agreement:full}."
        ),
    }
    return finding(told[row["verdict"]], fact("4.stated_agreement", row, grade="observed"))


def _listed(table: pd.DataFrame, mark: str, names: Names) -> str:
    """The touchpoints that a column of the table marks."""
    return ", ".join(name_of(touchpoint, names) for touchpoint in table.loc[table[mark].astype(bool), "touchpoint"])
