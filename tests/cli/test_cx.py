"""The command line: words, exit codes, the next step, and how little it loads."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cxlib.chain import STAGES
from cxlib.cli import main
from cxlib.cli.grammar import verb_names
from cxlib.cli.verbs import VERBS
from cxlib.run.order import Order
from cxlib.run.runner import run_chain
from tests.run.conftest import BRIEF, InProcess, write_chain


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small client `casa` and its reports in `out`, run once."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "casa").mkdir()
    (folder / "casa" / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    order = Order(str(folder / "casa"), str(folder / "out"), notebooks=write_chain(folder / "notebooks"))
    run_chain(order, tell=lambda _line: None, execute=InProcess())
    return folder


@pytest.fixture
def there(ran: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(ran)
    return ran


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["rnu"],
            "cx: command: 'rnu' is not a command; did you mean 'run'? Commands are " + ", ".join(verb_names()) + ".",
        ),
        (["run", "--ot", "x"], "cx: cx run: '--ot' is not expected; did you mean '--out'? `cx run --help` shows how."),
        (
            ["decide"],
            "cx: cx decide: the following arguments are required: N, KEY=VALUE. `cx decide --help` shows how.",
        ),
        (
            ["decide", "x"],
            "cx: cx decide: argument N: 'x' is not a stage; a stage is a whole number from 1 to 10. "
            "`cx decide --help` shows how.",
        ),
        (
            ["explain"],
            "cx: cx explain: no number is named. A number has a name like 3.value_at_stake. "
            "`cx explain --list` lists them all.",
        ),
        (
            ["run", "--audience", "studnt", "casa"],
            "cx: --audience studnt: there is no such audience; did you mean 'student'? "
            "Readers are report, workbook, student.",
        ),
        (
            ["run", "--as-of", "2026-13-01", "casa"],
            "cx: parameter as_of: '2026-13-01' is not a date. A date is YYYY-MM-DD, "
            "e.g. 2026-06-30; empty means the date of the brief.",
        ),
        (
            ["status", "nowhere"],
            "cx: parameter engagement: 'nowhere' does not exist. An engagement is a folder with an "
            "engagement.yaml, or that file. Correct the path, or make an engagement with `cx new NAME`.",
        ),
        (
            ["decide", "3", "stall=quote", "--engagement", "casa"],
            "cx: decision of stage 3: 'stall' is not decided here; "
            "did you mean 'stall_step'? Stage 3 decides stall_step, objective_step.",
        ),
    ],
)
def test_wrong_use_ends_with_2_and_one_clear_line(
    there: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.strip() == message


def test_status_shows_ten_stages_and_ends_with_the_next_step(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "casa", "--out", "out"]) == 0
    text = capsys.readouterr().out
    assert all(stage.title in text for stage in STAGES)
    assert "Stalled step: Quote; Objective step: Sale" in text and "Stage 3 found 42." in text
    assert text.splitlines()[-1].strip() == (
        'cx decide 1 objective=… metric=… target=… deadline=… --why "…" --by "…" --engagement casa --out out'
    )


def test_status_as_json_is_one_document(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "casa", "--out", "out", "--json"]) == 0
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert [one["state"] for one in stages] == ["open", "open", "draft", *["open"] * 7]


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `cx explain` prints; the texts themselves are the report's."""
    pytest.importorskip("cxlib.report.explain")
    assert main(["explain", *words]) == 0
    return capsys.readouterr().out


