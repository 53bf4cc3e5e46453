"""A series that does not vary gives no signal: rounding dust is guarded against once, for all charts and shifts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.monitoring.control import control_chart
from cxlib.stages.monitoring.limits import LIMITS, dust, without_dust
from cxlib.stages.monitoring.shifts import shifts


def constant(value: float, *, noisy: bool) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    noise = generator.choice([-2, -1, 0, 1, 2], 60) * np.spacing(value) if noisy else np.zeros(60)
    days = pd.date_range("2024-01-01", periods=60, freq="W-MON")
    about = {"metric": "m", "successes": np.nan, "spread": np.nan, "unit": "money", "n": 10.0}
    return pd.DataFrame({"period_on": days, "estimate": value + noise}).assign(**about)


@pytest.mark.parametrize("kind", ["", *sorted(set(LIMITS) - {"p", "laney", "xbar"})])
@pytest.mark.parametrize("value", [0.1 + 0.2, 1e9 / 3, 7.0])
def test_dust_is_no_signal(kind: str, value: float) -> None:
    for noisy in (False, True):
        assert control_chart(constant(value, noisy=noisy), kind=kind)["letters"].eq("").all()
        assert shifts(constant(value, noisy=noisy)).empty


def test_shares_and_means_that_never_vary_give_no_signal() -> None:
    every = constant(1.0, noisy=False).assign(successes=10.0, unit="share")
    assert control_chart(every)["letters"].eq("").all()
    means = constant(4.2, noisy=True).assign(spread=0.0, unit="score")
    assert control_chart(means)["letters"].eq("").all()


def test_a_real_departure_from_a_constant_is_still_seen() -> None:
    broken = constant(100.0, noisy=True)
    broken.loc[55, "estimate"] = 90.0
    assert control_chart(broken, kind="xmr")["letters"].iloc[55] == "A"


def test_what_differs_by_more_than_dust_stays() -> None:
    values = pd.Series([1.0, 1.000001, np.nan])
    assert without_dust(values).equals(values) and dust(values) == pytest.approx(1e-9, rel=1e-5)
    alike = without_dust(pd.Series([1.0, np.nan, 1.0 + 1e-15]))
    assert alike.nunique() == 1 and alike.isna().tolist() == [False, True, False]
    assert without_dust(pd.Series([0.0, 0.0])).tolist() == [0.0, 0.0]
