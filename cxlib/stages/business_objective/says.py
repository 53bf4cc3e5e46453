"""What stage 1 says: where the objective stands and drifts, what it is made of, what is missing, which one to take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import (
    Alternative,
    Fact,
    Finding,
    Recommendation,
    cannot_tell,
    compare,
    fact,
    finding,
    rows,
)
from cxlib.language import _, day, money, ngettext, percent, quantity, unknown
from cxlib.stages.business_objective.says_facts import (
    baseline_fact,
    by,
    gap_facts,
    target_fact,
    trend_fact,
    value_facts,
)
from cxlib.stages.business_objective.shown import driver_names, metric_names, objective_names, sentence_case

Row = dict[str, Any]
COSTS = ("commercial_cost", "operating_cost")


def pick(compared: pd.DataFrame, asked: str | None) -> str:
    """The objective this stage works with: the one the brief asks for, else the one the data put first, else none."""
    known = compared[compared["estimate"].notna()]["objective"].tolist()
    return asked or (str(known[0]) if known else "")


def gap_money(gap: pd.DataFrame) -> float | None:
    """Money a year between today and the target; None when it cannot be told."""
    row = by(gap, "measure").get("gap", {})
    return None if unknown(row.get("estimate")) else float(row["estimate"])


def target_money(gap: pd.DataFrame) -> float | None:
    """The target in money a month; None when there is none."""
    return None if unknown(target_fact(gap).value) else target_fact(gap).number()


def headline(levels: pd.DataFrame, gap: pd.DataFrame, *, objective: str, deadline: dt.date) -> Finding:
    """Where the objective stands, where it must be by when, and what that is worth a year."""
    baseline, missing = baseline_fact(levels, objective), gap_facts(gap)[0]
    if not baseline.known:
        return _no_money(objective, baseline)
    name = sentence_case(objective_names()[objective])
    if not missing.known:
        return finding(
            _("{objective} stands at {baseline} a month; no target has been set for it."), baseline, objective=name
        )
    return finding(
        _(
            "{objective} stands at {baseline} a month; the target of {target} a month by {deadline} asks for {gap} more a year."
        )
        if objective not in COSTS
        else _(
            "{objective} stands at {baseline} a month; the target of {target} a month by {deadline} saves {gap} a year."
        ),
        baseline,
        target_fact(gap),
        missing,
        objective=name,
        deadline=day(deadline),
    )


def baseline(levels: pd.DataFrame, *, objective: str) -> Finding:
    """The level with its interval, and whether it has a trend."""
    level, trend = baseline_fact(levels, objective), trend_fact(levels, objective)
    if not level.known:
        return _no_money(objective, level, trend)
    name = objective_names()[objective]
    said = finding(_("Over the last twelve months {objective} came to {baseline:full} a month."), level, objective=name)
    if not trend.known:
        return said + cannot_tell(
            _("whether it grows or falls, because a season and a trend look alike in less than two years"),
            needs=_("24 months of books"),
            facts=(trend,),
        )
    verdict = compare(trend.low, trend.high, n=trend.n or 0)
    words = {
        "real": _("Beyond the season it changes by {trend} a year (95% interval {trend:interval}): a real trend."),
        "not shown": _(
            "Beyond the season it changes by {trend} a year, but the interval ({trend:interval}) includes no change: "
            "a trend is not shown."
        ),
        "cannot tell": _("Whether it has a trend cannot be told from so few entries ({trend:interval} a year)."),
    }
    return said + finding(words[verdict], trend, verdict=verdict)


def tree(tree: pd.DataFrame, identity: pd.DataFrame, values: pd.DataFrame) -> Finding:
    """Whether the drivers multiply out to the books, and what a customer and a purchase are worth."""
    customer, purchase = value_facts(values)
    nodes = by(tree, "driver")
    share = fact("1.margin_share", nodes.get("margin_share", {}))
    contribution = fact("1.contribution", nodes.get("contribution", {}))
    if tree.empty:
        return cannot_tell(
            _("what the money is made of"),
            needs=_("purchases with their revenue"),
            facts=(customer, purchase, share, contribution),
        )
    wrong = identity[~identity["holds"].astype(bool)]
    held = _("Multiplied out, the drivers give the books of the twelve months to the cent.")
    if len(wrong):
        held = _(
            "Multiplied out, the drivers miss the books by {money} in {total}: part of the rows carries no margin."
        )
        missed = money(wrong["difference_money"].abs().max())
        held = held.format(money=missed, total=driver_names()[str(wrong["total"].iloc[0])].lower())
    said = finding(
        _("A customer who buys brings {customer_value:full} a year, a purchase {purchase_value:full}."),
        customer,
        purchase,
    )
    if share.known:
        said += finding(_("Of each unit of revenue {margin_share:full} stays as margin."), share)
    if contribution.known:
        said += finding(_("After commercial and operating costs the year ends at {contribution}."), contribution)
    return said + Finding(held)


def moves(sensitivity: pd.DataFrame, *, objective: str) -> Finding:
    """What one per cent of a driver is worth, which one moved the objective, and what one alone would have to do."""
    if sensitivity.empty:
        return cannot_tell(
            _("how sensitive the objective is"), needs=_("purchases, or booked costs for a cost objective")
        )
    names, moved_by = driver_names(), by(sensitivity, "driver")
    facts = [fact("1.sensitivity_{driver}", row, driver=driver) for driver, row in moved_by.items()]
    one = fact("1.one_per_cent", next(iter(moved_by.values())))
    said = finding(
        _("One per cent of any one of its drivers is worth {one_per_cent:full} a year to {objective}."),
        one,
        *facts,
        objective=objective_names()[objective],
    )
    moved = {driver: row for driver, row in moved_by.items() if not unknown(row["moved_money"])}
    if moved:
        most = max(moved, key=lambda driver: abs(moved[driver]["moved_money"]))
        said += finding(
            _("Against the year before, {driver} moved it most: {money} a year."),
            driver=names[most].lower(),
            money=money(moved[most]["moved_money"]),
        )
    needed = [row["required_share"] for row in moved_by.values() if not unknown(row["required_share"])]
    changed = [abs(row["changed_share"]) for row in moved_by.values() if not unknown(row["changed_share"])]
    if needed:
        said += finding(_("To close the gap alone, a driver would have to move by {share}."), share=percent(needed[0]))
    if needed and changed:
        said += finding(_("Last year the one that moved most changed by {most}."), most=percent(max(changed)))
    return said


def gap(gap: pd.DataFrame, *, objective: str, growth: float | None, deadline: dt.date) -> Finding:
    """The target, what is missing to it, and what is missing if today's trend runs on."""
    target, (missing, later, *operands) = target_fact(gap), gap_facts(gap)
    if not missing.known:
        needs = (
            _("a target growth in the brief (objective.target_growth)")
            if growth is None
            else _("three months of books")
        )
        return cannot_tell(_("the gap to a target"), needs=needs, facts=(target, missing, later))
    said = finding(
        _(
            "The brief asks for {growth} a year until {deadline}: {target} a month. Against the level of today {gap} a year are "
            "missing (the month-to-month noise alone leaves {gap:interval})."
        ),
        target,
        missing,
        *operands,
        growth=percent(abs(growth or 0.0)),
        deadline=day(deadline),
    )
    if not later.known:
        return said
    verdict = compare(later.low, later.high, n=later.n or 0)
    ending = {
        "real": _(
            "If today's trend runs on, {gap_with_trend} will be missing at the deadline ({gap_with_trend:interval})."
        ),
        "not shown": _(
            "Whether today's trend alone gets there is not shown ({gap_with_trend:interval} missing by then)."
        ),
        "cannot tell": _("Whether today's trend alone would get there cannot be told."),
    }
    return said + finding(ending[verdict], later, verdict=verdict)


