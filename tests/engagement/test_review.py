"""Comments and approvals: a second person, a number that is talked about, two branches that are merged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cxlib.cli import main
from cxlib.engagement import ledger, review
from cxlib.engagement.brief import Brief, load_brief
from cxlib.errors import ChainError, LedgerError, UsageError
from cxlib.report.standing import standings
from cxlib.run.order import Order, Run
from cxlib.run.runner import run_chain
from tests.run.conftest import BRIEF, InProcess, write_chain

SEAL = {
    "kind": "seal",
    "stage": 1,
    "choice": {},
    "recommended": {},
    "why": "It pays",
    "by": "Ana Ruiz",
    "override": False,
}


@pytest.fixture
def brief(client: Path) -> Brief:
    return load_brief(client)


@pytest.fixture
def client(tmp_path: Path) -> Path:
    folder = tmp_path / "casa"
    folder.mkdir()
    (folder / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    return folder


def test_a_comment_is_about_a_declared_number_or_a_decision(brief: Brief) -> None:
    review.comment(brief, "3.value_at_stake", "Is this\na year?", by="Luis")
    review.comment(brief, "3", "Too late?", by="Luis")
    assert [one["text"] for one in review.comments(brief, 3)] == ["Is this a year?", "Too late?"]
    assert review.comments(brief, 4) == []


@pytest.mark.parametrize("about", ["3.valeu_at_stake", "11", "0", "", "3.", "x.y", "../3"])
def test_a_comment_on_nothing_is_refused(brief: Brief, about: str) -> None:
    with pytest.raises(UsageError, match="neither a number nor a decision"):
        review.comment(brief, about, "?", by="Luis")
    assert not (brief.folder / review.FILE).exists()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2_001, "a\x07b"])
def test_a_comment_is_a_text(brief: Brief, text: str) -> None:
    with pytest.raises(UsageError):
        review.comment(brief, "3", text, by="Luis")


def test_a_second_person_approves_and_a_first_cannot(brief: Brief) -> None:
    with pytest.raises(ChainError, match="not sealed"):
        review.approve(brief, 1, by="Luis")
    ledger.append(brief.folder, SEAL)
    for same in ("Ana Ruiz", " ana  RUIZ ", "Ána Ruíz"):
        with pytest.raises(UsageError, match="has sealed it"):
            review.approve(brief, 1, by=same)
    assert [seen.stage for seen in review.waiting(brief)] == [1]
    review.approve(brief, 1, by="Luis")
    assert review.waiting(brief) == []
    with pytest.raises(UsageError, match="already"):
        review.approve(brief, 1, by="LUIS")
    with pytest.raises(UsageError, match="Nobody has signed"):
        review.approve(brief, 1, by=" ")


def test_an_approval_counts_for_its_seal_and_for_no_later_one(brief: Brief) -> None:
    ledger.append(brief.folder, SEAL)
    review.approve(brief, 1, by="Luis")
    ledger.append(brief.folder, {"kind": "reopen", "stage": 1, "why": "x", "by": "Ana", "unseals": [1]})
    ledger.append(brief.folder, {**SEAL, "why": "Again"})
    assert [seen.stage for seen in review.waiting(brief)] == [1]


@pytest.mark.parametrize(
    "change", [("It", "He"), ("Luis", "Eva"), ('"about":"3"', '"about":"4"'), ("{", "<<<<<<< HEAD\n{")]
)
def test_a_changed_line_is_named_and_nothing_is_added(brief: Brief, change: tuple[str, str]) -> None:
    review.comment(brief, "3", "It holds", by="Luis")
    path = brief.folder / review.FILE
    path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    changed = path.read_bytes()
    with pytest.raises(LedgerError, match="line 1"):
        review.comment(brief, "3", "More", by="Luis")
    assert path.read_bytes() == changed


def test_two_branches_are_merged_and_everything_is_whole(brief: Brief) -> None:
    def git(*words: str) -> None:
        signed = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        subprocess.run(signed, cwd=brief.folder, check=True, capture_output=True)

    git("init", "-qb", "main")
    git("add", "-A")
    git("commit", "-qm", "Brief")
    git("checkout", "-qb", "luis")
    review.comment(brief, "3.value_at_stake", "Luis says", by="Luis")
    git("add", "-A")
    git("commit", "-qm", "Luis")
    git("checkout", "-q", "main")
    ledger.append(brief.folder, SEAL)
    review.comment(brief, "1", "Ana says", by="Ana")
    git("add", "-A")
    git("commit", "-qm", "Ana")
    git("merge", "-q", "--no-edit", "luis")
    assert ledger.verify(brief.folder) == 1
    assert {one["text"] for one in review.comments(brief)} == {"Luis says", "Ana says"}
    for name in ("luis", "main"):  # both go on from the merge, and are merged again
        git("checkout", "-q", name)
        git("merge", "-q", "--no-edit", "main") if name == "luis" else None
        review.approve(brief, 1, by=f"The one of {name}")
        git("add", "-A")
        git("commit", "-qm", name)
    git("merge", "-q", "--no-edit", "luis")
    (seen,) = review.seals_seen(brief)
    assert set(seen.approved_by) == {"The one of luis", "The one of main"}
    assert ledger.verify(brief.folder) == 1 and len(review.read_review(brief.folder)) == 4


def run(folder: Path, audience: str = "report", **order: bool) -> Run:
    chain = folder.parent / "chain"
    named = chain if chain.is_dir() else write_chain(chain)
    given = Order(str(folder), str(folder.parent / "out"), audience=audience, notebooks=named, **order)  # type: ignore[arg-type]
    return run_chain(given, tell=lambda _line: None, execute=InProcess())


def test_comments_are_in_the_workbook_and_never_in_what_a_client_sees(client: Path) -> None:
    run(client)
    where = ["--engagement", str(client), "--out", str(client.parent / "out")]
    assert main(["comment", "3.value_at_stake", "<b>Hardly</b> believable", "--by", "Luis", *where]) == 0
    page = client.parent / "out" / "casa" / "03_sales_funnel.html"
    run(client)
    assert "believable" not in page.read_text(encoding="utf-8")
    run(client, "workbook")
    assert "&lt;b&gt;Hardly&lt;/b&gt; believable" in page.read_text(encoding="utf-8")
    run(client)
    every = [path for path in (client.parent / "out").rglob("*.html") if "runs" not in path.parts]
    assert not [path for path in every if "believable" in path.read_text(encoding="utf-8")]


def test_where_the_brief_asks_for_two_a_seal_waits_for_the_second(
    client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (client / "engagement.yaml").write_text(BRIEF + "approval: two\n", encoding="utf-8")
    home = run(client).home
    where = ["--engagement", str(client), "--out", str(client.parent / "out")]
    sealing = ["objective=turnover", "metric=customers", "target=5", "deadline=2027-01-01"]
    assert main(["decide", "1", *sealing, "--why", "It pays", "--by", "Ana", "--unread", *where]) == 0
    assert "It waits for a second person." in standings(load_brief(client), home)[0].sentence
    assert 1 in run(client, strict=True).undecided()
    capsys.readouterr()
    assert main(["review", *where]) == 0
    said = capsys.readouterr().out
    assert "whom the brief asks for" in said and 'cx approve 1 --by "…" --engagement' in said
    assert main(["approve", "1", "--by", "Luis", *where]) == 0
    assert "Approved by Luis." in standings(load_brief(client), home)[0].sentence
    assert 1 not in run(client, strict=True).undecided()
    assert main(["review", *where]) == 0
    assert "No sealed decision waits" in capsys.readouterr().out
