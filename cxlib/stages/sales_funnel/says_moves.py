"""What stage 3 says about movement: why more or fewer reach the end than before, who goes back, who waits too long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact_from_row, finding
from cxlib.language import _, interval, number, percent

Names = Mapping[str, str]


def change(table: pd.DataFrame, *, names: Names) -> Finding:
    """Whether more or fewer get to the end than in the half before, and which entrants or step made the difference."""
    known = table[table["estimate"].notna()] if len(table) else table
    total = _rows(known[known["component"] == "total"])
    fact = Fact("3.change_of_arrivals", None, unit="share", formula=_formula(), inputs=("interactions",))
    if not total:
        return cannot_tell(
            _("why arrivals at the end have changed: a half of the observation has too few entrants"),
            needs=_("30 entrants of every step in each half of the period"),
            facts=(fact,),
        )
    row = total[0]
    fact = Fact(
        "3.change_of_arrivals",
        math.expm1(row["estimate"]),
        math.expm1(row["low"]),
        math.expm1(row["high"]),
        row["n"],
        "share",
        formula=_formula(),
        inputs=("interactions",),
    )
    said = finding(
        _(
            "Against the first half of the observation, arrivals at the end of the funnel changed by "
            "{change_of_arrivals:full}."
        ),
        fact,
        verdict="real" if row["shown"] else "not shown",
    )
    moved = [each for each in _rows(known[known["component"] != "total"]) if each["shown"]]
    if not moved:
        return said + finding(_("Neither entrants nor any step is shown to have changed."))
    parts = [
        _("{what} {by} ({range})").format(
            what=_name(str(each["component"]), names),
            by=signed(each["estimate"]),
            range=interval(math.expm1(each["low"]), math.expm1(each["high"]), "share"),
        )
        for each in sorted(moved, key=lambda each: -abs(each["estimate"]))
    ]
    return said + finding(_("Shown to have changed: {parts}."), parts="; ".join(parts))


def change_table(table: pd.DataFrame) -> pd.DataFrame:
    """The split for people: entrants as a count, conversions as a share, the change in per cent with its interval."""
    shares = table["component"].isin(["entrants", "total"])
    shown = table.assign(
        component=_components(table),
        before=[
            number(value, 0) if count else percent(value) for value, count in zip(table["before"], shares, strict=True)
        ],
        after=[
            number(value, 0) if count else percent(value) for value, count in zip(table["after"], shares, strict=True)
        ],
        change=[signed(value) for value in table["estimate"]],
        change_low=[math.expm1(value) for value in table["low"]],
        unit="share",
    )
    limits = [
        interval(low, math.expm1(high), "share") for low, high in zip(shown["change_low"], table["high"], strict=True)
    ]
    return shown.assign(interval=limits)[["component", "before", "after", "change", "interval", "n", "shown"]].rename(
        columns={"component": "step", "interval": "95% interval"}
    )


def change_picture(table: pd.DataFrame) -> pd.DataFrame:
    """What the picture draws: a row a component whose change is known, named; `total` marks the last."""
    known = table[table["estimate"].notna()]
    return known.assign(step=_components(known), total=known["component"].eq("total"))


def order(moves: pd.DataFrame) -> Finding:
    """How far journeys keep the order of the funnel."""
    if moves.empty:
        return cannot_tell(
            _("whether customers keep the order of the funnel: nobody was met twice"),
            needs=_("two contacts or more of a journey"),
        )
    each = {row["kind"]: row for row in _rows(moves)}
    skipped = fact_from_row(
        "3.moves_that_skip",
        each["skip"],
        inputs=("interactions",),
        formula=_("moves past at least one step ÷ moves between two contacts"),
    )
    back = fact_from_row(
        "3.moves_back",
        each["back"],
        inputs=("interactions",),
        formula=_("moves to an earlier step ÷ moves between two contacts"),
    )
    words = _(
        "Of the moves from one contact to the next, {moves_that_skip} jump over a step and {moves_back:full} go back to an "
        "earlier one; {again} stay where they are."
    )
    said = finding(words, skipped, back, again=percent(each["again"]["estimate"]))
    if skipped.number() + back.number() > 0.25:
        return said + finding(_("So many leave the order that the steps should be reconsidered before the stall is."))
    return said


def ageing(table: pd.DataFrame, *, names: Names) -> Finding:
    """Who is still open longer than nine tenths of those who go on needed."""
    fact = Fact("3.waiting_too_long", None, unit="share", inputs=("interactions",), formula=_old())
    if table.empty:
        return finding(_("Nobody is open at a step whose waiting time is known."), fact, verdict="cannot tell")
    total, old = int(table["n"].sum()), int(table["n_old"].sum())
    most = _rows(table.nlargest(1, "n_old"))[0]
    fact = Fact(
        "3.waiting_too_long",
        old / total,
        n=total,
        unit="share",
        inputs=("interactions",),
        formula=_old(),
        grade="measured",
    )
    return finding(
        _(
            "Of the {open} journeys still open, {waiting_too_long} have waited longer than nine tenths of those who go on "
            "needed, most of them at {step} ({n} beyond {days} days): of these little more is to be expected."
        ),
        fact,
        open=number(total, 0),
        step=names.get(most["step"], most["step"]),
        n=number(most["n_old"], 0),
        days=number(most["old_days"], 0),
    )


def transition_table(table: pd.DataFrame, *, names: Names) -> pd.DataFrame:
    """The transition table for people: a row a step, a column what followed, the number of contacts."""
    if table.empty:
        return table
    steps = [*dict.fromkeys(table["from_step"])]
    after = {"lost": _("seen lost"), "end": _("last contact known")}
    to = [
        after.get(str(kind)) or names.get(step, step)
        for kind, step in zip(table["kind"], table["to_step"], strict=True)
    ]
    columns = [name for name in (*(names.get(step, step) for step in names), *after.values()) if name in set(to)]
    wide = table.assign(to=to).pivot(index="from_step", columns="to", values="estimate").reindex(steps)[columns]
    shown = wide.map(lambda value: "" if value != value else percent(value))
    counts = table.drop_duplicates("from_step").set_index("from_step")["n"].reindex(steps)
    return shown.assign(n=counts).rename_axis(index="from_step", columns=None).reset_index()


def signed(logs: float) -> str:
    """A difference of logarithms as a signed percentage: 0.1 → +10.5%."""
    if not math.isfinite(logs):
        return percent(None)
    text = percent(math.expm1(logs))
    return f"+{text}" if math.expm1(logs) > 0 else text


def _components(table: pd.DataFrame) -> list[str]:
    return [_name(str(name), {}) for name in table["component"]]


def _name(component: str, names: Names) -> str:
    own = {"entrants": _("entrants"), "total": _("arrivals at the end")}
    return own.get(component) or names.get(component, component)


def _formula() -> str:
    return _("exp(Δ ln entrants + Σ Δ ln conversion) − 1, second half against the first")


def _old() -> str:
    return _("open longer than the 90 % time of the cumulative incidence ÷ open")


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
