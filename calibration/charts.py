"""False alarms of the charts: steady series through the charts of the page, against theory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.monitoring import control, false_alarms

YEAR = 52
PHASES = (12, 25, 52)
KINDS = ("xmr", "xbar", "p", "laney", "c", "ewma", "cusum", "residual")


def steady(generator: np.random.Generator, kind: str, n: int) -> pd.DataFrame:
    """A weekly series of the type that a kind of chart is made for, in which nothing happens."""
    size, hits = np.full(n, 60.0), generator.binomial(400, 0.3, n).astype(float)
    value = {
        "p": hits / 400,
        "laney": hits / 400,
        "c": generator.poisson(50, n).astype(float),
        "xbar": generator.normal(7, 2 / np.sqrt(60), n),
    }.get(kind, generator.normal(0, 1, n))
    table = pd.DataFrame(
        {
            "metric": "m",
            "period_on": pd.date_range("2000-01-03", periods=n, freq="W-MON"),
            "estimate": value,
            "n": size,
            "successes": np.nan,
            "spread": 2.0,
            "unit": "score",
        }
    )
    return table.assign(successes=hits, n=400.0) if kind in ("p", "laney") else table


def alarms(repetitions: int, seed: int) -> list[dict[str, object]]:
    """One row per kind of chart and length of phase I: charts with any signal in a year, against what the page says."""
    rows: list[dict[str, object]] = []
    for place, kind in enumerate(KINDS):
        for first in PHASES:
            generator = np.random.default_rng([seed, 2_000 + place, first])
            drawn = [
                control.control_chart(steady(generator, kind, first + YEAR), kind=kind, phase_one=first)
                for _ in range(max(20, repetitions // 8))
            ]
            any_signal = [bool(chart.loc[chart["phase"].eq("II"), "letters"].ne("").any()) for chart in drawn]
            known = 1 - np.exp(-YEAR / false_alarms.run_length(kind))
            rows.append(
                {
                    "kind": "false alarm",
                    "method": f"control chart {kind}",
                    "data": f"any signal in a year, limits learnt from n weeks ({known:.0%} if they were known)",
                    "n": first,
                    "stated": false_alarms.signal_rate(kind, first=first, watched=YEAR)[1],
                    "count": sum(any_signal),
                    "of": len(any_signal),
                }
            )
    return rows
