"""How often each kind of interval holds the truth, at n = 10, 30, 100 and 1,000; nominally 95 %."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.journeys import incidence
from cxlib.stages.architecture.asymmetry import bands, penalty_reward
from cxlib.stages.architecture.drivers import driver_draws
from cxlib.stages.design.promise import PROMISE_SHARE, lower_tolerance
from cxlib.stages.measurement import effect, looks, sites, staggered
from cxlib.stages.monitoring.attainment import SEASONAL_MONTHS, attainment
from cxlib.stages.monitoring.awareness import finite_wilson
from cxlib.stages.monitoring.compliance import no_breach_bound
from cxlib.stages.target_segment import repeat_buying
from cxlib.statistics import intervals, scores

Generator = np.random.Generator
Drawn = tuple[float, float, float]
"""Low, high and the truth."""
SIZES = (10, 30, 100, 1_000)


@dataclass(frozen=True)
class Case:
    """One kind of interval on one kind of data: `draw(generator, n)` gives an interval and the truth it should hold."""

    method: str
    data: str
    draw: Callable[[Generator, int], Drawn]
    least: int = 10  # smallest n that it is made for; below, the method says that it cannot tell
    cost: int = 1  # how many times fewer repetitions


def _share(truth: float) -> Callable[[Generator, int], Drawn]:
    def draw(generator: Generator, n: int) -> Drawn:
        return (*intervals.wilson(generator.binomial(n, truth), n)[1:], truth)

    return draw


def _two_shares(generator: Generator, n: int) -> Drawn:
    counts = (generator.binomial(n, 0.3), n), (generator.binomial(n, 0.2), n)
    return (*intervals.newcombe(*counts)[1:], 0.1)


def _finite(generator: Generator, n: int) -> Drawn:
    population, aware = 2 * n, n  # half of twice as many staff as answer
    answered = generator.hypergeometric(aware, population - aware, n)
    return (*finite_wilson(float(answered), n, population=population)[1:], 0.5)


def _breaches(generator: Generator, n: int) -> Drawn:
    return 0.0, no_breach_bound(n, breaches=int(generator.binomial(n, 0.1))), 0.1


def _mean(skewed: bool) -> Callable[[Generator, int], Drawn]:
    def draw(generator: Generator, n: int) -> Drawn:
        values = generator.gamma(2.0, 3.0, n) if skewed else generator.normal(6.0, 2.0, n)
        return (*intervals.mean_t(values)[1:], 6.0)

    return draw


def _bootstrap(generator: Generator, n: int) -> Drawn:
    values = generator.gamma(2.0, 3.0, n)
    rows = generator.integers(0, n, (400, n))
    low, high = intervals.percentile(values[rows].mean(axis=1))
    return float(low), float(high), 6.0


def counts(generator: Generator, n: int, promoters: float, detractors: float) -> tuple[float, float, float]:
    drawn = generator.multinomial(n, [detractors, 1 - promoters - detractors, promoters])
    return float(drawn[0]), float(drawn[1]), float(drawn[2])


def _nps(promoters: float, detractors: float) -> Callable[[Generator, int], Drawn]:
    def draw(generator: Generator, n: int) -> Drawn:
        drawn = counts(generator, n, promoters, detractors)
        return (*scores.nps_interval(drawn), 100 * (promoters - detractors))

    return draw


def _nps_difference(generator: Generator, n: int) -> Drawn:
    row = scores.nps_difference(counts(generator, n, 0.5, 0.2), counts(generator, n, 0.4, 0.3)).iloc[0]
    return float(row["low"]), float(row["high"]), 20.0


def _nps_paired(generator: Generator, n: int) -> Drawn:
    before = pd.Series(generator.choice([3.0, 8.0, 10.0], n, p=[0.3, 0.3, 0.4]))
    moved = generator.random(n) < 0.5
    again = pd.Series(np.where(moved, generator.choice([3.0, 8.0, 10.0], n, p=[0.1, 0.3, 0.6]), before))
    row = scores.nps_paired(before, again).iloc[0]
    return float(row["low"]), float(row["high"]), 20.0  # half of them move from +10 to +50


def _nps_weighted(generator: Generator, n: int) -> Drawn:
    young = generator.random(n) < 0.5
    score = np.where(
        young,
        generator.choice([3.0, 8.0, 10.0], n, p=[0.4, 0.2, 0.4]),
        generator.choice([3.0, 8.0, 10.0], n, p=[0.1, 0.3, 0.6]),
    )
    row = scores.nps(pd.DataFrame({"score": score, "weight": np.where(young, 1.0, 3.0)})).iloc[0]
    return float(row["low"]), float(row["high"]), 37.5  # a quarter at 0, three quarters at +50


def arms(generator: Generator, n: int, lift: float = 0.5) -> pd.DataFrame:
    before = generator.normal(0, 1, 2 * n)
    arm = np.where(np.arange(2 * n) % 2 == 0, "pilot", "control")
    outcome = 0.7 * before + generator.gamma(2, 0.7, 2 * n) + lift * (arm == "pilot")
    return pd.DataFrame({"arm": arm, "outcome": outcome, "before": before, "metric": "m"})


def _difference(adjust: bool) -> Callable[[Generator, int], Drawn]:
    def draw(generator: Generator, n: int) -> Drawn:
        return _ends(effect.difference(arms(generator, n), unit="money", adjust=adjust), 0.5)

    return draw


def _always(generator: Generator, n: int) -> Drawn:
    seen = effect.difference(arms(generator, n), unit="money")
    return _ends(looks.always_valid(seen, mixture_effect=0.3), 0.5)


def drawn_sites(generator: Generator, n: int, lift: float = 0.5) -> pd.DataFrame:
    site = np.repeat(np.arange(n), 6)
    arm = np.where(site % 2 == 0, "pilot", "control")
    outcome = generator.normal(0, 0.6, n)[site] + generator.normal(0, 1, len(site)) + lift * (arm == "pilot")
    return pd.DataFrame({"site": site, "arm": arm, "outcome": outcome, "metric": "m"})


def _clustered(generator: Generator, n: int) -> Drawn:
    return _ends(effect.difference(drawn_sites(generator, n), unit="money", adjust=False, cluster="site"), 0.5)


def _lottery(generator: Generator, n: int) -> Drawn:
    return _ends(sites.site_difference(drawn_sites(generator, n), site="site", unit="money"), 0.5)


def _paired(generator: Generator, n: int) -> Drawn:
    before = generator.normal(7, 2, n)
    table = pd.DataFrame({"before": before, "outcome": 0.5 * before + 4 + generator.normal(0, 1, n), "metric": "m"})
    return _ends(effect.before_after(table, unit="score"), 0.5)


def panel(generator: Generator, n: int) -> pd.DataFrame:
    """n units over six periods, launched in two waves or never; the gain is 1 in each period."""
    unit = np.arange(n)
    first = np.array([np.nan, 3.0, 5.0])[unit % 3]
    base, periods = generator.normal(0, 1, n), np.arange(1, 7)
    outcome = base[:, None] + 0.2 * periods + generator.normal(0, 1, (n, 6)) + (periods >= first[:, None])
    return pd.DataFrame(
        {
            "unit_id": np.repeat(unit, 6),
            "period_on": np.tile(periods, n),
            "first_on": np.repeat(first, 6),
            "outcome": outcome.ravel(),
            "unit": "money",
        }
    )


def _waves(generator: Generator, n: int) -> Drawn:
    return _ends(staggered.overall(panel(generator, n)), 1.0)


def _events(generator: Generator, n: int) -> Drawn:
    """The simultaneous band: it holds when every event's interval does; the worst distance stands for all."""
    table = staggered.event_study(panel(generator, n), seed=int(generator.integers(1_000_000)))
    truth = table["event"].ge(0).astype(float)
    inside = bool((table["low"].le(truth) & table["high"].ge(truth)).all())
    return (-1.0, 1.0, 0.0) if inside else (1.0, 2.0, 0.0)


