"""Which signals call for action, and what the page says of the four areas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.facts import Fact
from cxlib.stages.monitoring import pictures as draws
from cxlib.stages.monitoring import says
from cxlib.stages.monitoring import shown as shows
from cxlib.stages.monitoring.actions import ACTIONS, actions, is_worse
from cxlib.stages.monitoring.attainment import attainment, path, way_done
from cxlib.stages.monitoring.control import can_tell, chart_summary, control_charts
from cxlib.stages.monitoring.false_alarms import alarms
from cxlib.stages.monitoring.keys import KEYS
from cxlib.stages.monitoring.shifts import all_shifts, empty_shifts
from cxlib.statistics.periods import objective_series, satisfaction_series, watched

LABELS = {"touchpoint": {"delivery": "Delivery", "planner": "Room planner"}}
NOTHING = pd.DataFrame()


def shift(
    metric: str = "csat:delivery", change: float = -1.0, *, unit: str = "score", on: str = "2026-04-06"
) -> dict[str, object]:
    return {
        "metric": metric,
        "shift_on": pd.Timestamp(on),
        "earliest_on": pd.Timestamp(on),
        "latest_on": pd.Timestamp(on),
        "before_score": 7.0,
        "after_score": 7.0 + change,
        "estimate": change,
        "low": change - 0.3,
        "high": change + 0.3,
        "n": 104,
        "unit": unit,
        "p_value": 0.002,
        "n_before": 90,
        "n_after": 14,
    }


def scored(estimate: float = 1.0, breaches: str = "", stage: int = 5) -> pd.DataFrame:
    return pd.DataFrame([{"stage": stage, "estimate": estimate, "n": 8, "unit": "share", "breaches": breaches}])


def staff(estimate: float, low: float, high: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "question": "objective",
                "department": "",
                "estimate": estimate,
                "low": low,
                "high": high,
                "n": 55,
                "unit": "share",
                "n_staff": np.nan,
            }
        ]
    )


def names(**areas: pd.DataFrame) -> list[str]:
    return list(actions(areas)["action"])


def test_without_signals_there_is_nothing_to_do() -> None:
    table = actions({})
    assert table.empty and list(table.columns) == ACTIONS
    assert says.recommend(table, LABELS).choice == {"actions": ["hold"]}


def test_a_lasting_shift_for_the_worse_calls_for_action_where_it_happened() -> None:
    assert names(shifts=pd.DataFrame([shift()])) == ["act:delivery"]
    assert names(shifts=pd.DataFrame([shift(change=1.0)])) == []


def test_a_shift_that_was_mended_since_calls_for_nothing() -> None:
    assert names(shifts=pd.DataFrame([shift(), shift(change=1.2, on="2026-05-11")])) == []


def test_the_sum_does_not_call_for_action_beside_its_part() -> None:
    whole = shift("dissatisfied", 0.06, unit="share")
    assert names(shifts=pd.DataFrame([shift(), whole])) == ["act:delivery"]
    assert names(shifts=pd.DataFrame([whole])) == ["act:dissatisfied"]


@pytest.mark.parametrize(
    ("metric", "change", "worse"),
    [
        ("turnover", -1, True),
        ("turnover", 1, False),
        ("operating_cost", 1, True),
        ("dissatisfied", 0.1, True),
        ("nps", 5, False),
    ],
)
def test_costs_and_dissatisfaction_should_fall_and_all_else_rise(metric: str, change: float, worse: bool) -> None:
    assert is_worse(metric, change) is worse


def test_an_unlikely_target_unaware_staff_a_breach_and_a_drift_each_have_their_action() -> None:
    chance = pd.DataFrame([{"estimate": 0.1, "n": 24, "unit": "share"}])
    drifted = pd.DataFrame(
        [{"stage": 6, "drift": True, "recommended": "x"}, {"stage": 3, "drift": True, "recommended": "y"}]
    )
    found = names(attainment=chance, awareness=staff(0.3, 0.2, 0.4), scores=scored(0.5, "ran, sealed"), drift=drifted)
    assert found == ["act:objective", "act:awareness", "act:method", "reopen:3"]


def test_a_draft_or_wide_interval_is_no_signal() -> None:
    assert names(awareness=staff(0.4, 0.3, 0.6), scores=scored(0.8, "sealed")) == []


def test_every_action_is_told_with_its_signal() -> None:
    drifted = pd.DataFrame([{"stage": 3, "drift": True, "recommended": "stall_step: quote"}])
    table = actions(
        {
            "shifts": pd.DataFrame([shift()]),
            "awareness": staff(0.3, 0.2, 0.4),
            "scores": scored(0.5, "no_override"),
            "drift": drifted,
        }
    )
    said = says.recommend(table, LABELS).because.sentence
    for words in (
        "Satisfaction with Delivery",
        "30.0% of the staff",
        "Stage 5 passes 50.0%",
        "no override",
        "Stage 3 was sealed",
    ):
        assert words in said
    head = says.headline(table, scored(0.5), LABELS)
    assert head.sentence.startswith("Satisfaction with Delivery went from") and "50.0%" in head.sentence
    assert "What to do: act on Delivery" in head.sentence and "3 more signals" in head.sentence


def weekly(values: np.ndarray, metric: str, unit: str = "score") -> pd.DataFrame:
    periods = pd.date_range("2024-07-01", periods=len(values), freq="W-MON")
    return pd.DataFrame(
        {"metric": metric, "period_on": periods, "estimate": values, "n": 20.0, "successes": np.nan, "unit": unit}
    )


def watched_series() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    delivery = generator.normal(7, 0.5, 104)
    delivery[90:] -= 1.5
    return pd.concat(
        [
            weekly(generator.normal(100, 10, 104), "turnover", "money"),
            weekly(delivery, "csat:delivery"),
            weekly(generator.normal(7, 0.4, 104), "overall"),
        ],
        ignore_index=True,
    )


def test_the_charts_are_told_and_drawn_with_the_shift_first_after_the_objective() -> None:
    series = watched_series()
    charts, dated = control_charts(series), all_shifts(series)
    summary = chart_summary(charts)
    said = says.satisfaction(
        summary[summary["unit"].ne("money")], dated, LABELS, alarms=alarms(charts), waves=Fact("9.wave_change", None)
    )
    assert said.verdict == "real" and "Satisfaction with Delivery went from" in said.sentence
    assert {fact.id for fact in said.facts} == {"10.satisfaction_signals", "10.false_alarms", "10.shift"}
    drawn = shows.drawn(charts, dated, LABELS)
    assert list(dict.fromkeys(drawn["metric"]))[:2] == ["turnover", "csat:delivery"]
    figure = draws.plot_charts(drawn)
    shown = [ax for ax in figure.axes if ax.axison]
    assert len(shown) == 3 and any("A" in text.get_text() for ax in shown for text in ax.texts)
    assert all(ax.get_title() and ax.get_ylabel() for ax in shown)
    rows = shows.chart_rows(summary, alarms(charts), LABELS)
    assert (
        len(rows) == 3
        and rows["smallest_shown"].str.len().gt(1).all()
        and len(shows.shift_rows(dated, LABELS)) == len(dated)
    )


def test_series_too_short_are_said_and_the_waves_quoted_instead() -> None:
    summary = chart_summary(control_charts(weekly(np.arange(3.0), "overall")))
    waves = Fact("9.wave_change", 0.02, -0.02, 0.06, 5607, "score")
    said = says.satisfaction(
        summary, empty_shifts(), LABELS, alarms=alarms(control_charts(weekly(np.arange(3.0), "overall"))), waves=waves
    )
    assert said.verdict == "cannot tell" and "0.02" in said.sentence and not can_tell(summary)
    nothing = control_charts(weekly(np.array([]), "x"))
    empty = says.satisfaction(
        chart_summary(nothing), empty_shifts(), LABELS, alarms=alarms(nothing), waves=Fact("9.wave_change", None)
    )
    assert empty.verdict == "cannot tell"


def test_the_objective_is_told_with_its_chance_or_what_is_missing() -> None:
    monthly = weekly(100 + np.arange(24.0) + np.random.default_rng(0).normal(0, 2, 24), "turnover", "money")
    monthly["period_on"] = pd.date_range("2024-07-01", periods=24, freq="MS")
    aim = {"target": 120.0, "deadline": pd.Timestamp("2027-06-30")}
    chance, done = attainment(monthly, **aim), way_done(monthly, baseline=100.0, target=120.0)
    summary = chart_summary(control_charts(monthly))
    said = says.objective(summary, chance, empty_shifts(), aim, done=done)
    assert "the chance of reaching" in said.sentence and {fact.id for fact in said.facts} >= {
        "10.attainment",
        "10.way_done",
    }
    assert (
        "a target and a deadline"
        in says.objective(summary, chance.head(0), empty_shifts(), {}, done=done.head(0)).sentence
    )
    assert says.objective(summary.head(0), chance, empty_shifts(), aim, done=done).verdict == "cannot tell"
    ax = draws.plot_path(path(monthly, baseline=110.0, **aim), target=120.0)
    assert ax.get_ylabel() and any("target" in text.get_text() for text in ax.texts)
    assert len(shows.attainment_rows(chance)) == 1


def test_the_four_areas_are_always_shown() -> None:
    known = {"objective": True, "satisfaction": True, "awareness": False, "method": False}
    acts = actions({"shifts": pd.DataFrame([shift()])})
    table = shows.area_rows(acts, known, says.signals(acts, LABELS), LABELS)
    assert table["state"].tolist() == ["✓ nothing to act on", "✗ signal", "? cannot tell", "◐ incomplete"]
    assert table["response"].iloc[1] == "act on Delivery" and "went from" in table["what_changed"].iloc[1]
    assert len(shows.area_rows(actions({}), {}, [], LABELS)) == 4


def test_awareness_compliance_and_keys_are_drawn_with_every_row() -> None:
    table = staff(0.6, 0.5, 0.7)
    assert "60.0%" in says.aware(table).sentence and says.aware(table.head(0)).verdict == "cannot tell"
    assert "Less than half" in says.aware(staff(0.3, 0.2, 0.4)).sentence
    assert len(draws.plot_awareness(shows.awareness_drawn(table)).texts) == 1
    scores = pd.concat([scored(1.0, stage=stage) for stage in range(1, 9)] + [scored(0.5, "sealed", stage=9)])
    strip = draws.plot_compliance(shows.strip_rows(scores))
    assert len(strip.get_xticklabels()) == 10 and strip.texts[-1].get_text() == "this page"
    assert shows.stage_table(scores)["fails"].tolist() == ["none"] * 8 + ["sealed"]
    ten = pd.DataFrame({"key": range(1, 11), "name": KEYS, "estimate": [1.0] * 9 + [np.nan], "n": 3, "unit": "share"})
    ax = draws.plot_keys(says.key_lines(ten))
    assert [text.get_text() for text in ax.texts][-1] == "cannot tell"


def test_the_objective_series_follows_the_objective_that_was_decided() -> None:
    bought = pd.DataFrame({"at": pd.date_range("2026-01-01", "2026-03-31", freq="D"), "revenue": 2.0, "margin": 1.0})
    costs = pd.DataFrame(
        {
            "on": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-02-01"]),
            "kind": ["commercial", "commercial", "operating"],
            "amount": [5.0, 6.0, 9.0],
        }
    )
    as_of = pd.Timestamp("2026-02-28")
    options = {"every": "month", "as_of": as_of}
    assert objective_series(bought, costs, objective="gross_margin", **options)["estimate"].tolist() == [31.0, 28.0]
    assert objective_series(bought, costs, objective="commercial_cost", **options)["estimate"].tolist() == [5.0, 6.0]
    assert objective_series(bought, costs, objective="", **options).empty


def test_satisfaction_series_hold_overall_touchpoints_and_the_dissatisfied() -> None:
    days = pd.date_range("2025-01-06", periods=500, freq="D")
    asked = [("overall", "", 8.0), ("csat", "delivery", 2.0)]
    frames = [
        pd.DataFrame({"on": days, "score": score, "weight": 1.0, "question": question, "touchpoint": touchpoint})
        for question, touchpoint, score in asked
    ]
    rows = pd.concat(frames, ignore_index=True)
    table = satisfaction_series(rows, touchpoints=watched({}, rows), scales={})
    assert table.groupby("metric")["estimate"].mean().to_dict() == {
        "csat:delivery": 2.0,
        "dissatisfied": 1.0,
        "overall": 8.0,
    }
    assert watched({"moments": ["planner:delight"]}, rows) == ["planner"]
    assert satisfaction_series(rows.head(0), touchpoints=[], scales={}).empty
