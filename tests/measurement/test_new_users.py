"""A pilot among new customers, and any outcome that can be registered: from the draw to the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlib.facts import first
from cxlib.stages.measurement import says
from cxlib.stages.measurement.ladder import effects, gather
from cxlib.stages.measurement.trial import arms, assigned, plan
from cxlib.stages.measurement.verdicts import family, verdict
from cxlib.statistics.sample_ratio import sample_ratio

START, AS_OF = pd.Timestamp("2026-05-01"), pd.Timestamp("2026-06-30")
IDEAS = pd.DataFrame({"idea_id": ["slot"], "touchpoint": ["quote"], "channel": [""]})
NOTHING = pd.DataFrame()


def client(n: int = 2000, *, gain: float = 0.06, seed: int = 0) -> dict[str, pd.DataFrame]:
    """New customers drawn by lot on their first day; nobody bought before. The pilot buys, comes back and stays more."""
    generator = np.random.default_rng(seed)
    ids = pd.Series([f"u{row}" for row in range(n)])
    pilot = np.arange(n) % 2 == 1
    more = generator.random((3, n)) < 0.2 + gain * pilot
    day = START + pd.Timedelta(days=3)
    bought = pd.DataFrame({"customer_id": ids[more[0]], "at": day, "revenue": 10.0, "margin": np.nan})
    came = pd.DataFrame({"customer_id": ids[more[1]], "at": START + pd.Timedelta(days=1), "touchpoint": "web"})
    left = pd.Series(START + pd.Timedelta(days=5), index=ids.index).where(~more[2])
    return {
        "transactions": bought,
        "interactions": came.assign(step="interest", channel="", outcome="reached"),
        "customers": pd.DataFrame({"customer_id": ids, "since_on": START, "left_on": left}),
        "assignments": pd.DataFrame({"customer_id": ids, "arm": np.where(pilot, "pilot", "control")}).assign(
            starts_on=START, idea_id="slot", stratum="", site=""
        ),
    }


def measured(tables: dict[str, pd.DataFrame], metric: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """The registered effect, its verdict, and what is said of the arms, where stage 7 has decided without a registration."""
    decided = {"experiences": ["slot"], "metric": metric, "minimum_effect": 0.005, "window_days": 14}
    registered = plan(NOTHING, decided, IDEAS)
    people = assigned(tables["assignments"], NOTHING, experience=registered["experience"])
    records = {"interactions": tables["interactions"]}
    trial = gather(people, tables["customers"], tables["transactions"], plan=registered, as_of=AS_OF, records=records)
    found = family(effects(trial), registered=metric)
    primary = found[found["metric"].eq(metric)]
    options: dict[str, Any] = {"satisfaction": primary.head(0), "guardrail_status": pd.Series([], dtype="str")}
    counted = arms(trial.bought)
    said = says.trusted(counted, sample_ratio(counted), registered, n_on_record=len(people))
    return first(primary), first(verdict(primary, minimum_effect=0.005, **options)), said


@pytest.mark.parametrize(
    ("metric", "column"),
    [("purchase_share", "transactions"), ("retention_day_1", "interactions"), ("renewed_share", "customers")],
)
def test_a_pilot_among_new_customers_is_measured_without_history(metric: str, column: str) -> None:
    tables = client(gain=0.12)
    row, judged, said = measured(tables, metric)
    drawn = tables["assignments"]
    held = tables[column]
    ids = held.loc[held["left_on"].isna(), "customer_id"] if column == "customers" else held["customer_id"]
    shares = drawn["customer_id"].isin(ids).groupby(drawn["arm"]).mean()
    assert row["estimate"] == pytest.approx(shares["pilot"] - shares["control"])
    assert (row["n_pilot"], row["n_control"], row["method"], row["verdict"]) == (1000, 1000, "Welch", "real")
    assert judged["verdict"] == "scale" and judged["grade"] == "measured"
    assert "another experience" not in said.sentence and "nobody was assigned" not in said.sentence


@pytest.mark.parametrize("arm", ["pilot", "control"])
def test_arms_in_which_everybody_or_nobody_does_it_are_no_error(arm: str) -> None:
    tables = client(400)
    drawn = tables["assignments"]
    mine = drawn.loc[drawn["arm"].eq(arm), "customer_id"]
    tables["transactions"] = pd.DataFrame(
        {"customer_id": mine, "at": START + pd.Timedelta(days=2), "revenue": 9.0, "margin": np.nan}
    )
    row, judged, _said = measured(tables, "purchase_share")
    assert abs(row["estimate"]) == 1.0 and row["low"] <= row["estimate"] <= row["high"]
    assert judged["verdict"] == ("scale" if arm == "pilot" else "stop")


def test_nobody_was_tried_only_where_nobody_was_drawn() -> None:
    tables = client(100)
    tables["assignments"] = tables["assignments"].head(0)
    row, _judged, said = measured(tables, "purchase_share")
    assert row == {} and "nobody was assigned" in said.sentence


def test_a_metric_that_no_table_shows_is_told_and_nothing_is_measured() -> None:
    row, judged, _said = measured(client(100), "happiness")
    assert row == {} and judged["rule"] == "no_trial"
