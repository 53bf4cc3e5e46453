"""What stage 9 says of its designs: the ladder, the months around the launch, looking more than once, the same people twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.facts import Fact, Finding, compare, fact_from_row, finding
from cxlib.language import _, interval, number, percent, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, p_words, upper_first

Labels = Mapping[str, Mapping[str, str]]


def design_words() -> dict[str, tuple[str, str, str]]:
    """Design → what it is called, what it rests on, what it takes."""
    return {
        "sites": (
            _("Whole sites drawn by lot"),
            _("{n} sites in arms of equal size"),
            _("at least {n} sites drawn by lot"),
        ),
        "randomised": (
            _("Customers drawn by lot"),
            _("{n} customers in arms of equal size"),
            _("a pilot and a control arm drawn by lot"),
        ),
        "staggered": (_("Launched in waves"), _("launch months: {n}"), _("launches in {n} different months or more")),
        "difference_in_differences": (
            _("Pilots against all others"),
            _("{n} customers outside the pilot"),
            _("a pilot, and customers who were left out of it"),
        ),
        "interrupted_series": (
            _("One series, before and after"),
            _("{n} weeks around the launch to everybody"),
            _("a launch to everybody, with {n} weeks around it"),
        ),
        "descriptive": (_("The same people, before and after"), _("{n} customers launched"), _("a launch")),
    }


def ladder_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The ladder of designs in words, strongest first: comparison, state, there_is, it_takes."""
    words = design_words()
    used = next(iter(table.loc[table["possible"], "design"]), "")
    rows = []
    for row in table.to_dict("records"):
        name, holds, takes = words[str(row["design"])]
        state = _("✓ used") if row["design"] == used else _("✓ possible") if row["possible"] else "–"
        there = holds.format(n=number(row["n"], 0)) if row["n"] else _("nothing")
        needed = "–" if row["possible"] else takes.format(n=number(row["n_needed"], 0))
        rows.append({"comparison": name, "state": state, "there_is": there, "it_takes": needed})
    return pd.DataFrame(rows, columns=["comparison", "state", "there_is", "it_takes"])


def event_rows(events: pd.DataFrame) -> pd.DataFrame:
    """The months around the launch: month, estimate, low, high, n, unit."""
    names = [
        _("launch month") if event == 0 else f"{'+' if event > 0 else '−'}{abs(int(event))}"
        for event in events["event"]
    ]
    unit = [gap_unit(str(unit)) for unit in events["unit"]]
    return events.assign(month=names, unit=unit)[["month", "event", "estimate", "low", "high", "n", "unit"]]


def around_launch(events: pd.DataFrame, early: pd.DataFrame, metric: str) -> Finding:
    """Did the arms move alike before the launch, and does the gain last after it?"""
    if events.empty:
        return finding(
            _("No month after a launch is on record, so nothing is known of what came before and after it."),
            verdict="cannot tell",
        )
    first = _before(early)
    after = events[events["event"].ge(0)]
    if after.empty:
        return first
    months = int(after["event"].max()) + 1
    clear = int((after["low"].gt(0) | after["high"].lt(0)).sum())
    unit = gap_unit(str(after["unit"].iloc[-1]))
    last = dict(after.iloc[-1]) | {"unit": unit}
    fact = fact_from_row(
        "9.last_month_effect",
        last,
        inputs=("assignments", "transactions"),
        grade="observed",
        formula="change since the month before launch, pilot − control; simultaneous band",
    )
    said = _(
        "{metric} by month: in {clear} of {months} months since the launch the difference is clear of zero; in the last "
        "one it is {last_month_effect} ({between})."
    )
    seen = compare(after["low"].iloc[-1], after["high"].iloc[-1], n=int(after["n"].min()))
    return (
        finding(
            said,
            fact,
            metric=upper_first(metric_name(metric)),
            clear=number(clear, 0),
            verdict=seen,
            months=number(months, 0),
            between=interval(last["low"], last["high"], unit),
        )
        + first
    )


