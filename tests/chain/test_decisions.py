"""Decisions bind: order, seals, reopening, drift, overrides, and what a stage refuses to open on."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from cxlib.engagement import decisions, ledger
from cxlib.errors import ChainError, ChoiceError, CxError, LedgerError, UsageError
from cxlib.facts import Recommendation, finding
from tests.chain.conftest import CHOICES, OTHERS, Client

WHO = {"why": "the board decided", "by": "Ana"}


def seal(client: Client, number: int, **choice: object) -> ledger.Entry:
    return decisions.seal(client.brief, client.home, number, choice or CHOICES[number], **WHO)


def test_a_stage_alone_refuses_to_open_and_says_why_the_method_forbids_it(client: Client) -> None:
    with pytest.raises(ChainError) as raised:
        client.open(5)
    assert raised.value.exit_code == 4
    assert raised.value.message == (
        "stage 5: it cannot open: stage 1 (Business objective) has not run. The ten stages bind each other: none is skipped, "
        "none is swapped, and what a stage decides is a fact for the next. "
        "Run stage 1 first (01_business_objective), or the whole chain with `cx run`."
    )


def test_a_skipped_stage_is_the_one_that_is_named(client: Client) -> None:
    client.run_to(2)
    with pytest.raises(ChainError, match=r"stage 3 \(Sales funnel\) has not run"):
        client.open(4)


def test_a_stage_run_again_makes_the_later_ones_stale(client: Client) -> None:
    client.run_to(3)
    client.run(1, **{**CHOICES[1], "target": 200.0})
    with pytest.raises(ChainError, match=r"stage 1 was run again after stage 2"):
        client.open(4)


def test_a_number_that_no_later_stage_has_read_makes_none_stale(client: Client) -> None:
    client.run_to(3)
    client.run(1, value=2.0)
    assert client.open(4).fact("1.size").value == 2.0


def test_a_stage_run_again_with_the_same_result_disturbs_nothing(client: Client) -> None:
    client.run_to(3)
    client.run(1)
    assert client.open(4).choice(3) == CHOICES[3]


def test_another_date_is_another_chain(client: Client) -> None:
    client.run_to(1)
    with pytest.raises(ChainError, match="stage 1 ran as of 2026-06-30, this one as of 2026-05-31"):
        client.open(2, as_of="2026-05-31")


def test_a_seal_makes_the_choice_a_fact_for_the_next_stage(client: Client) -> None:
    client.run_to(1)
    entry = seal(client, 1, objective="gross_margin")
    assert entry["choice"] == {**OTHERS[1], "deadline": CHOICES[1]["deadline"]}
    with pytest.raises(ChainError, match=r"the decision of stage 1 .* has changed since it ran"):
        client.open(2)
    client.run(1)
    assert client.open(2).choice(1)["objective"] == "gross_margin"


def test_a_sealed_choice_stands_when_the_evidence_moves_and_the_page_says_drift(
    client: Client, shown: Callable[[], str]
) -> None:
    client.run_to(1)
    seal(client, 1)
    client.run(1, **{**CHOICES[1], "objective": "commercial_cost"})
    record = client.open(2).records()[0]
    assert (record["choice"]["objective"], record["state"]) == ("turnover", "drift")
    assert "the evidence drifts" in shown()


def test_a_person_who_chose_otherwise_has_not_made_the_evidence_drift(client: Client) -> None:
    client.run_to(1)
    seal(client, 1, objective="gross_margin")
    client.run(1)
    assert client.open(2).records()[0]["state"] == "sealed"


@pytest.mark.parametrize(("target", "state"), [(109.0, "sealed"), (113.0, "drift")])
def test_a_recommended_number_may_wander_a_little_before_it_counts_as_drift(
    client: Client, target: float, state: str
) -> None:
    client.run_to(1)
    seal(client, 1)
    client.run(1, **{**CHOICES[1], "target": target})
    assert client.open(2).records()[0]["state"] == state


def test_data_that_come_round_to_what_a_person_chose_are_no_drift(client: Client) -> None:
    client.run_to(1)
    seal(client, 1, objective="gross_margin")
    client.run(1, **{**CHOICES[1], "objective": "gross_margin"})
    assert client.open(2).records()[0]["state"] == "sealed"


def test_a_report_of_another_engagement_is_refused(client: Client) -> None:
    client.run_to(1)
    client.home.rename(client.home.with_name("other"))
    client.folder = client.folder.rename(client.folder.with_name("other"))
    with pytest.raises(ChainError, match="stage 1 ran for tiny"):
        client.open(2)


def test_nothing_is_sealed_before_it_has_run(client: Client) -> None:
    with pytest.raises(ChainError, match="the stage has not run, so there is no evidence to decide on"):
        seal(client, 1)


def test_nothing_is_sealed_on_a_draft(client: Client) -> None:
    client.run_to(2)
    with pytest.raises(ChainError, match="stage 1 is still a draft"):
        seal(client, 2)


def test_a_sealed_stage_is_not_sealed_again_without_reopening(client: Client) -> None:
    client.run_to(1)
    seal(client, 1)
    with pytest.raises(ChainError, match=r"cx reopen 1 --why"):
        seal(client, 1)


@pytest.mark.parametrize("missing", ["why", "by"])
def test_a_seal_needs_a_reason_and_a_name(client: Client, missing: str) -> None:
    client.run_to(1)
    with pytest.raises(UsageError, match=f"--{missing}"):
        decisions.seal(client.brief, client.home, 1, CHOICES[1], **{**WHO, missing: "  "})


def test_reopening_unseals_what_follows_and_demands_a_new_run(client: Client) -> None:
    client.run_to(3)
    for number in (1, 2, 3):
        seal(client, number)
        client.run_to(3)
    entry = decisions.reopen(client.brief, 2, why="new survey", by="Eva")
    assert entry["unseals"] == [2, 3]
    with pytest.raises(ChainError, match=r"stage 2 was reopened \(new survey\) and has not run since"):
        client.open(4)
    with pytest.raises(ChainError, match="has not run since it was reopened"):
        seal(client, 2)
    client.run(2)
    client.run(3)
    assert [record["state"] for record in client.open(4).records()] == ["sealed", "draft", "draft"]


def test_what_is_not_sealed_cannot_be_reopened(client: Client) -> None:
    with pytest.raises(UsageError, match="nothing to reopen"):
        decisions.reopen(client.brief, 2, **WHO)


def test_a_moment_outside_the_corridor_is_refused_or_kept_with_an_override(client: Client) -> None:
    client.run_to(4)
    for number in (1, 2, 3):
        seal(client, number)
    with pytest.raises(ChoiceError, match="outside the corridor purchase → service"):
        seal(client, 4, moments=["advert:delight"])
    kept = decisions.seal(client.brief, client.home, 4, {"moments": ["advert:delight"]}, **WHO, override=True)
    assert kept["override"] is True
    assert "outside the corridor" in kept["contradicts"][0]


def test_an_override_that_overrides_nothing_is_not_counted_as_one(client: Client) -> None:
    client.run_to(1)
    assert decisions.seal(client.brief, client.home, 1, CHOICES[1], **WHO, override=True)["override"] is False


def test_one_changed_byte_in_the_ledger_stops_every_stage(client: Client) -> None:
    client.run_to(1)
    seal(client, 1)
    path = client.folder / ledger.LEDGER
    path.write_bytes(path.read_bytes().replace(b"Ana", b"Ena"))
    for number in (1, 2):
        with pytest.raises(LedgerError, match=r"decisions\.jsonl, line 1"):
            client.open(number)


def test_a_ledger_that_lost_its_end_is_noticed(client: Client) -> None:
    client.run_to(1)
    seal(client, 1)
    client.run(1)
    (client.folder / ledger.LEDGER).unlink()
    with pytest.raises(ChainError, match=r"decisions\.jsonl: entry 1, which .* knows, is missing"):
        client.open(2)


def test_a_judgement_of_the_brief_is_a_draft_with_a_name_and_grade_assumed(client: Client) -> None:
    client.edit("tables:", "choices:\n  1: {objective: operating_cost, why: the board says so, by: Ana}\ntables:")
    client.run(1)
    (record,) = client.open(2).records()
    assert (record["choice"]["objective"], record["state"], record["grade"]) == ("operating_cost", "draft", "assumed")


def test_a_judgement_of_the_brief_that_contradicts_the_chain_is_refused(client: Client) -> None:
    client.edit("tables:", "choices:\n  4: {moments: ['advert:delight'], why: we like it, by: Ana}\ntables:")
    client.run_to(3)
    with pytest.raises(ChoiceError, match="outside the corridor"):
        client.run(4)
    client.edit("by: Ana}", "by: Ana, override: true}")
    client.run(4)
    assert client.open(5).records()[3]["override"] is True


def test_a_table_changed_after_a_stage_wrote_it_is_refused(client: Client) -> None:
    stage = client.open(1)
    stage.recommend(Recommendation(CHOICES[1], finding("because")))
    stage.decide()
    stage.keep("baseline", pd.DataFrame({"a": [1]}))
    stage.finish()
    assert client.open(2).kept(1, "baseline")["a"].tolist() == [1]
    (client.home / "live" / "01" / "baseline.parquet").write_bytes(b"other")
    with pytest.raises(CxError, match="Run stage 1 again"):
        client.open(2).kept(1, "baseline")
