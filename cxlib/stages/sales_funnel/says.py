"""What stage 3 decides: where sales stall, what that costs, where the objective is met, and the corridor between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, Verdict, cannot_tell, fact, finding, first, rows
from cxlib.language import _, percent, quantity
from cxlib.stages.sales_funnel.followed import Followed

Names = Mapping[str, str]
Row = Mapping[str, Any]


def headline(
    stake: pd.DataFrame, booked: pd.DataFrame, followed: Followed, *, names: Names, decided: Row | None = None
) -> Finding:
    """Where sales stall, what that costs, and where the objective is met; `decided`: the choice in force."""
    told = stall(stake, booked, followed, names=names, decided=decided)
    return told + objective(booked, names=names, decided=decided) if len(booked) and len(stake) else told


def stall(
    stake: pd.DataFrame, booked: pd.DataFrame, followed: Followed, *, names: Names, decided: Row | None = None
) -> Finding:
    """Which step loses most of what could be won back, and whether that is shown; or what the decided one loses."""
    worst = _worst(stake)
    other = first(stake, step=str((decided or {}).get("stall_step", "")))
    if other and other["step"] != worst.get("step"):
        return _decided_stall(other, booked, followed, names)
    if not worst:
        return _nothing_lost(stake)
    facts = [*_worth(worst), *_operands(worst, booked, followed)]
    at_stake = _(
        "{value_at_stake} a year could be won back there ({value_at_stake:interval}, about {lost_purchases} purchases)."
    )
    if worst["unit"] != "money":
        at_stake = _(
            "About {lost_purchases} journeys a year that would get to their goal are lost there; what they are worth cannot "
            "be told without transactions."
        )
    told = {
        "": _("Sales stall at {stall}: {stall_conversion:full} go on, against a benchmark of {benchmark}."),
        "chance": _(
            "No stall is shown. {stall} loses most against its benchmark of {benchmark}, but with {stall_conversion:full} "
            "the gap could be chance."
        ),
        "others": _(
            "No stall is shown. {stall} loses most against its benchmark, but other steps could be the worst as well "
            "(probability that it is: {p_worst}); the steps that cannot be told apart: {tied}."
        ),
    }[str(worst["doubt"])]
    if worst["verdict"] == "real":
        told = f"{told} {at_stake} {_how_much_hangs_on_it(worst)}"
    return finding(
        told,
        *facts,
        verdict="real" if worst["verdict"] == "real" else "not shown",
        stall=_name(worst, names),
        benchmark=percent(worst["benchmark_share"]),
        tied=", ".join(names.get(step, step) for step in stake.loc[stake["tied"], "step"]),
    )


def _decided_stall(row: Row, booked: pd.DataFrame, followed: Followed, names: Names) -> Finding:
    """What is lost at a step that people have decided on and the data would not have named."""
    facts = [*_worth(row), *_operands(row, booked, followed)]
    words = _("At {stall} {stall_conversion:full} go on, against a benchmark of {benchmark}.")
    if pd.isna(row["benchmark_share"]):
        words = _("At {stall} {stall_conversion:full} go on; there is no benchmark to hold that against.")
    elif not row["estimate"] > 0:
        words += " " + _("Nothing is lost against it there.")
    elif row["unit"] == "money":
        words += " " + _("{value_at_stake} a year could be won back there ({value_at_stake:interval}).")
    else:
        words += " " + _("About {lost_purchases} journeys a year are lost there.")
    shown: Verdict = "real" if row["gap_shown"] else "not shown"
    return finding(words, *facts, verdict=shown, stall=_name(row, names), benchmark=percent(row["benchmark_share"]))


def objective(booked: pd.DataFrame, *, names: Names, decided: Row | None = None) -> Finding:
    """At which step most of the money is booked, or how much at the one that was decided on."""
    if booked.empty:
        return cannot_tell(
            _("where the objective is met: customers seen in the funnel have no transactions that add up to money"),
            needs=_("transactions with the customer they belong to"),
        )
    most = first(booked.nlargest(1, "estimate"))
    mine = first(booked, step=str((decided or {}).get("objective_step", "")))
    if mine and mine["step"] != most["step"]:
        if not mine["n"]:
            return finding(_("The objective is met at {step}; no money is booked there."), step=_name(mine, names))
        return finding(
            _("The objective is met at {step}, where {objective_share:full} of the money is booked."),
            fact("3.objective_share", mine, measure=mine["measure"]),
            step=_name(mine, names),
        )
    return finding(
        _("Most of the money is booked at {step}: {objective_share:full}; it books most in {p} of the samples."),
        fact("3.objective_share", most, measure=most["measure"]),
        step=_name(most, names),
        p=percent(most["p_most"]),
    )


def recommend(stake: pd.DataFrame, booked: pd.DataFrame, followed: Followed, *, names: Names) -> Recommendation:
    """The stalled step and the step where the objective is met, the next worst as alternatives.

    {} when no stall is shown: then every step is an alternative, with what it would take to call it the stall.
    """
    because = headline(stake, booked, followed, names=names)
    worst, possible = _worst(stake), tuple(_choice(row, booked, followed.steps) for row in rows(stake))
    if worst.get("verdict") != "real":
        known = stake[stake["conversion_share"].notna()]
        others = [Alternative(_choice(row, booked, followed.steps), _needs(row, names)) for row in rows(known)]
        return Recommendation({}, because, tuple(others), "unknown", possible=possible)
    next_worst = stake[stake["step"] != worst["step"]].nlargest(2, "estimate")
    alternatives = [
        Alternative(_choice(row, booked, followed.steps), _at_stake_there(row, names))
        for row in rows(next_worst[next_worst["estimate"] > 0])
    ]
    choice = _choice(worst, booked, followed.steps)
    return Recommendation(choice, because, tuple(alternatives), "measured", possible=possible)


def no_funnel() -> Finding:
    """Nobody's way through the funnel is known."""
    return cannot_tell(
        _("contacts are not recorded at two steps or more, so nobody's way through the funnel is known"),
        needs=_("interactions: customer, time, touchpoint and funnel step of every contact"),
    )