def _in_differences(generator: Generator, n: int) -> Drawn:
    table = panel(generator, n).query("period_on in (2, 3)")
    table = table[table["first_on"].isna() | table["first_on"].eq(3)]
    treated, after = table["first_on"].notna().astype(int), table["period_on"].eq(3).astype(int)
    both = table.assign(treated=treated, after=after, metric="m")
    return _ends(effect.difference_in_differences(both, cluster="unit_id"), 1.0)


def series(generator: Generator, n: int, *, correlation: float = 0.0, jump: float = 0.0) -> pd.DataFrame:
    """n weekly values, each following the one before by `correlation`, with a jump in the middle."""
    noise = generator.normal(0, 1, n)
    for at in range(1, n):
        noise[at] += correlation * noise[at - 1]
    periods = pd.date_range("1990-01-01", periods=n, freq="W-MON")
    table = pd.DataFrame({"period_on": periods, "estimate": noise + jump * (np.arange(n) >= n // 2)})
    return table.assign(metric="m", n=1.0, successes=np.nan, unit="score")


def _jump(correlation: float) -> Callable[[Generator, int], Drawn]:
    def draw(generator: Generator, n: int) -> Drawn:
        table = series(generator, n, correlation=correlation, jump=2.0)
        starts_on = table["period_on"].iloc[n // 2]
        return _ends(effect.interrupted_series(table, starts_on=starts_on, metric="m", unit="money"), 2.0)

    return draw


def _going_on(generator: Generator, n: int) -> Drawn:
    """Aalen–Johansen at 30 days: 40 % go on, 20 % are lost, entrants followed for 20 to 80 days."""
    kind = generator.choice(["advanced", "lost", "never"], n, p=[0.4, 0.2, 0.4])
    days = np.where(kind == "never", np.inf, generator.exponential(20.0, n))
    followed = generator.uniform(20.0, 80.0, n)
    outcome = np.where(days <= followed, kind, "open")
    table = pd.DataFrame({"step": "s", "days": np.minimum(days, followed), "outcome": outcome})
    curve = incidence.incidence(table)
    known = curve[curve["days"].le(30.0) & curve["n_events"].gt(0)]
    truth = 0.4 * float(stats.expon.cdf(30.0, scale=20.0))
    return (float(known["low"].iloc[-1]), float(known["high"].iloc[-1]), truth) if len(known) else (0.0, 1.0, truth)


def _forecast(generator: Generator, n: int) -> Drawn:
    """The 80 % forecast interval of a trend, twelve months ahead, stretched to 95 % by its own t quantile."""
    months = pd.date_range("1900-01-01", periods=n + 12, freq="MS", unit="s")
    wave = 3 * np.sin(2 * np.pi * np.arange(n + 12) / 12) if n >= SEASONAL_MONTHS else 0.0
    values = 100 + 0.1 * np.arange(n + 12) + wave + generator.normal(0, 5, n + 12)
    known = pd.DataFrame({"period_on": months[:n], "estimate": values[:n]})
    row = attainment(known, target=100.0, deadline=months[-1]).iloc[0]
    freedom = n - (4 if n >= SEASONAL_MONTHS else 2)
    stretch = stats.t.ppf(0.975, freedom) / stats.t.ppf(0.9, freedom)
    half = stretch * (row["forecast_high"] - row["forecast"])
    return float(row["forecast"] - half), float(row["forecast"] + half), float(values[-3:].mean())


def rated(generator: Generator, n: int) -> pd.DataFrame:
    """Ratings of four touchpoints, independent, worth 0.6, 0.4, 0.2 and nothing to the outcome, and a bad one twice."""
    known = pd.DataFrame(generator.integers(0, 11, (n, 4)).astype(float), columns=list("abcd"))
    outcome = known[["a", "b", "c"]].to_numpy() @ [0.6, 0.4, 0.2] + generator.normal(0, 2, n)
    return known.assign(outcome=outcome, weight=1.0)


def _contribution(generator: Generator, n: int) -> Drawn:
    """LMG of independent predictors is b² var(x): 0.36 of 0.56 parts of what is explained, in R²."""
    table = rated(generator, n)
    draws = driver_draws(table, n_draws=200, seed=int(generator.integers(1_000_000)))
    mine = draws[draws["touchpoint"].eq("a") & draws["draw"].ge(0)]["importance"].to_numpy()
    low, high = intervals.percentile(mine)
    return float(low), float(high), 3.6 / 9.6  # var(x) = 10; 3.6 of 5.6 explained + 4 noise


def _penalty(generator: Generator, n: int) -> Drawn:
    """What a low rating of a costs against a middle one, noise growing with the rating: −2."""
    table = pd.DataFrame(generator.integers(0, 11, (n, 2)).astype(float), columns=["a", "b"])
    kind = table.apply(lambda scores: bands(scores, scale=(0.0, 10.0)))
    noise = generator.normal(0, 1, n) * (0.5 + table["a"] / 5)
    outcome = -2.0 * kind["a"].eq("low") + 1.0 * kind["a"].eq("high") + noise
    value, error = penalty_reward(kind, outcome).combination({("a", "low"): 1.0})
    return value - 1.96 * error, value + 1.96 * error, -2.0


def _promise(generator: Generator, n: int) -> Drawn:
    """The promise holds when at least the promised share of customers reach it."""
    low = lower_tolerance(generator.gamma(2.0, 3.0, n))
    return (
        low,
        float("inf") if np.isfinite(low) else low,
        float(stats.gamma.ppf(1 - PROMISE_SHARE, 2.0, scale=3.0)),
    )


def _buying(generator: Generator, n: int) -> Drawn:
    """r of the BG/NBD model, customers followed for 20 to 60 weeks."""
    rate, leaves = generator.gamma(0.8, 1 / 6.0, n), generator.beta(0.8, 2.5, n)
    age = generator.uniform(20, 60, n)
    rows = []
    for each, chance, weeks in zip(rate, leaves, age, strict=True):
        number, last, at = 0, 0.0, float(generator.exponential(1 / each))
        while at < weeks:
            number, last = number + 1, at
            if generator.random() < chance:
                break
            at += float(generator.exponential(1 / each))
        rows.append((number, last, weeks))
    table = pd.DataFrame(rows, columns=["n_repeats", "recency_weeks", "age_weeks"])
    return _ends(repeat_buying.buying_model(table.assign(customer_id="c", repeat_money=1.0)), 0.8)


def _ends(table: pd.DataFrame, truth: float) -> Drawn:
    """The first row's interval; without one the method could not tell."""
    if table.empty:
        return float("nan"), float("nan"), truth
    return float(table["low"].iloc[0]), float(table["high"].iloc[0]), truth


CASES = (
    Case("intervals.wilson", "share of 50 %", _share(0.5)),
    Case("intervals.wilson", "share of 10 %", _share(0.1)),
    Case("awareness.finite_wilson", "half of the staff asked, 50 % aware", _finite),
    Case("intervals.newcombe", "shares of 30 % and 20 %", _two_shares),
    Case("compliance.no_breach_bound", "10 % breaches, one-sided", _breaches),
    Case("intervals.mean_t", "normal", _mean(False)),
    Case("intervals.mean_t", "skewed (gamma 2)", _mean(True)),
    Case("intervals.percentile", "bootstrap of a skewed mean", _bootstrap, cost=2),
    Case("scores.nps_interval", "NPS of 30: 50 % promoters, 20 % detractors", _nps(0.5, 0.2)),
    Case("scores.nps_interval", "NPS of 90: 92 % promoters, 2 % detractors", _nps(0.92, 0.02)),
    Case("scores.nps_difference", "NPS of 30 against 10", _nps_difference, cost=4),
    Case("scores.nps_paired", "half of the people move up", _nps_paired, cost=4),
    Case("scores.nps", "weights of 1 and 3 (Taylor)", _nps_weighted, cost=10),
    Case("effect.difference", "randomised, skewed, not adjusted", _difference(False), cost=4),
    Case("effect.difference", "randomised, skewed, CUPED", _difference(True), cost=4),
    Case("looks.always_valid", "randomised, looked at once (at least 95 %)", _always, cost=4),
    Case("effect.difference by cluster", "n sites of six customers", _clustered, least=30, cost=8),
    Case("sites.site_difference", "n sites of six customers", _lottery, cost=20),
    Case("effect.before_after", "same people twice", _paired, cost=4),
    Case("effect.difference_in_differences", "n units, clustered", _in_differences, least=30, cost=8),
    Case("staggered.overall", "n units in two waves and never", _waves, least=30, cost=20),
    Case("staggered.event_study", "simultaneous band of nine events", _events, least=30, cost=40),
    Case("effect.interrupted_series", "n periods, independent", _jump(0.0), least=30, cost=8),
    Case("effect.interrupted_series", "n periods, neighbours alike (0.4)", _jump(0.4), least=30, cost=8),
    Case("incidence.incidence", "n entrants, lost and open among them", _going_on, cost=10),
    Case("drivers.driver_draws", "LMG of the first of four touchpoints, bootstrap", _contribution, least=100, cost=40),
    Case("asymmetry.penalty_reward", "penalty, spread uneven (HC3)", _penalty, least=100, cost=10),
    Case("promise.lower_tolerance", "level that 95 % reach (95 % sure)", _promise, least=100),
    Case("repeat_buying.buying_model", "r of BG/NBD, likelihood", _buying, least=1_000, cost=40),
    Case("attainment.attainment", "n months, forecast a year ahead", _forecast, least=30, cost=8),
)


def coverage(repetitions: int, seed: int, *, sizes: tuple[int, ...] = SIZES) -> list[dict[str, object]]:
    """One row per case and size: how many of the intervals held the truth; those that could not tell do not count."""
    rows: list[dict[str, object]] = []
    for place, case in enumerate(CASES):
        for n in (size for size in sizes if size >= case.least):
            generator = np.random.default_rng([seed, place, n])
            drawn = np.array([case.draw(generator, n) for _ in range(max(20, repetitions // case.cost))])
            told = ~np.isnan(drawn[:, :2]).any(axis=1)
            held = (drawn[:, 0] <= drawn[:, 2]) & (drawn[:, 2] <= drawn[:, 1]) & told
            rows.append(
                {
                    "kind": "coverage",
                    "method": case.method,
                    "data": case.data,
                    "n": n,
                    "stated": 0.95,
                    "count": int(held.sum()),
                    "of": int(told.sum()),
                }
            )
    return rows
