"""What stage 9 says: whether the trial can be trusted, what it did to business and satisfaction, what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import (
    COUNTED,
    Alternative,
    Fact,
    Finding,
    Recommendation,
    Verdict,
    cannot_tell,
    compare,
    fact_from_row,
    finding,
)
from cxlib.language import _, day, interval, number, percent, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, p_words, upper_first, verdict_name

FORMULA = "pilot mean − control mean, outcomes adjusted by the same metric before the start (CUPED), Welch interval"
TRIAL = ("transactions", "assignments", "7.minimum_effect")
Labels = Mapping[str, Mapping[str, str]]


def headline(effect: pd.DataFrame, decision: pd.DataFrame, waves: pd.DataFrame, labels: Labels) -> Finding:
    """The stage's result: the effect in the registered metric and what the rule makes of it."""
    if effect.empty:
        nothing = cannot_tell(
            _(
                "no experience was tried on some customers and withheld from others, so its effect on the "
                "business cannot be measured"
            ),
            needs=settles("no_trial"),
        )
        return nothing + satisfaction_changed(waves, labels) if len(waves) else nothing
    row = effect.iloc[0]
    template = {
        "real": _("{metric}: {control} without, {pilot} with the experience; difference {effect:full}: {decided}."),
        "not shown": _("{metric}: an effect of the pilot is not shown ({effect:full}): {decided}."),
        "cannot tell": _("{metric}: nothing can be told of the pilot's effect at this n ({effect:full}): {decided}."),
    }
    seen = compare(row["low"], row["high"], n=int(min(row["n_pilot"], row["n_control"])))
    return finding(
        template[seen],
        effect_fact(effect),
        metric=upper_first(metric_name(row["metric"])),
        verdict=seen,
        pilot=quantity(row["pilot"], row["unit"]),
        control=quantity(row["control"], row["unit"]),
        decided=verdict_name(decision["verdict"].iloc[0]),
    )


def trusted(arms: pd.DataFrame, checks: pd.DataFrame, plan: Mapping[str, Any], *, n_on_record: int = 0) -> Finding:
    """Were the arms drawn as planned, is the window over, and did both arms keep their people?"""
    if arms.empty and n_on_record:
        return cannot_tell(
            _("the {n} customers on record are in a pilot of another experience than the registered one").format(
                n=number(n_on_record, 0)
            ),
            needs=settles("no_trial"),
        )
    if arms.empty:
        return cannot_tell(_("nobody was assigned to a pilot or a control arm"), needs=settles("no_trial"))
    n_open, n_all = int(arms["n_open"].sum()), int(arms["n_assigned"].sum())
    if n_open == n_all:
        when = arms["closes_on"].max()
        wait = _("a start") if pd.isna(when) else _("data until {date}").format(date=day(when))
        return cannot_tell(
            _("the window of {days} days has not closed for anybody").format(days=number(plan["window_days"], 0)),
            needs=wait,
        )
    if checks.empty:
        return finding(
            _(
                "There is no random control arm: what follows is a comparison with the other customers, and causal "
                "only if both would have moved alike."
            ),
            verdict="cannot tell",
        )
    counted = Fact(
        "9.n_analysed",
        int(arms["n_analysed"].sum()),
        formula="customers whose window had closed",
        inputs=("assignments", "transactions"),
        n_of=COUNTED,
    )
    ratio = fact_from_row(
        "9.sample_ratio_p",
        {"estimate": checks["p_value"].min(), "n": n_all, "unit": "ratio"},
        formula="chi-square of the arms' sizes against plan",
        inputs=("assignments",),
    )
    template = _("All {n_analysed} customers drawn are analysed.")
    if n_open:
        template = _("{n_analysed} customers are analysed; {n_open} were left out because their window is still open.")
    said = finding(template, counted, n_open=number(n_open, 0))
    smallest = p_words(float(checks["p_value"].min()))
    if checks["mismatch"].any():
        return said + finding(
            _(
                "The arms do not have the sizes they were drawn to have (p = {p}): something besides chance "
                "sorted the customers, and no effect can be trusted."
            ),
            ratio,
            p=smallest,
        )
    return said + finding(_("Both arms have the sizes they were drawn to have (smallest p = {p})."), ratio, p=smallest)


