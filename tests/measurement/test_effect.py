"""The effect, held against published numbers, other formulas and its own properties."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import GLS, OLS
from statsmodels.stats.proportion import confint_proportions_2indep

from cxlib.stages.measurement.effect import (
    EFFECT,
    before_after,
    difference,
    difference_in_differences,
    differences,
    interrupted_series,
    newey_west,
    prais_winsten,
    share_difference,
)

Shared = Callable[[str], Path]


def trial(n: int = 400, *, lift: float = 0.5, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    before = generator.normal(10, 3, n)
    arm = np.where(np.arange(n) % 2 == 0, "pilot", "control")
    outcome = 0.8 * before + generator.normal(0, 1, n) + lift * (arm == "pilot")
    return pd.DataFrame({"arm": arm, "outcome": outcome, "before": before, "metric": "margin_per_customer"})


def hillstrom(shared: Shared, mail: str) -> pd.DataFrame:
    sent = pd.read_csv(shared("data/hillstrom/hillstrom.csv"))
    sent = sent[sent["segment"].isin([mail, "No E-Mail"])]
    return sent.assign(arm=np.where(sent["segment"].eq(mail), "pilot", "control"), before=sent["history"], metric="m")


def test_the_published_lifts_of_the_e_mail_experiment_come_out(shared: Shared) -> None:
    published = json.loads(shared("data/oracles.json").read_text())["hillstrom"]
    for mail in ("Mens E-Mail", "Womens E-Mail"):
        sent = hillstrom(shared, mail)
        for metric in ("visit", "conversion"):
            row = share_difference(sent.assign(outcome=sent[metric])).iloc[0]
            assert row["pilot"] == pytest.approx(published[metric][mail], abs=6e-6)
            assert row["control"] == pytest.approx(published[metric]["No E-Mail"], abs=6e-6)
        spend = difference(sent.assign(outcome=sent["spend"]), unit="money", adjust=False).iloc[0]
        assert spend["estimate"] == pytest.approx(published["spend"][mail] - published["spend"]["No E-Mail"], abs=2e-5)


def test_adjusting_the_e_mail_experiment_moves_the_estimate_little_and_never_widens_it(shared: Shared) -> None:
    sent = hillstrom(shared, "Mens E-Mail")
    sent["outcome"] = sent["spend"]
    plain, adjusted = (difference(sent, unit="money", adjust=choice).iloc[0] for choice in (False, True))
    assert abs(plain["estimate"] - adjusted["estimate"]) < 0.02
    assert adjusted["high"] - adjusted["low"] <= plain["high"] - plain["low"]


def test_the_interval_of_two_shares_is_newcombes_published_one(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())
    known = oracle["diff_method10"]
    arms = {"pilot": (known["x1"], known["n1"]), "control": (known["x2"], known["n2"])}
    rows = [
        {"arm": arm, "outcome": float(at < hits), "metric": "m"} for arm, (hits, n) in arms.items() for at in range(n)
    ]
    row = share_difference(pd.DataFrame(rows)).iloc[0]
    assert row[["low", "high"]].tolist() == pytest.approx(known["ci"], abs=oracle["tol"])


def test_difference_in_differences_reproduces_wooldridge_table_13_2(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/did_kielmc/oracle.json").read_text())
    panel = pd.read_csv(shared("oracles/did_kielmc/kielmc.csv"))
    panel = panel.rename(columns={"rprice": "outcome", "nearinc": "treated", "y81": "after"})
    panel = panel.assign(metric="price", unit="money")
    row = difference_in_differences(panel).iloc[0]
    estimate, error = oracle["models"]["none"]
    assert row["estimate"] == pytest.approx(estimate, abs=oracle["tol"])
    assert (row["high"] - row["low"]) / 2 / error == pytest.approx(1.967, abs=0.003)  # t, 317 degrees of freedom


def test_cuped_keeps_the_effect_and_cuts_the_variance_by_the_squared_correlation() -> None:
    table = trial(20_000, lift=0.0)
    plain, adjusted = (difference(table, unit="money", adjust=choice).iloc[0] for choice in (False, True))
    width = [(row["high"] - row["low"]) ** 2 for row in (plain, adjusted)]
    rho = np.corrcoef(table["before"], table["outcome"])[0, 1]
    assert width[1] / width[0] == pytest.approx(1 - rho**2, rel=0.03)
    assert adjusted["low"] < 0.0 < adjusted["high"] and adjusted["method"] == "CUPED+Welch"
    lifted = difference(trial(20_000), unit="money").iloc[0]
    assert lifted["low"] < 0.5 < lifted["high"] and lifted["low"] > 0


def test_cuped_by_hand_on_six_persons() -> None:
    table = pd.DataFrame(
        {
            "arm": ["pilot"] * 3 + ["control"] * 3,
            "before": [1.0, 2, 3, 1, 2, 3],
            "outcome": [3.0, 4, 5, 1, 2, 3],
            "metric": "m",
        }
    )
    # theta = cov / var = 0.8 / 0.8 = 1 takes all spread out: only the difference of 2 is left
    row = difference(table, unit="score").iloc[0]
    assert row["estimate"] == pytest.approx(2.0)
    assert pd.isna(row["low"])  # and no spread left to make an interval of


def test_a_person_without_covariate_is_kept() -> None:
    table = trial()
    table.loc[::5, "before"] = np.nan
    assert difference(table, unit="money").iloc[0]["n"] == len(table)


def test_no_effect_is_declared_in_about_one_trial_of_twenty() -> None:
    declared = [
        not row["low"] <= 0 <= row["high"]
        for seed in range(400)
        for row in [difference(trial(80, lift=0.0, seed=seed), unit="money").iloc[0]]
    ]
    assert 0.02 <= np.mean(declared) <= 0.085


def test_swapping_the_arms_changes_only_the_sign() -> None:
    table = trial()
    swapped = table.assign(arm=table["arm"].map({"pilot": "control", "control": "pilot"}))
    first, second = difference(table, unit="money").iloc[0], difference(swapped, unit="money").iloc[0]
    assert first["estimate"] == pytest.approx(-second["estimate"]) and first["low"] == pytest.approx(-second["high"])


def test_shuffled_rows_give_the_same_effect() -> None:
    table = trial()
    shuffled = difference(table.sample(frac=1, random_state=3), unit="money")
    pd.testing.assert_frame_equal(difference(table, unit="money"), shuffled)


def test_clusters_that_move_together_widen_the_interval() -> None:
    table = trial(400)
    table["store"] = np.arange(400) // 10 * 2 + (np.arange(400) % 2)
    table["outcome"] += np.random.default_rng(1).normal(0, 3, 80)[table["store"]]
    alone, together = difference(table, unit="money"), difference(table, unit="money", cluster="store")
    assert (together["high"] - together["low"]).iloc[0] > 1.5 * (alone["high"] - alone["low"]).iloc[0]
    assert together["estimate"].iloc[0] == pytest.approx(alone["estimate"].iloc[0])


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_persons_give_an_empty_table_with_its_columns(rows: int) -> None:
    for table in (difference(trial(rows), unit="money"), before_after(trial(min(rows, 1)), unit="money")):
        assert table.empty and list(table.columns) == EFFECT
    assert share_difference(trial(min(rows, 1))).empty


def series(n: int, *, jump: float = 0.0, seed: int = 0) -> pd.DataFrame:
    noise = np.random.default_rng(seed).normal(0, 1, n)
    level = 100 + 0.2 * np.arange(n) + jump * (np.arange(n) >= n // 2)
    return pd.DataFrame({"period_on": pd.date_range("2024-01-01", periods=n, freq="MS"), "estimate": level + noise})


def test_an_interrupted_series_finds_its_jump_and_no_jump_where_there_is_none() -> None:
    starts = series(40)["period_on"].iloc[20]
    jumped = interrupted_series(series(40, jump=8.0), starts_on=starts, metric="m", unit="money").set_index("method")
    level = interrupted_series(series(40), starts_on=starts, metric="m", unit="money").set_index("method").loc["level"]
    assert jumped.loc["level", "low"] < 8 < jumped.loc["level", "high"] and jumped.loc["level", "low"] > 0
    assert level["low"] < 0 < level["high"]


def test_a_series_of_under_eight_periods_on_a_side_tells_nothing() -> None:
    short = series(15)
    assert interrupted_series(short, starts_on=short["period_on"].iloc[8], metric="m", unit="money").empty


def test_before_and_after_without_a_comparison_is_called_descriptive() -> None:
    row = before_after(trial(), unit="money").iloc[0]
    assert row["design"] == "descriptive" and row["n_control"] == 0


def test_differences_need_all_four_cells() -> None:
    panel = pd.DataFrame({"outcome": [1.0, 2, 3], "treated": [0, 0, 1], "after": [0, 1, 0], "metric": "m", "unit": "x"})
    assert difference_in_differences(panel).empty and difference_in_differences(panel.head(0)).empty


def test_a_table_of_metrics_is_measured_one_by_one() -> None:
    parts = [trial(seed=seed).assign(metric=f"m{seed}", unit="money") for seed in range(3)]
    alone = [difference(part, unit="money") for part in parts]
    pd.testing.assert_frame_equal(differences(pd.concat(parts)), pd.concat(alone, ignore_index=True))


def test_before_and_after_is_the_paired_t_test() -> None:
    table = trial()
    row, known = before_after(table, unit="money").iloc[0], stats.ttest_rel(table["outcome"], table["before"])
    interval = known.confidence_interval()
    expected = [interval.low, interval.high, known.pvalue]
    assert row[["low", "high", "p_value"]].tolist() == pytest.approx(expected, rel=1e-9)


def test_a_series_without_noise_gives_back_its_jump_and_its_slope() -> None:
    table = series(40)
    time = np.arange(40.0)
    table["estimate"] = 100 + 0.5 * time + 6.0 * (time >= 20) - 0.25 * (time - 20) * (time >= 20)
    found = interrupted_series(table, starts_on=table["period_on"].iloc[20], metric="m", unit="money")
    assert found["estimate"].tolist() == pytest.approx([6.0, -0.25], abs=1e-8)


def segments(n: int) -> np.ndarray:
    time = np.arange(float(n))
    after = (time >= n // 2).astype(float)
    return np.column_stack([np.ones(n), time, after, (time - n // 2) * after])


def test_the_errors_that_allow_for_alike_neighbours_are_newey_and_wests_by_hand() -> None:
    values, design = series(60, jump=3.0)["estimate"].to_numpy(), segments(60)
    inverse = np.linalg.inv(design.T @ design)
    scores = design * (values - design @ inverse @ design.T @ values)[:, None]
    lags = int(4 * (60 / 100) ** (2 / 9))
    meat = scores.T @ scores
    for lag in range(1, lags + 1):  # Bartlett weights: Newey & West (1987)
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    error = np.sqrt(np.diag(inverse @ meat @ inverse) * 60 / 56)
    assert newey_west(values, design).tolist() == pytest.approx(error.tolist(), rel=1e-9)


def test_residuals_that_follow_the_one_before_are_fitted_as_by_generalised_least_squares() -> None:
    noise = np.random.default_rng(2).normal(0, 1, 80)
    for at in range(1, 80):
        noise[at] += 0.5 * noise[at - 1]
    values, design = noise + 3.0 * segments(80)[:, 2], segments(80)
    coefficients, errors, freedom = prais_winsten(values, design)
    rho = (80 - freedom - 4) / (80 + freedom + 4)
    known = GLS(values, design, sigma=rho ** np.abs(np.subtract.outer(np.arange(80), np.arange(80)))).fit()
    assert coefficients.tolist() == pytest.approx(known.params.tolist(), rel=1e-6)
    assert errors.tolist() == pytest.approx(known.bse.tolist(), rel=1e-6)
    assert 0.3 < rho < 0.7


def test_the_interval_of_a_jump_holds_it_in_about_nineteen_of_twenty_series() -> None:
    held = []
    for seed in range(200):
        table = series(30, jump=4.0, seed=seed)
        row = interrupted_series(table, starts_on=table["period_on"].iloc[15], metric="m", unit="money").iloc[0]
        held.append(row["low"] <= 4.0 <= row["high"])
    assert np.mean(held) >= 0.9  # Newey and West's errors alone: 0.83


def test_arms_without_spread_are_no_proof_of_no_effect() -> None:
    nobody = pd.DataFrame({"arm": ["pilot"] * 5 + ["control"] * 5, "outcome": 0.0, "metric": "purchase_share"})
    row = difference(nobody, unit="share").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(confint_proportions_2indep(0, 5, 0, 5, method="newcomb"))
    assert difference(nobody, unit="money")[["low", "high", "p_value"]].isna().all(axis=None)
    noise = nobody.assign(outcome=0.1 + 0.2, before=np.arange(10.0))  # rounding is no spread either
    assert difference(noise, unit="money")["low"].isna().all()
    assert before_after(nobody.assign(before=0.0), unit="money")["low"].isna().all()
    level = series(20).assign(estimate=5.0)
    told = interrupted_series(level, starts_on=level["period_on"].iloc[10], metric="m", unit="money")
    assert told[["low", "high"]].isna().all(axis=None)


def test_errors_of_two_clusters_are_not_told_and_of_few_follow_their_number() -> None:
    table = trial(60).assign(site=np.arange(60) % 2)
    assert difference(table, unit="money", cluster="site").empty
    panel = pd.DataFrame({"treated": [0, 1] * 20, "after": [0, 0, 1, 1] * 10, "who": np.repeat(np.arange(10), 4)})
    panel = panel.assign(outcome=np.random.default_rng(1).normal(size=40), metric="m", unit="money")
    row = difference_in_differences(panel, cluster="who").iloc[0]
    design = np.column_stack([np.ones(40), panel["treated"], panel["after"], panel["treated"] * panel["after"]])
    fit = OLS(panel["outcome"], design).fit(cov_type="cluster", cov_kwds={"groups": panel["who"]}, use_t=True)
    assert (row["low"], row["high"]) == pytest.approx(fit.conf_int().iloc[3].tolist())
    assert (row["n_pilot"], row["n"]) == (10, 40)
    assert difference_in_differences(panel.assign(who=0), cluster="who").empty
