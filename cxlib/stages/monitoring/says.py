"""What stage 10 says of its four areas: objective, satisfaction, internal awareness, method; and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact_from_row, finding
from cxlib.language import _, day, interval, ngettext, number, quantity
from cxlib.show.terms import upper_first
from cxlib.stages.monitoring.shown import (
    action_words,
    check_words,
    joined,
    key_words,
    question_words,
    series_words,
    side_words,
)

Labels = Mapping[str, Mapping[str, str]]


def headline(acts: pd.DataFrame, scores: pd.DataFrame, labels: Labels) -> Finding:
    """The stage's result: what calls for action, or that nothing does."""
    fact = compliance_fact(scores)
    kept = finding(_("The weakest stage passes {compliance} of the method's checks."), fact)
    if acts.empty:
        return finding(_("Nothing calls for action.")) + kept
    names = joined(list(dict.fromkeys(action_words(row, labels) for row in acts.to_dict("records"))))
    said = finding(_("{signal} What to do: {names}."), signal=signal(dict(acts.iloc[0]), labels), names=names)
    others = len(acts) - 1
    if others:
        said += finding(ngettext("{others} more signal.", "{others} more signals.", others), others=number(others, 0))
    return said + kept


def objective(
    summary: pd.DataFrame,
    attained: pd.DataFrame,
    shifts: pd.DataFrame,
    choice: Mapping[str, Any],
    *,
    done: pd.DataFrame,
) -> Finding:
    """Is the objective on course: its chart, its dated shift, and the chance of meeting the target by the deadline."""
    if summary.empty:
        return cannot_tell(_("there is no series of the business objective"), needs=_("dated purchases or costs"))
    charted = _charted(summary.iloc[0], "objective_signals", {})
    mine = shifts[shifts["metric"].isin(summary["metric"])]
    return charted + (shifted(mine, {}) if len(mine) else Finding("")) + _way(done) + _chance(attained, choice)


def _way(done: pd.DataFrame) -> Finding:
    """How much of the way from the baseline to the target is done."""
    if done.empty:
        return Finding("")
    row = done.iloc[0]
    fact = fact_from_row(
        "10.way_done",
        {**row, "n_of": "months"},
        grade="observed",
        inputs=("transactions", "1.baseline", "1.target"),
        formula="(mean of the last three months − baseline) / (target − baseline)",
    )
    said = _("The last three months came to {level} a month: {way_done} of the way from the baseline to the target.")
    return finding(said, fact, level=quantity(row["level"], "money"))


def _chance(attained: pd.DataFrame, choice: Mapping[str, Any]) -> Finding:
    """P(target by the deadline)."""
    if attained.empty:
        missing = _("a target and a deadline in stage 1") if not choice.get("target") else _("twelve whole months")
        return cannot_tell(_("whether the target will be met by the deadline"), needs=missing)
    row = attained.iloc[0]
    fact = fact_from_row(
        "10.attainment",
        {**row, "n_of": "months"},
        formula="P(mean of the last three months ≥ target), trend carried on",
        inputs=("transactions", "1.target"),
        grade="observed",
    )
    return finding(
        _(
            "If the trend goes on, the chance of reaching {target} a month by {deadline} is {attainment}; the "
            "forecast is {level} ({between}, 80%)."
        ),
        fact,
        target=quantity(row["target"], "money"),
        deadline=day(row["deadline"]),
        level=quantity(row["forecast"], "money"),
        between=interval(row["forecast_low"], row["forecast_high"], "money"),
    )


