"""What stage 4 says beside the split: how touchpoints are rated, which failures spoil it, what is remembered, how firm it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, Verdict, cannot_tell, fact_from_row, finding
from cxlib.language import _, ngettext, number, percent

Names = Mapping[str, str]
Row = dict[str, Any]


def rated(league: pd.DataFrame, pairs: pd.DataFrame, *, names: Names) -> Finding:
    """The best and the worst rated touchpoint, how many neighbours are told apart, and which are not ranked at all."""
    known = league[league["rank"].notna()]
    if len(known) < 2:
        needs = _("ratings of at least two touchpoints, each by enough customers")
        return cannot_tell(_("which touchpoint is rated best"), needs=needs) + _unranked(league, names)
    best, worst = _rows(known)[0], _rows(known)[-1]
    facts = [
        fact_from_row(f"4.{name}_rated", row, inputs=("responses",), formula=_formula(row["unit"]))
        for name, row in (("best", best), ("worst", worst))
    ]
    apart = Fact(
        "4.n_neighbours_apart",
        int((pairs["verdict"] == "real").sum()),
        inputs=("responses",),
        formula=_("neighbours in the ranking that differ, Benjamini–Hochberg over all of them"),
    )
    told = _("Best rated is {best}, with {best_rated:full} top ratings; worst {worst}, with {worst_rated:full}.")
    real = int((pairs["verdict"] == "real").sum())
    order = ngettext(
        "Of {pairs} neighbours in that order {n_neighbours_apart} is told apart; the order of the others is chance.",
        "Of {pairs} neighbours in that order {n_neighbours_apart} are told apart; the order of the others is chance.",
        real,
    )
    if real == len(pairs):
        order = _("Each is told apart from the next one in that order.")
    if not real:
        order = _("No two neighbours in that order are told apart: only places far from each other mean something.")
    words = {"best": _name(best, names), "worst": _name(worst, names), "pairs": number(len(pairs), 0)}
    verdict: Verdict = "real" if real else "not shown"
    return finding(f"{told} {order}", *facts, apart, verdict=verdict, **words) + _unranked(league, names)


def failures(table: pd.DataFrame, *, names: Names) -> Finding:
    """The shortest list of failures that catches most of the dissatisfied, and how many others it catches, too."""
    if table.empty:
        reason = _("which failures make customers dissatisfied")
        return cannot_tell(reason, needs=_("30 dissatisfied and 30 other customers who rated touchpoints"))
    top, last = _rows(table)[0], _rows(table[table["key"]])[-1]
    facts = (
        fact_from_row(
            "4.failure_value",
            top,
            inputs=("responses",),
            formula=_(
                "Shapley value of the failure: share of the dissatisfied it accounts for, less the share of the others"
            ),
        ),
        *(
            Fact(
                f"4.failure_{name}",
                last[f"{name}_share"],
                n=last["n_dissatisfied"],
                unit="share",
                inputs=("responses",),
                grade="observed",
                formula=words,
            )
            for name, words in (
                ("reach", _("share of the dissatisfied with a failure on the list")),
                ("noise", _("share of the others with a failure on the list")),
            )
        ),
    )
    if top["verdict"] != "real":
        told = _("No failure is shown to spoil the whole; the nearest is {top}: {failure_value:full}.")
        return finding(told, *facts, verdict="not shown", top=_name(top, names))
    listed = ", ".join(names.get(touchpoint, touchpoint) for touchpoint in table.loc[table["key"], "touchpoint"])
    told = ngettext(
        "One failure is enough to look at: {listed}. It reaches {failure_reach} of the dissatisfied and only "
        "{failure_noise} of the others; any further one would add more noise than reach.",
        "These failures are enough to look at: {listed}. At least one of them reaches {failure_reach} of the "
        "dissatisfied and {failure_noise} of the others; any further one would add more noise than reach.",
        int(table["key"].sum()),
    )
    sure = table.loc[table["key"] & (table["verdict"] == "real"), "touchpoint"]
    alone = _("Shown to add on its own: {sure}.").format(sure=", ".join(names.get(one, one) for one in sure))
    said = finding(told, *facts, verdict="real", listed=listed)
    return said if len(sure) == table["key"].sum() else said + Finding(alone)


def remembered(table: pd.DataFrame) -> Finding:
    """Whether the best, worst and last moment add to what the mean of the ratings says of the judgement."""
    row = next(iter(_rows(table[table["model"] == "added"])), None)
    if row is None or row["verdict"] == "cannot tell":
        reason = _("whether the best, the worst or the last moment is what is remembered")
        return cannot_tell(
            reason, n_needed=200, needs=_("customers who rated three moments before they judged the whole")
        )
    added = fact_from_row(
        "4.peak_end_gain",
        row,
        inputs=("responses",),
        formula=_("cross-validated R² of mean, peak, trough, end and trend less that of the mean"),
    )
    if row["verdict"] == "real":
        told = _(
            "Memory is more than the mean: best, worst and last moment add {peak_end_gain:full} to what the mean rating "
            "tells of the judgement."
        )
        return finding(told, added, verdict="real")
    told = _(
        "Best, worst and last moment are not shown to add to the mean rating ({peak_end_gain:full}): every moment counts, "
        "not only the peak and the end."
    )
    return finding(told, added, verdict="not shown")


def firm(pairs: pd.DataFrame, over: pd.DataFrame, *, names: Names) -> Finding:
    """How firmly the first touchpoint stands above the second, and whose ratings only repeat others'."""
    if pairs.empty:
        return Finding("")
    row = _rows(pairs)[0]
    share = Fact(
        "4.first_over_second",
        row["models_share"],
        n=row["n"],
        unit="share",
        grade="observed",
        inputs=("responses",),
        formula=_("share of the models with neither in which the first adds more than the second"),
    )
    words = {
        "complete": _(
            "{first} adds more than {second} in every model (complete dominance), and so in {sure} of the samples."
        ),
        "conditional": _(
            "{first} adds more than {second} at every model size, in {first_over_second} of the models "
            "(conditional dominance; {sure} of the samples)."
        ),
        "general": _(
            "{first} adds more than {second} on average only, in {first_over_second} of the models (general "
            "dominance; {sure} of the samples): their order depends on what else is asked."
        ),
    }
    one, other = (names.get(str(row[side]), str(row[side])) for side in ("first", "second"))
    told = words.get(str(row["kind"]), words["general"])
    said = finding(told, share, first=one, second=other, sure=percent(row["p_kind"], 0))
    repeats = ", ".join(names.get(touchpoint, touchpoint) for touchpoint in over.loc[over["repeats"], "touchpoint"])
    if not repeats:
        return said
    return said + finding(
        _("The ratings of {repeats} mostly repeat the others': read their contributions as one."), repeats=repeats
    )


def _unranked(league: pd.DataFrame, names: Names) -> Finding:
    """The groups that are not ranked, with the reason."""
    words = {"too few": _("too few answers"), "too wide": _("its interval is too wide")}
    left = [
        f"{_name(row, names)} (n = {number(row['n'], 0)}, {words[row['reason']]})"
        for row in _rows(league[league["reason"] != ""])
    ]
    return Finding(_("Not ranked: {left}.").format(left="; ".join(left))) if left else Finding("")


def _formula(unit: str) -> str:
    return (
        _("share of promoters less share of detractors") if unit == "points" else _("share of answers in the top box")
    )


def _name(row: Row, names: Names) -> str:
    return names.get(str(row["touchpoint"]), str(row["touchpoint"]))


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
