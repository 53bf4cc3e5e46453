"""What truth.yaml says is really in the data, by plain pandas; and nothing of it is in a null client."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.simulate import Client
from cxlib.simulate.plan import STEPS

LONG_AGO = pd.Timestamp("2026-01-01")  # entrants before it have had their time at every step but loyalty


def reached(client: Client) -> pd.DataFrame:
    """First time at each step, one row per journey, one column per step number."""
    rows = client.tables["interactions"]
    position = rows["step"].map({step: number for number, step in enumerate(STEPS)})
    return rows.assign(position=position).pivot_table(
        index="journey_id", columns="position", values="at", aggfunc="min"
    )


def onward(client: Client, step: str) -> float:
    times = reached(client)
    number = STEPS.index(step)
    entered = times[times[number] < LONG_AGO]
    return float(entered[number + 1].notna().mean())


def mean_by_customer(client: Client, question: str, touchpoint: str) -> pd.Series:
    answers = client.tables["responses"]
    chosen = answers[(answers["question"] == question) & (answers["touchpoint"] == touchpoint)]
    return chosen.groupby("respondent_id")["score"].mean()


def contrast(client: Client, touchpoint: str) -> tuple[float, float]:
    """Overall of those who rated low minus middle (penalty) and high minus middle (reward)."""
    both = pd.concat([mean_by_customer(client, "csat", touchpoint), mean_by_customer(client, "overall", "")], axis=1)
    both.columns = pd.Index(["rated", "overall"])
    both = both.dropna()
    band = pd.cut(both["rated"], [-1, 6, 8.49, 10], labels=["low", "middle", "high"])
    means = both.groupby(band, observed=False)["overall"].mean()
    return float(means["low"] - means["middle"]), float(means["high"] - means["middle"])


def bought_in_window(client: Client) -> pd.DataFrame:
    assigned, sales = client.tables["assignments"], client.tables["transactions"]
    day = sales["at"].dt.normalize()
    window = (day >= "2026-03-01") & (day < "2026-04-30") & (sales["revenue"] > 0)
    return assigned.assign(bought=assigned["customer_id"].isin(sales.loc[window, "customer_id"]))


def test_consideration_goes_on_far_less_than_its_benchmark_and_no_other_step_does(planted: Client) -> None:
    benchmark = {entry["step"]: entry.get("benchmark") for entry in planted.brief["funnel"]}
    gaps = {step: benchmark[step] - onward(planted, step) for step in STEPS[:4]}
    assert gaps["consideration"] > 0.09
    assert max(gap for step, gap in gaps.items() if step != "consideration") < 0.04


def test_most_margin_is_booked_in_loyalty(planted: Client) -> None:
    sales = planted.tables["transactions"]
    steps = planted.tables["interactions"].drop_duplicates(["customer_id", "at"])[["customer_id", "at", "step"]]
    booked = sales.merge(steps, on=["customer_id", "at"]).groupby("step")["margin"].sum()
    assert booked.idxmax() == planted.truth["objective_step"]


def test_the_segment_that_pays_buys_more_visits_more_and_fits_the_brand(planted: Client) -> None:
    target = planted.tables["assignments"]["customer_id"]
    customers = planted.tables["customers"].set_index("customer_id")
    inside = customers.index.isin(target)
    margin = planted.tables["transactions"].groupby("customer_id")["margin"].sum().reindex(customers.index).fillna(0)
    visits = planted.tables["interactions"].groupby("customer_id").size().reindex(customers.index).fillna(0)
    assert margin[inside].mean() > 3 * margin[~inside].mean()
    assert visits[inside].mean() > 2 * visits[~inside].mean()
    assert (customers["household"] == "family")[inside].mean() > 0.7


def test_delivery_punishes_and_planner_rewards(planted: Client) -> None:
    penalty, reward = contrast(planted, "delivery")
    assert penalty < -0.8 < 0.4 > abs(reward)
    penalty, reward = contrast(planted, "planner")
    assert reward > 0.7 > 0.4 > abs(penalty)


def test_a_good_quote_goes_with_buying(planted: Client) -> None:
    answers = planted.tables["responses"]
    quotes = answers[(answers["question"] == "csat") & (answers["touchpoint"] == "quote")]
    bought = planted.tables["interactions"].query("step == 'purchase'")[["customer_id", "at"]]
    pairs = quotes.merge(bought, left_on="respondent_id", right_on="customer_id", how="left")
    soon = (pairs["at"] > pairs["on"]) & (pairs["at"] < pairs["on"] + pd.Timedelta(days=60))
    by_answer = (
        pairs.assign(soon=soon).groupby(["respondent_id", "on"]).agg(soon=("soon", "max"), score=("score", "first"))
    )
    good, bad = by_answer["score"] >= 8, by_answer["score"] <= 5
    assert by_answer.loc[good, "soon"].mean() - by_answer.loc[bad, "soon"].mean() > 0.15


def test_journeys_of_the_segment_through_the_store_go_on_more_often(planted: Client) -> None:
    rows = planted.tables["interactions"]
    mine = rows[
        rows["customer_id"].isin(planted.tables["assignments"]["customer_id"]) & (rows["step"] == "consideration")
    ]
    times = reached(planted)
    entered = times[(times[2] < LONG_AGO) & times.index.isin(mine["journey_id"])]
    store = entered.index.isin(mine.loc[mine["channel"] == "store", "journey_id"])
    assert entered.loc[store, 3].notna().mean() - entered.loc[~store, 3].notna().mean() > 0.08


def test_the_pilot_lifts_purchase_share_and_satisfaction(planted: Client) -> None:
    arms = bought_in_window(planted).groupby("arm")["bought"].mean()
    assert arms["pilot"] - arms["control"] == pytest.approx(planted.truth["pilot"]["lift_share"], abs=0.06)


def test_the_pilot_acts_only_on_those_who_met_the_experience(planted: Client) -> None:
    assigned, seen = bought_in_window(planted), planted.tables["interactions"]
    there = seen[seen["touchpoint"].eq("delivery") & seen["channel"].eq("home") & seen["at"].ge("2026-03-01")]
    met = assigned["customer_id"].isin(there.loc[there["at"].lt("2026-04-30"), "customer_id"])
    pilot = assigned["arm"].eq("pilot")
    share = float(met[pilot].mean())
    assert share == pytest.approx(planted.truth["pilot"]["met_share"], abs=1e-4)
    assert 0.3 < share < 0.7 and met[~pilot].mean() < 0.2
    lift = planted.truth["pilot"]["lift_share"]
    before = planted.tables["interactions"].query("touchpoint == 'delivery' and at < '2026-03-01'")["customer_id"]
    had = assigned["customer_id"].isin(before)
    gap = assigned[had].groupby("arm")["bought"].mean()
    assert gap["pilot"] - gap["control"] == pytest.approx(lift / share, abs=0.14)
    never = assigned[~had].groupby("arm")["bought"].mean()
    assert abs(never["pilot"] - never["control"]) < 0.12


def test_the_pilot_and_its_control_are_alike_before_it_starts(planted: Client) -> None:
    assigned, sales = planted.tables["assignments"], planted.tables["transactions"]
    before = sales[sales["at"] < "2026-03-01"].groupby("customer_id")["margin"].sum()
    margin = assigned["customer_id"].map(before).fillna(0.0).groupby(assigned["arm"])
    gap = margin.mean()["pilot"] - margin.mean()["control"]
    assert abs(gap) < 2.6 * np.sqrt((margin.var() / margin.size()).sum())
    by_stratum = assigned.groupby(["stratum", "arm"]).size().unstack(fill_value=0)
    assert (by_stratum["pilot"] - by_stratum["control"]).abs().max() <= 1


def test_delivery_ratings_fall_from_the_planted_week_on(planted: Client) -> None:
    answers = planted.tables["responses"]
    delivery = answers[(answers["question"] == "csat") & (answers["touchpoint"] == "delivery")]
    week = pd.Timestamp(planted.truth["shift"]["week_of"])
    assert week.day_of_week == 0
    after = delivery.loc[delivery["on"] >= week + pd.Timedelta(days=2), "score"]
    assert delivery.loc[delivery["on"] < week, "score"].mean() - after.mean() > 1.0
    assert delivery.set_index("on")["score"].resample("W").size().median() >= 15


def test_some_of_the_satisfied_leave(planted: Client) -> None:
    assert 0.10 < planted.truth["satisfied_but_leaving"]["share"] < 0.40


def test_a_null_client_has_the_same_shape_and_no_effect(planted: Client, null: Client) -> None:
    for name, table in planted.tables.items():
        pd.testing.assert_series_equal(table.dtypes, null.tables[name].dtypes, obj=name)
    benchmark = {entry["step"]: entry.get("benchmark") for entry in null.brief["funnel"]}
    assert abs(benchmark["consideration"] - onward(null, "consideration")) < 0.03
    arms = bought_in_window(null).groupby("arm")["bought"].mean()
    assert abs(arms["pilot"] - arms["control"]) < 0.07
    assert max(abs(part) for touchpoint in ("delivery", "planner") for part in contrast(null, touchpoint)) < 0.35
    assert "segment" not in null.truth and null.truth["planted"] is False


def test_the_data_are_as_untidy_as_data_are(planted: Client) -> None:
    tables = planted.tables
    answers, regions = tables["responses"], tables["customers"]["region"].value_counts()
    assert (answers.loc[answers["question"] == "nps", "score"] == 0).sum() >= 10
    assert regions.min() == 3
    assert (tables["transactions"]["revenue"] < 0).any()
    assert {"es", "en", ""} == set(tables["verbatims"]["lang"])
    text = " ".join(tables["verbatims"]["text"])
    assert all(piece in text for piece in ("<script>", "=cmd", "12345678Z", "612 345 678", "@correo.example"))
    entered = reached(planted)
    late = entered[entered[2] > pd.Timestamp("2026-06-01")]
    assert late[3].notna().mean() < 0.35  # most recent entrants are still open


def test_no_answer_precedes_what_it_is_about_or_follows_the_day_of_the_data(planted: Client) -> None:
    last = pd.Timestamp(planted.brief["as_of"]) + pd.Timedelta(days=1)
    for name, column in (("interactions", "at"), ("transactions", "at"), ("responses", "on"), ("verbatims", "on")):
        assert planted.tables[name][column].between(pd.Timestamp(planted.brief["period"]["start"]), last).all(), name


def test_the_tasks_have_no_cycle_and_name_known_people_and_ideas(planted: Client) -> None:
    tasks, people, ideas = (planted.tables[name] for name in ("tasks", "people", "ideas"))
    seen: set[str] = set()
    for task, after in zip(tasks["task_id"], tasks["after"], strict=True):
        assert {part for part in after.split(";") if part} <= seen, task
        seen.add(task)
    assert set(";".join(tasks["responsible"]).split(";")) <= set(people["person_id"])
    assert set(tasks["idea_id"]) - {""} <= set(ideas["idea_id"])
