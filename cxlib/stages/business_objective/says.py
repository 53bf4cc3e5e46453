"""What stage 1 says of the objective: where it stands and drifts, and what is missing to the target."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first
from cxlib.language import _, day, number, percent
from cxlib.show.terms import upper_first
from cxlib.stages.business_objective.objectives import YEAR_MONTHS
from cxlib.stages.business_objective.shown import objective_names
from cxlib.stages.business_objective.vocabulary import COSTS, VOCABULARY

OPERANDS = ("direction", "target_growth", "months_to_deadline", "can_be_negative")


def headline(levels: pd.DataFrame, gap: pd.DataFrame, *, objective: str, deadline: dt.date) -> Finding:
    """Where the objective stands, where it must be by when, and what that is worth a year."""
    level, missing = _level(levels, objective), _of(gap, "gap")
    if not level.known:
        return _no_books(objective, level)
    words = _("{objective} stands at {baseline} a month; no target has been set for it.")
    if missing.known and objective in COSTS:
        words = _(
            "{objective} stands at {baseline} a month; the target of {target} a month by {deadline} saves {gap} a year."
        )
    elif missing.known:
        words = _(
            "{objective} stands at {baseline} a month; the target of {target} a month by {deadline} asks for {gap} more "
            "a year."
        )
    name, due = upper_first(objective_names()[objective]), day(deadline)
    aim = (_of(gap, "target"), missing) if missing.known else ()
    return finding(words, level, *aim, objective=name, deadline=due)


def baseline(levels: pd.DataFrame, *, objective: str) -> Finding:
    """The level with its interval, and whether it has a trend."""
    row = first(levels, objective=objective, measure="trend")
    level, trend = _level(levels, objective), fact("1.trend", row)
    if not level.known:
        return _no_books(objective, level, trend)
    months = int(first(levels, objective=objective, measure="level")["n_months"])
    words = _("Over the last twelve months {objective} came to {baseline:full} a month.")
    if months < YEAR_MONTHS:
        words = _(
            "Over the {months} months on record {objective} came to {baseline:full} a month. Books of less than a year are"
            " carried to twelve months: what is said a year is twelve times the month, and no season can be seen in it."
        )
    said = finding(words, level, objective=objective_names()[objective], months=number(months, 0))
    if not trend.known:
        reason = _("whether it grows or falls, because a season and a trend look alike in less than two years")
        return said + cannot_tell(reason, needs=_("24 months of books"), facts=(trend,))
    words = {
        "real": _("Beyond the season it changes by {trend} a year (95% interval {trend:interval}): a real trend."),
        "not shown": _(
            "Beyond the season it changes by {trend} a year, but the interval ({trend:interval}) includes no change: a "
            "trend is not shown."
        ),
        "cannot tell": _("Whether it has a trend cannot be told from so few entries ({trend:interval} a year)."),
    }[row["verdict"]]
    return said + finding(words, trend, verdict=row["verdict"])


def gap(gap: pd.DataFrame, *, growth: float | None, deadline: dt.date) -> Finding:
    """The target, what is missing to it, and what is missing if today's trend runs on."""
    target, missing, later = (_of(gap, measure) for measure in ("target", "gap", "gap_with_trend"))
    if not missing.known:
        unasked = _("a target growth in the brief (objective.target_growth)")
        needs = unasked if growth is None else _("three months of books")
        return cannot_tell(_("the gap to a target"), needs=needs, facts=(target, missing, later))
    words = _(
        "The brief asks for {growth} a year until {deadline}: {target} a month. Against the level of today {gap} a year are "
        "missing (the month-to-month noise alone leaves {gap:interval})."
    )
    implied = first(gap, measure="target_growth")["estimate"]
    if growth is None or not math.isclose(implied, abs(growth)):
        words = _(
            "The target decided on is {target} a month by {deadline}. Against the level of today {gap} a year are missing "
            "(the month-to-month noise alone leaves {gap:interval})."
        )
    operands = [_of(gap, measure) for measure in OPERANDS]
    asked = percent(abs(growth or 0.0))
    said = finding(words, target, missing, *operands, growth=asked, deadline=day(deadline))
    if not later.known:
        return said
    verdict = first(gap, measure="gap_with_trend")["verdict"]
    words = {
        "real": _(
            "If today's trend runs on, {gap_with_trend} will be missing at the deadline ({gap_with_trend:interval})."
        ),
        "not shown": _(
            "Whether today's trend alone gets there is not shown ({gap_with_trend:interval} missing by then)."
        ),
        "cannot tell": _("Whether today's trend alone would get there cannot be told."),
    }[verdict]
    return said + finding(words, later, _of(gap, "level_with_trend"), verdict=verdict)


def outside(sold: pd.DataFrame, *, start: dt.date, end: dt.date) -> Finding:
    """That no purchase lies in the period, where there are purchases before it; else nothing."""
    days = sold["at"].dropna()
    if days.empty or days.between(pd.Timestamp(start), pd.Timestamp(end) + pd.Timedelta(days=1)).any():
        return Finding("")
    words = _("No purchase lies in the period {start} to {end}: the last is of {last}.")
    return finding(words, start=day(start), end=day(end), last=day(days.max()))


def _level(levels: pd.DataFrame, objective: str) -> Fact:
    row = first(levels, objective=objective, measure="level")
    source = VOCABULARY["objectives"].get(objective, {"made": "money of the objective", "columns": "transactions"})
    return fact("1.baseline", row, money=_(source["made"]), inputs=(source["columns"],))


def _of(gap: pd.DataFrame, measure: str) -> Fact:
    return fact(f"1.{measure}", first(gap, measure=measure))


def _no_books(objective: str, *facts: Fact) -> Finding:
    name = objective_names().get(objective, _("the objective"))
    reason = _("where {objective} stands, because there are no books of it in the period").format(objective=name)
    needs = _("purchases with revenue and margin, or costs, month by month")
    return cannot_tell(reason, needs=needs, facts=facts)
