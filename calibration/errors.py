"""How often a verdict is given where nothing is, and how often what was planted is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.coverage import Generator, arms, counts, drawn_sites, panel, series
from cxlib.facts import compare
from cxlib.simulate import make_client
from cxlib.stages.measurement import effect, looks, sites, staggered, verdicts, waves
from cxlib.stages.monitoring import control, shifts
from cxlib.statistics import intervals, scores
from cxlib.statistics.sample_ratio import sample_ratio
from tests.simulate.chain import declare
from tests.simulate.recovery import FIRST_NULL, FIRST_PLANTED, ROWS

LARGEST = (30, 100, 1_000)


@dataclass(frozen=True)
class Null:
    """A verdict and data in which nothing is: `draw` says whether it was given all the same; `stated` how often it may."""

    method: str
    verdict: str
    stated: float
    draw: Callable[[Generator, int], bool]
    sizes: tuple[int, ...] = LARGEST
    cost: int = 4


def _real(table: pd.DataFrame, n: int) -> bool:
    return bool(len(table)) and compare(table["low"].iloc[0], table["high"].iloc[0], n=n) == "real"


def _nps(generator: Generator, n: int) -> bool:
    return _real(scores.nps_difference(counts(generator, n, 0.5, 0.2), counts(generator, n, 0.5, 0.2)), n)


def _shares(generator: Generator, n: int) -> bool:
    low, high = intervals.newcombe((generator.binomial(n, 0.2), n), (generator.binomial(n, 0.2), n))[1:]
    return compare(low, high, n=n) == "real"


def _arms(generator: Generator, n: int) -> bool:
    return _real(effect.difference(arms(generator, n, lift=0.0), unit="money"), n)


def _rule(verdict: str) -> Callable[[Generator, int], bool]:
    def draw(generator: Generator, n: int) -> bool:
        found = effect.difference(arms(generator, n, lift=0.0), unit="money")
        liked = effect.difference(arms(generator, n, lift=0.0), unit="score")
        decided = verdicts.verdict(found, minimum_effect=0.3, satisfaction=liked, guardrail_status=pd.Series(["held"]))
        return bool(decided["verdict"].iloc[0] == verdict)

    return draw


def _lottery(generator: Generator, n: int) -> bool:
    found = sites.site_difference(drawn_sites(generator, n, lift=0.0), site="site", unit="money")
    return bool(found["p_value"].iloc[0] <= 0.05)


def _guardrail(generator: Generator, n: int) -> bool:
    found = effect.difference(arms(generator, n, lift=0.0), unit="score")
    return bool(verdicts.guardrails(found, {"m": 0.1})["status"].iloc[0] == "breached")


def _family(generator: Generator, n: int) -> bool:
    effects = pd.concat(
        [effect.difference(arms(generator, n, lift=0.0), unit="money") for _ in range(6)], ignore_index=True
    )
    return bool(verdicts.family(effects.assign(metric=list("abcdef")), registered="x")["p_adjusted"].lt(0.05).any())


def _waves(generator: Generator, n: int) -> bool:
    parts = [
        pd.DataFrame(
            {
                "question": "csat",
                "touchpoint": f"t{place}",
                "weight": 1.0,
                "score": generator.normal(7, 2, n),
                "on": pd.Timestamp(f"{year}-05-10"),
            }
        )
        for year in (2024, 2025)
        for place in range(6)
    ]
    return bool(waves.wave_changes(pd.concat(parts))["moved"].any())


def _mismatch(generator: Generator, n: int) -> bool:
    pilots = int(generator.binomial(2 * n, 0.5))
    table = pd.DataFrame(
        {"arm": ["pilot", "control"], "n_assigned": [pilots, 2 * n - pilots], "n_analysed": [pilots, 2 * n - pilots]}
    )
    return bool(sample_ratio(table)["mismatch"].any())


def _trends(generator: Generator, n: int) -> bool:
    return bool(staggered.pre_trend(panel(generator, n))["p_value"].iloc[0] < 0.05)


def _five_looks(generator: Generator, n: int) -> bool:
    """Five planned looks, each a fifth of the answers more, against O'Brien and Fleming's bounds."""
    gaps = generator.normal(size=(5, max(n // 5, 2))).sum(axis=1).cumsum()
    z = gaps / np.sqrt(max(n // 5, 2) * np.arange(1, 6))
    return bool((np.abs(z) > BOUNDS).any())


def _shifted(generator: Generator, n: int) -> bool:
    return bool(len(shifts.all_shifts(series(generator, n), seed=int(generator.integers(1_000_000)))))


def _alike(generator: Generator, n: int) -> bool:
    return control.choose_chart(series(generator, n), n)[0] == "residual"


def _widened(generator: Generator, n: int) -> bool:
    hits = generator.binomial(200, 0.2, n)
    table = series(generator, n).assign(successes=hits.astype(float), n=200.0, estimate=hits / 200)
    return control.choose_chart(table, n)[0] == "laney"


BOUNDS = looks.bounds(5)["z"].to_numpy()
NULLS = (
    Null("scores.nps_difference", "real: two groups differ", 0.05, _nps),
    Null("intervals.newcombe", "real: two shares differ", 0.05, _shares, cost=1),
    Null("effect.difference", "real: pilot and control differ", 0.05, _arms),
    Null("verdicts.verdict", "scale", 0.025, _rule("scale")),
    Null("sites.site_difference", "real: sites differ", 0.05, _lottery, sizes=(10, 30), cost=20),
    Null("verdicts.guardrails", "breached", 0.025, _guardrail),
    Null("verdicts.family", "any of six secondary figures", 0.05, _family, cost=20),
    Null("waves.moved", "any of six questions moved", 0.05, _waves, cost=20),
    Null("sample_ratio.sample_ratio", "mismatch", 0.001, _mismatch, cost=2),
    Null("staggered.pre_trend", "moved apart before the launch", 0.05, _trends, cost=8),
    Null("looks.bounds", "stopped at any of five planned looks", 0.05, _five_looks, sizes=(100, 1_000), cost=1),
    Null("shifts.all_shifts", "a lasting shift", 0.05, _shifted, sizes=(30, 100), cost=20),
    Null("control.choose_chart", "neighbours alike (residual chart)", 0.05, _alike, sizes=(30, 100)),
    Null("control.choose_chart", "overdispersed (Laney)", 0.05, _widened, sizes=(30, 100)),
)


def nothing_there(repetitions: int, seed: int) -> list[dict[str, object]]:
    """One row per verdict and size: how often it was given although nothing is there."""
    rows: list[dict[str, object]] = []
    for place, null in enumerate(NULLS):
        for n in null.sizes:
            generator = np.random.default_rng([seed, 1_000 + place, n])
            given = [null.draw(generator, n) for _ in range(max(20, repetitions // null.cost))]
            rows.append(
                {
                    "kind": "false positive",
                    "method": null.method,
                    "data": null.verdict,
                    "n": n,
                    "stated": null.stated,
                    "count": sum(given),
                    "of": len(given),
                }
            )
    return rows


def clients(n_clients: int) -> list[dict[str, object]]:
    """Planted effects found on as many simulated clients, and declared on as many in which nothing was planted."""
    planted = [declare(make_client(FIRST_PLANTED + at)) for at in range(n_clients)]
    null = [declare(make_client(FIRST_NULL + at, planted=False)) for at in range(n_clients)]
    rows: list[dict[str, object]] = []
    for row in ROWS:
        rows.append(
            {
                "kind": "recovery",
                "method": row.effect,
                "data": row.rule,
                "n": 4_000,
                "stated": 0.9,
                "count": sum(map(row.found, planted)),
                "of": n_clients,
            }
        )
        if row.rate:
            rows.append(
                {
                    "kind": "null client",
                    "method": row.effect,
                    "data": row.rule,
                    "n": 4_000,
                    "stated": row.rate,
                    "count": sum(map(row.declared, null)),
                    "of": n_clients,
                }
            )
    return rows
