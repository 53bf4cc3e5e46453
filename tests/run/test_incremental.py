"""What has changed is computed, and nothing else: keys, early cutoff, edited prose, the reader, why, diff, gc."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.engagement import decisions, ledger
from cxlib.engagement.brief import load_brief
from cxlib.errors import LedgerError, UsageError
from cxlib.run import digests, staging, unchanged, upkeep
from cxlib.run.inputs import Inputs
from cxlib.run.notebooks import notebooks
from cxlib.run.order import Order, Run
from cxlib.run.runner import run_chain
from cxlib.run.store import Store
from tests.run.conftest import BRIEF, InProcess, write_chain

TABLES = """\
tables:
  customers: {file: customers.csv}
  transactions: {file: transactions.csv}
"""
CODE = {
    1: "rows = len(stage.table('transactions'))\nstage.say(finding('{rows}', Fact('1.rows', min(rows, 2))))",
    2: "stage.table('customers')",
    4: "stage.say(finding('{sum}', Fact('4.sum', stage.fact('1.rows').value + 1)))",
    5: "stage.say(finding('{evidence}', Fact('5.evidence', stage.brief.thresholds.minimum_stage_n)))",
}


class Bench:
    """A client with two tables and a chain whose stages read this and that; says which stages were computed."""

    def __init__(self, place: Path) -> None:
        self.folder, self.notebooks, self.home = place / "casa", place / "notebooks", place / "out" / "casa"
        self.last: Run | None = None

    def change(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.change(name, text.replace(old, new))

    def cell(self, number: int, old: str, new: str) -> None:
        path = self.notebooks / f"{STAGES[number - 1].slug}.ipynb"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, ends: int = 0, **order: Any) -> list[int]:
        """Run; the stages that were computed. Holds that the run ends with this code."""
        work = InProcess()
        self.last = run_chain(
            Order(str(self.folder), str(self.folder.parent / "out"), notebooks=self.notebooks, **order),
            tell=lambda _line: None,
            execute=work,
        )
        assert self.last.exit_code == ends, self.last.failure
        return [int(name[:2]) for name in work.ran]

    def why(self) -> str:
        return "\n".join(upkeep.why_lines(load_brief(self.folder), self.home, notebooks(self.notebooks)))

    def opening(self, number: int) -> str:
        """What the stage's published notebook opens with."""
        notebook = json.loads(
            (self.home / "notebooks" / f"{STAGES[number - 1].slug}.ipynb").read_text(encoding="utf-8")
        )
        cell = next(cell for cell in notebook["cells"] if "opening" in cell["metadata"].get("tags", []))
        return str("".join(cell["outputs"][0]["data"]["text/html"]))

    def page(self, number: int) -> str:
        return (self.home / f"{STAGES[number - 1].slug}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole run, made once: the tests work on copies of it."""
    place = tmp_path_factory.mktemp("ran")
    made = Bench(place)
    made.folder.mkdir()
    made.change("engagement.yaml", BRIEF + TABLES)
    made.change("customers.csv", "customer_id\nc1\n")
    made.change("transactions.csv", "transaction_id,customer_id,at,revenue\nt1,c1,2026-02-01,5\nt2,c1,2026-02-02,5\n")
    write_chain(made.notebooks, CODE)
    assert made.run() == list(range(1, 11))
    return place


@pytest.fixture
def bench(ran: Path, tmp_path: Path) -> Bench:
    shutil.copytree(ran, tmp_path / "place", symlinks=True)
    return Bench(tmp_path / "place")


def without_since(page: str) -> str:
    """A page without what it says of the run before."""
    return re.sub(r'<section class="since" .*?<!--/since-->', "", page, flags=re.DOTALL)


def test_nothing_is_computed_when_nothing_has_changed(bench: Bench) -> None:
    facts, page = (bench.home / "facts.json").read_bytes(), without_since(bench.page(3))
    assert bench.run() == []
    assert (bench.home / "facts.json").read_bytes() == facts and without_since(bench.page(3)) == page
    assert "Nothing has changed" in bench.page(3)
    assert {row["status"] for row in json.loads((bench.home / "run.json").read_text())["stages"]} == {"cached"}


def test_force_computes_everything(bench: Bench) -> None:
    assert bench.run(force=True) == list(range(1, 11))


def test_a_table_is_computed_with_only_where_it_is_read(bench: Bench) -> None:
    bench.edit("customers.csv", "c1\n", "c1\nc2\n")
    assert "table customers, customers.csv: " in bench.why()
    assert bench.run() == [1, 2, 8]  # whose opening counts its rows


def test_equal_outputs_stop_the_cascade(bench: Bench) -> None:
    """A third transaction: stage 1 says the same facts (it counts to two), so stage 4, which quotes one, is kept."""
    bench.change("transactions.csv", (bench.folder / "transactions.csv").read_text() + "t3,c1,2026-02-03,5\n")
    assert 4 not in bench.run()


def test_a_changed_fact_is_computed_with_where_it_is_quoted(bench: Bench) -> None:
    bench.edit("transactions.csv", "t2,c1,2026-02-02,5\n", "")
    ran = bench.run()
    assert {1, 4} <= set(ran) and not {5, 6, 8} & set(ran)
    facts = {fact["id"]: fact["value"] for fact in json.loads((bench.home / "facts.json").read_text())["facts"]}
    assert (facts["1.rows"], facts["4.sum"]) == (1, 2)


def test_a_block_of_the_brief_is_computed_with_only_where_it_is_read(bench: Bench) -> None:
    bench.change(
        "engagement.yaml", (bench.folder / "engagement.yaml").read_text() + "thresholds: {minimum_stage_n: 140}\n"
    )
    assert "brief thresholds.minimum_stage_n: 100 → 140" in bench.why()
    assert 5 in bench.run()
    bench.change("engagement.yaml", (bench.folder / "engagement.yaml").read_text() + "# a remark\n")
    assert bench.run() == []


def test_a_changed_code_cell_computes_its_stage_and_edited_prose_only_its_page(bench: Bench) -> None:
    bench.cell(6, "Why?", "For what reason?")
    assert bench.run() == []
    notebook = (bench.home / "notebooks" / f"{STAGES[5].slug}.ipynb").read_text(encoding="utf-8")
    assert "For what reason?" in notebook
    bench.cell(6, "6.answer', 42", "6.answer', 43")
    assert "code of the notebook" in bench.why()
    assert bench.run() == [6]
    assert "Stage 6 found 43." in (bench.home / "index.html").read_text(encoding="utf-8")


def test_another_date_is_computed_and_going_back_to_the_first_is_not(bench: Bench) -> None:
    first = (bench.home / "facts.json").read_bytes()
    assert bench.run(as_of="2026-05-31") == list(range(1, 11))
    assert "as_of: 2026-05-31 → 2026-06-30" in bench.why()
    assert bench.run() == []
    assert (bench.home / "facts.json").read_bytes() == first


def test_another_reader_computes_nothing_and_gets_pages_of_his_own(bench: Bench) -> None:
    assert bench.run(audience="workbook") == []
    assert all("open_stage" in bench.page(stage.number) for stage in STAGES)
    assert bench.run() == []
    assert not any("open_stage" in bench.page(stage.number) for stage in STAGES)


CHOSEN: dict[int, dict[str, object]] = {
    1: {"objective": "turnover", "metric": "customers", "target": 5},
    2: {"segment": "all"},
}


def test_a_decision_is_computed_with_from_its_stage_on_and_reopening_it_too(bench: Bench) -> None:
    brief = load_brief(bench.folder)
    for number in (1, 2):
        decisions.seal(brief, bench.home, number, CHOSEN[number], why="so", by="Ana")
    decisions.seal(brief, bench.home, 3, {"stall_step": "sale", "objective_step": "sale"}, why="so", by="Ana")
    ran = bench.run()
    assert ran == list(range(1, 11))
    decisions.reopen(brief, 3, why="no", by="Ana")
    assert "reopening: never → " in bench.why() or "seal of this stage" in bench.why()
    assert bench.run() == list(range(3, 11))
    assert bench.run() == []


def test_a_seal_that_takes_what_was_recommended_computes_its_stage_and_is_said_on_the_pages_after_it(
    bench: Bench,
) -> None:
    bench.cell(1, "Recommendation({}", "Recommendation({'objective': 'turnover'}")
    bench.run()
    assert "(draft)" in bench.opening(5)
    decisions.seal(load_brief(bench.folder), bench.home, 1, {"objective": "turnover"}, why="so", by="Ana")
    assert bench.run() == [1]
    assert "Turnover (binding)" in bench.opening(5) and "Rests on drafts: stages 2, 3, 4." in bench.opening(5)
    assert "(binding)" in bench.page(5)
    fresh = bench.opening(5)
    assert bench.run(force=True) == list(range(1, 11))
    assert bench.opening(5) == fresh  # the words brought up to date are those of a kernel


@pytest.mark.parametrize("part", ["python", "lock"])
def test_another_environment_computes_everything(bench: Bench, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**digests.environment(), part: "other"}
    monkeypatch.setattr(digests, "environment", lambda: other)
    assert "→ other" in bench.why()
    assert bench.run() == list(range(1, 11))


def test_a_library_module_is_computed_with_only_where_it_is_imported(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.cell(7, "stage.finish()", "from cxlib.stages.implementation import raci\\nstage.finish()")
    assert bench.run() == [7]
    digest = digests.file_digest
    monkeypatch.setattr(digests, "file_digest", lambda path: "other" if path.name == "raci.py" else digest(path))
    assert "module cxlib.stages.implementation.raci: " in bench.why()
    assert bench.run() == [7]


def test_modules_are_followed_through_imports() -> None:
    found = digests.closure(
        digests.imported(
            "from cxlib.stages.sales_funnel import (\n    funnel,\n)\n"
            "from cxlib.stages.implementation import raci\nimport cxlib.stage\n"
        )
    )
    assert {
        "cxlib.stages.sales_funnel.funnel",
        "cxlib.stages.implementation.raci",
        "cxlib.stage",
        "cxlib.engagement.records",
        "cxlib",
    } <= set(found)
    assert not {"cxlib.run.runner", "cxlib.report.page", "cxlib.stages.architecture.drivers"} & set(found)


def test_a_stage_run_by_hand_never_touches_the_store_and_serves_the_next_one(bench: Bench) -> None:
    before = {artifact.id: artifact.damage() for artifact in Store(bench.home).all()}
    facts = (bench.home / "facts.json").read_bytes()
    by_hand = {"engagement": str(bench.folder), "out": str(bench.folder.parent / "out"), "as_of": ""}
    for number in (1, 2):
        assert InProcess()(bench.notebooks / f"{STAGES[number - 1].slug}.ipynb", by_hand).failure is None
    assert {artifact.id: artifact.damage() for artifact in Store(bench.home).all()} == before
    assert (bench.home / "live" / "02" / "record.json").is_file() and (bench.home / "facts.json").read_bytes() == facts
    assert bench.run(first=3) == [] and not (bench.home / "live").exists()


@pytest.mark.parametrize("name", ["record.json", "notebook.ipynb", "manifest.json"])
def test_a_damaged_artifact_is_found_and_computed_again(bench: Bench, name: str) -> None:
    facts = (bench.home / "facts.json").read_bytes()
    path = bench.home / "stages" / "02" / name
    path.write_bytes(path.read_bytes()[:-30])
    (found, *_more) = upkeep.problems(bench.home, bench.folder)
    assert (found.startswith("store/02/") and name in found) or "Expecting" in found
    assert bench.run() == [2]
    assert (bench.home / "facts.json").read_bytes() == facts


def test_a_published_file_that_was_changed_is_found_and_published_again(bench: Bench) -> None:
    facts = (bench.home / "facts.json").read_bytes()
    (bench.home / "facts.json").write_text("{}")
    assert list(upkeep.problems(bench.home, bench.folder)) == ["facts.json: not as the run has left it"]
    assert bench.run() == []
    assert (bench.home / "facts.json").read_bytes() == facts


def test_what_differs_between_two_runs_is_told_with_its_verdict(bench: Bench) -> None:
    bench.edit("transactions.csv", "t2,c1,2026-02-02,5\n", "")
    bench.run()
    rows = {row["id"]: row for row in upkeep.difference(bench.home, [])}
    assert (rows["1.rows"]["before"], rows["1.rows"]["after"], rows["1.rows"]["verdict"]) == (2, 1, "cannot tell")
    first, second = (run.name for run in staging.runs(bench.home))
    assert [row["after"] for row in upkeep.difference(bench.home, [second, first]) if row["id"] == "1.rows"] == [2]
    with pytest.raises(UsageError, match="is the beginning of no run's id"):
        upkeep.difference(bench.home, ["x", first])


def turnover_sealed(bench: Bench, why: str = "so") -> None:
    """Seal stage 1 as it is recommended, so that no choice changes."""
    decisions.seal(load_brief(bench.folder), bench.home, 1, {"objective": "turnover"}, why=why, by="Ana")


@pytest.mark.parametrize("again", [False, True], ids=["gone", "another entry"])
def test_decisions_that_are_no_longer_there_are_missed(bench: Bench, again: bool) -> None:
    bench.cell(1, "Recommendation({}", "Recommendation({'objective': 'turnover'}")
    bench.run()
    turnover_sealed(bench)
    bench.run(force=True)
    assert bench.run() == []
    upkeep.collect(bench.home, 1)  # and nothing is left from before the decision
    file = bench.folder / "decisions.jsonl"
    before = file.read_bytes()
    file.unlink()
    if again:
        ledger.append(bench.folder, {"kind": "reopen", "stage": 1, "why": "so", "by": "Ana", "unseals": []})
    with pytest.raises(LedgerError, match=r"entry 1, which .* knows, is missing"):
        bench.run()
    file.write_bytes(before)
    assert bench.run() == []


def test_of_two_results_made_from_the_same_the_last_one_is_kept(bench: Bench) -> None:
    first = bench.home.joinpath("stages", "06").resolve()
    bench.run(force=True)
    last = bench.home.joinpath("stages", "06").resolve()
    assert bench.run() == [] and bench.home.joinpath("stages", "06").resolve() == last != first
    assert [artifact.folder.resolve() for artifact in Store(bench.home).artifacts(6)] == [last, first]


@pytest.mark.parametrize("tag", digests.EXECUTION_TAGS)
def test_a_tag_that_changes_how_a_cell_is_run_counts_as_code_another_does_not(tmp_path: Path, tag: str) -> None:
    def digest(*tags: str) -> str:
        cell = {"cell_type": "code", "source": "1", "metadata": {"tags": list(tags)}}
        (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell]}))
        return digests.NotebookText(tmp_path / "a.ipynb").code_digest()

    assert digest(tag) != digest() == digest("internal")


