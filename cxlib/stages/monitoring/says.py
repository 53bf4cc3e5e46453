"""What stage 10 says of its four areas: objective, satisfaction, internal awareness, method; and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, day, interval, ngettext, number, quantity
from cxlib.show.terms import metric_name, upper_first
from cxlib.stages.monitoring.attainment import Course
from cxlib.stages.monitoring.shown import failed_checks, questions, responses
from cxlib.statistics.rhythm import Rhythm

Labels = Mapping[str, Mapping[str, str]]


def headline(acts: pd.DataFrame, scores: pd.DataFrame, labels: Labels, *, decided: Sequence[str]) -> Finding:
    """The stage's result: what calls for action, or that nothing does, and the actions in force."""
    kept = finding(_("The weakest stage passes {compliance} of the method's checks."), compliance_fact(scores))
    if acts.empty:
        said = finding(_("Nothing calls for action."))
        if list(decided) != ["hold"]:
            said += finding(_("What to do: {names}."), names=responses(decided, labels))
        return said + kept
    template = _("{signal} What to do: {names}.")
    said = finding(template, signal=signals(acts.head(1), labels)[0], names=responses(decided, labels))
    if others := len(acts) - 1:
        said += finding(ngettext("{others} more signal.", "{others} more signals.", others), others=number(others, 0))
    return said + kept


def objective(course: Course, summary: pd.DataFrame, shifts: pd.DataFrame) -> Finding:
    """Is the objective on course: its chart, its dated shift, and the chance of meeting the target by the deadline."""
    if summary.empty:
        return cannot_tell(_("there is no series of the business objective"), needs=_("dated purchases or costs"))
    mine = shifts[shifts["metric"].isin(summary["metric"])]
    moved = shifted(mine, {}) if len(mine) else Finding("")
    return _charted(first(summary)) + moved + _way(course.done) + _chance(course)


def charted_by(rhythm: Rhythm) -> Finding:
    """By which periods the purchases are charted and why, and that the chart ends with the file where it does."""
    why = {
        ("week", "asked"): _("Purchases are charted by week, as the brief asks (period.unit)."),
        ("month", "asked"): _("Purchases are charted by month, as the brief asks (period.unit)."),
        ("month", "billed"): _("Purchases are charted by month: they are bills, which fall on few days of the month."),
        ("month", "sparse"): _("Purchases are charted by month: in more than a quarter of the weeks there is none."),
        ("month", "long"): _("Purchases are charted by month: there are months enough to learn their usual spread."),
        ("week", "short"): _("Purchases are charted by week: there are too few months to learn their usual spread."),
    }
    said = finding(why[rhythm.every, rhythm.why])
    if not rhythm.silent:
        return said
    ended = _(
        "The last one is of {last}: whether sales stopped then or the file ends there cannot be told, so nothing is charted "
        "after it. A day in the brief settles it (extract_ends, or as_of)."
    )
    return said + finding(ended, last=day(rhythm.until))


def _charted(row: Mapping[str, Any]) -> Finding:
    """What the chart of the objective shows, in words."""
    metric, periods = upper_first(metric_name(row["metric"])), number(row["n_periods"], 0)
    if row["chart"] == "none":
        said = _("{metric} has {n} whole periods, too few for limits").format(metric=metric, n=periods)
        return cannot_tell(said, n_needed=12)
    counted = fact("10.objective_signals", row["n_signals"], n=row["n_periods"])
    if not row["n_signals"]:
        limits = interval(row["lower"], row["upper"], row["unit"])
        template = _("{metric}: no signal in {n} periods ({limits}).")
        return finding(template, counted, metric=metric, n=periods, limits=limits)
    template = ngettext(
        "{metric}: {count} period lies {side} what its first {first} led to expect (rules {letters}): {when}.",
        "{metric}: {count} periods lie {side} what its first {first} led to expect (rules {letters}), the last {when}.",
        row["n_signals"],
    )
    return finding(
        template,
        counted,
        metric=metric,
        count=number(row["n_signals"], 0),
        side={"above": _("above"), "below": _("below")}[row["side"]],
        first=number(row["n_phase_one"], 0),
        letters=", ".join(row["letters"]),
        when=day(row["signal_on"]),
    )


def _way(done: pd.DataFrame) -> Finding:
    """How much of the way from the baseline to the target is done."""
    if done.empty:
        return Finding("")
    row = first(done)
    template = _(
        "The last three months came to {level} a month: {way_done} of the way from the baseline to the target."
    )
    return finding(template, fact("10.way_done", row), level=quantity(row["level"], "money"))


