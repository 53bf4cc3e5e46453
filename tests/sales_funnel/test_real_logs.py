"""Real logs of the public: tickets, permits and leads pass through the methods of the funnel."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from cxlib.journeys.passages import passages
from cxlib.stages.sales_funnel.followed import follow
from cxlib.stages.sales_funnel.funnel import funnel
from cxlib.stages.sales_funnel.transitions import transitions


def log_of(case: pd.Series, step: pd.Series, at: pd.Series) -> pd.DataFrame:
    times = pd.to_datetime(at, utc=True, format="mixed").dt.tz_localize(None)
    return pd.DataFrame(
        {"customer_id": case.astype("str"), "step": step, "at": times, "journey_id": None, "outcome": None}
    )


def measured(log: pd.DataFrame, steps: list[str]) -> pd.DataFrame:
    return funnel(follow(log, steps=steps, n_draws=20)).set_index("step")


def test_every_ticket_of_a_help_desk_that_meets_a_step_is_a_journey(shared) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(shared("data/helpdesk/helpdesk.csv.gz"))
    steps = ["Assign seriousness", "Take in charge ticket", "Resolve ticket", "Closed"]
    log = log_of(data["case:concept:name"], data["concept:name"], data["time:timestamp"])
    table = measured(log, steps)
    assert data["case:concept:name"].nunique() == 4580
    assert int(table["n_began"].sum()) == log.loc[log["step"].isin(steps), "customer_id"].nunique() == 4576
    assert table["estimate"].iloc[:3].between(0.9, 1.0).all()  # nearly every ticket is closed
    assert (table["low"].iloc[:3] <= table["estimate"].iloc[:3]).all()


def test_permits_with_two_time_zones_pass_in_their_true_order(shared) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(shared("data/permits/receipt_coselog.csv"))
    steps = [
        "Confirmation of receipt",
        "T06 Determine necessity of stop advice",
        "T10 Determine necessity to stop indication",
    ]
    table = measured(log_of(data["case:concept:name"], data["concept:name"], data["time:timestamp"]), steps)
    assert table.loc["Confirmation of receipt", "n"] == 1434
    assert 0.85 < table.loc["Confirmation of receipt", "estimate"] < 1
    assert table.loc["Confirmation of receipt", "window_days"] >= 1


def test_leads_that_came_last_are_censored_not_lost(shared) -> None:  # type: ignore[no-untyped-def]
    leads = pd.read_csv(shared("data/olist/funnel/olist_marketing_qualified_leads_dataset.csv"))
    deals = pd.read_csv(shared("data/olist/funnel/olist_closed_deals_dataset.csv"))
    log = pd.concat(
        [
            log_of(leads["mql_id"], pd.Series("lead", index=leads.index), leads["first_contact_date"]),
            log_of(deals["mql_id"], pd.Series("won", index=deals.index), deals["won_date"]),
        ]
    )
    table = measured(log, ["lead", "won"])
    assert table.loc["lead", "n"] in (7999, 8000)  # one deal was won before its first contact: it begins at the deal
    assert table.loc["lead", "n_advanced"] == pytest.approx(842, abs=1)
    assert table.loc["lead", "estimate"] > 842 / 8000  # the plain share understates: late leads have had no time yet


def test_the_logs_hold_what_their_publishers_say_and_every_event_is_followed(shared) -> None:  # type: ignore[no-untyped-def]
    told = json.loads(shared("data/oracles.json").read_text())
    paths = {"helpdesk": "data/helpdesk/helpdesk.csv.gz", "receipt": "data/permits/receipt_coselog.csv"}
    for name, path in paths.items():
        data = pd.read_csv(shared(path))
        activities = sorted(data["concept:name"].unique())
        log = log_of(data["case:concept:name"], data["concept:name"], data["time:timestamp"])
        passed, followed = passages(log, steps=activities), transitions(log, steps=activities)
        assert passed["journey_id"].nunique() == told[name]["cases"]
        assert followed["n_moves"].sum() == told[name]["events"]  # each event is followed by one other, or is the last
        assert followed.loc[followed["kind"] == "end", "n_moves"].sum() == told[name]["cases"]
        assert followed["from_step"].nunique() == told[name]["activities"]


def test_the_leads_of_each_origin_are_won_as_published(shared) -> None:  # type: ignore[no-untyped-def]
    told = json.loads(shared("data/oracles.json").read_text())["olist_funnel"]
    leads = pd.read_csv(shared("data/olist/funnel/olist_marketing_qualified_leads_dataset.csv"))
    deals = pd.read_csv(shared("data/olist/funnel/olist_closed_deals_dataset.csv"))
    log = pd.concat(
        [
            log_of(leads["mql_id"], pd.Series("lead", index=leads.index), leads["first_contact_date"]),
            log_of(deals["mql_id"], pd.Series("won", index=deals.index), deals["won_date"]),
        ]
    )
    passed = passages(log, steps=["lead", "won"]).drop_duplicates("journey_id", keep="last")
    origin = leads.set_index("mql_id")["origin"].fillna("(missing)")
    by_origin = (
        passed.assign(origin=passed["journey_id"].map(origin))
        .groupby("origin")["step"]
        .agg(["size", lambda steps: (steps == "won").sum()])
    )
    assert {name: list(row) for name, row in zip(by_origin.index, by_origin.to_numpy().tolist(), strict=True)} == told[
        "by_origin"
    ]
