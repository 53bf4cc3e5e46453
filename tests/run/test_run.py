"""The run: order, files, what a stop leaves behind, exit codes."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.errors import ChainError, LockedError, UsageError
from cxlib.report.standing import next_step, standings
from cxlib.run.execute import Executed, Failure
from cxlib.run.order import Order, Run
from cxlib.run.runner import run_chain
from tests.run.conftest import InProcess, write_chain

HERE = "raise __import__('cxlib.errors', fromlist=['x']).TableError('responses.csv', '3 scores outside 0–10')"


def run(client: Path, work: Any, code: dict[int, str] | None = None, **order: Any) -> Run:
    folder = client.parent / "notebooks"
    notebooks = folder if folder.exists() else write_chain(folder, code)
    lines: list[str] = []
    done = run_chain(
        Order(str(client), str(client.parent / "out"), notebooks=notebooks, **order), tell=lines.append, execute=work
    )
    done.home.joinpath("told.txt").write_text("\n".join(lines), encoding="utf-8")
    return done


def page(done: Run, number: int) -> str:
    return (done.home / f"{STAGES[number - 1].slug}.html").read_text(encoding="utf-8")


def test_a_run_leaves_ten_pages_ten_notebooks_an_index_facts_and_a_log(client: Path, in_process: InProcess) -> None:
    done = run(client, in_process)
    assert done.exit_code == 0
    assert in_process.ran == [stage.slug for stage in STAGES]
    for stage in STAGES:
        assert (done.home / f"{stage.slug}.html").is_file() and (
            done.home / "notebooks" / f"{stage.slug}.ipynb"
        ).is_file()
    facts = json.loads((done.home / "facts.json").read_text(encoding="utf-8"))["facts"]
    assert {fact["stage"] for fact in facts} == set(range(1, 11))
    log = json.loads((done.home / "run.json").read_text(encoding="utf-8"))
    assert log["status"] == "done" and log["finished"] and len(log["stages"]) == 10 and log["facts"]["sha256"]
    assert log["versions"]["papermill"] and log["parameters"]["as_of"] == "2026-06-30"
    assert not list(done.home.rglob("*.tmp")) and not [p for p in done.home.rglob(".*") if p.name != ".lock"]


def test_progress_is_one_line_per_stage_with_seconds(client: Path, in_process: InProcess) -> None:
    lines = (run(client, in_process).home / "told.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 10
    assert all(line[:2].strip() == str(n) and " s  " in line for n, line in enumerate(lines, start=1))


def test_the_overview_shows_ten_decisions_with_state_result_and_freshness(client: Path, in_process: InProcess) -> None:
    html = (run(client, in_process).home / "index.html").read_text(encoding="utf-8")
    for stage in STAGES:
        assert f'href="{stage.slug}.html"' in html and f"Stage {stage.number} found 42." in html
    for words in (
        "Stalled step:</span> Quote",
        "Objective step:</span> Sale",
        "Undecided",
        "Draft",
        "Data up to 30 Jun 2026",
        "Next step",
        "cx decide 1 objective=…",
    ):
        assert words in html
    assert html.count("<h1") == 1 and "<script" not in html and 'lang="en"' in html
    assert str(client.parent) not in html


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        (HERE, 3, "responses.csv: 3 scores outside 0–10."),
        ("raise __import__('cxlib.errors', fromlist=['x']).ChoiceError('stage 3', 'outside')", 4, "stage 3: outside."),
        ("1 / 0", 1, "The stage met an error that it has no words for: ZeroDivisionError: division by zero"),
    ],
)
def test_a_stop_has_its_exit_code_and_a_page_in_plain_words(
    client: Path, in_process: InProcess, code: str, exit_code: int, words: str
) -> None:
    done = run(client, in_process, {3: code})
    assert done.exit_code == exit_code and in_process.ran[-1] == "03_sales_funnel"
    assert words in page(done, 3) and "What to do" in page(done, 3) and "--from 3" in page(done, 3)
    assert "Traceback" not in page(done, 3) and "File &#34;" not in page(done, 3)


def test_the_stages_after_a_stop_wait_and_say_for_which(client: Path, in_process: InProcess) -> None:
    done = run(client, in_process, {3: "1 / 0"})
    assert "This stage waits for stage 3, Sales funnel." in page(done, 7)
    rows = json.loads((done.home / "run.json").read_text(encoding="utf-8"))["stages"]
    assert [row["status"] for row in rows] == ["done", "done", "failed", *["blocked"] * 7]
    index = (done.home / "index.html").read_text(encoding="utf-8")
    assert "1 stage stopped." in index and "Stopped" in index and "Blocked" in index


def test_a_run_goes_on_from_the_stage_that_stopped(client: Path, in_process: InProcess) -> None:
    run(
        client,
        in_process,
        {3: "import pathlib; assert pathlib.Path(stage.brief.folder / 'mended').exists(), 'not yet'"},
    )
    (client / "mended").touch()
    again = InProcess()
    done = run(client, again, first=3)
    assert done.exit_code == 0 and again.ran == [stage.slug for stage in STAGES[2:]]
    rows = json.loads((done.home / "run.json").read_text(encoding="utf-8"))["stages"]
    assert [row["status"] for row in rows] == ["kept"] * 2 + ["done"] * 8


def test_starting_at_a_stage_before_the_ones_it_rests_on_is_refused(client: Path, in_process: InProcess) -> None:
    with pytest.raises(ChainError, match=r"stage 4: it cannot open: stage 1 \(Business objective\) has not run"):
        run(client, in_process, first=4)


def test_a_stage_that_leaves_no_record_is_a_failure(client: Path) -> None:
    def idle(source: Path, parameters: dict[str, str]) -> Executed:
        import nbformat

        return Executed(nbformat.read(source, 4))

    done = run(client, idle)
    assert done.exit_code == 1 and "it ended without a record" in page(done, 1)


def test_a_killed_kernel_is_told_as_such_and_ends_with_138(client: Path) -> None:
    done = run(client, lambda source, parameters: Executed(None, Failure("killed", "Kernel died", 138)))
    assert done.exit_code == 138 and "run out of memory" in page(done, 1)
    assert not (done.home / "notebooks" / "01_business_objective.ipynb").exists()


def test_an_interrupt_is_logged_and_passed_on(client: Path) -> None:
    def interrupted(_source: Path, _parameters: dict[str, str]) -> Executed:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(client, interrupted)
    assert json.loads((client.parent / "out" / "casa" / "run.json").read_text())["status"] == "interrupted"


def test_files_of_another_engagement_are_left_alone(client: Path, in_process: InProcess) -> None:
    other = client.parent / "out" / "other" / "index.html"
    other.parent.mkdir(parents=True)
    other.write_text("theirs")
    run(client, in_process, {1: "1 / 0"})
    assert other.read_text() == "theirs" and sorted(p.name for p in other.parent.iterdir()) == ["index.html"]


def test_a_second_run_of_one_engagement_is_refused_and_names_the_first(client: Path, in_process: InProcess) -> None:
    home = client.parent / "out" / "casa"
    home.mkdir(parents=True)
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"run abc, process 1")
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(LockedError, match="another run holds it: run abc, process 1") as refused:
        run(client, in_process)
    os.close(descriptor)
    assert refused.value.exit_code == 75


def test_an_output_that_cannot_be_written_is_a_usage_error(client: Path, in_process: InProcess) -> None:
    (client.parent / "out").write_text("a file")
    with pytest.raises(UsageError, match=r"it cannot be written"):
        run(client, in_process)


def test_a_suggested_command_can_be_pasted_whatever_the_folders_are_called(client: Path, in_process: InProcess) -> None:
    done = run(client, in_process, {3: "1 / 0"}, named="la casa")
    assert "cx run &#39;la casa&#39; --from 3" in page(done, 3)
    assert (
        next_step(standings(done.brief, done.home), "la casa", "a b").command == "cx run 'la casa' --from 3 --out 'a b'"
    )


def test_the_date_is_passed_on_and_shown(client: Path, in_process: InProcess) -> None:
    done = run(client, in_process, as_of="2026-03-31")
    assert "Data up to 31 Mar 2026" in page(done, 1)
    assert json.loads((done.home / "run.json").read_text())["parameters"]["as_of"] == "2026-03-31"


def test_a_run_for_another_reader_leaves_no_page_for_the_one_before(client: Path, in_process: InProcess) -> None:
    assert "open_stage" in page(run(client, in_process, audience="workbook"), 1)
    done = run(client, InProcess(), first=10)
    assert all("open_stage" not in page(done, stage.number) for stage in STAGES)


def test_a_page_that_cannot_be_made_is_a_failure_of_its_stage(
    client: Path, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are made beside the run, so the stages after it have run by then."""
    from cxlib.run import pages

    inner = pages.write_stage

    def write(run: Run, stage: Any, notebook: Any) -> None:
        if stage.number == 3:
            raise UsageError("page 3", "no room for it")
        inner(run, stage, notebook)

    monkeypatch.setattr(pages, "write_stage", write)
    done = run(client, in_process)
    assert done.exit_code == 2 and len(in_process.ran) == 10
    assert "page 3: no room for it." in page(done, 3) and "could not be finished" not in page(done, 4)
