"""What stage 9 says of the trial: whether it can be trusted, what it did to business and satisfaction, what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N, Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, day, interval, number, percent, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, p_words, upper_first, verdict_name
from cxlib.stages.measurement.says_change import satisfaction_changed

Labels = Mapping[str, Mapping[str, str]]


def headline(effect: pd.DataFrame, waves: pd.DataFrame, labels: Labels, *, decided: str) -> Finding:
    """The stage's result: the effect in the registered metric and the verdict in force."""
    if effect.empty:
        reason = _(
            "no experience was tried on some customers and withheld from others, so its effect on the business cannot be "
            "measured"
        )
        nothing = cannot_tell(reason, needs=_a_trial())
        return nothing + satisfaction_changed(waves, labels) if len(waves) else nothing
    row = first(effect)
    template = {
        "real": _("{metric}: {control} without, {pilot} with the experience; difference {effect:full}: {decided}."),
        "not shown": _("{metric}: an effect of the pilot is not shown ({effect:full}): {decided}."),
        "cannot tell": _("{metric}: nothing can be told of the pilot's effect at this n ({effect:full}): {decided}."),
    }[row["verdict"]]
    return finding(template, effect_fact(row), verdict=row["verdict"], decided=verdict_name(decided), **_arms(row))


def trusted(arms: pd.DataFrame, checks: pd.DataFrame, plan: Mapping[str, Any], *, n_on_record: int = 0) -> Finding:
    """Were the arms drawn as planned, is the window over, and did both arms keep their people?"""
    if arms.empty:
        reason = _("nobody was assigned to a pilot or a control arm")
        if n_on_record:
            template = _("the {n} customers on record are in a pilot of another experience than the registered one")
            if not plan["experience"]:
                template = _("{n} customers are in a pilot, but stage 7 decided for no experience to hold it against")
            reason = template.format(n=number(n_on_record, 0))
        return cannot_tell(reason, needs=_a_trial())
    n_open, n_all = int(arms["n_open"].sum()), int(arms["n_assigned"].sum())
    if n_open == n_all:
        when = arms["closes_on"].max()
        wait = _("a start") if pd.isna(when) else _("data until {date}").format(date=day(when))
        waiting = _("the window of {days} days has not closed for anybody")
        return cannot_tell(waiting.format(days=number(plan["window_days"], 0)), needs=wait)
    if checks.empty:
        said = _(
            "There is no random control arm: what follows is a comparison with the other customers, and causal only if "
            "both would have moved alike."
        )
        return finding(said, verdict="cannot tell")
    template = _("All {n_analysed} customers drawn are analysed.")
    if n_open:
        template = _("{n_analysed} customers are analysed; {n_open} were left out because their window is still open.")
    counted = fact("9.n_analysed", int(arms["n_analysed"].sum()))
    return finding(template, counted, n_open=number(n_open, 0)) + _sizes(checks, n_all)


def _sizes(checks: pd.DataFrame, n: int) -> Finding:
    """Whether the arms are as large as they were drawn to be."""
    smallest = float(checks["p_value"].min())
    template = _("Both arms have the sizes they were drawn to have (smallest p = {p}).")
    if checks["warning"].any():
        template = _(
            "The arms are less even than a fair draw leaves them in all but one case of a hundred (p = {p}): look at how they"
            " were drawn before the effect is believed."
        )
    if checks["mismatch"].any():
        template = _(
            "The arms do not have the sizes they were drawn to have (p = {p}): something besides chance sorted the "
            "customers, and no effect can be trusted."
        )
    return finding(template, fact("9.sample_ratio_p", smallest, n=n), p=p_words(smallest))


def business(effect: pd.DataFrame, plain: pd.DataFrame, decision: pd.DataFrame, *, minimum: float) -> Finding:
    """The registered effect against zero and against the minimum worth having, with the unadjusted one as a check."""
    if effect.empty:
        return cannot_tell(_("there is no trial whose window has closed with purchases on record"), needs=_a_trial())
    row = first(effect)
    template = _("{metric}: {pilot} in the pilot arm, {control} in the other; difference {effect:full}.")
    said = finding(template, effect_fact(row), verdict=row["verdict"], **_arms(row))
    said += _against_minimum(first(decision)["against_minimum"], gap_words(minimum, str(row["unit"])))
    for other in rows(plain):
        unit = gap_unit(str(other["unit"]))
        between = interval(other["low"], other["high"], unit)
        without = quantity(other["estimate"], unit)
        said += finding(_("Without adjustment it is {plain} ({between})."), plain=without, between=between)
    return said


def _against_minimum(where: str, minimum: str) -> Finding:
    """Where the interval lies against the effect worth having."""
    template = {
        "unknown": _("No minimum effect was registered, so nothing says whether it is worth having."),
        "above": _("Even the low end is worth having (registered minimum {minimum})."),
        "below": _("Even the high end is below what is worth having (registered minimum {minimum})."),
        "around": _(
            "The effect worth having, {minimum}, lies inside the interval: the true effect may be larger or smaller."
        ),
    }.get(where, "")
    return finding(template, minimum=minimum)


def satisfied(effects: pd.DataFrame, guards: pd.DataFrame, labels: Labels) -> Finding:
    """Satisfaction beside business, and the guardrails."""
    if effects.empty:
        return cannot_tell(
            _("too few customers of either arm answered a question after the start"),
            needs=_("the same survey in both arms after the launch"),
            n_needed=2 * EVIDENCE_N,
        )
    row = first(effects)
    template = {
        "real": _("{question}: the arms differ by {satisfaction_effect:full}."),
        "not shown": _("{question}: a difference is not shown ({satisfaction_effect:full})."),
        "cannot tell": _("{question}: too few answers to compare ({satisfaction_effect:full})."),
    }[row["verdict"]]
    question = upper_first(metric_name(row["metric"], labels))
    said = finding(template, fact("9.satisfaction_effect", row), verdict=row["verdict"], question=question)
    return said + _guarded(guards, labels)