def business(effect: pd.DataFrame, plain: pd.DataFrame, plan: Mapping[str, Any]) -> Finding:
    """The registered effect against zero and against the minimum worth having, with the unadjusted one as a check."""
    if effect.empty:
        return cannot_tell(
            _("there is no trial whose window has closed with purchases on record"), needs=settles("no_trial")
        )
    row = effect.iloc[0]
    seen = compare(row["low"], row["high"], n=int(min(row["n_pilot"], row["n_control"])))
    said = finding(
        _("{metric}: {pilot} in the pilot arm, {control} in the other; difference {effect:full}."),
        effect_fact(effect),
        metric=upper_first(metric_name(row["metric"])),
        verdict=seen,
        pilot=quantity(row["pilot"], row["unit"]),
        control=quantity(row["control"], row["unit"]),
    )
    said += _against_minimum(row, plan["minimum_effect"])
    if len(plain):
        other, unit = plain.iloc[0], gap_unit(str(plain["unit"].iloc[0]))
        said += finding(
            _("Without adjustment it is {plain} ({between})."),
            plain=quantity(other["estimate"], unit),
            between=interval(other["low"], other["high"], unit),
        )
    return said


def _against_minimum(row: pd.Series, minimum: float) -> Finding:
    """Where the interval lies against the effect worth having."""
    if not np.isfinite(minimum):
        return finding(_("No minimum effect was registered, so nothing says whether it is worth having."))
    template = _(
        "The effect worth having, {minimum}, lies inside the interval: the true effect may be larger or smaller."
    )
    if row["low"] >= minimum:
        template = _("Even the low end is worth having (registered minimum {minimum}).")
    elif row["high"] < minimum:
        template = _("Even the high end is below what is worth having (registered minimum {minimum}).")
    return finding(template, minimum=gap_words(minimum, str(row["unit"])))


def satisfied(effects: pd.DataFrame, guards: pd.DataFrame, labels: Labels) -> Finding:
    """Satisfaction beside business, and the guardrails."""
    if effects.empty:
        return cannot_tell(
            _("too few customers of either arm answered a question after the start"),
            needs=_("the same survey in both arms after the launch"),
            n_needed=60,
        )
    row = effects.iloc[0]
    seen = compare(row["low"], row["high"], n=int(min(row["n_pilot"], row["n_control"])))
    template = {
        "real": _("{question}: the arms differ by {satisfaction_effect:full}."),
        "not shown": _("{question}: a difference is not shown ({satisfaction_effect:full})."),
        "cannot tell": _("{question}: too few answers to compare ({satisfaction_effect:full})."),
    }[seen]
    said = finding(
        template, satisfaction_fact(effects), verdict=seen, question=upper_first(metric_name(row["metric"], labels))
    )
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
    parts = [
        words[str(state)].format(names=", ".join(metric_name(name, labels) for name in found["metric"]))
        for state, found in guards.groupby("status", sort=False)
    ]
    return Finding(" ".join(parts))


def returned(table: pd.DataFrame, share: float) -> Finding:
    """What came back on the pilot's customers against what was promised for them."""
    if table.empty:
        return cannot_tell(
            _("the effect, or what a unit of it is worth, is not known, so no money is shown"),
            needs=_("a measured effect and the worth of a purchase"),
        )
    facts = return_facts(table)
    said = finding(
        _(
            "On the pilot's customers in the window the effect was worth {return_realised:full}; {return_promised} "
            "was promised, and {return_needed} pays for it."
        ),
        *facts,
    )
    if np.isfinite(share):
        said += finding(_("That is {share} of the promise."), share=percent(share, 0))
    return said


def satisfaction_changed(waves: pd.DataFrame, labels: Labels) -> Finding:
    """What satisfaction did between the last two waves; descriptive, for nobody knows why."""
    if waves.empty:
        return cannot_tell(
            _("there are not two waves of answers to compare"), needs=_("the same questions a year later")
        )
    whole = waves[waves["touchpoint"].eq("")]
    overall = whole[whole["question"].eq("overall")]  # the net promoter score has a sentence of its own
    row = next(table for table in (overall, whole, waves) if len(table)).iloc[0]
    seen: Verdict = compare(row["low"], row["high"], n=int(row["n"]))
    fact = fact_from_row(
        "9.wave_change", dict(row), formula="mean of the last wave − mean of the one before", inputs=("responses",)
    )
    moved = int(waves["moved"].sum()) if "moved" in waves else 0
    said = finding(
        _(
            "Between the waves that begin {first} and {last}, {question} changed by {wave_change:full}; "
            "descriptive: other things changed too."
        ),
        fact,
        verdict=seen,
        first=day(row["from_on"]),
        last=day(row["to_on"]),
        question=metric_name(_wave_metric(row), labels),
    )
    return said + finding(
        _("{moved} of {all} questions moved after allowing for their number."),
        moved=number(moved, 0),
        all=number(len(waves), 0),
    )