def objectives(compared: pd.DataFrame, *, asked: str | None) -> Finding:
    """Which objective the data put first, which drifts the wrong way, and whether the brief agrees."""
    known = compared[compared["estimate"].notna()]
    if known.empty:
        return cannot_tell(
            _("which of the four objectives is worth most"), needs=_("purchases with revenue, and booked costs")
        )
    names, best = objective_names(), rows(known)[0]
    count = int(best["n_drivers"])
    below = ngettext("{n} driver", "{n} drivers", count).format(n=quantity(count, "count"))
    said = finding(
        _(
            "Of the four objectives none is worth more than {objective}: one per cent of it is {money} of "
            "contribution a year, and the tree has {below} below it."
        ),
        objective=names[best["objective"]],
        money=money(best["one_per_cent_money"]),
        below=below,
    )
    if unknown(best["one_per_cent_money"]):
        said = finding(
            _("Only {objective} is known of the four, and not what it leaves as contribution."),
            objective=names[best["objective"]],
        )
    adverse = [row for row in rows(known) if row["drift_real"] and row["drift_money"] < 0]
    if adverse:
        worst = min(adverse, key=lambda row: float(row["drift_money"]))
        said += finding(
            _("{objective} drifts the wrong way: {money} of contribution a year."),
            objective=sentence_case(names[worst["objective"]]),
            money=money(-worst["drift_money"]),
        )
    elif known["trend_share"].notna().all():
        said += finding(_("None of those known is shown to drift the wrong way."))
    else:
        said += finding(_("Whether one drifts the wrong way cannot be told in less than two years."))
    missing = compared.loc[compared["estimate"].isna(), "objective"].tolist()
    if missing:
        said += cannot_tell(
            _("what {objectives} would bring").format(objectives=", ".join(names[code] for code in missing)),
            needs=_("its books, month by month"),
        )
    if asked and asked != best["objective"]:
        said += finding(
            _("The brief asks for {asked}; the data would put {best} first."),
            asked=names[asked],
            best=names[best["objective"]],
        )
    return said