@pytest.mark.parametrize("maker", ["run/pages.py", "report/page.py", "report/notice.py", "show/opening.py"])
def test_another_maker_of_pages_is_another_reader(bench: Bench, maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Inputs(load_brief(bench.folder), notebooks(bench.notebooks)).reader
    digest = digests.file_digest
    other = digests.PACKAGE / maker
    monkeypatch.setattr(digests, "file_digest", lambda path: "other" if path == other else digest(path))
    assert Inputs(load_brief(bench.folder), notebooks(bench.notebooks)).reader != before


CHANGES: dict[str, Callable[[Bench], None]] = {
    "a page is gone": lambda bench: (bench.home / "index.html").unlink(),
    "a page has come": lambda bench: (bench.home / "more.html").touch(),
    "a page was changed": lambda bench: (bench.home / "summary.html").write_text(""),
    "the facts were changed": lambda bench: (bench.home / "facts.json").write_text("{}"),
    "a table of the store was changed": lambda bench: (bench.home / "stages" / "03" / "record.json").write_text("{}"),
    "a stage was run by hand": lambda bench: (bench.home / "live").mkdir(),
    "the data are newer": lambda bench: bench.edit("customers.csv", "c1", "c2"),
    "a decision was taken": lambda bench: bench.change("decisions.jsonl", "{}"),
    "prose was edited": lambda bench: bench.cell(6, "Why?", "What for?"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_there_is_something_to_do_when_anything_has_changed(
    bench: Bench, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench.run() == []
    wanted = unchanged.asked(str(bench.folder), "", "report", "", str(bench.folder.parent / "out"))
    assert unchanged.nothing_to_do(wanted)
    assert unchanged.nothing_to_do({**wanted, "audience": "workbook"}) is None
    CHANGES[change](bench)
    assert unchanged.nothing_to_do(wanted) is None


def test_another_environment_or_package_is_something_to_do(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run()
    wanted = unchanged.asked(str(bench.folder), "", "report", "", str(bench.folder.parent / "out"))
    package = unchanged._package()
    monkeypatch.setattr(unchanged, "_package", lambda: [*package, Path("new.py")])
    assert unchanged.nothing_to_do(wanted) is None
    monkeypatch.setattr(unchanged, "_package", lambda: package)
    assert unchanged.nothing_to_do(wanted)
    monkeypatch.setattr(digests, "environment", lambda: {"python": "other"})
    assert unchanged.nothing_to_do(wanted) is None


def test_a_result_that_the_report_rests_on_and_is_gone_is_found(bench: Bench) -> None:
    shutil.rmtree((bench.home / "stages" / "02").resolve())
    assert [found for found in upkeep.problems(bench.home, bench.folder) if "what stage 2 has left is gone" in found]


def test_the_published_run_stays_however_many_have_failed_since(bench: Bench) -> None:
    published = staging.published(bench.home)
    bench.cell(2, "stage.table('customers')", "1 / 0")
    for _attempt in range(2):
        bench.run(ends=1)
    assert upkeep.collect(bench.home, 1)[0] == 1
    assert staging.published(bench.home) == published and list(upkeep.problems(bench.home, bench.folder)) == []


def test_old_runs_go_and_what_is_published_stays(bench: Bench) -> None:
    for day in ("2026-05-31", "2026-04-30", ""):
        bench.run(as_of=day)
    assert upkeep.collect(bench.home, 1) == (3, 20)
    assert len(staging.runs(bench.home)) == 1 and list(upkeep.problems(bench.home, bench.folder)) == []
    assert bench.run() == []
    with pytest.raises(UsageError, match="would keep no report"):
        upkeep.collect(bench.home, 0)


def test_a_run_with_nothing_to_do_loads_none_of_the_big_libraries(bench: Bench) -> None:
    assert bench.run() == []  # whose note names the files of this copy
    code = (
        "import sys\nfrom pathlib import Path\nfrom cxlib.run.unchanged import asked, nothing_to_do\n"
        f"assert nothing_to_do(asked({str(bench.folder)!r}, '', 'report', '', {str(bench.folder.parent / 'out')!r}))\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'papermill', 'nbconvert', 'nbformat', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.stdout == "[]\n", done.stdout + done.stderr
    assert json.loads((bench.home / "run.json").read_text())["confirmed"]
