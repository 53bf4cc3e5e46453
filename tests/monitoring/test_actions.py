"""Which signals call for action, and what the page says of the four areas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.dictionary import recomputed
from cxlib.facts import Fact
from cxlib.stages.monitoring import pictures as draws
from cxlib.stages.monitoring import says
from cxlib.stages.monitoring import shown as shows
from cxlib.stages.monitoring.actions import ACTIONS, actions, is_worse, states
from cxlib.stages.monitoring.attainment import Course, attainment, course, path, way_done
from cxlib.stages.monitoring.control import chart_summary, control_charts
from cxlib.stages.monitoring.false_alarms import alarms
from cxlib.stages.monitoring.shifts import all_shifts, empty_shifts
from cxlib.statistics.periods import all_series, empty_series, objective_series, satisfaction_series, watched
from cxlib.statistics.rhythm import Rhythm

LABELS = {"touchpoint": {"delivery": "Delivery", "planner": "Room planner"}}
KEYS = ("objective", "segment", "feeling", "return", "method", "order", "data", "funnel", "corridor", "channels")


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
        "detectable": 0.43,
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
                "unaware": high < 0.5,
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
    head = says.headline(table, scored(0.5), LABELS, decided=list(table["action"]))
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
    assert said.verdict == "cannot tell" and "0.02" in said.sentence
    nothing = control_charts(weekly(np.array([]), "x"))
    empty = says.satisfaction(
        chart_summary(nothing), empty_shifts(), LABELS, alarms=alarms(nothing), waves=Fact("9.wave_change", None)
    )
    assert empty.verdict == "cannot tell"


def monthly(n: int = 24) -> pd.DataFrame:
    values = 100 + np.arange(float(n)) + np.random.default_rng(0).normal(0, 2, n)
    table = weekly(values, "turnover", "money")
    return table.assign(period_on=pd.date_range("2024-07-01", periods=n, freq="MS"))


WEEKLY = Rhythm("week", "asked", pd.Timestamp("2026-06-30"), silent=False)
AIM = {"target": 120.0, "deadline": pd.Timestamp("2027-06-30")}


def on_course(series: pd.DataFrame, **aim: object) -> Course:
    return Course(
        float(str(aim.get("target", "nan"))),
        series,
        attainment(series, **aim) if aim else attainment(series, target=float("nan"), deadline=pd.NaT),
        path(series, baseline=110.0, **aim) if aim else series.head(0),
        way_done(series, baseline=100.0, target=120.0) if aim else way_done(series.head(0), baseline=1, target=2),
    )


def test_the_objective_is_told_with_its_chance_or_what_is_missing() -> None:
    summary = chart_summary(control_charts(monthly()))
    told = says.objective(on_course(monthly(), **AIM), summary, empty_shifts())
    assert "the chance of reaching" in told.sentence
    assert {one.id for one in told.facts} == {"10.objective_signals", "10.attainment", "10.way_done"}
    assert "a target and a deadline" in says.objective(on_course(monthly()), summary, empty_shifts()).sentence
    assert "twelve whole months" in says.objective(on_course(monthly(9), **AIM), summary, empty_shifts()).sentence
    assert says.objective(on_course(monthly()), summary.head(0), empty_shifts()).verdict == "cannot tell"
    ax = draws.plot_path(on_course(monthly(), **AIM).path, target=120.0)
    assert ax.get_ylabel() and any("target" in text.get_text() for text in ax.texts)
    assert len(shows.attainment_rows(on_course(monthly(), **AIM).attained)) == 1


def test_a_shift_of_money_is_told_with_the_levels_that_it_lies_between() -> None:
    rows = pd.DataFrame([shift("turnover", -1.25, unit="money")])
    told = says.shifted(rows, LABELS)
    values = {one.id: one.value for one in told.facts}
    assert recomputed("10.objective_shift", values) == values["10.objective_shift"] == -1.25
    assert [one.id for one in says.shifted(pd.DataFrame([shift()]), LABELS).facts] == ["10.shift"]


def test_the_course_of_the_objective_is_read_off_its_own_series() -> None:
    days = pd.date_range("2024-01-01", "2026-06-30", freq="D")
    bought = pd.DataFrame({"at": days, "revenue": 2.0, "margin": 1.0})
    costs = pd.DataFrame({"on": pd.to_datetime([]), "kind": [], "amount": []})
    aim = {"objective": "gross_margin", "target": 40.0, "deadline": "2026-12-31"}
    found = course(bought, costs, aim=aim, baseline=20.0, rhythm=WEEKLY)
    assert found.weekly["estimate"].eq(7.0).all() and found.target == 40.0
    assert found.done["level"].iloc[0] == pytest.approx((30 + 31 + 30) / 3)
    assert found.done["estimate"].iloc[0] == pytest.approx(((30 + 31 + 30) / 3 - 20) / 20)
    assert found.attained["estimate"].iloc[0] < 0.01 and found.path["target"].iloc[-1] == 40.0
    nothing = course(bought, costs, aim={}, baseline=float("nan"), rhythm=WEEKLY)
    assert nothing.weekly.empty and nothing.attained.empty and nothing.done.empty and np.isnan(nothing.target)


def test_the_chance_of_a_cost_is_the_chance_to_be_below_the_target() -> None:
    on = pd.date_range("2024-01-01", "2026-06-01", freq="MS")
    costs = pd.DataFrame({"on": on, "kind": "operating", "amount": 100.0 + np.arange(len(on)) % 3})
    bought = pd.DataFrame({"at": pd.to_datetime([]), "revenue": [], "margin": []})
    aim = {"objective": "operating_cost", "target": 200.0, "deadline": "2026-12-31"}
    found = course(bought, costs, aim=aim, baseline=100.0, rhythm=WEEKLY)
    assert found.attained["estimate"].iloc[0] > 0.99


def stand(acts: pd.DataFrame, **known: pd.DataFrame) -> list[str]:
    nothing = {
        "series": empty_series(),
        "summary": pd.DataFrame({"area": [], "chart": []}),
        "awareness": staff(0.6, 0.5, 0.7).head(0),
        "scores": scored().head(0),
    }
    return states(acts, **(nothing | known))["state"].tolist()


def test_the_four_areas_always_stand_somewhere() -> None:
    charted = pd.DataFrame({"area": ["satisfaction", "objective"], "chart": ["p", "none"]})
    known = {"series": monthly(), "summary": charted, "awareness": staff(0.6, 0.5, 0.7), "scores": scored()}
    assert stand(actions({})) == ["unknown", "unknown", "unknown", "incomplete"]
    assert stand(actions({}), **known) == ["fine"] * 4
    without = {"summary": charted.assign(chart="none"), "scores": scored(0.99)}
    assert stand(actions({}), **(known | without)) == ["fine", "unknown", "fine", "incomplete"]
    of_money = charted.assign(area="objective", chart="p")
    assert stand(actions({}), **(known | {"summary": of_money}))[1] == "unknown"
    assert stand(actions({"shifts": pd.DataFrame([shift()])}), **known) == ["fine", "signal", "fine", "fine"]


def test_the_four_areas_are_shown_with_what_answers_their_signals() -> None:
    acts = actions({"shifts": pd.DataFrame([shift()])})
    found = pd.DataFrame(
        {
            "area": ["objective", "satisfaction", "awareness", "method"],
            "state": ["fine", "signal", "unknown", "incomplete"],
        }
    )
    table = shows.area_rows(found, acts, says.signals(acts, LABELS), LABELS, decided=list(acts["action"]))
    assert table["state"].tolist() == ["✓ nothing to act on", "✗ signal", "? cannot tell", "◐ incomplete"]
    assert table["response"].iloc[1] == "act on Delivery" and "went from" in table["what_changed"].iloc[1]
    assert table["what_changed"].iloc[0] == "–"


@pytest.mark.parametrize(("chance", "told"), [(0.199, ["act:objective"]), (0.2, [])])
def test_a_target_is_unlikely_below_one_chance_in_five(chance: float, told: list[str]) -> None:
    assert names(attainment=pd.DataFrame([{"estimate": chance, "n": 24, "unit": "share"}])) == told


@pytest.mark.parametrize(
    ("breaches", "told"),
    [("ran", 1), ("in_order", 1), ("no_override", 1), ("decided", 1), ("sealed, evidence, fresh", 0)],
)
def test_only_a_binding_rule_calls_for_the_method(breaches: str, told: int) -> None:
    assert len(names(scores=scored(0.5, breaches))) == told


def test_the_weakest_stage_that_breaks_a_rule_is_named() -> None:
    both = pd.concat([scored(0.8, "ran", stage=2), scored(0.6, "decided", stage=5), scored(0.1, "sealed", stage=7)])
    assert actions({"scores": both})["stage"].tolist() == [5]


def test_evidence_of_an_action_is_measured_only_with_an_interval() -> None:
    measured, seen = actions({"shifts": pd.DataFrame([shift()])}), actions({"scores": scored(0.5, "ran")})
    assert says.recommend(measured, LABELS).grade == "measured" and says.recommend(seen, LABELS).grade == "observed"
    assert says.recommend(actions({}), LABELS).grade == "observed"


def test_awareness_compliance_and_keys_are_drawn_with_every_row() -> None:
    table = staff(0.6, 0.5, 0.7)
    assert "60.0%" in says.aware(table).sentence and says.aware(table.head(0)).verdict == "cannot tell"
    assert "Less than half" in says.aware(staff(0.3, 0.2, 0.4)).sentence
    assert len(draws.plot_awareness(shows.awareness_rows(table)).texts) == 1
    scores = pd.concat([scored(1.0, stage=stage) for stage in range(1, 9)] + [scored(0.5, "sealed", stage=9)])
    strip = draws.plot_compliance(shows.strip_rows(scores))
    assert len(strip.get_xticklabels()) == 10 and strip.texts[-1].get_text() == "this page"
    assert shows.stage_rows(scores)["fails"].tolist() == ["none"] * 8 + ["sealed"]
    ten = pd.DataFrame({"key": range(1, 11), "name": KEYS, "estimate": [1.0] * 9 + [np.nan], "n": 3, "unit": "share"})
    ax = draws.plot_keys(shows.key_rows(ten))
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


def test_all_that_is_watched_stands_one_series_below_the_other() -> None:
    days = pd.date_range("2025-01-06", periods=500, freq="D")
    about = {"on": days, "score": 8.0, "weight": 1.0}
    answers = pd.concat(
        [
            pd.DataFrame(about | {"question": "overall", "touchpoint": ""}),
            pd.DataFrame(about | {"question": "csat", "touchpoint": "delivery"}),
        ]
    )
    bought = pd.DataFrame({"at": days, "revenue": 1.0, "margin": 1.0})
    as_of = pd.Timestamp("2026-05-20")
    table = all_series(weekly(np.ones(40), "turnover", "money"), answers, bought, moments={}, scales={}, as_of=as_of)
    assert list(dict.fromkeys(table["metric"])) == ["turnover", "overall", "csat:delivery", "dissatisfied", "purchases"]
    purchases = table[table["metric"].eq("purchases")]
    assert purchases["unit"].eq("count").all() and purchases["estimate"].eq(7.0).all()
    assert "purchases" not in set(all_shifts(table)["metric"])


def test_a_blank_answer_is_no_passive() -> None:
    days = pd.date_range("2025-01-06", periods=280, freq="D")
    asked = pd.DataFrame({"on": days, "score": 10.0, "question": "nps", "touchpoint": "", "weight": 1.0})
    asked.loc[::7, "score"] = np.nan
    table = satisfaction_series(asked, touchpoints=[], scales={})
    assert table["metric"].eq("nps").all() and table["estimate"].eq(100.0).all() and table["n"].eq(6).all()


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
