"""The three tests of a segment: helps the objective, is an opportunity, fits the brand; and a ranking robust to weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.facts import EVIDENCE_N, compare, rows
from cxlib.stages.target_segment.segments import COLLECTED, INACTIVE, MINIMUM_SHARE
from cxlib.statistics.intervals import percentile
from cxlib.statistics.year import MONTHS, book_months, last_year

Floats = NDArray[np.float64]

TESTS = ("objective", "opportunity", "fit")
MEASURES = pd.DataFrame(
    [
        ["customer_value", "objective", "money", "value_money"],
        ["segment_value", "objective", "money", "value_money"],
        ["headroom", "opportunity", "money", "value_money"],
        ["growth", "opportunity", "share", "before_money"],
        ["need", "opportunity", "count", "need"],
        ["fit", "fit", "ratio", "fit"],
    ],
    columns=["measure", "test", "unit", "column"],
)
"""Measure, the test it belongs to, its unit, and the column of `people` whose known values it counts."""
VALUE, HEADROOM, NEED, FIT, NEED_SHARE = 0, 2, 4, 5, 6  # places of measures; the last is ranked on, not shown
FRONTIER = 0.75  # one member in four already reaches it
DETRACTOR = 6.0  # highest NPS score of a detractor
REPLICATES = 200
WEIGHTS = 1000

PEOPLE_COLUMNS = ["customer_id", "segment", "value_money", "before_money", "fit", "need"]
SCORE_COLUMNS = ["segment", "test", "measure", "estimate", "low", "high", "n", "unit", "verdict"]
RANKING_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "lead_low", "leads", "eligible", *TESTS, "behind"]
RANKING_COLUMNS += ["n_tests"]
RANK_COLUMNS = ["segment", "rank", "estimate", "low", "high", "n", "unit"]


def people(
    members: pd.DataFrame, transactions: pd.DataFrame, *, as_of: pd.Timestamp, objective: str = "gross_margin"
) -> pd.DataFrame:
    """One row per member: money of the last year and of the year before, in the objective's money.

    The year is that of stage 1: the twelve complete calendar months that end last before `as_of`; shorter books are carried
    to twelve months. Margin, or revenue when the objective is turnover or no margin is known. Without transactions the money
    is blank, and so is that of the year before where the ledger does not reach back two years.
    `fit` and `need` are blank until `with_fit` and `with_need`.
    """
    table = members.assign(value_money=np.nan, before_money=np.nan, fit=np.nan, need=np.nan)
    known = transactions["margin"].notna().any() and objective != "turnover"
    years = {
        "value_money": (*last_year(as_of), MONTHS / book_months(transactions["at"], end=as_of)),
        "before_money": (*last_year(as_of, back=1), 1.0),
    }
    for column, (since, until, times) in years.items():
        reaches = pd.to_datetime(transactions["at"]).min() <= since + pd.DateOffset(months=1) or column == "value_money"
        if len(transactions) and reaches:
            inside = transactions[transactions["at"].between(since, until, inclusive="left")]
            sums = inside.groupby("customer_id")["margin" if known else "revenue"].sum() * times
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
    for question, limit in {"nps": DETRACTOR, "overall": sum(scale) / 2}.items():
        asked = responses[(responses["question"] == question) & (responses["touchpoint"].astype(str) == "")]
        asked = asked.dropna(subset=["score"]).sort_values("on").drop_duplicates("respondent_id", keep="last")
        if len(asked):
            unhappy = pd.Series((asked["score"] <= limit).to_numpy(float), index=asked["respondent_id"])
            return people.assign(need=people["customer_id"].map(unhappy))
    return people


def scorecard(people: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Every measure of every segment with a bootstrap interval; one row a segment and measure, blank where unknown.

    objective: customer_value (money a year per member), segment_value (money a year). opportunity: headroom (money a
    year that the members below the segment's own upper quartile lack to it: a ceiling that one in four already
    reaches), growth (share, last year over the one before; verdict: against no growth), need (members, in persons).
    fit: mean grade, 0–1.
    """
    if people.empty:
        return pd.DataFrame(columns=SCORE_COLUMNS)
    names = sorted(people["segment"].unique())
    estimate, draws = (found[..., : len(MEASURES)] for found in _measured(people, names, seed))
    known = ~np.isnan(estimate)
    limits = np.full((2, *estimate.shape), np.nan)
    limits[:, known] = percentile(draws[:, known])
    table = pd.DataFrame({"segment": names}).merge(MEASURES, how="cross")
    table["estimate"], table["low"], table["high"] = estimate.ravel(), limits[0].ravel(), limits[1].ravel()
    table["n"] = people.groupby("segment").count()[MEASURES["column"]].to_numpy().ravel()
    counts, sides = table["unit"] == "count", ["low", "high"]
    table.loc[counts, sides] = table.loc[counts, sides].round()
    told = [compare(row["low"], row["high"], n=row["n"]) if row["measure"] == "growth" else "" for row in rows(table)]
    return table.assign(verdict=told)[SCORE_COLUMNS]


def sizes(members: pd.DataFrame) -> pd.DataFrame:
    """Members of each segment, their share, and whether it is large enough to be chosen (`eligible`).

    Large enough: the evidence gate, and one customer in twenty. Customers without any behaviour (`inactive`) and mixed
    rests (`rest-of-…`) are counted and never eligible.
    """
    counts = members["segment"].value_counts().sort_index()
    table = pd.DataFrame({"segment": counts.index.astype("str"), "n": counts.to_numpy()})
    table["size_share"] = table["n"] / max(len(members), 1)
    large = table["n"].ge(EVIDENCE_N) & table["size_share"].ge(MINIMUM_SHARE)
    table["eligible"] = large & table["segment"].ne(INACTIVE) & ~table["segment"].str.startswith(COLLECTED)
    return table