def metrics(paths: pd.DataFrame, *, objective: str) -> Finding:
    """Which metrics are refused because the tree has no path from them to the objective."""
    if not objective:
        return cannot_tell(_("which metrics lead to the objective"), needs=_("an objective"))
    names = metric_names() | driver_names()
    refused = [names.get(code, code).lower() for code in paths.loc[~paths["accepted"].astype(bool), "metric"]]
    return finding(
        _(
            "No path leads through the tree to {objective} from: {refused}. They may be watched, but no experience is "
            "designed or judged by them; a link from satisfaction to money is tested on this client's data in stage 9, "
            "not assumed."
        ),
        objective=objective_names()[objective],
        refused=", ".join(refused) or _("none of the metrics asked for"),
    )


def recommend(
    compared: pd.DataFrame, gap: pd.DataFrame, *, wish: Mapping[str, Any], deadline: dt.date, paths: pd.DataFrame
) -> Recommendation:
    """The objective with its metric, target and deadline; the other candidates and what each would mean.

    gap, paths: those of the objective that `pick` returns. wish: `objective` and `metric` that the brief asks for, the
    `candidates`, and `own`: a metric that people have decided on, known to the tree or not.
    """
    objective = pick(compared, wish.get("objective"))
    candidates = [str(code) for code in wish["candidates"]]
    found, names = by(compared, "objective"), objective_names()
    others = tuple(_alternative(code, found.get(code, {})) for code in candidates if code != objective)
    if not objective:
        because = cannot_tell(
            _("which objective to take: no purchases, no costs, and none in the brief"),
            needs=_("books, or an objective in the brief (objective.objective)"),
        )
        return Recommendation({}, because, others, "unknown", {"objective": candidates})
    accepted = [str(metric) for metric in paths.loc[paths["accepted"].astype(bool), "metric"]]
    own = [str(metric) for metric in (wish.get("metric"), wish.get("own")) if metric and metric not in metric_names()]
    usual = f"{objective}_per_month"
    metric = str(wish["metric"]) if wish.get("metric") in [*accepted, *own] else usual
    target, measured = target_money(gap), not unknown(found.get(objective, {}).get("estimate"))
    choice: dict[str, Any] = {"objective": objective, "metric": metric, "deadline": deadline.isoformat()}
    if target is not None and metric == usual:
        choice["target"] = round(target, 2)
    because = finding(
        _("The brief asks for {objective}.") if wish.get("objective") else _("The data put {objective} first."),
        objective=names[objective],
    )
    because += _standing(measured, target) + _metric_words(wish.get("metric"), metric, own)
    offered = sorted({*accepted, *own, metric, *(f"{code}_per_month" for code in candidates)})
    grade = "assumed" if not measured else "measured" if target is not None else "observed"
    return Recommendation(choice, because, others, grade, {"objective": candidates, "metric": offered})


def _standing(measured: bool, target: float | None) -> Finding:
    """What the choice rests on: its books, or a judgement."""
    if not measured:
        return cannot_tell(_("what it stands at; the choice is a judgement"), needs=_("books of it, month by month"))
    return (
        finding(_("Its target is {money} a month."), money=money(target))
        if target is not None
        else finding(_("It has no target."))
    )


def _metric_words(asked: str | None, metric: str, own: list[str]) -> Finding:
    """What became of the metric that the brief asks for."""
    if asked and metric != asked:
        words = _("The metric '{asked}' of the brief is refused: no path leads from it to the objective.")
        return finding(words, asked=asked)
    if own:
        words = _("The tree does not know the metric '{own}': that it leads to the objective is a judgement.")
        return finding(words, own=own[0])
    return Finding("")


def _alternative(code: str, row: Row) -> Alternative:
    meaning = {
        "turnover": _("Stages 3 to 9 would count revenue: discounts would look as good as full prices."),
        "gross_margin": _("Stages 3 to 9 would count margin: revenue bought with discounts would not help."),
        "commercial_cost": _(
            "Experiences would have to win the same customers with less advertising and selling effort."
        ),
        "operating_cost": _("Experiences would have to spare contacts, repairs and returns, not win purchases."),
    }[code]
    if not unknown(row.get("one_per_cent_money")):
        meaning += " " + _("One per cent is worth {money} of contribution a year.").format(
            money=money(row["one_per_cent_money"])
        )
    return Alternative({"objective": code, "metric": f"{code}_per_month"}, meaning)


def _no_money(objective: str, *facts: Fact) -> Finding:
    name = objective_names().get(objective, _("the objective"))
    return cannot_tell(
        _("where {objective} stands, because there are no books of it").format(objective=name),
        needs=_("purchases with revenue and margin, or costs, month by month"),
        facts=facts,
    )
