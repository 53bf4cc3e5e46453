"""What stage 2 says about value ahead: what a member will bring, by which model, and how far that model has missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import EVIDENCE_N, Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, interval, money, number, percent, unknown
from cxlib.stages.target_segment import ladder
from cxlib.stages.target_segment.lifetime_value import Horizon, ValueAhead
from cxlib.stages.target_segment.shown import words_of

Names = Mapping[str, str]

PURCHASES = "transactions: customer_id, at, revenue"
STAY = "customers: customer_id, since_on, left_on"
SOURCES = {
    ladder.LIKELIHOOD: (PURCHASES, "2.margin_share"),
    ladder.RATE: (PURCHASES, "2.margin_share", "members: customer_id, segment (handed on by stage 2)"),
    ladder.CONTRACT: (STAY, "transactions: customer_id, at, margin, revenue"),
    ladder.MULTIPLE: (STAY, "transactions: customer_id, at, margin, revenue"),
}


def value_ahead(ahead: ValueAhead, *, segment: str, names: Names, horizon: Horizon) -> Finding:
    """What a member of the segment is expected to bring, by the rung of the ladder the data reach, with its hold-out error."""
    row = first(ahead.values, segment=segment)
    method = row.get("method", "")
    tried = first(ahead.checks, method=method, check="holdout")
    worth, missed = fact("2.lifetime_value", row), fact("2.lifetime_holdout", tried, inputs=SOURCES.get(method, ())[:1])
    if not row:
        reason = _("what customers will bring: {why}").format(why=_why_not(ahead.checks))
        return cannot_tell(reason, needs=_need(ahead.checks), facts=(worth, missed))
    words = _(
        "A member of “{segment}” who has bought is expected to bring {lifetime_value:full} in the next {months} months, "
        "discounted at {rate} a year: {how}."
    )
    said = finding(
        words,
        worth,
        *_made_from(row, ahead.models),
        segment=names.get(segment, segment),
        months=horizon.months,
        rate=percent(horizon.discount_rate),
        how=words_of("hows")[method],
    )
    if method in (ladder.RATE, ladder.MULTIPLE):
        said += finding(_("No finer model is used, because {why}."), why=_why_not(ahead.checks))
    return said + _holdout(missed, tried.get("verdict", ""))


def _made_from(row: Mapping[str, Any], models: Mapping[str, pd.DataFrame]) -> list[Fact]:
    """What the value is a product of, and the parameters of the models behind it."""
    method = str(row["method"])
    fitted = rows(pd.concat(models.values())) if method in (ladder.LIKELIHOOD, ladder.CONTRACT) else []
    parameters = [
        fact("2.parameter_{parameter}", one, parameter=one["parameter"], inputs=SOURCES[method][:1]) for one in fitted
    ]
    sources = SOURCES[method] + tuple(parameter.id for parameter in parameters)
    units = fact("2.units_ahead", row["units_ahead"], n=row["n"], units=words_of("units")[method], inputs=sources)
    formula = words_of("unit_money")[method]
    each = fact("2.unit_money", row["unit_money"], n=row["n"], unit_money=formula, inputs=sources)
    margin = [] if unknown(row["margin_share"]) else [fact("2.margin_share", row["margin_share"], n=row["n"])]
    return [units, each, *margin, *parameters]


def _holdout(missed: Fact, verdict: str) -> Finding:
    """How far the model missed what it had not seen."""
    if not missed.known:
        return Finding("", (missed,))
    words = _(
        "Learnt from the first half of the ledger and tried on the second, this model expected {off} {direction} purchases "
        "than came (error {lifetime_holdout:interval})."
    )
    high = missed.number() > 0
    direction = _("more") if high else _("fewer")
    said = finding(words, missed, off=percent(abs(missed.number())), direction=direction)
    if verdict != "real":
        return said
    meaning = _("Read the value as too high by about as much.") if high else _("Read the value as too low by as much.")
    return said + finding(meaning)


def picture(values: pd.DataFrame, *, names: Names) -> Finding:
    """What the picture of the values shows: the segments of the most and the least value ahead, with the interval."""
    if values.empty:
        return Finding("")
    order = rows(values.sort_values("estimate", ascending=False))
    most, least = order[0], order[-1]
    words = _("Value ahead per member, {n} segments: most “{first}”, {most} ({interval}); least “{last}”, {least}.")
    return finding(
        words,
        n=len(order),
        first=names.get(most["segment"], most["segment"]),
        most=money(most["estimate"]),
        interval=interval(most["low"], most["high"], "money"),
        last=names.get(least["segment"], least["segment"]),
        least=money(least["estimate"]),
    )


def _why_not(checks: pd.DataFrame) -> str:
    repeaters = first(checks, check="span").get("n", 0)
    left = first(checks, check="leavers").get("n", 0)
    return words_of("reasons")[ladder.why_not(checks)].format(n=number(repeaters, 0), left=number(left, 0))


def _need(checks: pd.DataFrame) -> str:
    if ladder.why_not(checks) == "leavers":
        return _("the customers who left before, with the dates they joined and left")
    if checks["method"].eq(ladder.CONTRACT).any() and first(checks, check="leavers")["n"] >= EVIDENCE_N:
        return _("more years of customers who joined and left")
    if checks["method"].eq(ladder.CONTRACT).any():
        return _("30 customers who left, with the dates they joined and left")
    return _("500 customers over two usual gaps between purchases, a tenth of whom buy again")