def ranking(people: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Share of all possible weightings of the three tests that each segment wins, best first; with a bootstrap interval.

    Each test is scaled by its best segment (fit is 0–1 already), weights are drawn uniformly over all mixes
    (Dirichlet 1, 1, 1) and the winner counted: stochastic multicriteria acceptability (Lahdelma & Salminen 2001). A
    test that is unknown of any segment takes no part (n_tests: how many do). lead_low: lower limit of the share won
    above the second; leads: that is positive; columns objective, opportunity, fit: the scaled scores, blank when
    unknown; behind: the tests in which a segment falls behind the first. Only eligible segments; empty below two of
    them or without any known test.
    """
    weighed = _weighed(people, seed)
    if weighed is None:
        return pd.DataFrame(columns=RANKING_COLUMNS)
    won, drawn = weighed.shares[:, 0], weighed.draws[:, :, 0]
    best, second = np.argsort(won)[::-1][:2]
    lead = float(percentile(drawn[:, best] - drawn[:, second])[0])
    table = weighed.sizes[["segment", "n", "eligible"]].assign(
        unit="share", lead_low=lead, leads=lead > 0, estimate=won
    )
    table["low"], table["high"] = percentile(drawn)
    table[list(TESTS)] = weighed.scores
    table["n_tests"] = int((~np.isnan(weighed.scores)).any(axis=0).sum())
    table = table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
    first = table.loc[0]
    table["behind"] = [[test for test in TESTS if row[test] < first[test]] for row in rows(table)]
    return table[RANKING_COLUMNS]


def first_segment(ranking: pd.DataFrame) -> str:
    """The segment that wins the most weightings; "" when nothing can be ranked."""
    return str(ranking["segment"].iloc[0]) if len(ranking) else ""


def rank_acceptability(people: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Share of all weightings under which each eligible segment takes each rank, with a bootstrap interval.

    The same weightings as `ranking`, whose estimate is the first rank here (Lahdelma & Salminen 2001). Columns: segment,
    rank, estimate, low, high, n (members), unit; the shares of a segment, and those of a rank, add up to one.
    """
    weighed = _weighed(people, seed)
    if weighed is None:
        return pd.DataFrame(columns=RANK_COLUMNS)
    ranks = pd.DataFrame({"rank": range(1, len(weighed.sizes) + 1)})
    table = weighed.sizes[["segment", "n"]].merge(ranks, how="cross").assign(unit="share")
    low, high = percentile(weighed.draws)
    table["estimate"], table["low"], table["high"] = weighed.shares.ravel(), low.ravel(), high.ravel()
    return table[RANK_COLUMNS]


class _Weighed(NamedTuple):
    """The eligible segments, their scores in the three tests, and the share of the weightings each takes each rank under."""

    sizes: pd.DataFrame
    scores: Floats
    shares: Floats
    draws: Floats


def _weighed(people: pd.DataFrame, seed: int) -> _Weighed | None:
    """All weightings tried, on the members and on each bootstrap draw of them; None where there is nothing to rank."""
    known_sizes = sizes(people)
    kept = known_sizes[known_sizes["eligible"]].reset_index(drop=True)
    if len(kept) < 2:
        return None
    estimate, draws = _measured(people, kept["segment"].tolist(), seed)
    scaled, known = _tests(estimate, estimate)
    if not known.any():
        return None
    weights = np.random.default_rng(seed).dirichlet(np.ones(int(known.sum())), WEIGHTS)
    drawn = np.array([_ranks(_tests(draw, estimate)[0][:, known], weights) for draw in draws])
    return _Weighed(kept, np.where(known, scaled, np.nan), _ranks(scaled[:, known], weights), drawn)


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
    """customer_value … fit of one segment, in the order of MEASURES, and the share of its members with a need."""
    value, before, fit, need = table.T
    found = np.full(len(MEASURES) + 1, np.nan)
    if not np.isnan(value).any():
        lacking = np.quantile(value, FRONTIER) - value
        found[:3] = value.mean(), value.sum(), lacking[lacking > 0].sum()
    if not np.isnan(before).any() and before.sum() > 0:
        found[3] = value.sum() / before.sum() - 1
    if not np.isnan(need).all():
        found[NEED], found[NEED_SHARE] = np.round(len(need) * np.nanmean(need)), np.nanmean(need)
    if not np.isnan(fit).all():
        found[FIT] = np.nanmean(fit)
    return found


def _tests(measured: Floats, reference: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Segments × tests on 0–1, and which tests are known of all of them: value per member, headroom (else need), fit.

    Need as a share of the members: by head counts the largest segment would always win.
    """
    opportunity = NEED_SHARE if np.isnan(reference[:, HEADROOM]).any() else HEADROOM
    picked, best = measured[:, [VALUE, opportunity, FIT]], reference[:, [VALUE, opportunity, FIT]]
    known = np.asarray(~np.isnan(best).any(axis=0), dtype=bool)
    top = np.nan_to_num(best, nan=-np.inf).max(axis=0)
    top[2] = 1.0
    scaled = np.clip(np.nan_to_num(picked), 0, None) / np.where(known & (top > 0), top, 1.0)
    return scaled, known


def _ranks(scaled: Floats, weights: Floats) -> Floats:
    """Segments × ranks: share of the weightings under which each segment takes each rank; ties keep the order given."""
    order = (-(weights @ scaled.T)).argsort(axis=1, kind="stable")
    size = len(scaled)
    place = order * size + np.arange(size)
    return np.bincount(place.ravel(), minlength=size * size).reshape(size, size) / len(weights)