def _charted(row: pd.Series, name: str, labels: Labels) -> Finding:
    """What one chart shows, in words."""
    metric = upper_first(series_words(str(row["metric"]), labels))
    signals = Fact(
        f"10.{name}",
        int(row["n_signals"]),
        n=int(row["n_periods"]),
        grade="observed",
        formula="periods after phase I beyond a limit or eight on one side",
        inputs=("transactions",),
        n_of="periods",
    )
    periods = number(row["n_periods"], 0)
    if row["chart"] == "none":
        return cannot_tell(
            _("{metric} has {n} whole periods, too few for limits").format(metric=metric, n=periods), n_needed=12
        )
    if not row["n_signals"]:
        limits = interval(row["lower"], row["upper"], row["unit"])
        return finding(
            _("{metric}: no signal in {n} periods ({limits})."), signals, metric=metric, n=periods, limits=limits
        )
    count = int(row["n_signals"])
    said = ngettext(
        "{metric}: {count} period lies {side} what its first {first} led to expect (rules {letters}): {when}.",
        "{metric}: {count} periods lie {side} what its first {first} led to expect (rules {letters}), the last {when}.",
        count,
    )
    return finding(
        said,
        signals,
        metric=metric,
        count=number(count, 0),
        when=day(row["signal_on"]),
        side=side_words(str(row["side"])),
        first=number(row["n_phase_one"], 0),
        letters=", ".join(str(row["letters"])),
    )


def satisfaction(
    summary: pd.DataFrame, shifts: pd.DataFrame, labels: Labels, *, alarms: pd.DataFrame, waves: Fact
) -> Finding:
    """What the charts of satisfaction and the dated shifts say, beside the false alarms to be expected; `waves` is the
    change between the last two survey waves that stage 9 measured."""
    limited = summary[summary["chart"].ne("none")] if len(summary) else summary
    if limited.empty:
        most = int(summary["n_periods"].max()) if len(summary) else 0
        said = cannot_tell(
            _("satisfaction was asked in too few periods for limits ({n} in the longest series)").format(
                n=number(most, 0)
            ),
            needs=_("twelve weeks or months with five answers or more"),
        )
        told = finding(
            _("All that is known: between the last two waves it changed by {wave_change:full} (stage 9)."), waves
        )
        return said + told if waves.known else said
    signalling = int(limited["n_signals"].gt(0).sum())
    fact = Fact(
        "10.satisfaction_signals",
        signalling,
        n=len(limited),
        grade="observed",
        formula="charts with a signal after phase I",
        inputs=("responses",),
        n_of="charts",
    )
    mine = alarms[alarms["metric"].isin(limited["metric"])]
    false = Fact(
        "10.false_alarms",
        float(mine["estimate"].sum()),
        n=len(mine),
        grade="observed",
        unit="count",
        formula="signals a year of 4,000 simulated steady charts with limits learnt from as many periods",
        inputs=("responses",),
        n_of="charts",
    )
    said = finding(
        _(
            "Charts of satisfaction with signals: {satisfaction_signals} of {all}; {false} false alarms a year are to "
            "be expected from them even if nothing happens ({known} if their limits were known for certain)."
        ),
        fact,
        false,
        all=number(len(limited), 0),
        false=number(false.number(), 1),
        known=number(float(mine["known_a_year"].sum()), 1),
    )
    return said + shifted(shifts[shifts["metric"].isin(summary["metric"])], labels)


def shifted(shifts: pd.DataFrame, labels: Labels) -> Finding:
    """The lasting shifts with their date; the last one of every series."""
    if shifts.empty:
        return finding(_("No lasting shift is shown."), verdict="not shown")
    last = shifts.sort_values("shift_on").groupby("metric", sort=False).tail(1)
    last = last.assign(whole=~last["metric"].str.startswith("csat:")).sort_values(["whole", "p_value"])
    parts = [
        _("{metric} went from {before} to {after} in the period of {when} (95% between {first} and {last}).").format(
            metric=upper_first(series_words(row["metric"], labels)),
            before=quantity(row["before_score"], row["unit"]),
            after=quantity(row["after_score"], row["unit"]),
            when=day(row["shift_on"]),
            first=day(row["earliest_on"]),
            last=day(row["latest_on"]),
        )
        for row in last.to_dict("records")
    ]
    name = "10.objective_shift" if last["unit"].iloc[0] == "money" else "10.shift"
    fact = fact_from_row(
        name,
        dict(last.iloc[0]),
        formula="mean after − mean before the dated shift",
        inputs=("responses",),
        grade="observed",
    )
    return Finding(" ".join(parts), (fact,), "real")


