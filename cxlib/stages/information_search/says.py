"""What stage 5 says of moments: what was expected and lived, how others do, what can be done and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import EVIDENCE_N, Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, number, percent
from cxlib.stages.information_search.expectations import promise
from cxlib.stages.information_search.inventory import available_capabilities
from cxlib.stages.information_search.says_levels import aside, changed, satisfied, unequal
from cxlib.stages.information_search.says_texts import (
    agreed,
    corrected,
    felt,
    first_theme,
    read,
    theme_fact,
    themes_apart,
)
from cxlib.stages.information_search.shown import question_name, scale_words, theme_name

Names = Mapping[str, str]
Scales = Mapping[str, tuple[float, float]]
Promised = float | None
DECIDED = "assumed"  # the grade of a level that people have decided on

__all__ = ["able", "expectation", "headline", "known", "others", "recommend"]
__all__ += ["aside", "changed", "satisfied", "unequal"]  # of the level of satisfaction, which has a file of its own
__all__ += ["agreed", "corrected", "felt", "read", "themes_apart"]  # of texts, which have one too


def headline(
    gaps: pd.DataFrame,
    difference: pd.DataFrame,
    keepable: pd.DataFrame,
    touchpoints: Names,
    scales: Scales,
    *,
    promised: Promised = None,
) -> Finding:
    """The stage's result: the widest real gap to expectation, else what sets detractors apart, else the promise.

    promised: the level of 10 that is in force.
    """
    gap, theme, level = widest_gap(gaps), first_theme(difference), threshold_fact(keepable, promised)
    if gap and gap["verdict"] == "real" and gap["estimate"] < 0:
        template = _(
            "{moment} falls short of what customers expect by {points} points of ten. Lived minus expected: "
            "{widest_gap:full}."
        )
        words = {"moment": _moment(gap, touchpoints), "points": number(abs(gap["estimate"]), 1)}
        return finding(template, gap_fact(gap, touchpoints), verdict="real", **words)
    if theme and theme["verdict"] == "real" and theme["estimate"] > 0:
        template = _(
            "Detractors are set apart by {theme}: the share of their texts on it lies {theme_difference:full} above "
            "that of promoters."
        )
        return finding(template, theme_fact(theme), verdict="real", theme=theme_name(theme["theme"]))
    if len(gaps):
        return finding(_("No moment is shown to fall short of what customers expect."), verdict="not shown")
    if level.known and level.grade == DECIDED:
        return _decided_promise(level)
    if level.known:
        template = _("Four in five customers live {level} or better on {scale}; what they expected is not known.")
        return finding(template, level, level=number(level.number(), 0), scale=scale_words("csat", scales))
    needs = _("expectation and satisfaction asked at the moments, or rated comments")
    return cannot_tell(_("nobody was asked what they expected, and no texts were rated"), needs=needs)


def expectation(
    gaps: pd.DataFrame, keepable: pd.DataFrame, touchpoints: Names, scales: Scales, *, promised: Promised = None
) -> Finding:
    """The widest gap to expectation, and the level that can be promised."""
    row = widest_gap(gaps)
    if not row:
        needs = _("both questions, at the same moment, of the same customers")
        unasked = _("expectation and experience were not both asked at any moment")
        return cannot_tell(unasked, needs=needs) + _promise(keepable, scales, promised)
    template = {
        "real": _("At {moment} what customers live differs from what they expected by {widest_gap:full} points."),
        "not shown": _("The widest gap, at {moment}, is {widest_gap:full} points: not shown to differ from none."),
        "cannot tell": _("At {moment} the gap is {widest_gap:full} points; at this n nothing can be said."),
    }[row["verdict"]]
    moment = _moment(row, touchpoints)
    said = finding(template, gap_fact(row, touchpoints), verdict=row["verdict"], moment=moment)
    return said + _promise(keepable, scales, promised)


def others(gaps: pd.DataFrame) -> Finding:
    """Where the client stands against named competitors."""
    known = gaps[gaps["estimate"].notna()]
    if known.empty:
        needs = _("benchmarks of the same question on the same scale")
        return cannot_tell(_("no competitor's figure can be held against one of the client's own"), needs=needs)
    counts = known["standing"].value_counts()
    standings = {"behind": "5.n_behind", "ahead": "5.n_ahead", "on par": "5.n_on_par"}
    facts = [fact(id, int(counts.get(standing, 0))) for standing, id in standings.items()]
    template = _(
        "Of {total} comparisons, {n_behind} are behind, {n_ahead} ahead and {n_on_par} on par (the difference is "
        "shown to be too small to matter); for the others neither is shown."
    )
    shown = known["standing"].isin(list(standings)).any()
    said = finding(template, *facts, total=len(known), verdict="real" if shown else "not shown")
    if known["fixed"].any():
        said += finding(_("Where a competitor's n is not known its figure is taken as a fixed point."))
    return said


def able(capabilities: pd.DataFrame, touchpoints: Names) -> Finding:
    """At how many moments everything needed stands ready."""
    if capabilities.empty or not capabilities["n_capabilities"].sum():
        needs = _("an inventory of people, process, technology, data, legal")
        return cannot_tell(_("no capability was named"), needs=needs)
    states = capabilities["viable"].value_counts()
    template = _(
        "At {viable_moments} of {total} moments everything needed is known to stand ready; unknown counts as "
        "not viable yet."
    )
    said = finding(template, fact("5.viable_moments", int(states.get("yes", 0))), total=len(capabilities))
    missing = capabilities.loc[capabilities["viable"] == "no", "moment"]
    if len(missing):
        names = ", ".join(touchpoints.get(moment, moment) for moment in missing)
        said += finding(_("Something is known to be missing at: {names}."), names=names)
    return said


def known(evidence: pd.DataFrame) -> Finding:
    """How much of what the stage asks is measured, and the gaps."""
    if evidence.empty:
        return cannot_tell(_("stage 4 has named no moment"), needs=_("a decision of stage 4"))
    share = float(evidence["level"].eq("measured").mean())
    said = finding(
        _("{evidence_share} of what this stage asks of the moments is measured."),
        fact("5.evidence_share", share, n=len(evidence)),
    )
    silent = evidence["level"].eq("gap").groupby(evidence["question"], sort=False).all()
    if silent.any():
        names = " ".join(
            question_name(str(question)) for question in silent.index[silent]
        )  # each ends with its own mark
        said += finding(_("Nothing at all is known of: {names}"), names=names)
    return said


def recommend(
    insights: pd.DataFrame, keepable: pd.DataFrame, capabilities: pd.DataFrame, *, n_texts: int, scales: Scales
) -> Recommendation:
    """What to carry on: insights per moment, the level not to promise above, the capabilities that stand ready."""
    threshold = threshold_fact(keepable)
    options: dict[str, Any] = {
        "insights": list(insights["moment"] + ":" + insights["theme"]),
        "expectation_threshold": threshold.value,
        "capabilities": available_capabilities(capabilities),
    }
    choice = {key: value for key, value in options.items() if value}
    limits = {"capabilities": options["capabilities"]}
    exist = {"capabilities": capabilities["capability_id"].astype(str).tolist()}
    if not choice:
        needs = _("verbatims, expectation questions, a capability inventory")
        unknown = cannot_tell(_("neither texts nor expectations nor capabilities are known"), needs=needs)
        return Recommendation({}, unknown, grade="unknown", known=exist)
    because = _promise(keepable, scales)
    if len(insights):
        carried = _("{n} insights rest on at least {least} texts each.")
        because = finding(carried, n=number(len(insights)), least=number(insights["count"].min())) + because
    sure = threshold.grade == "measured" and (insights.empty or n_texts >= EVIDENCE_N)
    others, grade = _alternatives(keepable, threshold), "measured" if sure else "observed"
    return Recommendation(choice, because, others, grade, limits, exist)


def threshold_fact(keepable: pd.DataFrame, promised: Promised = None) -> Fact:
    """The level that is promised at every moment: the one people have decided on, else the one that can be kept."""
    row = promise(keepable)
    if promised is not None and promised != row.get("estimate"):
        return fact("5.expectation_threshold", promised, grade=DECIDED)
    return fact("5.expectation_threshold", row, grade=row.get("grade", ""))


def widest_gap(gaps: pd.DataFrame) -> dict[str, Any]:
    """The gap to expectation to speak of: the most negative one that is real, else the most negative; {} when none."""
    lived = gaps[(gaps["gap"] == "lived_minus_expectation") & gaps["estimate"].notna()].sort_values("estimate")
    real = lived[(lived["verdict"] == "real") & (lived["estimate"] < 0)]
    return first(real if len(real) else lived)


def gap_fact(row: Mapping[str, Any], touchpoints: Names) -> Fact:
    """Lived minus expectation where it is most negative."""
    return fact("5.widest_gap", row, touchpoint=_moment(row, touchpoints))


def _moment(row: Mapping[str, Any], touchpoints: Names) -> str:
    """The label of a row's touchpoint."""
    return touchpoints.get(row["touchpoint"], row["touchpoint"])