def test_explain_opens_a_number_to_its_formula_grade_and_decision(
    there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = explained(capsys, "3.answer", "--engagement", "casa", "--out", "out")
    for words in ("3.answer = 42", "Sales funnel", "Evidence: observed", "Formula:", "Stalled step: Quote"):
        assert words in text
    assert text.splitlines()[-1] == "Next: `cx status casa --out out` shows what rests on it"


def test_an_unknown_number_is_refused(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cxlib.report.explain")
    assert main(["explain", "3.anwser", "--engagement", "casa", "--out", "out"]) == 2
    said = capsys.readouterr().err
    assert "explain 3.anwser: there is no such fact" in said


def test_explain_works_without_a_run_and_without_an_engagement(
    tmp_path: Path, there: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what the number would be, and how to get it."""
    dictionary = pytest.importorskip("cxlib.dictionary")
    declared = [entry for number in range(1, 11) for entry in dictionary.entries(number).values()]
    if not declared:
        pytest.skip("no stage has declared its facts yet")
    plain = next(entry for entry in declared if "{" not in entry.id)
    text = explained(capsys, plain.id, "--engagement", "casa", "--out", "elsewhere")
    assert plain.label in text and text.splitlines()[-1] == "Next: `cx run casa --out elsewhere` computes it"
    monkeypatch.chdir(tmp_path)
    assert "cx new NAME" in explained(capsys, plain.id)
    every, some = explained(capsys, "--list"), explained(capsys, "--list", str(plain.stage))
    assert plain.id in some and plain.id in every and "`cx explain ID`" in every
    assert [entry.id for entry in declared if entry.stage != plain.stage and f" {entry.id} " in some] == []


def test_a_decision_out_of_order_ends_with_4_and_says_what_is_first(
    there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", "3", "--why", "y", "--by", "me", "--engagement", "casa", "--out", "out"]) == 4
    assert "stage 1 is still a draft" in capsys.readouterr().err


def test_a_decision_is_sealed_shown_in_history_refreshes_the_overview_and_can_be_reopened(
    ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Path(shutil.copytree(ran, tmp_path / "copy"))
    monkeypatch.chdir(there)
    where = ["--engagement", "casa", "--out", "out"]
    choice = ["objective=gross_margin", "metric=margin", "target=1000", "deadline=2027-06-30"]
    command = ["decide", "1", *choice, "--why", "the plan", "--by", "the board", *where]
    assert main(command) == 2 and "nobody has looked at the stage" in capsys.readouterr().err
    assert main(["options", "1", *where]) == 0
    assert "cx decide 1" in capsys.readouterr().out
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "Target: " in said and "Sealed: stage 1, Business objective." in said
    assert "1 of 10 decisions are binding." in (there / "out" / "casa" / "index.html").read_text(encoding="utf-8")
    assert main(["history", *where]) == 0
    assert "seals stage 1 (Business objective): Objective: Gross margin" in capsys.readouterr().out
    assert main(["reopen", "1", "--why", "new plan", "--by", "the board", *where]) == 0
    text = capsys.readouterr().out
    assert "Reopened: stage 1. Drafts again: 1." in text and "cx run casa --out out" in text


def test_open_prints_where_the_report_is(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "casa", "--out", "out"]) == 0
    where, following = capsys.readouterr().out.splitlines()[:2]
    assert where == str(there / "out" / "casa" / "index.html")
    assert following.startswith("Next: ")


def test_open_without_a_report_says_how_to_make_one(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "casa", "--out", "elsewhere"]) == 1
    assert "there is no report yet. Run the chain: `cx run casa --out elsewhere`." in capsys.readouterr().err


def test_doctor_says_what_it_found(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])
    text = capsys.readouterr().out
    for words in ("Python", "Packages", "Kernel", "Notebooks", "Reports", "Encoding", "Environment", "Next: "):
        assert words in text


def test_an_unforeseen_error_shows_a_traceback_only_with_debug(
    there: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VERBS, "open", lambda given: 1 // 0)
    assert main(["open"]) == 1
    quiet = capsys.readouterr().err
    assert "Traceback" not in quiet and "ZeroDivisionError" in quiet and "--debug" in quiet
    assert main(["open", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(given: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(VERBS, "open", interrupted)
    assert main(["open"]) == 130
    assert "Whatever was finished is kept" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["status", "casa", "--out", "out"]])
def test_help_and_status_load_nothing_heavy(there: Path, words: list[str]) -> None:
    script = (
        "import sys\nfrom cxlib.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'papermill', 'nbconvert', 'nbformat'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