def recommend(decision: pd.DataFrame, effect: pd.DataFrame, experience: str) -> Recommendation:
    """The verdict of the registered rule, its reason, and what the other verdicts would mean."""
    row = decision.iloc[0]
    because = reason(str(row["rule"]))
    facts = (effect_fact(effect),) if len(effect) else ()
    needed = row["n_needed"]
    if np.isfinite(needed):
        size = Fact(
            "9.n_needed",
            int(needed),
            None,
            None,
            None,
            "count",
            "observed",
            "2 (z₁₋α/2 + z_power)² s² / minimum², s as seen",
            ("9.effect", "7.minimum_effect"),
        )
        because = because + finding(
            _("Telling the minimum effect from none takes about {n_needed} customers per arm."), size
        )
    because = Finding(because.sentence, (*facts, *because.facts), because.verdict)
    others = [
        Alternative({"verdict": name}, meaning(name, experience))
        for name in ("scale", "adjust", "stop", "keep measuring")
        if name != row["verdict"]
    ]
    seen = str(effect["design"].iloc[0]) if len(effect) else ""
    enough = len(effect) and min(effect["n_pilot"].iloc[0], effect["n_control"].iloc[0]) >= 30
    grade = "measured" if seen == "randomised" and enough else "observed" if len(effect) else "assumed"
    return Recommendation({"verdict": str(row["verdict"])}, because, tuple(others), grade)


def reason(rule: str) -> Finding:
    """Why the registered rule gives its verdict."""
    sentences = {
        "no_trial": _(
            "There is no finished trial of the registered experience: nothing speaks for scaling or stopping."
        ),
        "no_spread": _("Within each arm everybody did the same, so nothing tells an effect from chance yet."),
        "mismatch": _("The arms are not the sizes they were drawn to be, so their difference cannot be trusted."),
        "harm": _("The whole interval lies below zero: the experience costs business."),
        "too_small": _("Even the high end of the interval is below the effect worth having."),
        "liked_not_bought": _(
            "Customers like it, but the effect on the business is below what is worth having: redesign it."
        ),
        "guardrail": _("The effect is real, but a guardrail is breached: mend that before it is scaled."),
        "less_satisfied": _("The business gains while satisfaction falls: find out why before it is scaled."),
        "worth_it": _(
            "The whole interval lies above zero, the estimate is at least the effect worth having, and nothing that "
            "was guarded is shown to have suffered."
        ),
        "real_but_small": _(
            "The effect is real, but the estimate is below what is worth having: make it cheaper or stronger."
        ),
        "open": _("The interval holds both no effect and the effect worth having."),
    }
    return Finding(
        sentences[rule], verdict="cannot tell" if rule in ("no_trial", "no_spread", "mismatch", "open") else ""
    )


def meaning(verdict: str, experience: str) -> str:
    """What another verdict would mean downstream."""
    name = experience or _("The experience")
    words = {
        "scale": _("{name} goes to everybody; stage 10 watches whether the effect holds."),
        "adjust": _("{name} goes back to stage 7 with what was learnt, and is registered anew."),
        "stop": _("{name} ends; its budget is free and stage 7 chooses again."),
        "keep measuring": _(
            "The pilot goes on unchanged until the sample is large enough; nobody looks at the verdict earlier."
        ),
    }
    return words[verdict].format(name=name)


def settles(rule: str) -> str:
    """What would settle an open question."""
    return (
        _("a pilot and a control arm drawn at random, a closed window and the purchases in it")
        if rule == "no_trial"
        else ""
    )


def effect_fact(effect: pd.DataFrame) -> Fact:
    """9.effect: the difference in the registered metric."""
    row = dict(effect.iloc[0]) if len(effect) else {}
    row["unit"] = gap_unit(str(row.get("unit", "count")))
    return fact_from_row("9.effect", row, formula=FORMULA, inputs=TRIAL)


def satisfaction_fact(effects: pd.DataFrame) -> Fact:
    """9.satisfaction_effect: the difference in the first satisfaction question."""
    row = dict(effects.iloc[0]) if len(effects) else {}
    return fact_from_row("9.satisfaction_effect", row, formula=FORMULA, inputs=("responses", "assignments"))


def return_facts(table: pd.DataFrame) -> tuple[Fact, Fact, Fact]:
    """9.return_realised, 9.return_promised and 9.return_needed, of the same customers and days."""
    rows: dict[str, Any] = {str(row["what"]): row for row in table.to_dict("records")}
    worth = "× customers in the pilot × worth of a unit of the metric"
    return (
        fact_from_row(
            "9.return_realised",
            rows["realised"],
            formula=f"measured effect {worth}",
            inputs=("9.effect", "7.minimum_effect", "1.purchase_value"),
        ),
        fact_from_row(
            "9.return_promised",
            rows["promised"],
            formula=f"promised effect {worth}",
            inputs=("ideas",),
            grade="assumed",
        ),
        fact_from_row(
            "9.return_needed",
            rows["cost"],
            formula=f"minimum effect {worth}",
            inputs=("7.minimum_effect",),
            grade="assumed",
        ),
    )


def _wave_metric(row: Mapping[Any, Any] | pd.Series) -> str:
    return f"{row['question']}:{row['touchpoint']}" if row["touchpoint"] else str(row["question"])
