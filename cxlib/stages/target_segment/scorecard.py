"""The three tests of a segment: helps the objective, is an opportunity, fits the brand; and a ranking robust to weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TESTS = ("objective", "opportunity", "fit")
MEASURES = {
    "customer_value": ("objective", "money"),
    "segment_value": ("objective", "money"),
    "headroom": ("opportunity", "money"),
    "growth": ("opportunity", "share"),
    "need": ("opportunity", "count"),
    "fit": ("fit", "ratio"),
}
"""Measure → the test it belongs to and its unit."""
FRONTIER = 0.75  # one member in four already reaches it
REPLICATES = 200
WEIGHTS = 1000
YEAR = pd.DateOffset(years=1)

PEOPLE_COLUMNS = ["customer_id", "segment", "value_money", "before_money", "fit", "need"]
SCORE_COLUMNS = ["segment", "test", "measure", "estimate", "low", "high", "n", "unit"]
RANKING_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "lead_low", "eligible", *TESTS]
RANK_COLUMNS = ["segment", "rank", "estimate", "low", "high", "n", "unit"]


def people(
    members: pd.DataFrame, transactions: pd.DataFrame, *, as_of: pd.Timestamp, objective: str = "gross_margin"
) -> pd.DataFrame:
    """One row per member: money of the last year and of the year before, in the objective's money.

    Margin, or revenue when the objective is turnover or no margin is known. Without transactions, or where the ledger
    does not reach back two years, the money is blank. `fit` and `need` are blank until `with_fit` and `with_need`.
    """
    table = members.assign(value_money=np.nan, before_money=np.nan, fit=np.nan, need=np.nan)
    if len(transactions):
        known = transactions["margin"].notna().any()
        money = transactions["margin" if known and objective != "turnover" else "revenue"]
        ages = {
            "value_money": (as_of - YEAR, as_of + pd.Timedelta(days=1)),
            "before_money": (as_of - 2 * YEAR, as_of - YEAR),
        }
        for column, (since, until) in ages.items():
            inside = transactions["at"].gt(since) & transactions["at"].le(until)
            sums = money[inside].groupby(transactions.loc[inside, "customer_id"]).sum()
            if transactions["at"].min() <= since + pd.DateOffset(months=1):
                table[column] = table["customer_id"].map(sums).astype("float64").fillna(0.0)
    return table[PEOPLE_COLUMNS]


def with_fit(people: pd.DataFrame, customers: pd.DataFrame, *, fit: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """The same with `fit`: the mean of the brief's grades (0 foreign to the brand, 1 at home) over a member's attributes."""
    grades = [
        customers[column].map(dict(values)).astype(float) for column, values in fit.items() if column in customers
    ]
    if not grades:
        return people
    mean = pd.concat(grades, axis=1).mean(axis=1)
    return people.assign(fit=people["customer_id"].map(pd.Series(mean.to_numpy(), index=customers["customer_id"])))


def with_need(people: pd.DataFrame, responses: pd.DataFrame, *, scale: tuple[float, float]) -> pd.DataFrame:
    """The same with `need`: 1 for a member whose last answer is a detractor's (NPS 0–6), 0 for others who answered.

    Without NPS answers: 1 for an overall rating in the lower half of `scale`. For clients without money, where the
    unmet need is the only opportunity that can be seen.
    """
    middle = {"nps": 6.0, "overall": sum(scale) / 2}
    for question, limit in middle.items():
        asked = responses[(responses["question"] == question) & (responses["touchpoint"].astype(str) == "")]
        asked = asked.dropna(subset=["score"]).sort_values("on").drop_duplicates("respondent_id", keep="last")
        if len(asked):
            unhappy = pd.Series((asked["score"] <= limit).to_numpy(float), index=asked["respondent_id"])
            return people.assign(need=people["customer_id"].map(unhappy))
    return people


def scorecard(people: pd.DataFrame, *, seed: int = 0, confidence: float = 0.95) -> pd.DataFrame:
    """Every measure of every segment with a bootstrap interval; one row a segment and measure, blank where unknown.

    objective: customer_value (money a year per member), segment_value (money a year). opportunity: headroom (money a
    year that the members below the segment's own upper quartile lack to it: a ceiling that one in four already
    reaches), growth (share, last year over the one before), need (members, in persons). fit: mean grade, 0–1.
    """
    if people.empty:
        return pd.DataFrame(columns=SCORE_COLUMNS)
    names = sorted(people["segment"].unique())
    estimate, draws = _measured(people, names, seed)
    tail = (1 - confidence) / 2
    rows: list[list[object]] = []
    for position, segment in enumerate(names):
        of_segment = people["segment"] == segment
        for index, (measure, (test, unit)) in enumerate(MEASURES.items()):
            column = {"fit": "fit", "need": "need", "growth": "before_money"}.get(measure, "value_money")
            value, n = estimate[position, index], int(people.loc[of_segment, column].notna().sum())
            low, high = (
                (np.nan, np.nan) if np.isnan(value) else np.nanquantile(draws[:, position, index], [tail, 1 - tail])
            )
            limits = [round(low), round(high)] if unit == "count" and not np.isnan(value) else [low, high]
            rows.append([segment, test, measure, value, *limits, n, unit])
    return pd.DataFrame(rows, columns=SCORE_COLUMNS)


def sizes(members: pd.DataFrame, *, minimum_n: int = 30, minimum_share: float = 0.05) -> pd.DataFrame:
    """Members of each segment, their share, and whether it is large enough to be chosen (`eligible`).

    Customers without any behaviour (`inactive`) and mixed rests (`…__other`) are counted and never eligible.
    """
    counts = members["segment"].value_counts().sort_index()
    table = pd.DataFrame({"segment": counts.index.astype("str"), "n": counts.to_numpy()})
    table["size_share"] = table["n"] / max(len(members), 1)
    large = table["n"].ge(minimum_n) & table["size_share"].ge(minimum_share)
    table["eligible"] = large & table["segment"].ne("inactive") & ~table["segment"].str.endswith("__other")
    return table


def ranking(people: pd.DataFrame, *, seed: int = 0, confidence: float = 0.95) -> pd.DataFrame:
    """Share of all possible weightings of the three tests that each segment wins, best first; with a bootstrap interval.

    Each test is scaled by its best segment (fit is 0–1 already), weights are drawn uniformly over all mixes (Dirichlet
    1, 1, 1) and the winner counted: stochastic multicriteria acceptability (Lahdelma & Salminen 2001). A test that is
    unknown for every segment takes no part. lead_low: lower limit of the share won above the second; columns objective,
    opportunity, fit: the scaled scores, blank when unknown. Only eligible segments; empty below two of them or
    without any known test.
    """
    chosen = sizes(people)
    names = chosen.loc[chosen["eligible"], "segment"].tolist()
    estimate, draws = _measured(people, names, seed) if names else (np.zeros((0, 6)), np.zeros((0, 0, 6)))
    scaled, known = _tests(estimate, estimate)
    if len(names) < 2 or not known.any():
        return pd.DataFrame(columns=RANKING_COLUMNS)
    weights = np.random.default_rng(seed).dirichlet(np.ones(int(known.sum())), WEIGHTS)
    won = _won(scaled[:, known], weights)
    each = np.array([_won(_tests(draw, estimate)[0][:, known], weights) for draw in draws])
    tail = (1 - confidence) / 2
    best, second = np.argsort(won)[::-1][:2]
    lead = float(np.quantile(each[:, best] - each[:, second], tail))
    table = pd.DataFrame(
        {
            "segment": names,
            "estimate": won,
            "low": np.quantile(each, tail, axis=0),
            "high": np.quantile(each, 1 - tail, axis=0),
            "n": chosen.loc[chosen["eligible"], "n"].to_numpy(),
            "unit": "share",
            "lead_low": lead,
            "eligible": True,
        }
    )
    table[list(TESTS)] = np.where(known, scaled, np.nan)
    return table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def rank_acceptability(people: pd.DataFrame, *, seed: int = 0, confidence: float = 0.95) -> pd.DataFrame:
    """Share of all weightings under which each eligible segment takes each rank, with a bootstrap interval.

    The same weightings as `ranking`, whose estimate is the first rank here (Lahdelma & Salminen 2001). Columns: segment,
    rank, estimate, low, high, n (members), unit; the shares of a segment, and those of a rank, add up to one.
    """
    chosen = sizes(people)
    kept = chosen[chosen["eligible"]]
    names = kept["segment"].tolist()
    estimate, draws = _measured(people, names, seed) if names else (np.zeros((0, 6)), np.zeros((0, 0, 6)))
    scaled, known = _tests(estimate, estimate)
    if len(names) < 2 or not known.any():
        return pd.DataFrame(columns=RANK_COLUMNS)
    weights = np.random.default_rng(seed).dirichlet(np.ones(int(known.sum())), WEIGHTS)
    shares = _ranks(scaled[:, known], weights)
    each = np.array([_ranks(_tests(draw, estimate)[0][:, known], weights) for draw in draws])
    tail = (1 - confidence) / 2
    low, high = np.quantile(each, [tail, 1 - tail], axis=0)
    members = dict(zip(kept["segment"], kept["n"], strict=True))
    rows = [
        [name, rank + 1, shares[place, rank], low[place, rank], high[place, rank], members[name], "share"]
        for place, name in enumerate(names)
        for rank in range(len(names))
    ]
    return pd.DataFrame(rows, columns=RANK_COLUMNS)


def _measured(people: pd.DataFrame, names: list[str], seed: int) -> tuple[Floats, Floats]:
    """Segments × measures, and the same for each bootstrap draw of the members of every segment."""
    generator = np.random.default_rng(seed)
    columns = ["value_money", "before_money", "fit", "need"]
    tables = [people.loc[people["segment"] == name, columns].to_numpy(float) for name in names]
    estimate = np.array([_measures(table) for table in tables])
    draws = [
        [_measures(table[generator.integers(0, len(table), len(table))]) for table in tables] for _ in range(REPLICATES)
    ]
    return estimate, np.array(draws)


def _measures(table: Floats) -> Floats:
    """customer_value, segment_value, headroom, growth, need and fit of one segment, in the order of MEASURES."""
    value, before, fit, need = table.T
    found = np.full(6, np.nan)
    if not np.isnan(value).any():
        lacking = np.quantile(value, FRONTIER) - value
        found[:3] = value.mean(), value.sum(), lacking[lacking > 0].sum()
    if not np.isnan(before).any() and before.sum() > 0:
        found[3] = value.sum() / before.sum() - 1
    if not np.isnan(need).all():
        found[4] = np.round(len(need) * np.nanmean(need))
    if not np.isnan(fit).all():
        found[5] = np.nanmean(fit)
    return found


def _tests(measured: Floats, reference: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Segments × tests on 0–1, and which tests are known: value per member, headroom (else need), fit."""
    opportunity = 4 if np.isnan(reference[:, 2]).all() else 2
    picked, best = measured[:, [0, opportunity, 5]], reference[:, [0, opportunity, 5]]
    known = np.asarray(~np.isnan(best).all(axis=0), dtype=bool)
    top = np.array([np.nanmax(best[:, test]) if known[test] else 1.0 for test in range(3)])
    top[2] = 1.0
    scaled = np.clip(np.nan_to_num(picked), 0, None) / np.where(top > 0, top, 1.0)
    return scaled, known


def _won(scaled: Floats, weights: Floats) -> Floats:
    """Share of the weightings under which each segment comes first."""
    winner = (weights @ scaled.T).argmax(axis=1)
    return np.bincount(winner, minlength=len(scaled)) / len(weights)


def _ranks(scaled: Floats, weights: Floats) -> Floats:
    """Segments × ranks: share of the weightings under which each segment takes each rank; ties keep the order given."""
    order = (-(weights @ scaled.T)).argsort(axis=1, kind="stable")
    size = len(scaled)
    place = order * size + np.arange(size)
    return np.bincount(place.ravel(), minlength=size * size).reshape(size, size) / len(weights)