def _choice(stall: Row, booked: pd.DataFrame, steps: list[str]) -> dict[str, str]:
    """The stall, and the step from there on that books most; the last step when no money is known."""
    step = str(stall["step"])
    ahead = booked[booked["step"].isin(steps[steps.index(step) :])]
    target = ahead.sort_values("estimate", kind="stable", ascending=False)["step"].tolist() or steps[-1:]
    return {"stall_step": step, "objective_step": target[0]}


def _at_stake_there(row: Row, names: Names) -> str:
    """What beginning the corridor at a step would mean."""
    told = _("The corridor would begin at {step}: {worth} a year at stake there; it is the worst in {p} of the draws.")
    return told.format(step=_name(row, names), worth=quantity(row["estimate"], row["unit"]), p=percent(row["p_worst"]))


def _needs(row: Row, names: Names) -> str:
    """What it would take to call a step the stall."""
    step, share = _name(row, names), percent(row["conversion_share"])
    if pd.isna(row["benchmark_share"]):
        told = _(
            "At {step} {share} go on. To call it the stall takes a benchmark from outside the step (the brief, a comparable "
            "segment or a published figure) above {needed}."
        )
        return told.format(step=step, share=share, needed=percent(row["needed_conversion"]))
    if not row["gap_shown"]:
        told = _(
            "At {step} {share} go on, against a benchmark of {benchmark}. To call it the stall the benchmark would have to "
            "lie above {needed}, or more journeys show a smaller gap."
        )
        needed = percent(row["needed_conversion"])
        return told.format(step=step, share=share, benchmark=percent(row["benchmark_share"]), needed=needed)
    told = _(
        "{there} Its gap is shown; to call it the stall it would have to be the worst more often, or people decide it."
    )
    return told.format(there=_at_stake_there(row, names))


def _how_much_hangs_on_it(worst: Row) -> str:
    """How far the value at stake hangs on the benchmark."""
    at = _("At {lower_benchmark} instead of {stall_benchmark}: {value_at_lower_benchmark}.")
    return at if worst["unit"] == "money" else ""


def _worst(stake: pd.DataFrame) -> Row:
    """The row of the step that loses most; {} when no step falls short of a benchmark."""
    return first(stake[stake["verdict"] != ""])


def _name(row: Row, names: Names) -> str:
    return names.get(str(row["step"]), str(row["step"]))


def _worth(worst: Row) -> list[Fact]:
    """Value at stake in money (unknown without money) and in purchases, and how sure the step is the worst."""
    purchases = {"estimate": worst["lost_purchases"], "low": worst["lost_low"], "high": worst["lost_high"]}
    return [
        fact("3.value_at_stake", worst if worst["unit"] == "money" else {}),
        fact("3.lost_purchases", purchases | {"n": worst["n"]}),
        fact("3.p_worst", worst["p_worst"], n=worst["n"]),
    ]


def _operands(worst: Row, booked: pd.DataFrame, followed: Followed) -> list[Fact]:
    """What value and purchases are the product of, each a fact: whoever follows them gets the value to the cent."""
    n = worst["n"]
    conversion = {
        "estimate": worst["conversion_share"],
        "low": worst["conversion_low"],
        "high": worst["conversion_high"],
    }
    return [
        fact("3.stall_conversion", conversion | {"n": n}),
        fact("3.stall_entrants", int(n), n=n),
        fact("3.observed_days", followed.days),
        fact("3.entrants_a_year", worst["entrants_a_year"], n=n),
        fact("3.stall_benchmark", worst["benchmark_share"], source=worst["benchmark_source"]),
        *_lower(worst),
        fact("3.purchases_ahead", worst["purchases_ahead"], n=n),
        *_money(worst, booked),
    ]


def _money(worst: Row, booked: pd.DataFrame) -> list[Fact]:
    """The money of a purchase and its two operands; where none is placed in the funnel, that of all customers."""
    if worst["unit"] != "money":
        return []
    if booked.empty or not booked["n"].sum():
        return [fact("3.purchase_money", worst["purchase_money"], inputs=("1.purchase_value",))]
    measure, n = booked["measure"].iloc[0], booked["n"].sum()
    return [
        fact("3.booked_money", booked["booked_money"].sum(), n=n, measure=measure),
        fact("3.booked_purchases", n, n=n, measure=measure),
        fact("3.purchase_money", worst["purchase_money"], n=n),
    ]


def _lower(worst: Row) -> list[Fact]:
    """The half-way benchmark and what would be at stake against it."""
    if worst["unit"] != "money":
        return []
    return [
        fact("3.lower_benchmark", worst["lower_benchmark"]),
        fact("3.value_at_lower_benchmark", worst["lower_value"], n=worst["n"]),
    ]


def _nothing_lost(stake: pd.DataFrame) -> Finding:
    if stake.empty:
        return no_funnel()
    if stake["benchmark_share"].isna().all():
        return cannot_tell(
            _("whether a step stalls, because none has a benchmark from outside itself to fall short of"),
            needs=_("a benchmark of a step: in the brief (funnel), in the table benchmarks, or a comparable segment"),
        )
    return finding(_("No step falls short of its benchmark: nothing recoverable is at stake."), verdict="not shown")