def aware(table: pd.DataFrame, asked_words: Mapping[str, str] | None = None) -> Finding:
    """How many of the staff know the objective, and what the fewest know."""
    whole = table[table["department"].eq("")] if len(table) else table
    if whole.empty:
        return cannot_tell(
            _("the staff were not asked"), needs=_("a pulse of four questions, all staff, once a quarter")
        )
    row = whole.sort_values("estimate").iloc[0]
    fact = fact_from_row(
        "10.awareness", dict(row), formula="staff answering 7 or more / staff answering", inputs=("pulse",)
    )
    words = {**question_words(), **(asked_words or {})}
    template = _("Least known: {question}, {awareness:full} of the staff.")
    if row["high"] < 0.5:
        template = _("Less than half of the staff know {question}: {awareness:full}.")
    return finding(template, fact, question=words.get(str(row["question"]), str(row["question"])))


def audited(checks: pd.DataFrame, bound: float) -> Finding:
    """What the record of binding rules can and cannot rule out: the one-sided limit of the rate of breach."""
    binding = checks[checks["check"].isin(["in_order", "no_override"])]
    applied = binding["passed"].dropna()
    if applied.empty:
        return Finding("")
    broken = int((~applied.astype(bool)).sum())
    fact = Fact(
        "10.breach_bound",
        bound,
        n=len(applied),
        unit="share",
        grade="observed",
        formula="upper 95 % Clopper–Pearson limit; with no breach about 3 ÷ n",
        inputs=("decisions",),
        n_of="checks",
    )
    return finding(
        _(
            "Order and overrides: {broken} of {all} checks broken; from so few checks a rate of breach of up to "
            "{breach_bound} cannot be ruled out."
        ),
        fact,
        broken=number(broken, 0),
        all=number(len(applied), 0),
    )


def reached(table: pd.DataFrame) -> Finding:
    """Did enough of the staff answer for a share within five points?"""
    if table.empty:
        return Finding("")
    row = table.sort_values("n").iloc[0]
    template = _(
        "{n} of {all} staff answered; {needed} are needed for a share within ±5 points: too few, read it as a hint."
    )
    if row["enough"]:
        template = _("{n} of {all} staff answered, more than the {needed} that a share within ±5 points takes.")
    return finding(template, n=number(row["n"], 0), all=number(row["n_staff"], 0), needed=number(row["n_needed"], 0))


def method(scores: pd.DataFrame, grades: pd.DataFrame, keys: pd.DataFrame, drifted: pd.DataFrame) -> Finding:
    """Was the method kept: the weakest stage, the ten keys, the share of measured decisions, drift."""
    weakest = scores.sort_values(["estimate", "stage"]).iloc[0]
    measured = grades[grades["grade"].eq("measured")].iloc[0]
    known = keys.dropna(subset=["estimate"])
    held = Fact(
        "10.keys_kept",
        int(known["estimate"].ge(1).sum()),
        n=len(known),
        grade="observed",
        formula="keys scored 1 of those that can be told",
        inputs=("10.compliance",),
        n_of="keys",
    )
    share = Fact(
        "10.measured_share",
        float(measured["estimate"]),
        n=9,
        unit="share",
        grade="observed",
        formula="decisions graded measured / 9",
        inputs=("decisions",),
        n_of="decisions",
    )
    moved = Fact(
        "10.drifting",
        int(drifted["drift"].eq(True).sum()) if len(drifted) else 0,
        grade="observed",
        formula="sealed decisions that today's data would not recommend",
        inputs=("decisions",),
    )
    failed = check_words(str(weakest["breaches"]))
    said = finding(_("Every stage passes all of the method's checks ({compliance})."), compliance_fact(scores))
    if weakest["estimate"] < 1:
        said = finding(
            _("The weakest stage passes {compliance} of the method's checks (stage {stage}; not met: {failed})."),
            compliance_fact(scores),
            stage=number(weakest["stage"], 0),
            failed=failed,
        )
    said += finding(
        _(
            "{keys_kept} of {told} keys that can be told are kept in full; {measured_share} of the nine decisions are "
            "measured."
        ),
        held,
        share,
        told=number(len(known), 0),
    )
    return said + _drifting(moved, drifted)


