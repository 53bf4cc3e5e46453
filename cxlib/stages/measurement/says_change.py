"""What stage 9 says of change over time: months around the launch, looking more than once, waves of answers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, day, interval, number, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, p_words, upper_first

Labels = Mapping[str, Mapping[str, str]]


def around_launch(events: pd.DataFrame, early: pd.DataFrame, metric: str) -> Finding:
    """Did the arms move alike before the launch, and does the gain last after it?"""
    if events.empty:
        nothing = _("No month after a launch is on record, so nothing is known of what came before and after it.")
        return finding(nothing, verdict="cannot tell")
    after = events[events["event"].ge(0)]
    if after.empty:
        return _before(early)
    last = dict(after.iloc[-1])
    unit = gap_unit(str(last["unit"]))
    template = _(
        "{metric} by month: in {clear} of {months} months since the launch the difference is clear of zero; in the last "
        "one it is {last_month_effect} ({between})."
    )
    said = finding(
        template,
        fact("9.last_month_effect", last, unit=unit),
        verdict=last["verdict"],
        metric=upper_first(metric_name(metric)),
        clear=number(int(after["clear"].sum()), 0),
        months=number(int(last["event"]) + 1, 0),
        between=interval(last["low"], last["high"], unit),
    )
    return said + _before(early)


def _before(early: pd.DataFrame) -> Finding:
    """The test of the months before the launch."""
    if early.empty:
        return finding(_("No month before the launch can be compared."))
    row = first(early)
    template = _("Before the launch the two groups moved alike: {months} months tested together, p = {p}.")
    if row["apart"]:
        template = _(
            "Already before the launch the two groups moved apart ({months} months tested together, p = {p}): what follows "
            "cannot be laid to the experience alone."
        )
    tested = fact("9.pre_trend_p", row["p_value"], n=row["n_tests"])
    return finding(template, tested, months=number(row["n_tests"], 0), p=p_words(row["p_value"]))


def looked(always: pd.DataFrame) -> Finding:
    """What the effect is worth to somebody who looked at it all along."""
    if always.empty:
        return Finding("")
    row = first(always)
    between = interval(row["low"], row["high"], gap_unit(str(row["unit"])))
    template = _(
        "Whoever looked at it again and again has to read the wider interval that holds at any time: {between}."
    )
    return finding(template, between=between)


def visible(effect: pd.DataFrame) -> Finding:
    """The smallest true effect that this comparison would have shown."""
    if effect.empty or effect["detectable"].isna().iloc[0]:
        return Finding("")
    row = first(effect)
    size = fact("9.detectable", row["detectable"], n=row["n"], unit=gap_unit(str(row["unit"])))
    template = _("At this size the pilot would show a true effect of {size} in four cases of five.")
    return finding(template, size, size=gap_words(row["detectable"], str(row["unit"])))


def satisfaction_changed(waves: pd.DataFrame, labels: Labels) -> Finding:
    """What satisfaction did between the last two waves; descriptive, for nobody knows why."""
    if waves.empty:
        return cannot_tell(
            _("there are not two waves of answers to compare"), needs=_("the same questions a year later")
        )
    whole = waves[waves["touchpoint"].eq("")]
    overall = whole[whole["question"].eq("overall")]  # the net promoter score has a sentence of its own
    row = next(first(table) for table in (overall, whole, waves) if len(table))
    template = _(
        "Between the waves that begin {first} and {last}, {question} changed by {wave_change:full}; descriptive: other "
        "things changed too."
    )
    said = finding(
        template,
        fact("9.wave_change", row),
        verdict=row["verdict"],
        first=day(row["from_on"]),
        last=day(row["to_on"]),
        question=metric_name(f"{row['question']}:{row['touchpoint']}", labels),
    )
    moved, asked = number(int(waves["moved"].sum()), 0), number(len(waves), 0)
    return said + finding(
        _("{moved} of {all} questions moved after allowing for their number."), moved=moved, all=asked
    )


def nps_wave(change: pd.DataFrame) -> Finding:
    """The net promoter score of the last wave against the one before, other people each time."""
    if change.empty:
        return Finding("")
    row = first(change)
    template = _("The net promoter score changed by {nps_change:full} between the waves.")
    return finding(template, fact("9.nps_change", row), verdict=row["verdict"])


def same_people(changes: pd.DataFrame) -> Finding:
    """What changed among those who answered in both waves: satisfaction and net promoter score, each in pairs."""
    said = Finding("")
    templates = {
        "overall": _("Among the {n} who answered in both waves, {question} changed by {change} ({between})."),
        "nps": _("Their net promoter score changed by {change} ({between})."),
    }
    names = {"overall": "9.same_people_change", "nps": "9.same_people_nps"}
    for row in rows(changes):
        said += finding(
            templates[row["metric"]],
            fact(names[row["metric"]], row),
            n=number(row["n"], 0),
            question=metric_name(row["metric"]),
            change=quantity(row["estimate"], row["unit"]),
            between=interval(row["low"], row["high"], row["unit"]),
        )
    return said