def _guarded(guards: pd.DataFrame, labels: Labels) -> Finding:
    """The guardrails by state."""
    if guards.empty:
        return finding(_("No guardrail was registered."))
    words = {
        "held": _("Guardrails held: {names}."),
        "breached": _("Guardrails breached: {names}."),
        "cannot tell": _("Guardrails that this n cannot settle: {names}."),
    }
    names = guards.assign(name=[metric_name(metric, labels) for metric in guards["metric"]])
    joined = names.groupby("status", sort=False)["name"].agg(", ".join)
    return Finding(" ".join(words[str(state)].format(names=text) for state, text in joined.items()))


def returned(table: pd.DataFrame) -> Finding:
    """What came back on the pilot's customers against what was promised for them; `table` from `realised`."""
    if table.empty:
        return cannot_tell(
            _("the effect, or what a unit of it is worth, is not known, so no money is shown"),
            needs=_("a measured effect and the worth of a purchase"),
        )
    template = _(
        "On the pilot's customers in the window the effect was worth {return_realised:full}; {return_promised} was "
        "promised, and {return_needed} pays for it."
    )
    realised, promised, needed = (first(table, what=what) for what in ("realised", "promised", "cost"))
    operands = (
        fact("9.n_in_pilot", int(realised["n"])),
        fact("9.worth_of_a_unit", realised["unit_money"]),
        fact("9.promised_effect", promised["effect"]),
        fact("9.minimum_effect", needed["effect"]),
    )
    said = finding(
        template,
        fact("9.return_realised", realised),
        fact("9.return_promised", promised),
        fact("9.return_needed", needed),
        *operands,
    )
    if np.isfinite(realised["of_promise"]):
        said += finding(_("That is {share} of the promise."), share=percent(realised["of_promise"], 0))
    return said


def recommend(decision: pd.DataFrame, effect: pd.DataFrame, experience: str) -> Recommendation:
    """The verdict of the registered rule, its reason, and what the other verdicts would mean."""
    row = first(decision)
    because, facts = reason(row["rule"]), tuple(effect_fact(one) for one in rows(effect.head(1)))
    if np.isfinite(row["n_needed"]):
        size = fact("9.n_needed", int(row["n_needed"]))
        because += finding(_("Telling the minimum effect from none takes about {n_needed} customers per arm."), size)
    because = Finding(because.sentence, (*facts, *because.facts), because.verdict)
    others = [
        Alternative({"verdict": name}, text.format(name=experience or _("The experience")))
        for name, text in meanings().items()
        if name != row["verdict"]
    ]
    return Recommendation({"verdict": row["verdict"]}, because, tuple(others), row["grade"])


def reason(rule: str) -> Finding:
    """Why the registered rule gives its verdict."""
    sentence = {
        "no_trial": _(
            "There is no finished trial of the registered experience: nothing speaks for scaling or stopping."
        ),
        "no_spread": _("Within each arm everybody did the same, so nothing tells an effect from chance yet."),
        "mismatch": _("The arms are not the sizes they were drawn to be, so their difference cannot be trusted."),
        "not_carried": _(
            "The gain is larger than those who met the experience can carry, so something else moved it: it is not scaled."
        ),
        "harm": _("The whole interval lies below zero: the experience costs business."),
        "too_small": _("Even the high end of the interval is below the effect worth having."),
        "liked_not_bought": _(
            "Customers like it, but the effect on the business is below what is worth having: redesign it."
        ),
        "guardrail": _("The effect is real, but a guardrail is breached: mend that before it is scaled."),
        "less_satisfied": _("The business gains while satisfaction falls: find out why before it is scaled."),
        "worth_it": _(
            "The whole interval lies above zero, the estimate is at least the effect worth having, and nothing that was "
            "guarded is shown to have suffered."
        ),
        "real_but_small": _(
            "The effect is real, but the estimate is below what is worth having: make it cheaper or stronger."
        ),
        "open": _("The interval holds both no effect and the effect worth having."),
    }[rule]
    return Finding(
        sentence, verdict="cannot tell" if rule in ("no_trial", "no_spread", "mismatch", "not_carried", "open") else ""
    )


def meanings() -> dict[str, str]:
    """Verdict → what it means downstream."""
    return {
        "scale": _("{name} goes to everybody; stage 10 watches whether the effect holds."),
        "adjust": _("{name} goes back to stage 7 with what was learnt, and is registered anew."),
        "stop": _("{name} ends; its budget is free and stage 7 chooses again."),
        "keep measuring": _(
            "The pilot goes on unchanged until the sample is large enough; nobody looks at the verdict earlier."
        ),
    }


def effect_fact(row: Mapping[str, Any]) -> Fact:
    """9.effect: the difference in the registered metric."""
    return fact("9.effect", {**row, "unit": gap_unit(str(row["unit"]))})


def _arms(row: Mapping[str, Any]) -> dict[str, str]:
    """What was measured, and what stood in either arm."""
    pilot, control = (quantity(row[arm], row["unit"]) for arm in ("pilot", "control"))
    return {"metric": upper_first(metric_name(row["metric"])), "pilot": pilot, "control": control}


def _a_trial() -> str:
    """What would settle whether there is an effect."""
    return _("a pilot and a control arm drawn at random, a closed window and the purchases in it")