def _chance(course: Course) -> Finding:
    """P(target by the deadline)."""
    if course.attained.empty:
        missing = (
            _("twelve whole months") if course.target == course.target else _("a target and a deadline in stage 1")
        )
        return cannot_tell(_("whether the target will be met by the deadline"), needs=missing)
    row = first(course.attained)
    template = _(
        "If the trend goes on, the chance of reaching {target} a month by {deadline} is {attainment}; the forecast is "
        "{level} ({between}, 80%)."
    )
    return finding(
        template,
        fact("10.attainment", row),
        target=quantity(row["target"], "money"),
        deadline=day(row["deadline"]),
        level=quantity(row["forecast"], "money"),
        between=interval(row["forecast_low"], row["forecast_high"], "money"),
    )


def satisfaction(
    summary: pd.DataFrame, shifts: pd.DataFrame, labels: Labels, *, alarms: pd.DataFrame, waves: Fact
) -> Finding:
    """What the charts of satisfaction and the dated shifts say, beside the false alarms to be expected; `waves` is the
    change between the last two survey waves that stage 9 measured."""
    limited = summary[summary["chart"].ne("none")]
    if limited.empty:
        most = int(summary["n_periods"].max()) if len(summary) else 0
        reason = _("satisfaction was asked in too few periods for limits ({n} in the longest series)")
        needs = _("twelve weeks or months with five answers or more")
        said = cannot_tell(reason.format(n=number(most, 0)), needs=needs)
        known = _("All that is known: between the last two waves it changed by {wave_change:full} (stage 9).")
        return said + finding(known, waves) if waves.known else said
    mine = alarms[alarms["metric"].isin(limited["metric"])]
    false = fact("10.false_alarms", float(mine["estimate"].sum()), n=len(mine))
    template = _(
        "Charts of satisfaction with signals: {satisfaction_signals} of {all}; {false} false alarms a year are to be "
        "expected from them even if nothing happens ({known} if their limits were known for certain)."
    )
    said = finding(
        template,
        fact("10.satisfaction_signals", int(limited["letters"].ne("").sum()), n=len(limited)),
        false,
        all=number(len(limited), 0),
        false=number(false.number(), 1),
        known=number(float(mine["known_a_year"].sum()), 1),
    )
    return said + shifted(shifts[shifts["metric"].isin(summary["metric"])], labels)


def shifted(shifts: pd.DataFrame, labels: Labels) -> Finding:
    """The lasting shifts with their date; the last one of every series, touchpoints before the whole."""
    if shifts.empty:
        return finding(_("No lasting shift is shown."), verdict="not shown")
    last = shifts.sort_values("shift_on").drop_duplicates("metric", keep="last")
    last = last.assign(whole=~last["metric"].str.startswith("csat:")).sort_values(["whole", "p_value"])
    template = _("{metric} went from {before} to {after} in the period of {when} (95% between {first} and {last}).")
    said = [
        template.format(
            **_change(row, labels), first=day(row["earliest_on"]), last=day(row["latest_on"]), when=day(row["shift_on"])
        )
        for row in rows(last)
    ]
    return Finding(" ".join(said), _shift_facts(first(last)), "real")


