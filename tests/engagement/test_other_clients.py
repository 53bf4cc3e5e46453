"""Files of other real clients, mapped in a few lines: published counts and scores come out, the dirt is counted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import Loaded, load_table
from cxlib.statistics.scores import nps

HEAD = """\
company: A client
currency: EUR
as_of: 2023-12-31
period: {start: 1997-01-01}
funnel:
  - {step: order, label: Order, phase: during}
  - {step: use, label: Use, phase: after}
touchpoints:
  order: {label: Order, step: order}
  payment: {label: First payment, step: order}
  received: {label: Equipment received, step: use}
  service: {label: Service in use, step: use}
channels:
  {internet: {label: Internet}, desk: {label: Desk}, post: {label: Post}, e-mail: {label: E-mail}, intern: {label: Intern}}
scales: {overall: [1, 5]}
"""


@pytest.fixture
def client(tmp_path: Path, shared: Callable[[str], Path]) -> Callable[[str, str, str], Loaded]:
    """`client(table, file, mapping)` reads a table from a file beside the project."""

    def read(table: str, file: str, mapping: str) -> Loaded:
        path = Path(os.path.relpath(shared(f"data/{file}"), tmp_path)).as_posix()
        (tmp_path / "engagement.yaml").write_text(
            f"{HEAD}roots: [{shared('data')}]\ntables:\n  {table}:\n    file: {path}\n{mapping}"
        )
        return load_table(load_brief(tmp_path), table)

    return read


@pytest.fixture
def known(shared: Callable[[str], Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("data/oracles.json").read_text())
    return found


def test_a_telecom_survey_with_days_first_gives_its_score(client: Callable[..., Loaded], known: dict[str, Any]) -> None:
    table, report = client(
        "responses",
        "nps_verbatim/verbatim_nps.csv",
        """\
    columns: {respondent_id: "#row", on: CUSTOMER_RESPONSE_DATE, touchpoint: SURVEY_SUB_TYPE, score: NPS_SCORE}
    constant: {question: nps}
    codes: {touchpoint: {Order: order, First Payment: payment, Equipment Received: received, Service in Use: service}}
""",
    )
    expected = known["bt_nps_verbatim"]
    assert (report.n_read, report.n_refused, report.n_unanswered) == (expected["n"], 0, 32)
    assert report.repairs["day_first"] == len(table) == expected["n"] - 32
    # The known figure counts the 32 rows without a score as passive; they are no answers, so ours has fewer below the line.
    estimate = nps(table.drop(columns="weight")).iloc[0]["estimate"]
    assert estimate * len(table) / expected["n"] == pytest.approx(expected["nps"], abs=0.005)


def test_purchases_aligned_with_blanks_are_all_read(client: Callable[..., Loaded], known: dict[str, Any]) -> None:
    table, report = client(
        "transactions",
        "cdnow/CDNOW_master.txt",
        """\
    columns: {transaction_id: "#row", customer_id: customer_id, at: date, revenue: dollar_value}
    delimiter: blanks
    dates: "%Y%m%d"
""",
    )
    assert (len(table), table["customer_id"].nunique()) == (
        known["cdnow"]["master_rows"],
        known["cdnow"]["master_customers"],
    )
    assert (table["revenue"] == 0).any()
    assert report.n_refused == 0


def test_permit_journeys_keep_local_time_over_two_time_zones(
    client: Callable[..., Loaded], known: dict[str, Any]
) -> None:
    table, report = client(
        "interactions",
        "permits/receipt_coselog.csv",
        """\
    columns: {customer_id: "case:concept:name", at: "time:timestamp", channel: "case:channel"}
    constant: {touchpoint: order}
""",
    )
    assert (len(table), table["journey_id"].nunique()) == (known["receipt"]["events"], known["receipt"]["cases"])
    cases = table.groupby("channel")["customer_id"].nunique().to_dict()
    assert cases == {channel.lower(): n for channel, n in known["receipt"]["channel_cases"].items()}
    assert report.repairs["time_zone"] == report.n_read
    assert table.loc[0, "at"].isoformat() == "2011-10-11T13:45:40.276000"


def test_a_compressed_ticket_log_is_read_whole(client: Callable[..., Loaded], known: dict[str, Any]) -> None:
    table, _report = client(
        "interactions",
        "helpdesk/helpdesk.csv.gz",
        """\
    columns: {customer_id: "case:concept:name", at: "time:timestamp"}
    constant: {touchpoint: service}
""",
    )
    assert (len(table), table["journey_id"].nunique()) == (known["helpdesk"]["events"], known["helpdesk"]["cases"])


def test_a_reversed_scale_is_recoded_and_the_undocumented_code_refused(
    client: Callable[..., Loaded], known: dict[str, Any]
) -> None:
    table, report = client(
        "responses",
        "nhs_feedback/v6framework_230831.csv",
        """\
    columns: {respondent_id: Respondent ID, on: Date, score: FFT categorical answer}
    constant: {question: overall}
    dates: dayfirst
    codes: {score: {"1": 5, "2": 4, "4": 2, "5": 1, "6": blank}}
""",
    )
    told = [problem.sentence for problem in report.problems]
    assert any("outside the scale of overall, 1–5" in sentence and "'7'" in sentence for sentence in told), told
    people = table.drop_duplicates("respondent_id")
    assert (people["score"] >= 4).mean() == pytest.approx(known["nhs_v6"]["fft_positive_1_2"], abs=0.01)


def test_a_misspelled_code_of_a_client_is_mended_by_the_mapping(client: Callable[..., Loaded]) -> None:
    table, report = client(
        "customers",
        "hillstrom/hillstrom.csv",
        """\
    columns: {customer_id: "#row", region: zip_code}
    codes: {region: {Surburban: suburban, Urban: urban, Rural: rural}}
""",
    )
    assert sorted(table["region"].unique()) == ["rural", "suburban", "urban"]
    assert report.repairs["code_recoded"] == len(table) == 64000