def _drifting(moved: Fact, drifted: pd.DataFrame) -> Finding:
    """How many sealed decisions today's data would not recommend; nothing drifts before it is sealed."""
    if drifted.empty or not drifted["state"].isin(["sealed", "drift"]).any():
        return finding(_("Nothing is sealed yet, so nothing can drift."), moved)
    if not moved.number():
        return finding(_("Today's data would recommend every sealed decision again."), moved)
    return finding(_("{drifting} sealed decisions would be recommended otherwise today."), moved)


def compliance_fact(scores: pd.DataFrame) -> Fact:
    """10.compliance: the minimum over the stages; a chain holds as much as its weakest link."""
    if scores.empty:
        return Fact("10.compliance", None, unit="share")
    row = scores.sort_values(["estimate", "stage"]).iloc[0]
    return Fact(
        "10.compliance",
        float(row["estimate"]),
        n=int(row["n"]),
        unit="share",
        grade="observed",
        formula="minimum over stages 1–9 of checks passed / checks that apply",
        inputs=("decisions",),
        n_of="checks",
    )


def recommend(acts: pd.DataFrame, labels: Labels) -> Recommendation:
    """Hold, act or reopen, each with its signal; a reopening is proposed, never done."""
    names = list(dict.fromkeys(str(name) for name in acts["action"])) if len(acts) else ["hold"]
    sentences = signals(acts, labels) or [_("No area shows a lasting change for the worse or a target out of reach.")]
    because = Finding(" ".join(sentences))
    grade = "measured" if len(acts) and acts["low"].notna().any() else "observed"
    return Recommendation({"actions": names}, because, tuple(_alternatives(acts)), grade)


def _alternatives(acts: pd.DataFrame) -> list[Alternative]:
    """What holding, or reopening, would mean."""
    if acts.empty:
        return [
            Alternative({"actions": ["reopen:1"]}, _("Reopening without a signal unseals every decision for nothing."))
        ]
    worse = acts[acts["signal"].isin(["worse", "unlikely"])]
    hold = Alternative({"actions": ["hold"]}, _("Wait for the next run; the signals stay, and what they cost goes on."))
    again = Alternative(
        {"actions": ["reopen:4"]},
        _("If the cause cannot be mended at the touchpoint: choose the moments anew; stages 4 to 10 become drafts."),
    )
    return [hold, again] if len(worse) else [hold]


def signal(row: Mapping[Any, Any], labels: Labels) -> str:
    """Why one action is proposed."""
    amount = quantity(row["estimate"], str(row["unit"])) if row["estimate"] == row["estimate"] else ""
    sentences = {
        "worse": _("{subject} went from {before} to {after} in the period of {when}, beyond chance."),
        "unlikely": _("The chance of meeting the objective by its deadline is {amount}."),
        "unaware": _("Only {amount} of the staff know {question}."),
        "breach": _("Stage {stage} passes {amount} of the method's checks; not met: {failed}."),
        "drift": _("Stage {stage} was sealed; today's data would recommend: {subject}."),
    }
    subject = str(row["subject"])
    name = upper_first(series_words(subject, labels)) if row["signal"] == "worse" else subject
    return sentences[str(row["signal"])].format(
        subject=name,
        amount=amount,
        before=quantity(row["before_score"], str(row["unit"])),
        after=quantity(row["after_score"], str(row["unit"])),
        when=day(row["since_on"]) if row["signal"] == "worse" else "",
        stage=number(row["stage"], 0),
        question=question_words().get(subject, subject),
        failed=check_words(subject),
    )


def signals(acts: pd.DataFrame, labels: Labels) -> list[str]:
    """A sentence for every signal, in order."""
    return [signal(row, labels) for row in acts.to_dict("records")]


def key_lines(keys: pd.DataFrame) -> pd.DataFrame:
    """The ten keys with their sentence: key, label, estimate, n, unit."""
    words = key_words()
    return keys.assign(label=[words[name] for name in keys["name"]])[["key", "label", "estimate", "n", "unit"]]
