"""The four methods that meet large data or a bootstrap, each beside the best library for it: `python -m bench.methods`.

CPU seconds of one process, best of some runs. pingouin and duckdb come with the `dev` extra; Lifetimes and
ChannelAttribution are no dependencies (one is archived, the other promotes a paid version): they are measured where
they can be imported.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cxlib.journeys.incidence import incidence
from cxlib.journeys.passages import passages
from cxlib.journeys.paths import count_paths
from cxlib.privacy.redaction import redact
from cxlib.stages.architecture.drivers import driver_draws
from cxlib.stages.omnichannel.attribution import removal_effects
from cxlib.stages.target_segment.repeat_buying import buying_model

SEED = 2607
STEPS = ["discovery", "interest", "consideration", "purchase", "service"]
COLUMNS = ["method", "size", "seconds", "library", "library_seconds", "ratio"]
Row = tuple[str, str, float, str, float]


def cpu(work: Callable[[], Any], *, runs: int = 1) -> float:
    """Least CPU seconds of some runs."""
    taken = []
    for _run in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def there(name: str) -> bool:
    """Can this library be imported?"""
    return importlib.util.find_spec(name) is not None


def drivers(n_draws: int = 1_000, n: int = 5_000, p: int = 12) -> Row:
    """LMG of every bootstrap sample; pingouin has no bootstrap, so one run of it is counted `n_draws` times."""
    import pingouin

    generator = np.random.default_rng(SEED)
    common = generator.normal(size=(n, 1))
    rated = np.clip(np.round(6 + 1.5 * common + 1.5 * generator.normal(size=(n, p))), 0, 10)
    table = pd.DataFrame(rated, columns=[f"t{place:02d}" for place in range(p)])
    outcome = rated @ np.linspace(0.4, 0.05, p) + generator.normal(0, 1, n)
    ours = cpu(lambda: driver_draws(table.assign(outcome=outcome, weight=1.0), n_draws=n_draws))
    theirs = cpu(lambda: pingouin.linear_regression(table, outcome, relimp=True))
    return "LMG, bootstrap", f"{n_draws:,} draws, {p} drivers, {n:,} answers", ours, "pingouin", theirs * n_draws


def buying(n: int = 100_000) -> Row:
    """BG/NBD by maximum likelihood."""
    generator = np.random.default_rng(SEED)
    rate, leaves = generator.gamma(0.25, 1 / 4.4, n), generator.beta(0.8, 2.4, n)
    age = np.floor(generator.uniform(190, 273, n)) / 7
    number, last = np.zeros(n), np.zeros(n)
    alive, at = np.ones(n, dtype=bool), generator.exponential(1 / rate)
    while (alive & (at < age)).any():
        now = alive & (at < age)
        number, last = number + now, np.where(now, at, last)
        alive = now & (generator.random(n) >= leaves)
        at = at + generator.exponential(1 / rate)
    days = np.floor(last * 7) / 7
    table = pd.DataFrame(
        {"customer_id": "c", "n_repeats": number, "recency_weeks": days, "age_weeks": age, "repeat_money": 1.0}
    )
    ours = cpu(lambda: buying_model(table), runs=2)
    theirs = float("nan")
    if there("lifetimes"):
        from lifetimes import BetaGeoFitter  # type: ignore[import-not-found]

        theirs = cpu(lambda: BetaGeoFitter().fit(number, days, age))
    return "BG/NBD", f"{n:,} customers", ours, "Lifetimes", theirs


def removal(n: int = 1_000_000) -> Row:
    """Removal effects of a Markov chain, from single journeys to the effects; the library simulates, we solve."""
    generator = np.random.default_rng(SEED)
    names = np.array(list("abcdefgh"))
    length = generator.integers(1, 6, n)
    drawn = names[np.minimum(generator.geometric(0.3, (n, 5)) - 1, 7)]
    joined = pd.Series(drawn[:, 0])
    for place in range(1, 5):
        joined = joined.where(length <= place, joined + " > " + pd.Series(drawn[:, place]))
    paths = pd.DataFrame({"path": joined, "converted": generator.random(n) < 0.05 * length})
    ours = cpu(lambda: removal_effects(count_paths(paths), replicates=0))
    theirs = float("nan")
    if there("ChannelAttribution"):
        from ChannelAttribution import markov_model  # type: ignore[import-not-found]

        def theirs_too() -> Any:
            counted = count_paths(paths)
            return markov_model(counted, "path", "n_converted", var_null="n_lost")

        theirs = cpu(theirs_too)
    return "Markov removal", f"{n:,} paths", ours, "ChannelAttribution", theirs


def funnel(n: int = 10_000_000) -> Row:
    """Steps reached and the share that went on, from contacts; SQL counts the same without intervals or censoring."""
    import duckdb

    generator = np.random.default_rng(SEED)
    customers = n // 5
    step = np.minimum(generator.geometric(0.45, n) - 1, len(STEPS) - 1)
    seconds = generator.integers(0, 400 * 86_400, n)
    contacts = pd.DataFrame(
        {
            "customer_id": pd.Categorical.from_codes(
                generator.integers(0, customers, n), pd.Index([f"C{place:07d}" for place in range(customers)])
            ),
            "at": pd.Timestamp("2025-01-01") + pd.to_timedelta(seconds, unit="s"),
            "step": pd.Categorical.from_codes(step, STEPS),
        }
    )
    events = contacts.assign(customer_id=contacts["customer_id"].astype("str"), step=contacts["step"].astype("str"))
    events = events.assign(journey_id=events["customer_id"], outcome="reached")
    ours = cpu(lambda: incidence(passages(events, steps=STEPS)))
    query = f"""
        with first as (select customer_id, list_position({STEPS!r}, step) as position, min("at") as entered
                       from events group by all),
             ahead as (select customer_id, position,
                              min(entered) over (partition by customer_id order by position desc) as entered
                       from first)
        select position, count(*) as n, count(*) filter (where went_on) as gone_on
        from (select *, lead(entered) over (partition by customer_id order by position) is not null as went_on from ahead)
        group by position order by position"""
    with duckdb.connect() as database:
        database.register("events", events)
        database.execute("set threads to 1")
        theirs = cpu(lambda: database.execute(query).fetchall())
    return "funnel with intervals", f"{n:,} contacts", ours, "duckdb SQL", theirs


def redaction(n: int = 20_000) -> float:
    """Texts a second that are searched for personal data, one of twenty of them with something in it."""
    texts = pd.Series(["The sofa came two weeks late and nobody called; the shop was kind, though."] * n)
    texts.iloc[::20] = "Llámame al 612 345 678, DNI 12345678Z, ES91 2100 0418 4502 0005 1332, ana@correo.es"
    return n / cpu(lambda: redact(texts), runs=2)


def measured(*, scale: float = 1.0) -> pd.DataFrame:
    """One row per method; `scale` shrinks the data, so that a test can run it."""
    rows = [
        drivers(max(2, int(1_000 * scale)), p=12 if scale == 1 else 6),
        buying(max(600, int(100_000 * scale))),
        removal(max(1_000, int(1_000_000 * scale))),
        funnel(max(5_000, int(10_000_000 * scale))),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    return table.assign(ratio=table["library_seconds"] / table["seconds"])[COLUMNS]


def main() -> int:
    """Measure and print; a ratio above 1 says how many times faster than the library."""
    table = measured().round({"seconds": 2, "library_seconds": 2, "ratio": 2})
    sys.stdout.write(table.to_string(index=False, na_rep="not installed") + "\n")
    sys.stdout.write(f"redaction: {redaction():,.0f} texts a second\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