def _before(early: pd.DataFrame) -> Finding:
    """The test of the months before the launch."""
    if early.empty:
        return finding(_("No month before the launch can be compared."))
    row = early.iloc[0]
    fact = Fact(
        "9.pre_trend_p",
        float(row["p_value"]),
        n=int(row["n_tests"]),
        unit="ratio",
        grade="observed",
        formula="Wald test that no month before the launch differs",
        inputs=("transactions",),
        n_of="months",
    )
    template = _("Before the launch the two groups moved alike: {months} months tested together, p = {p}.")
    if row["p_value"] < 0.05:
        template = _(
            "Already before the launch the two groups moved apart ({months} months tested together, p = {p}): what "
            "follows cannot be laid to the experience alone."
        )
    return finding(template, fact, months=number(row["n_tests"], 0), p=p_words(float(row["p_value"])))


def look_rows(fleming: pd.DataFrame, pocock: pd.DataFrame) -> pd.DataFrame:
    """Planned looks: look, of_the_answers, p_to_stop (hard early), p_to_stop_evenly."""
    return pd.DataFrame(
        {
            "look": fleming["look"],
            "of_the_answers": [percent(share, 0) for share in fleming["information_share"]],
            "stop_if_p_below": [_p(value) for value in fleming["p_value"]],
            "with_equal_bounds": [_p(value) for value in pocock["p_value"]],
        }
    )


def _p(value: float) -> str:
    """A p-value that may be tiny."""
    return _("under 0.0001") if value < 1e-4 else number(value, 4)


def looked(always: pd.DataFrame) -> Finding:
    """What the effect is worth to somebody who looked at it all along."""
    if always.empty:
        return Finding("")
    row = always.iloc[0]
    return finding(
        _("Whoever looked at it again and again has to read the wider interval that holds at any time: {between}."),
        between=interval(row["low"], row["high"], gap_unit(str(row["unit"]))),
    )


def visible(effect: pd.DataFrame, smallest: float) -> Finding:
    """The smallest true effect that this comparison would have shown."""
    if effect.empty or not np.isfinite(smallest):
        return Finding("")
    unit = gap_unit(str(effect["unit"].iloc[0]))
    fact = Fact(
        "9.detectable",
        smallest,
        n=int(effect["n"].iloc[0]),
        unit=unit,
        grade="observed",
        formula="(z for 95 % + z for 80 % power) × standard error",
        inputs=("9.effect",),
    )
    return finding(
        _("At this size the pilot would show a true effect of {size} in four cases of five."),
        fact,
        size=gap_words(smallest, str(effect["unit"].iloc[0])),
    )


def same_people(change: pd.DataFrame, net: pd.DataFrame) -> Finding:
    """What changed among those who answered in both waves: satisfaction (paired) and net promoter score (paired)."""
    parts = Finding("")
    if len(change) and change["n"].iloc[0] >= 2:
        row = change.iloc[0]
        fact = fact_from_row(
            "9.same_people_change", dict(row), formula="mean of each person's change, paired t", inputs=("responses",)
        )
        parts += finding(
            _("Among the {n} who answered in both waves, {question} changed by {change} ({between})."),
            fact,
            n=number(row["n"], 0),
            question=metric_name(str(row["metric"])),
            change=quantity(row["estimate"], "score"),
            between=interval(row["low"], row["high"], "score"),
        )
    if len(net) and net["n"].iloc[0] >= 2:
        row = net.iloc[0]
        fact = fact_from_row(
            "9.same_people_nps",
            dict(row),
            formula="mean of each person's change of −100, 0, 100",
            inputs=("responses",),
        )
        parts += finding(
            _("Their net promoter score changed by {change} ({between})."),
            fact,
            change=quantity(row["estimate"], "points"),
            between=interval(row["low"], row["high"], "points"),
        )
    return parts


def nps_wave(row: pd.DataFrame) -> Finding:
    """The net promoter score of the last wave against the one before, other people each time."""
    if row.empty or not np.isfinite(row["estimate"].iloc[0]):
        return Finding("")
    fact = fact_from_row(
        "9.nps_change",
        dict(row.iloc[0]),
        formula="difference of two adjusted scores (Rocks 2016)",
        inputs=("responses",),
    )
    seen = compare(row["low"].iloc[0], row["high"].iloc[0], n=int(row["n"].iloc[0]))
    return finding(_("The net promoter score changed by {nps_change:full} between the waves."), fact, verdict=seen)
