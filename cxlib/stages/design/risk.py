"""Portfolios under risk: how sure each is, which is best in the same futures, and what knowing them would be worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows
from cxlib.stages.design.business_case import RISK, drivers, has_money, net, simulate, summary
from cxlib.stages.design.portfolio import options
from cxlib.stages.design.terms import Floats, Terms
from cxlib.statistics.intervals import TIDY, Z

INFORMATION = ["name", *TIDY]
WINNERS = ["option", "best_share", "regret_money"]
BATCHES = 20  # parts of the draws whose spread gives the interval
FEW = 200  # futures of the programme that bounds risk: more would make it slow


def portfolios(
    candidates: pd.DataFrame, *, budget: float, path: tuple[str, ...], terms: Terms, confidence: float
) -> pd.DataFrame:
    """The portfolios worth comparing, with their risk and how often each is the best.

    Columns of `options` and `evaluate`, best_share and regret_money (`winners`). path: steps of the corridor;
    confidence: how often a portfolio is to pay, as the brief asks.
    """
    worst = scenarios(candidates, terms=replace(terms, draws=FEW))
    found = options(candidates, budget=budget, path=path, worst=worst, level=confidence)
    won = winners(futures(found, candidates, terms=terms))
    return evaluate(found, candidates, terms=terms).merge(won, on="option", how="left")


def evaluate(options: pd.DataFrame, candidates: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Risk of every portfolio: its columns and estimate (P50), low (P10), high (P90), n, unit, p_positive_share."""
    risks = [_risk(listed(cell), candidates, terms) for cell in options["experiences"]]
    return options.join(pd.DataFrame(risks, columns=RISK, index=options.index))


def best(evaluated: pd.DataFrame, *, budget: float, confidence: float) -> dict[str, Any]:
    """The portfolio with the highest P50 within budget whose chance of a positive value reaches `confidence`.

    Portfolios with an unbroken path go first; "nothing" when none is sure enough, {} when there is no option at all.
    """
    within = evaluated["investment_money"].le(budget if np.isfinite(budget) else np.inf)
    pays = evaluated["n_experiences"].gt(0) & evaluated["estimate"].gt(0)
    sure = evaluated[within & pays & evaluated["p_positive_share"].ge(confidence)]
    nothing = evaluated[evaluated["n_experiences"].eq(0)]
    ranked = pd.concat([sure.sort_values(["path", "estimate"], ascending=False), nothing])
    return next(iter(rows(ranked)), {})


def contenders(evaluated: pd.DataFrame, best: Mapping[str, Any], *, most: int = 3) -> pd.DataFrame:
    """The other portfolios that come nearest to the best one, the highest P50 first."""
    others = evaluated[evaluated["n_experiences"].gt(0) & evaluated["estimate"].notna()]
    return others[others["option"].ne(str(best.get("option")))].sort_values("estimate", ascending=False).head(most)


def futures(options: pd.DataFrame, candidates: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Net present value of every portfolio in the same futures: one row a draw, one column an option; 0 for nothing.

    The drivers of all candidates are drawn once, so that two options differ by what they hold and not by chance.
    """
    if not has_money(candidates):
        return pd.DataFrame(columns=list(options["option"]), dtype=float)
    effects, worth, costs = drivers(candidates, terms)
    values = pd.DataFrame(index=range(terms.draws), dtype=float)
    for option, cell in zip(options["option"], options["experiences"], strict=True):
        held = candidates["idea_id"].isin(listed(cell)).to_numpy()
        values[option] = net(candidates[held], terms, effects[:, held], worth[:, held], costs) if held.any() else 0.0
    return values


def scenarios(candidates: pd.DataFrame, *, terms: Terms) -> dict[str, Floats]:
    """Futures for the programme that bounds risk: gains and costs (draws × ideas) and cap (draws), all present values."""
    if not has_money(candidates):
        return {}
    effects, worth, costs = drivers(candidates, terms)
    middle = worth.mean(axis=1, keepdims=True)
    spent = candidates["cost_once_money"] + candidates["cost_monthly_money"] * terms.run_factor
    return {
        "gains": effects * candidates["unit_money"].to_numpy() * middle * terms.gain_factor,
        "costs": np.outer(costs, spent),
        "cap": float(candidates["cap_money"].max()) * middle[:, 0] * terms.gain_factor,
    }


def information(options: pd.DataFrame, candidates: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """What it would be worth to know the futures before choosing between these portfolios (`perfect_information`)."""
    return perfect_information(futures(options, candidates, terms=terms))


def perfect_information(futures: pd.DataFrame) -> pd.DataFrame:
    """Expected value of perfect information: E[max over options] − max over options of E (Raiffa & Schlaifer 1961).

    futures: net present value, one row a draw, one column an option, all in the same draws. No study of the effects is
    worth more than this. One row: name evpi, estimate (money), low, high (95 %, over 20 batches of draws), n (draws), unit.
    Empty without futures or with fewer than two options.
    """
    if len(futures) < 2 * BATCHES or futures.shape[1] < 2:
        return pd.DataFrame(columns=INFORMATION)
    values = futures.to_numpy(dtype=float)
    lost = values.max(axis=1) - values[:, values.mean(axis=0).argmax()]
    parts = [part.mean() for part in np.array_split(lost, BATCHES)]
    half = Z * np.std(parts, ddof=1) / np.sqrt(BATCHES)
    row = ("evpi", lost.mean(), max(lost.mean() - half, 0.0), lost.mean() + half, len(futures), "money")
    return pd.DataFrame([row], columns=INFORMATION)


def winners(futures: pd.DataFrame) -> pd.DataFrame:
    """How often each option is the best in the same future, and what choosing it costs on average against knowing.

    Columns option, best_share (ties are shared out), regret_money (mean of best − this one, never negative).
    """
    if futures.empty:
        return pd.DataFrame(columns=WINNERS)
    values = futures.to_numpy(dtype=float)
    top = values.max(axis=1, keepdims=True)
    first = np.isclose(values, top)
    share = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return pd.DataFrame({"option": futures.columns, "best_share": share, "regret_money": (top - values).mean(axis=0)})


def _risk(ids: list[str], candidates: pd.DataFrame, terms: Terms) -> dict[str, Any]:
    """Risk of one portfolio; doing nothing brings and risks nothing."""
    if not ids:
        return dict(zip(RISK, (0.0, 0.0, 0.0, terms.draws, "money", float("nan")), strict=True))
    return summary(simulate(candidates[candidates["idea_id"].isin(ids)], terms=terms))
