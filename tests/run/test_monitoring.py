"""Scheduled monitoring: decisions are sealed, newer data come, nobody watches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import Choice
from cxlib.cli import main
from cxlib.engagement import decisions, ledger, records
from cxlib.engagement.brief import load_brief
from tests.run.conftest import BRIEF, write_chain
from tests.run.test_incremental import Bench

TABLES = "tables:\n  transactions: {file: transactions.csv}\n"
HEAD = "transaction_id,customer_id,at,revenue\n"
ROW = "t{n},c1,2026-02-{n:02d},5\n"
STALL = "stall = 'quote' if len(stage.table('transactions')) < 3 else 'sale'"
ACTIONS = """\
from cxlib.stages.monitoring.actions import actions
from cxlib.stages.monitoring.compliance import drift
choice = {'actions': list(actions({'drift': drift(stage.records())})['action']) or ['hold']}"""
SEALED: dict[int, Choice] = {
    1: {"objective": "turnover", "metric": "customers", "target": 5},
    2: {"segment": "all"},
    3: {"stall_step": "quote", "objective_step": "sale"},
    4: {"moments": []},
    5: {"insights": []},
    6: {"channels": []},
    7: {"experiences": []},
    8: {"rollout": "go"},
    9: {"verdict": "scale"},
    10: {"actions": ["hold"]},
}


@pytest.fixture
def watched(tmp_path: Path) -> Bench:
    """A client that has run on old data and whose ten decisions a person has sealed."""
    bench = Bench(tmp_path)
    bench.folder.mkdir()
    bench.change("engagement.yaml", BRIEF + TABLES)
    bench.change("transactions.csv", HEAD + ROW.format(n=1))
    write_chain(bench.notebooks, {3: STALL, 10: ACTIONS})
    bench.cell(3, "{'stall_step': 'quote'", "{'stall_step': stall")
    bench.cell(10, "Recommendation({}", "Recommendation(choice")
    bench.run()
    for number, choice in SEALED.items():
        seal(bench, number, choice)
    bench.run(fail_on="alert")
    return bench


def seal(bench: Bench, number: int, choice: Choice) -> None:
    decisions.seal(load_brief(bench.folder), bench.home, number, choice, why="so", by="Ana")


def log(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((bench.home / "run.json").read_text(encoding="utf-8"))
    return found


def test_newer_data_move_the_evidence_not_the_decisions_until_a_person_answers(watched: Bench) -> None:
    watched.change("transactions.csv", HEAD + "".join(ROW.format(n=n) for n in (1, 2)))
    assert watched.run(fail_on="alert") == [1, 2, 3, 7, 9, 10]  # the stages that read transactions
    assert log(watched)["exit_code"] == 0 and log(watched)["warnings"] == []
    sealed = ledger.seals(ledger.read_ledger(watched.folder))
    watched.change("transactions.csv", HEAD + "".join(ROW.format(n=n) for n in (1, 2, 3)))
    assert watched.run(fail_on="alert", ends=10) == [1, 2, 3, 7, 9, 10]  # the others show the drift and compute nothing
    assert "(binding, but the evidence drifts)" in watched.page(4) and "drifts" not in watched.page(3)
    record = records.read_record(watched.home, 3)
    assert record is not None and record["drift"] and record["choice"]["stall_step"] == "quote"
    assert ledger.seals(ledger.read_ledger(watched.folder)) == sealed
    assert 'class="status drift"' in watched.page(3) and "evidence has moved" in watched.page(3)
    assert log(watched)["exit_code"] == 10
    assert "Stage 3: the evidence has moved; the sealed decision stands." in log(watched)["warnings"]
    assert "Stage 10 calls for: reopen:3." in log(watched)["warnings"]
    decisions.reopen(load_brief(watched.folder), 10, why="an alert", by="Ana")
    assert watched.run(fail_on="alert", ends=10) == [10]
    seal(watched, 10, {"actions": ["reopen:3"]})
    assert watched.run(fail_on="alert") == [10]
    assert log(watched)["exit_code"] == 0
    assert log(watched)["warnings"] == ["Stage 3: the evidence has moved; the sealed decision stands."]


def test_a_flipped_byte_in_the_store_is_found_by_verify_and_computed_again(
    watched: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = (watched.home / "facts.json").read_bytes()
    path = watched.home / "stages" / "09" / "record.json"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    words = ["verify", "--engagement", str(watched.folder), "--out", str(watched.home.parent)]
    assert main(words) != 0
    said = capsys.readouterr()
    assert "store/09/" in said.out + said.err and "record.json" in said.out + said.err
    assert watched.run() == [9]
    assert (watched.home / "facts.json").read_bytes() == facts
    assert main(words) == 0  # of an earlier run only its pages stay
