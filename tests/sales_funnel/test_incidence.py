"""The curves against R (survival, cmprsk), and what is read off them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from cxlib.engagement.brief import Step
from cxlib.journeys.incidence import draws, incidence, windows
from cxlib.stages.sales_funnel.followed import Followed, follow
from cxlib.stages.sales_funnel.funnel import benchmarks, funnel, stated_benchmarks
from cxlib.stages.sales_funnel.shown import benchmarks as benchmark_table
from cxlib.stages.sales_funnel.time_to_convert import time_to_convert
from tests.sales_funnel.test_passages import STEPS, contacts


def waits(days: list[float], outcome: list[str], step: str = "s") -> pd.DataFrame:
    ids = [f"c{number}" for number in range(len(days))]
    return pd.DataFrame({"customer_id": ids, "step": step, "days": days, "outcome": outcome}).astype({"outcome": "str"})


def followed_of(table: pd.DataFrame) -> Followed:
    """What is known of passages made by hand; without groups they are all the focus."""
    groups = table if "group" in table else table.assign(group="focus")
    curves = incidence(groups, by=("group", "step"))
    limits = windows(curves[curves["group"] == "focus"])
    sampled = draws(groups, limits, by=("group", "step"), n_draws=50)
    return Followed(limits["step"].tolist(), groups, curves, limits, sampled)


def test_without_losses_it_is_kaplan_meier_as_in_r(shared) -> None:  # type: ignore[no-untyped-def]
    aml = pd.read_csv(shared("oracles/km_aml/aml.csv"))
    expected = pd.read_csv(shared("oracles/km_aml/expected_survfit_loglog.csv"))
    table = waits(aml["time"].astype(float).tolist(), np.where(aml["status"] == 1, "advanced", "open").tolist())
    curves = incidence(table.assign(step="x=" + aml["x"]))
    both = curves.merge(expected, left_on=["step", "days"], right_on=["strata", "time"])
    assert len(both) == len(expected)
    np.testing.assert_allclose(1 - both["estimate"], both["surv"], atol=1e-8)
    inner = both["lo"].notna()
    np.testing.assert_allclose(1 - both["high"][inner], both["lo"][inner], atol=1e-8)
    np.testing.assert_allclose(1 - both["low"][inner], both["hi"][inner], atol=1e-8)


def test_a_loss_competes_as_in_cmprsk_and_is_not_censoring(shared) -> None:  # type: ignore[no-untyped-def]
    oracle = json.loads(shared("oracles/competing_mgus2/oracle.json").read_text())
    data = pd.read_csv(shared("oracles/competing_mgus2/mgus2.csv"))
    names = {0: "open", 1: "advanced", 2: "lost"}
    table = waits(data["etime"].astype(float).tolist(), data["event"].map(names).tolist())
    at = [incidence(table).query("days <= @time")["estimate"].iloc[-1] for time in oracle["times"]]
    np.testing.assert_allclose(at, oracle["pcm"], atol=1e-9)
    naive = (
        incidence(table.assign(outcome=table["outcome"].replace("lost", "open")))
        .query("days <= 360")["estimate"]
        .iloc[-1]
    )
    assert naive == pytest.approx(oracle["naive_1_minus_KM_pcm"]["360"], abs=1e-9)


def test_an_entrant_of_yesterday_does_not_lower_the_conversion() -> None:
    old = waits([5.0] * 50 + [100.0] * 50, ["advanced"] * 50 + ["open"] * 50)
    young = pd.concat([old, waits([1.0] * 40, ["open"] * 40)])
    assert incidence(old)["estimate"].iloc[-1] == pytest.approx(0.5)
    assert incidence(young)["estimate"].iloc[-1] == pytest.approx(0.5)


def test_with_full_follow_up_both_denominators_are_plain_shares() -> None:
    rows = [(f"c{n}", "2025-01-01", "see", "reached") for n in range(100)]
    rows += [(f"c{n}", "2025-01-03", "try", "reached") for n in range(60)]
    rows += [(f"c{n}", "2025-01-09", "buy", "reached") for n in range(30)]
    rows += [("late", "2025-12-31", "use", "reached")]
    table = funnel(follow(contacts(*rows), steps=STEPS, n_draws=50)).set_index("step")
    assert table["estimate"].iloc[:2].tolist() == pytest.approx([0.6, 0.5])
    assert table.loc["buy", "of_entrants_share"] == pytest.approx(0.3)
    assert table.loc["see", ["n", "n_began", "n_advanced", "n_open"]].tolist() == [100, 100, 60, 40]
    assert (
        table["of_entrants_low"].dropna() <= table["of_entrants_share"][table["of_entrants_low"].notna()] + 1e-9
    ).all()


def test_the_window_holds_nearly_all_who_go_on() -> None:
    days = [float(day) for day in range(1, 101)]
    curves = incidence(waits([*days, *[300.0] * 100], ["advanced"] * 100 + ["open"] * 100))
    assert windows(curves)["estimate"].tolist() == [95.0]


def test_the_waiting_time_counts_those_still_open() -> None:
    table = waits([float(day) for day in range(1, 101)] + [200.0] * 100, ["advanced"] * 100 + ["open"] * 100)
    times = time_to_convert(followed_of(table)).set_index("quantile")
    assert times.loc[0.5, "estimate"] == 50.0
    assert times.loc[0.9, "estimate"] == 90.0
    assert times.loc[0.5, "low"] <= 50.0 <= times.loc[0.5, "high"]


def test_bootstrap_intervals_of_independent_customers_are_those_of_the_formula() -> None:
    table = waits([1.0] * 300 + [50.0] * 700, ["advanced"] * 300 + ["open"] * 700)
    limits = windows(incidence(table))
    spread = draws(table, limits, n_draws=400)["estimate"].std()
    assert spread == pytest.approx(np.sqrt(0.3 * 0.7 / 1000), rel=0.15)


def test_customers_drawn_in_groups_and_times_read_by_the_hour_have_the_same_spread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(3)
    table = waits(generator.exponential(9, 3000).tolist(), generator.choice(["advanced", "lost"], 3000).tolist())
    table["customer_id"] = np.arange(3000).astype(str)
    curves = incidence(table)
    single = draws(table, windows(curves), n_draws=300)
    monkeypatch.setattr("cxlib.journeys.incidence.MOST_UNITS", 400)
    monkeypatch.setattr("cxlib.journeys.incidence.MOST_TIMES", 400)
    grouped = draws(table, windows(curves), n_draws=300)
    assert grouped["estimate"].mean() == pytest.approx(single["estimate"].mean(), abs=0.002)
    assert grouped["estimate"].std() == pytest.approx(single["estimate"].std(), rel=0.15)
    assert grouped["days_50"].mean() == pytest.approx(single["days_50"].mean(), abs=0.1)


def test_nothing_gives_empty_tables_with_their_columns() -> None:
    nothing = follow(contacts(), steps=STEPS)
    assert nothing.curves.empty and nothing.windows.empty and nothing.draws.empty
    assert funnel(nothing).columns[:2].tolist() == ["step", "n"]
    assert time_to_convert(nothing).empty


def test_the_benchmark_comes_from_outside_the_step() -> None:
    half, third = ["advanced"] * 50 + ["open"] * 50, ["advanced"] * 33 + ["open"] * 67
    days = [1.0] * 100
    stacked = pd.concat(
        [
            waits(days, third).assign(group="focus"),
            waits(days, half).assign(group="segment:a"),
            waits(days, third).assign(group="segment:b"),
            waits(days, third, "t").assign(group="focus"),
            waits(days, third, "u").assign(group="focus"),
        ]
    )
    followed = followed_of(stacked)
    table = pd.DataFrame(
        {
            "metric": ["conversion"],
            "step": ["u"],
            "value": [0.7],
            "name": ["Sector"],
            "source": ["Panel 2025"],
            "on": [pd.Timestamp("2025-01-01")],
        }
    )
    known = benchmarks(followed, stated_benchmarks([], table)).set_index("step")
    assert known["source"].to_dict() == {"s": "best other segment", "t": "none", "u": "Sector, Panel 2025"}
    assert known["benchmark_share"].to_dict() == pytest.approx({"s": 0.5, "t": np.nan, "u": 0.7}, nan_ok=True)
    about = {"label": "", "phase": "before"}
    brief = [Step(step="s", benchmark=0.4, **about), Step(step="u", benchmark=0.9, benchmark_source="Ours", **about)]
    stated = benchmarks(followed, stated_benchmarks(brief, table)).set_index("step")
    assert stated["source"].to_dict() == {"s": "brief", "t": "none", "u": "Ours"}
    shown = benchmark_table(stated.reset_index()).set_index("step")
    assert "names no source" in shown.loc["s", "source"] and "days" in shown.loc["u", "comparable"]
    assert shown.loc["t", "comparable"] == ""


def test_the_conversion_of_everybody_stands_beside_that_of_the_focus() -> None:
    rows = [(f"c{n}", "2025-01-01", "see", "reached") for n in range(100)]
    rows += [(f"c{n}", "2025-01-03", "try", "reached") for n in range(60)]
    members = pd.DataFrame({"customer_id": [f"c{n}" for n in range(100)], "segment": ["gold"] * 50 + ["iron"] * 50})
    table = funnel(follow(contacts(*rows), steps=STEPS, members=members, segment="iron", n_draws=5)).set_index("step")
    assert table.loc["see", ["estimate", "everybody_share"]].tolist() == pytest.approx([0.2, 0.6])


@pytest.mark.parametrize(("n", "days"), [(29, 4.0), (30, 2.0)])
def test_a_step_takes_its_own_window_from_thirty_who_went_on(n: int, days: float) -> None:
    quick = waits([2.0] * n + [50.0] * 9, ["advanced"] * n + ["open"] * 9, "quick")
    slow = waits([4.0] * 90 + [50.0] * 9, ["advanced"] * 90 + ["open"] * 9, "slow")
    found = windows(incidence(pd.concat([quick, slow]))).set_index("step")["estimate"]
    assert found.to_dict() == {"quick": days, "slow": 4.0}


@pytest.mark.parametrize(("watched", "horizon"), [(0.12, 50.0), (0.08, 10.0)])
def test_a_curve_is_followed_as_long_as_a_tenth_of_the_entrants_could_be(watched: float, horizon: float) -> None:
    long = round(1000 * watched)
    days = [5.0] * 100 + [10.0] * (900 - long) + [50.0] * long
    found = windows(incidence(waits(days, ["advanced"] * 100 + ["open"] * 900)))
    assert found["horizon_days"].tolist() == [horizon]


def test_the_best_other_segment_is_the_one_that_is_surely_best() -> None:
    stacked = pd.concat(
        [
            waits([1.0] * 90, ["advanced"] * 30 + ["open"] * 60).assign(group="focus"),
            waits([1.0] * 1000, ["advanced"] * 550 + ["open"] * 450).assign(group="segment:many"),
            waits([1.0] * 100, ["advanced"] * 58 + ["open"] * 42).assign(group="segment:few"),
        ]
    )
    none = pd.DataFrame(columns=["step", "benchmark", "source"])
    assert benchmarks(followed_of(stacked), none)["benchmark_group"].tolist() == ["segment:many"]


def test_a_segment_is_a_benchmark_only_with_enough_entrants() -> None:
    stacked = pd.concat(
        [
            waits([1.0] * 90, ["advanced"] * 30 + ["open"] * 60).assign(group="focus"),
            waits([1.0] * 100, ["advanced"] * 50 + ["open"] * 50).assign(group="segment:a"),
            waits([1.0] * 99, ["advanced"] * 98 + ["open"]).assign(group="segment:b"),
        ]
    )
    none = pd.DataFrame(columns=["step", "benchmark", "source"])
    assert benchmarks(followed_of(stacked), none)["benchmark_group"].tolist() == ["segment:a"]
    assert benchmarks(followed_of(stacked), none, minimum_n=101)["source"].tolist() == ["none"]
    assert benchmarks(followed_of(stacked), none, minimum_n=99)["benchmark_group"].tolist() == ["segment:b"]


def variance(row: pd.Series) -> float:
    """Read off the interval on the log(−log) scale."""
    left = 1 - float(row["estimate"])
    ends = [np.log(-np.log(1 - float(row[name]))) for name in ("low", "high")]
    return float((abs(ends[0] - ends[1]) / 2 / 1.959964 * left * abs(np.log(left))) ** 2)


def test_both_causes_have_the_shares_of_cmprsk_and_its_errors_to_six_in_a_hundred(shared) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(shared("oracles/competing_mgus2/mgus2.csv"))
    shares, spreads = (
        pd.read_csv(shared(f"oracles/competing_mgus2/expected_{name}.csv"), index_col=0)
        for name in ("cuminc", "cuminc_var")
    )
    for cause in (1, 2):
        names = {0: "open", cause: "advanced", 3 - cause: "lost"}
        curve = incidence(waits(data["etime"].astype(float).tolist(), data["event"].map(names).tolist()))
        for time in shares.columns:
            row = curve[curve["days"] <= int(time)].iloc[-1]
            assert row["estimate"] == pytest.approx(shares.loc[f"1 {cause}", time], abs=1e-9)
            assert np.sqrt(variance(row) / spreads.loc[f"1 {cause}", time]) == pytest.approx(1, abs=0.06)


def test_numbers_at_risk_events_and_errors_are_those_of_survfit(shared) -> None:  # type: ignore[no-untyped-def]
    aml = pd.read_csv(shared("oracles/km_aml/aml.csv"))
    expected = pd.read_csv(shared("oracles/km_aml/expected_survfit_log.csv"))
    table = waits(aml["time"].astype(float).tolist(), np.where(aml["status"] == 1, "advanced", "open").tolist())
    curves = incidence(table.assign(step="x=" + aml["x"]))
    both = curves.merge(expected, left_on=["step", "days"], right_on=["strata", "time"], suffixes=("", "_r"))
    assert len(both) == len(expected) and both["n"].tolist() == both["n_r"].tolist()
    events = both.groupby("step")["n_events"].diff().fillna(both["n_events"])
    assert events.sum() == both["d"].sum()
    for _place, row in both[both["low"].notna()].iterrows():
        assert np.sqrt(variance(row)) == pytest.approx(row["se"], abs=1e-6)