def _decided_promise(level: Fact) -> Finding:
    """The level that people have decided to promise."""
    template = _("What is promised at every moment is {level} of 10: decided, not shown to be kept.")
    return finding(template, level, level=number(level.number()), verdict="not shown")


def _promise(keepable: pd.DataFrame, scales: Scales, promised: Promised = None) -> Finding:
    """The level that is, or can be, promised at every moment."""
    threshold = threshold_fact(keepable, promised)
    if threshold.known and threshold.grade == DECIDED:
        return _decided_promise(threshold)
    if not threshold.known:
        return cannot_tell(_("no level of experience is assured to four in five customers"), n_needed=EVIDENCE_N)
    template = _(
        "Four in five customers live {level} or better, on a scale of {scale}, at every moment that could be measured: what "
        "is promised should not go above it."
    )
    said = finding(template, threshold, level=number(threshold.number(), 0), scale=scale_words("csat", scales))
    unassured = int(keepable["level"].isna().sum())
    return said + finding(_("At {n} moments no level is assured."), n=number(unassured)) if unassured else said


def _alternatives(keepable: pd.DataFrame, threshold: Fact) -> tuple[Alternative, ...]:
    """Promises moment by moment, where the best one bears a higher level."""
    best = rows(keepable.sort_values("level", ascending=False, kind="stable").head(1))
    if not threshold.known or not best[0]["level"] > threshold.number():
        return ()
    meaning = _("Promise by moment: higher where it is kept by {share} (the best moment), lower elsewhere.")
    choice = {"expectation_threshold": float(best[0]["level"])}
    return (Alternative(choice, meaning.format(share=percent(best[0]["estimate"]))),)
