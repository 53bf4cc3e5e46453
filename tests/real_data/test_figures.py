"""Every figure known of the real data beside the project runs in a test; here those that no other test of a method holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.incidence import incidence
from cxlib.journeys.passages import passages
from cxlib.stages.architecture.drivers import lmg
from cxlib.stages.target_segment.repeat_buying import histories
from cxlib.statistics.intervals import wilson

Shared = Callable[[str], Path]
ROOT = Path(__file__).resolve().parents[2]
HELD = {  # data set → the tests that hold its figures
    "cdnow": ("target_segment/test_repeat_buying.py", "engagement/test_other_clients.py"),
    "hillstrom": ("measurement/test_effect.py",),
    "sfo": ("engagements/test_sfo.py",),
    "bt_nps_verbatim": ("statistics/test_nps.py",),
    "helpdesk": ("engagement/test_other_clients.py", "sales_funnel/test_real_logs.py"),
    "receipt": ("engagement/test_other_clients.py", "real_data/test_figures.py"),
    "olist_funnel": ("sales_funnel/test_real_logs.py", "real_data/test_figures.py"),
    "olist_sample4k": ("engagements/test_olist.py",),
    "online_retail": ("real_data/test_figures.py",),
    "montgomery": ("monitoring/test_control.py",),
    "nhs_v6": (
        "engagement/test_other_clients.py",
        "information_search/test_language_and_themes.py",
        "real_data/test_figures.py",
    ),
    "customerSat": ("architecture/test_drivers.py", "real_data/test_figures.py"),
    "plspm_satisfaction": ("real_data/test_figures.py",),
}


@pytest.fixture
def known(shared: Shared) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("data/oracles.json").read_text(encoding="utf-8"))
    return found


def test_every_data_set_with_known_figures_is_held_by_a_test(known: dict[str, Any]) -> None:
    assert set(known) - {"_note"} == set(HELD)
    folder = {
        "bt_nps_verbatim": "nps_verbatim",
        "sfo": "sfo",
        "olist_sample4k": "olist",
        "olist_funnel": "olist/funnel",
        "receipt": "permits",
        "montgomery": "spc_textbook",
        "nhs_v6": "nhs_feedback",
        "customerSat": "customersat",
        "plspm_satisfaction": "bank_satisfaction",
    }
    for name, files in HELD.items():
        for file in files:
            assert folder.get(name, name) in (ROOT / "tests" / file).read_text(encoding="utf-8"), (name, file)


def test_the_largest_coefficients_of_the_satisfaction_survey_come_out(known: dict[str, Any], shared: Shared) -> None:
    data, told = pd.read_csv(shared("data/customersat/customerSat.csv")), known["customerSat"]
    assert len(data) == told["rows"] and data["q1"].mean() == pytest.approx(told["q1_mean"], abs=5e-4)
    table = data[[*data.columns[1:], "q1"]]
    covariance = table.cov(ddof=0).to_numpy()
    weights = lmg(covariance, [[place] for place in range(9)])
    assert weights.sum() == pytest.approx(told["ols_R2"], abs=5e-5)
    slopes = pd.Series(np.linalg.solve(covariance[:9, :9], covariance[:9, 9]), index=table.columns[:9])
    assert slopes.nlargest(2).round(3).to_dict() == pytest.approx(told["largest_coefs"], abs=1e-3)
    assert pd.Series(weights, index=table.columns[:9]).idxmax() in told["largest_coefs"]


def test_the_bank_model_explains_what_its_makers_say_and_its_paths_are_the_slopes(
    known: dict[str, Any], shared: Shared
) -> None:
    scores, told = pd.read_csv(shared("data/bank_satisfaction/satisfaction.scores.csv")), known["plspm_satisfaction"]
    paths = {
        "EXPE": ["IMAG"],
        "QUAL": ["EXPE"],
        "VAL": ["EXPE", "QUAL"],
        "SAT": ["IMAG", "EXPE", "QUAL", "VAL"],
        "LOY": ["IMAG", "SAT"],
    }
    for outcome, causes in paths.items():
        covariance = scores[[*causes, outcome]].cov().to_numpy()
        weights = lmg(covariance, [[place] for place in range(len(causes))])
        assert weights.sum() == pytest.approx(told["R2"][outcome], abs=1e-6), outcome
        slopes = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
        for cause, slope in zip(causes, slopes, strict=True):
            assert slope == pytest.approx(told.get(f"{cause}->{outcome}", slope), abs=2e-6)
        if outcome == "SAT":
            assert causes[int(weights.argmax())] == "VAL" and causes[int(np.abs(slopes).argmin())] == "EXPE"


def test_leads_are_won_by_origin_as_published(known: dict[str, Any], shared: Shared) -> None:
    leads = pd.read_csv(shared("data/olist/funnel/olist_marketing_qualified_leads_dataset.csv"))
    won = set(pd.read_csv(shared("data/olist/funnel/olist_closed_deals_dataset.csv"))["mql_id"])
    origin = leads["origin"].fillna("(missing)")
    found = leads.assign(won=leads["mql_id"].isin(won)).groupby(origin)["won"].agg(["size", "sum"])
    by_origin = dict(zip(found.index, found.to_numpy().tolist(), strict=True))
    assert by_origin == known["olist_funnel"]["by_origin"]
    share, low, high = wilson(float(found["sum"].sum()), float(found["size"].sum()))
    assert share == pytest.approx(known["olist_funnel"]["rate"], abs=1e-9) and low < share < high
    assert wilson(*found.loc["unknown", ["sum", "size"]])[1] > wilson(*found.loc["social", ["sum", "size"]])[2]


def test_the_retailer_has_its_customers_and_turnover_after_cleaning(known: dict[str, Any], shared: Shared) -> None:
    columns = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    path, told = shared("data/online_retail/online_retail_541909.csv.gz"), known["online_retail"]
    data = pd.read_csv(path, usecols=columns, dtype={"InvoiceNo": "str"}, parse_dates=["InvoiceDate"])
    assert (len(data), int(data["CustomerID"].isna().sum())) == (told["rows"], told["no_customer"])
    assert int(data["InvoiceNo"].str.startswith("C").sum()) == told["cancel_rows_C"]
    assert data["CustomerID"].nunique() == told["customers"]
    bought = data.dropna(subset=["CustomerID"]).query("Quantity > 0 and UnitPrice > 0")
    rows = pd.DataFrame(
        {
            "customer_id": bought["CustomerID"].astype(int).astype("str"),
            "at": bought["InvoiceDate"],
            "revenue": bought["Quantity"] * bought["UnitPrice"],
        }
    )
    assert len(rows) == told["after_clean_rows"]
    assert rows["revenue"].sum() == pytest.approx(told["after_clean_revenue"], abs=0.1)
    table = histories(rows, end=rows["at"].max())
    assert len(table) == told["after_clean_customers"] and (table["recency_weeks"] <= table["age_weeks"]).all()


def test_permits_arrive_by_their_channels_and_go_on(known: dict[str, Any], shared: Shared) -> None:
    data, told = pd.read_csv(shared("data/permits/receipt_coselog.csv")), known["receipt"]
    cases = data.drop_duplicates("case:concept:name")
    assert (len(data), len(cases), data["concept:name"].nunique()) == (
        told["events"],
        told["cases"],
        told["activities"],
    )
    assert cases["case:channel"].value_counts().to_dict() == told["channel_cases"]
    events = pd.DataFrame(
        {
            "customer_id": data["case:concept:name"],
            "journey_id": data["case:concept:name"],
            "step": data["concept:name"],
            "at": pd.to_datetime(data["time:timestamp"], utc=True, format="ISO8601").dt.tz_localize(None),
            "outcome": "reached",
        }
    )
    first = "Confirmation of receipt"
    curve = incidence(passages(events, steps=[first, "T06 Determine necessity of stop advice"]).query("step == @first"))
    assert curve["n"].iloc[0] == told["cases"] and curve["estimate"].is_monotonic_increasing


def test_patients_answers_and_their_human_labels_are_counted_as_known(known: dict[str, Any], shared: Shared) -> None:
    data = pd.read_csv(shared("data/nhs_feedback/v6framework_230831.csv"), low_memory=False)
    told = known["nhs_v6"]
    assert len(data) == told["comments"]
    for label, count in told["top_human_labels"].items():
        assert int((data[label].fillna(0).astype(float) > 0).sum()) == count, label


def test_every_oracle_file_is_read_by_a_test_or_named_with_the_reason() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    no_method = {  # charts that no stage asks for
        "6.3_2",
        "6.4_2",  # of the spread within periods
        "6.5_4",  # of moving ranges
        "7.4_1",
        "07.10",
        "7.5_1",
        "07.11",  # of cases per unit where units differ
        "7.6_1",
        "07.14",  # of times between rare failures
    }
    for file in sorted(path for path in (ROOT / "tests" / "oracles").rglob("*.*") if path.name != "README.md"):
        part = file.stem.removeprefix("expected_").removeprefix("ex_").removeprefix("tbl_")
        assert file.parent.name in tests, file
        assert part in no_method or file.name in tests or f'"{part}"' in tests, file