def _shift_facts(row: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The first shift told; of money with the levels it lies between."""
    if row["unit"] != "money":
        return (fact("10.shift", row),)
    before = fact("10.objective_before_shift", row["before_score"], n=row["n_before"])
    after = fact("10.objective_after_shift", row["after_score"], n=row["n_after"])
    return fact("10.objective_shift", row), before, after


def _change(row: Mapping[str, Any], labels: Labels) -> dict[str, str]:
    """A series, and its level before and after."""
    before, after = (quantity(row[name], row["unit"]) for name in ("before_score", "after_score"))
    metric = row.get("metric", row.get("subject"))
    return {"metric": upper_first(metric_name(str(metric), labels)), "before": before, "after": after}


def aware(table: pd.DataFrame) -> Finding:
    """How many of the staff know the objective, and what the fewest know."""
    whole = table[table["department"].eq("")].sort_values("estimate")
    if whole.empty:
        needs = _("a pulse of four questions, all staff, once a quarter")
        return cannot_tell(_("the staff were not asked"), needs=needs)
    row = first(whole)
    template = _("Least known: {question}, {awareness:full} of the staff.")
    if row["unaware"]:
        template = _("Less than half of the staff know {question}: {awareness:full}.")
    return finding(template, fact("10.awareness", row), question=questions().get(row["question"], row["question"]))


def reached(table: pd.DataFrame) -> Finding:
    """Did enough of the staff answer for a share within five points?"""
    if table.empty:
        return Finding("")
    row = first(table.sort_values("n"))
    template = _(
        "{n} of {all} staff answered; {needed} are needed for a share within ±5 points: too few, read it as a hint."
    )
    if row["enough"]:
        template = _("{n} of {all} staff answered, more than the {needed} that a share within ±5 points takes.")
    n, everybody, needed = (number(row[name], 0) for name in ("n", "n_staff", "n_needed"))
    return finding(template, n=n, all=everybody, needed=needed)


def method(scores: pd.DataFrame, grades: pd.DataFrame, keys: pd.DataFrame, drifted: pd.DataFrame) -> Finding:
    """Was the method kept: the weakest stage, the ten keys, the share of measured decisions, drift."""
    weakest = _weakest(scores)
    template = _("Every stage passes all of the method's checks ({compliance}).")
    if weakest["breaches"]:
        template = _("The weakest stage passes {compliance} of the method's checks (stage {stage}; not met: {failed}).")
    stage, failed = number(weakest["stage"], 0), failed_checks(weakest["breaches"])
    said = finding(template, compliance_fact(scores), stage=stage, failed=failed)
    told = int(keys["estimate"].notna().sum())
    said += finding(
        _(
            "{keys_kept} of {told} keys that can be told are kept in full; {measured_share} of the nine decisions are "
            "measured."
        ),
        fact("10.keys_kept", int(keys["kept"].sum()), n=told),
        fact("10.measured_share", first(grades, grade="measured")["estimate"], n=9),
        told=number(told, 0),
    )
    return said + _drifting(drifted)


def _drifting(drifted: pd.DataFrame) -> Finding:
    """How many sealed decisions today's data would not recommend; nothing drifts before it is sealed."""
    moved = fact("10.drifting", int(drifted["drift"].eq(True).sum()))
    template = _("{drifting} sealed decisions would be recommended otherwise today.")
    if not drifted["state"].isin(["sealed", "drift"]).any():
        template = _("Nothing is sealed yet, so nothing can drift.")
    elif not moved.value:
        template = _("Today's data would recommend every sealed decision again.")
    return finding(template, moved)


def audited(audit: pd.DataFrame) -> Finding:
    """What the record of binding rules can and cannot rule out: the one-sided limit of the rate of breach."""
    if audit.empty:
        return Finding("")
    row = first(audit)
    template = _(
        "Order and overrides: {broken} of {all} checks broken; from so few checks a rate of breach of up to {breach_bound} "
        "cannot be ruled out."
    )
    bound = fact("10.breach_bound", row)
    return finding(template, bound, broken=number(row["broken"], 0), all=number(row["n"], 0))


def compliance_fact(scores: pd.DataFrame) -> Fact:
    """10.compliance: the minimum over the stages; a chain holds as much as its weakest link."""
    return fact("10.compliance", _weakest(scores))


def _weakest(scores: pd.DataFrame) -> dict[str, Any]:
    """The stage that passes the smallest share of its checks; {} without stages."""
    return first(scores.sort_values(["estimate", "stage"]))


def recommend(acts: pd.DataFrame, labels: Labels) -> Recommendation:
    """Hold, act or reopen, each with its signal; a reopening is proposed, never done."""
    names = list(dict.fromkeys(acts["action"])) or ["hold"]
    said = signals(acts, labels) or [_("No area shows a lasting change for the worse or a target out of reach.")]
    grade = "measured" if acts["low"].notna().any() else "observed"
    return Recommendation({"actions": names}, Finding(" ".join(said)), tuple(_alternatives(acts)), grade)


def _alternatives(acts: pd.DataFrame) -> list[Alternative]:
    """What holding, or reopening, would mean."""
    if acts.empty:
        needless = _("Reopening without a signal unseals every decision for nothing.")
        return [Alternative({"actions": ["reopen:1"]}, needless)]
    hold = Alternative({"actions": ["hold"]}, _("Wait for the next run; the signals stay, and what they cost goes on."))
    anew = _("If the cause cannot be mended at the touchpoint: choose the moments anew; stages 4 to 10 become drafts.")
    lasting = acts["signal"].isin(["worse", "unlikely"]).any()
    return [hold, Alternative({"actions": ["reopen:4"]}, anew)] if lasting else [hold]


def signals(acts: pd.DataFrame, labels: Labels) -> list[str]:
    """Why each action is proposed: a sentence for every signal, in order."""
    templates = {
        "worse": _("{metric} went from {before} to {after} in the period of {when}, beyond chance."),
        "unlikely": _("The chance of meeting the objective by its deadline is {amount}."),
        "unaware": _("Only {amount} of the staff know {question}."),
        "breach": _("Stage {stage} passes {amount} of the method's checks; not met: {failed}."),
        "drift": _("Stage {stage} was sealed; today's data would recommend: {subject}."),
    }
    return [
        templates[row["signal"]].format(
            **_change(row, labels),
            subject=row["subject"],
            amount=quantity(row["estimate"], row["unit"]),
            when=day(row["since_on"]),
            stage=number(row["stage"], 0),
            question=questions().get(row["subject"], row["subject"]),
            failed=failed_checks(row["subject"]),
        )
        for row in rows(acts)
    ]
