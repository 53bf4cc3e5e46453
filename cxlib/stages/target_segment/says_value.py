"""What stage 2 says about value ahead: what a member will bring, by which model, and how far that model has missed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, compare, fact, finding, rows
from cxlib.language import _, interval, money, number, percent

Names = Mapping[str, str]
FEW = 100  # customers with a repeat purchase below which nothing can be said of repeating


def value_ahead(
    values: pd.DataFrame, checks: pd.DataFrame, *, segment: str, names: Names, months: int, discount_rate: float
) -> Finding:
    """What a member of the segment is expected to bring, by the rung of the ladder the data reach, with its hold-out error."""
    mine = rows(values[values["segment"] == segment])
    method = mine[0]["method"] if mine else ""
    missed = _missed(checks, method)
    worth = fact("2.lifetime_value", mine[0] if mine else {}, the_model_that_holds=_formulas().get(method, ""))
    if not mine:
        return cannot_tell(
            _("what customers will bring: {why}").format(why=_why_not(checks)),
            needs=_need(checks),
            facts=(worth, missed),
        )
    said = finding(
        _(
            "A member of “{segment}” who has bought is expected to bring {lifetime_value:full} in the next {months} months, "
            "discounted at {rate} a year: {how}."
        ),
        worth,
        segment=names.get(segment, segment),
        months=months,
        rate=percent(discount_rate),
        how=_hows()[method],
    )
    if method in ("constant_rate", "margin_multiple"):
        said += finding(_("No finer model is used, because {why}."), why=_why_not(checks))
    return said + _holdout(missed)


def _holdout(missed: Fact) -> Finding:
    """How far the model missed what it had not seen."""
    if not missed.known:
        return Finding("", (missed,))
    words = _(
        "Learnt from the first half of the ledger and tried on the second, this model expected {off} {direction} "
        "purchases than came (error {lifetime_holdout:interval})."
    )
    high = missed.number() > 0
    said = finding(words, missed, off=percent(abs(missed.number())), direction=_("more") if high else _("fewer"))
    if compare(missed.low, missed.high, n=missed.n or 0) != "real":
        return said
    meaning = _("Read the value as too high by about as much.") if high else _("Read the value as too low by as much.")
    return said + finding(meaning)


def alt(values: pd.DataFrame, *, names: Names) -> Finding:
    """What the picture of the values shows: the segments of the most and the least value ahead, with the interval."""
    if values.empty:
        return Finding("")
    order = rows(values.sort_values("estimate", ascending=False))
    words = _("Value ahead per member, {n} segments: most “{first}”, {most} ({interval}); least “{last}”, {least}.")
    return finding(
        words,
        n=len(order),
        first=names.get(order[0]["segment"], order[0]["segment"]),
        most=money(order[0]["estimate"]),
        interval=interval(order[0]["low"], order[0]["high"], "money"),
        last=names.get(order[-1]["segment"], order[-1]["segment"]),
        least=money(order[-1]["estimate"]),
    )


def checks_table(checks: pd.DataFrame) -> pd.DataFrame:
    """The ladder for people: what each model asks, what was found, whether that passes."""
    shown = checks.assign(
        method=[_methods()[str(name)] for name in checks["method"]],
        check=[_checks()[str(name)] for name in checks["check"]],
    )
    return shown[["method", "check", "estimate", "low", "high", "n", "unit", "needed", "passed"]]


def values_table(values: pd.DataFrame) -> pd.DataFrame:
    """Value ahead by segment, most first; the share still customers only where a model tells it."""
    shown = values.sort_values("estimate", ascending=False).drop(columns=["method"])
    return shown if shown["alive_share"].notna().any() else shown.drop(columns=["alive_share"])


def _missed(checks: pd.DataFrame, method: str) -> Fact:
    tried = rows(checks[(checks["check"] == "holdout") & (checks["method"] == method)])
    row = tried[0] if tried else {"unit": "share"}
    return fact("2.lifetime_holdout", row)


def _why_not(checks: pd.DataFrame) -> str:
    """The first check of the best model that failed, in words; where hardly anybody buys twice, that."""
    told = {
        "customers": _("too few customers have bought"),
        "span": _("the ledger is shorter than two usual gaps between purchases"),
        "buying": _("purchases alone do not show who has left for good (the likelihood is flat)"),
        "spending": _("too few repeat purchases show how spending differs (the likelihood is flat)"),
        "independence": _("those who buy often spend differently"),
        "retention": _("leaving does not show how customers differ (the likelihood is flat)"),
        "constant": _("retention is not constant"),
    }
    failed = [str(name) for name in checks.loc[~checks["passed"].astype(bool), "check"] if name in told]
    repeaters = checks.loc[checks["check"] == "span", "n"]
    if len(repeaters) and int(repeaters.iloc[0]) < FEW and failed[:1] != ["customers"]:
        return _("hardly anybody has bought twice ({n} customers)").format(n=number(repeaters.iloc[0], 0))
    return told[failed[0]] if failed else _("it missed the second half of the ledger by more than a quarter")


def _need(checks: pd.DataFrame) -> str:
    if checks["method"].eq("sbg").any():
        return _("30 customers who left, with the dates they joined and left")
    return _("500 customers over two usual gaps between purchases, a tenth of whom buy again")


def _hows() -> dict[str, str]:
    return {
        "bg_nbd": _("each by how often, how lately and for how much they have bought"),
        "constant_rate": _("if all go on repeating at the rate so far and nobody leaves"),
        "sbg": _("each by how long they have stayed"),
        "margin_multiple": _("if retention stays what it is, for ever"),
    }


def _formulas() -> dict[str, str]:
    return {
        "bg_nbd": _("expected purchases (BG/NBD) × expected money of one (Gamma–Gamma) × margin share, discounted"),
        "constant_rate": _("money of repeat purchases ÷ time since the first × horizon × margin share, discounted"),
        "sbg": _("expected periods (sBG), discounted × money of a period"),
        "margin_multiple": _("money of a period × r/(1 + i − r)"),
    }


def _methods() -> dict[str, str]:
    return {
        "bg_nbd": _("BG/NBD and Gamma–Gamma"),
        "constant_rate": _("constant rate"),
        "sbg": _("shifted beta-geometric"),
        "margin_multiple": _("margin multiple"),
    }


def _checks() -> dict[str, str]:
    return {
        "customers": _("customers who have bought"),
        "span": _("ledger in usual gaps between purchases"),
        "buying": _("purchases: likelihood not flat (1 = yes)"),
        "spending": _("spending: likelihood not flat (1 = yes)"),
        "independence": _("correlation of frequency and spend"),
        "retention": _("retention: likelihood not flat (1 = yes)"),
        "constant": _("one retention for all not refuted (p)"),
        "holdout": _("missed in the second half of the ledger"),
    }
