"""What stage 1 recommends: the objective with its metric, target and deadline, and what each other one would mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Finding, Recommendation, cannot_tell, finding, first, rows
from cxlib.language import _, money, ngettext, quantity, unknown
from cxlib.show.terms import upper_first
from cxlib.stages.business_objective.baseline import amount
from cxlib.stages.business_objective.objectives import chosen_objective
from cxlib.stages.business_objective.shown import driver_names, metric_names, objective_names
from cxlib.stages.business_objective.vocabulary import VOCABULARY


def objectives(compared: pd.DataFrame, *, asked: str | None) -> Finding:
    """Which objective the data put first, which drifts the wrong way, and whether the brief agrees."""
    known = rows(compared[compared["estimate"].notna()])
    if not known:
        needs = _("purchases with revenue, and booked costs")
        return cannot_tell(_("which of the four objectives is worth most"), needs=needs)
    names, best = objective_names(), known[0]
    said = _most_worth(best) + _drifting(known)
    missing = [names[code] for code in compared.loc[compared["estimate"].isna(), "objective"]]
    if missing:
        reason = _("what {objectives} would bring").format(objectives=", ".join(missing))
        said += cannot_tell(reason, needs=_("its books, month by month"))
    if asked and asked != best["objective"]:
        words = _("The brief asks for {asked}; the data would put {first} first.")
        said += finding(words, asked=names[asked], first=names[best["objective"]])
    return said


def _most_worth(best: Mapping[str, Any]) -> Finding:
    name = objective_names()[best["objective"]]
    if unknown(best["one_per_cent_money"]):
        return finding(
            _("Only {objective} is known of the four, and not what it leaves as contribution."), objective=name
        )
    count = int(best["n_drivers"])
    below = ngettext("{n} driver", "{n} drivers", count).format(n=quantity(count, "count"))
    words = _(
        "Of the four objectives none is worth more than {objective}: one per cent of it is {money} of contribution a year, "
        "and the tree has {below} below it."
    )
    return finding(words, objective=name, money=money(best["one_per_cent_money"]), below=below)


def _drifting(known: list[dict[str, Any]]) -> Finding:
    adverse = [row for row in known if row["adverse"]]
    if adverse:
        worst = min(adverse, key=lambda row: float(row["drift_money"]))
        name = upper_first(objective_names()[worst["objective"]])
        words = _("{objective} drifts the wrong way: {money} of contribution a year.")
        return finding(words, objective=name, money=money(-worst["drift_money"]))
    if any(unknown(row["trend_share"]) for row in known):
        return finding(_("Whether one drifts the wrong way cannot be told in less than two years."))
    return finding(_("None of those known is shown to drift the wrong way."))


def metrics(paths: pd.DataFrame, *, objective: str) -> Finding:
    """Which metrics are refused because the tree has no path from them to the objective."""
    if not objective:
        return cannot_tell(_("which metrics lead to the objective"), needs=_("an objective"))
    names = metric_names() | driver_names()
    refused = [names.get(code, code).lower() for code in paths.loc[~paths["accepted"].astype(bool), "metric"]]
    words = _(
        "No path leads through the tree to {objective} from: {refused}. They may be watched, but no experience is designed "
        "or judged by them; a link from satisfaction to money is tested on this client's data in stage 9, not assumed."
    )
    told = ", ".join(refused) or _("none of the metrics asked for")
    return finding(words, objective=objective_names()[objective], refused=told)


def recommend(
    compared: pd.DataFrame,
    gaps: Mapping[str, pd.DataFrame],
    *,
    wish: Mapping[str, Any],
    deadline: dt.date,
    paths: pd.DataFrame,
) -> Recommendation:
    """The objective with its metric, target and deadline; the other candidates and what each would mean.

    gaps: of each candidate (by objective). paths: of the objective that `chosen_objective` returns. wish: `objective` and
    `metric` that the brief asks for, the `candidates`, and `own`: a metric that people have decided on, known to the tree
    or not.
    """
    objective = chosen_objective(compared, wish.get("objective"))
    candidates = [str(code) for code in wish["candidates"]]
    targets = {code: amount(gap, "target") for code, gap in gaps.items()}
    others = tuple(_alternative(code, compared, targets.get(code)) for code in candidates if code != objective)
    if not objective:
        reason = _("which objective to take: no purchases, no costs, and none in the brief")
        because = cannot_tell(reason, needs=_("books, or an objective in the brief (objective.objective)"))
        return Recommendation({}, because, others, "unknown", {"objective": candidates})
    accepted = [str(metric) for metric in paths.loc[paths["accepted"].astype(bool), "metric"]]
    asked = wish.get("metric")
    own = [str(metric) for metric in (asked, wish.get("own")) if metric and metric not in metric_names()]
    usual = f"{objective}_per_month"
    metric = str(asked) if asked in [*accepted, *own] else usual
    target = targets.get(objective)
    measured = not unknown(first(compared, objective=objective).get("estimate"))
    choice: dict[str, Any] = {"objective": objective, "metric": metric, "deadline": deadline.isoformat()}
    if target is not None and metric == usual:
        choice["target"] = round(target, 2)
    words = _("The brief asks for {objective}.") if wish.get("objective") else _("The data put {objective} first.")
    because = finding(words, objective=objective_names()[objective])
    because += _standing(measured, target) + _metric_words(asked, metric, own)
    offered = sorted({*accepted, *own, metric, *(f"{code}_per_month" for code in candidates)})
    known = "measured" if target is not None else "observed"
    grade = known if measured else "assumed"
    exist = sorted({*offered, *metric_names(), *driver_names()})
    limits = {"objective": candidates, "metric": offered}
    return Recommendation(choice, because, others, grade, limits, {"metric": exist})


def _standing(measured: bool, target: float | None) -> Finding:
    """What the choice rests on: its books, or a judgement."""
    if not measured:
        return cannot_tell(_("what it stands at; the choice is a judgement"), needs=_("books of it, month by month"))
    if target is None:
        return finding(_("It has no target."))
    return finding(_("Its target is {money} a month."), money=money(target))


def _metric_words(asked: str | None, metric: str, own: list[str]) -> Finding:
    """What became of the metric that the brief asks for."""
    if asked and metric != asked:
        words = _("The metric '{asked}' of the brief is refused: no path leads from it to the objective.")
        return finding(words, asked=asked)
    if own:
        words = _("The tree does not know the metric '{own}': that it leads to the objective is a judgement.")
        return finding(words, own=own[0])
    return Finding("")


def _alternative(code: str, compared: pd.DataFrame, target: float | None) -> Alternative:
    meaning = _(VOCABULARY["objectives"][code]["meaning"])
    worth = first(compared, objective=code).get("one_per_cent_money")
    if not unknown(worth):
        meaning += " " + _("One per cent is worth {money} of contribution a year.").format(money=money(worth))
    choice: dict[str, Any] = {"objective": code, "metric": f"{code}_per_month"}
    return Alternative(choice if target is None else choice | {"target": round(target, 2)}, meaning)
