"""What stage 3 says: where sales stall, where the objective is met, how long it takes, who leaves though satisfied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact_from_row, finding
from cxlib.language import _, number, percent, quantity

Names = Mapping[str, str]
Row = dict[str, Any]


def headline(stake: pd.DataFrame, booked: pd.DataFrame, *, names: Names, p_worst: float) -> Finding:
    """Where sales stall, what that costs, and where the objective is met."""
    if stake.empty:
        return _no_funnel()
    worst = _worst(stake)
    if worst is None:
        return _nothing_lost(stake)
    told = stall(stake, names=names, p_worst=p_worst)
    return told + objective(booked, names=names) if len(booked) else told


def progress(steps: pd.DataFrame, *, names: Names, silent: Sequence[str] = ()) -> Finding:
    """How many began, what share got to the last step, how many are overdue; `silent`: steps without any recorded contact."""
    if steps.empty:
        return _no_funnel()
    if steps["estimate"].isna().all():
        return cannot_tell(
            _("at no step could anybody be watched going on to the next"),
            needs=_("interactions at two steps or more, with their time"),
        )
    first, last = _rows(steps)[0], _rows(steps)[-1]
    lowest = _rows(steps.nsmallest(1, "estimate"))[0]
    began = Fact(
        "3.journeys",
        int(steps["n_began"].sum()),
        unit="count",
        formula=_("journeys, by their first entry"),
        inputs=("interactions",),
    )
    reached = Fact(
        "3.reach_last_step",
        last["of_entrants_share"],
        last["of_entrants_low"],
        last["of_entrants_high"],
        first["n"],
        "share",
        formula=_("Π of the conversions of all steps before"),
        inputs=("interactions",),
    )
    lost = Fact(
        "3.lowest_conversion",
        lowest["estimate"],
        lowest["low"],
        lowest["high"],
        lowest["n"],
        "share",
        formula=_("cumulative incidence of going on, at the horizon"),
        inputs=("interactions",),
    )
    open_late = Fact(
        "3.overdue",
        int(steps["n_overdue"].sum()),
        unit="count",
        formula=_("open longer than the window of their step"),
        inputs=("interactions",),
    )
    top = (
        _("{journeys} journeys began. Of those that start at the top, {reach_last_step:full} will get to {last}.")
        if reached.known
        else _("{journeys} journeys began. Cannot tell how many of those that start at the top will get to {last}.")
    )
    rest = _(
        "The lowest conversion is that of {lowest}: {lowest_conversion:full}. {overdue} journeys are still open though the "
        "window of their step is over; {immature} are open within it and are not counted as lost."
    )
    return finding(
        " ".join([top, rest, *_silence(silent, names)]),
        began,
        reached,
        lost,
        open_late,
        last=names.get(last["step"], last["step"]),
        lowest=names.get(lowest["step"], lowest["step"]),
        immature=number(int(steps["n_immature"].sum()), 0),
    )


def _silence(silent: Sequence[str], names: Names) -> list[str]:
    if not silent:
        return []
    said = _("Cannot tell who gets to {steps}: no contact is recorded there, and the funnel is drawn without it.")
    return [said.format(steps=", ".join(names.get(step, step) for step in silent))]


def waiting(times: pd.DataFrame, windows: pd.DataFrame, *, stall_step: str, names: Names) -> Finding:
    """How long going on takes at the stalled step (or the slowest), and its window."""
    if times.empty:
        return cannot_tell(
            _("nobody was seen to go from one step to the next"),
            needs=_("interactions that name the funnel step and the time"),
        )
    step = stall_step if stall_step in set(times["step"]) else str(_rows(times.nlargest(1, "estimate"))[0]["step"])
    mine = _rows(times[(times["step"] == step) & (times["quantile"] == 0.5)])[0]
    window = _rows(windows[windows["step"] == step])[0]
    half = fact_from_row(
        "3.days_to_go_on",
        mine,
        inputs=("interactions",),
        formula=_("median of the cumulative incidence of those who go on"),
    )
    limit = Fact(
        "3.window_days",
        window["estimate"],
        n=window["n"],
        unit="days",
        inputs=("interactions",),
        formula=_("days until 95 % of those who will be seen to go on have gone on"),
    )
    return finding(
        _(
            "Half of those who go on from {step} do so within {days_to_go_on:full}; the window of this step is {window_days}. "
            "Whoever is still there after it is overdue, and worth asking."
        ),
        half,
        limit,
        step=names.get(step, step),
    )


def with_conversions(stake: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """What is at stake with each conversion's own interval, as the funnel's table shows it: one number, one interval."""
    if stake.empty or steps.empty:
        return stake
    own = steps.set_index("step")[["low", "high"]].reindex(stake["step"])
    return stake.assign(conversion_low=own["low"].to_numpy(), conversion_high=own["high"].to_numpy())


def stall(stake: pd.DataFrame, *, names: Names, p_worst: float) -> Finding:
    """Which step loses most of what could be won back, and whether that is shown."""
    if stake.empty:
        return _no_funnel()
    worst = _worst(stake)
    if worst is None:
        return _nothing_lost(stake)
    facts = (*_worth(worst), _p_worst(worst), _conversion(worst))
    words = {"stall": names.get(worst["step"], worst["step"]), "benchmark": percent(worst["benchmark_share"])}
    if _shown(worst, p_worst):
        told = _("Sales stall at {stall}: {stall_conversion:full} go on, against a benchmark of {benchmark}.")
        tail = _at_stake(worst)
        return finding(f"{told} {tail}", *facts, verdict="real", **words)
    tied = ", ".join(names.get(step, step) for step in stake.loc[stake["tied"], "step"])
    told = _(
        "No stall is shown. {stall} loses most against its benchmark, but other steps could be the worst as well "
        "(probability that it is: {p_worst}); the steps that cannot be told apart: {tied}."
    )
    if worst["p_worst"] >= p_worst:
        told = _(
            "No stall is shown. {stall} loses most against its benchmark of {benchmark}, but with {stall_conversion:full} "
            "the gap could be chance."
        )
    return finding(told, *facts, verdict="not shown", tied=tied, **words)


def objective(booked: pd.DataFrame, *, names: Names) -> Finding:
    """At which step most of the money is booked."""
    if booked.empty:
        return cannot_tell(
            _("where the objective is met: customers seen in the funnel have no transactions that add up to money"),
            needs=_("transactions with the customer they belong to"),
        )
    most = _rows(booked.nlargest(1, "estimate"))[0]
    share = fact_from_row(
        "3.objective_share",
        most,
        inputs=("transactions", "interactions"),
        formula=_("money booked by customers last seen at the step / all money booked"),
    )
    return finding(
        _("Most of the money is booked at {step}: {objective_share:full}; it books most in {p} of the samples."),
        share,
        step=names.get(most["step"], most["step"]),
        p=percent(most["p_most"]),
    )


def leaving(table: pd.DataFrame) -> Finding:
    """What share of the satisfied is not seen again."""
    if table.empty:
        return cannot_tell(
            _(
                "whether satisfied customers leave: nobody's window after an answer is over, or answers and contacts do not meet"
            ),
            needs=_("overall satisfaction or NPS by customer, and what those customers did afterwards"),
        )
    mine, other = (_rows(table[table["group"] == group])[0] for group in ("satisfied", "other"))
    share = fact_from_row(
        "3.satisfied_but_leaving",
        mine,
        inputs=("responses", "interactions", "transactions"),
        formula=_("satisfied and not seen again within the window / satisfied"),
    )
    told = _(
        "Of those satisfied ({score} or more), {satisfied_but_leaving:full} are not seen again within {window}; of the "
        "others {other}. {meaning}"
    )
    return finding(
        told,
        share,
        score=number(mine["satisfied_from"], 0),
        window=quantity(mine["window_days"], "days"),
        other=percent(other["estimate"]),
        meaning=_("Satisfaction alone does not say who stays.")
        if mine["low"] < other["high"] and other["low"] < mine["high"]
        else _("The two differ: satisfaction goes with staying."),
    )


def recommend(
    stake: pd.DataFrame, booked: pd.DataFrame, *, steps: list[str], names: Names, p_worst: float
) -> Recommendation:
    """The stalled step and the step where the objective is met; the next worst as alternatives; {} when nothing is known."""
    worst = _worst(stake) if len(stake) else None
    if worst is None:
        why = _no_funnel() if stake.empty else _nothing_lost(stake)
        return Recommendation({}, why, grade="unknown")
    because = headline(stake, booked, names=names, p_worst=p_worst)
    choice = _choice(str(worst["step"]), booked, steps)
    others = stake[stake["step"] != worst["step"]].nlargest(2, "estimate")
    meanings = [_meaning(row, booked, steps, names) for row in _rows(others[others["estimate"] > 0])]
    return Recommendation(choice, because, tuple(meanings), "measured" if _shown(worst, p_worst) else "observed")


def _choice(stall_step: str, booked: pd.DataFrame, steps: list[str]) -> dict[str, str]:
    """The stall, and the step from there on that books most; the last step when no money is known."""
    ahead = booked[booked["step"].isin(steps[steps.index(stall_step) :])] if len(booked) else booked
    target = str(_rows(ahead.nlargest(1, "estimate"))[0]["step"]) if len(ahead) else steps[-1]
    return {"stall_step": stall_step, "objective_step": target}


def _meaning(row: Row, booked: pd.DataFrame, steps: list[str], names: Names) -> Alternative:
    """Another stall and what it would mean."""
    choice = _choice(str(row["step"]), booked, steps)
    told = _("The corridor would begin at {step}: {worth} a year at stake there; it is the worst in {p} of the draws.")
    return Alternative(
        choice,
        told.format(
            step=names.get(str(row["step"]), str(row["step"])),
            worth=quantity(row["estimate"], str(row["unit"])),
            p=percent(row["p_worst"]),
        ),
    )


def _worst(stake: pd.DataFrame) -> Row | None:
    """The row of the step that loses most; None when no step falls short of a benchmark."""
    row = _rows(stake.nlargest(1, "estimate"))[0]
    return row if row["estimate"] > 0 else None


def _shown(worst: Row, p_worst: float) -> bool:
    """The stall is shown when its gap is and it is the worst with enough probability."""
    return bool(worst["gap_shown"]) and float(worst["p_worst"]) >= p_worst


def _worth(worst: Row) -> tuple[Fact, Fact]:
    """Value at stake in money (unknown without money) and in purchases."""
    formula = _(
        "V = N·max(0, b − c)·A·m: entrants a year × gap to the benchmark × purchases still ahead × money of a purchase"
    )
    inputs = ("interactions", "transactions", "1.purchase_value", "brief: benchmark")
    in_money = worst["unit"] == "money"
    value = fact_from_row("3.value_at_stake", worst if in_money else {"unit": "money"}, formula=formula, inputs=inputs)
    scale = worst["lost_purchases"] / worst["estimate"]
    purchases = Fact(
        "3.lost_purchases",
        worst["lost_purchases"],
        worst["low"] * scale,
        worst["high"] * scale,
        n=worst["n"],
        unit="count",
        formula=_("N·max(0, b − c)·A: purchases a year that are lost at the stall"),
        inputs=inputs,
    )
    return value, purchases


def _p_worst(worst: Row) -> Fact:
    return Fact(
        "3.p_worst",
        worst["p_worst"],
        n=worst["n"],
        unit="share",
        inputs=("interactions",),
        formula=_("share of bootstrap samples of customers in which the step loses most"),
    )


def _conversion(worst: Row) -> Fact:
    return Fact(
        "3.stall_conversion",
        worst["conversion_share"],
        worst.get("conversion_low"),
        worst.get("conversion_high"),
        worst["n"],
        "share",
        formula=_("cumulative incidence of going on, at the horizon"),
        inputs=("interactions",),
    )


def _at_stake(worst: Row) -> str:
    """The sentence about the worth, in money or in purchases."""
    if worst["unit"] == "money":
        return _(
            "{value_at_stake} a year could be won back there ({value_at_stake:interval}, about {lost_purchases} purchases)."
        )
    return _(
        "About {lost_purchases} journeys a year that would get to their goal are lost there; what they are worth cannot "
        "be told without transactions."
    )


def _no_funnel() -> Finding:
    return cannot_tell(
        _("contacts are not recorded at two steps or more, so nobody's way through the funnel is known"),
        needs=_("interactions: customer, time, touchpoint and funnel step of every contact"),
    )


def _nothing_lost(stake: pd.DataFrame) -> Finding:
    if stake["benchmark_share"].isna().all():
        return cannot_tell(
            _("no step has a benchmark to fall short of"),
            needs=_("a benchmark in the brief, a second segment or an earlier period with enough entrants"),
        )
    return finding(_("No step falls short of its benchmark: nothing recoverable is at stake."), verdict="not shown")


def _rows(table: pd.DataFrame) -> list[Row]:
    """The rows of a table as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
