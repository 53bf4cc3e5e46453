"""The dictionary of a run: every fact that it wrote, in words, beside the overview and under the stages' pages."""

from __future__ import annotations

import json
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from cxlib.chain import STAGES
from cxlib.exports.book import Book
from cxlib.facts import Fact
from cxlib.report.dictionary_page import dictionary_page
from cxlib.report.explain import DICTIONARY
from cxlib.report.view import Frame

FRAME = Frame(company="Hogar Claro", lang="en", as_of="30 Jun 2026")
FACTS = (
    Fact("1.level", 80.0, 70.0, 90.0, 40, "money", formula="mean of twelve months", inputs=("transactions",)),
    Fact("1.gap", 240.0, unit="money", formula="12 × (target − level)", inputs=("1.level", "1.target")),
    Fact("4.penalty_delivery", None, formula="regression <b>", n_of="answers"),
)


def rows(page: str) -> dict[str, list[Tag]]:
    """The cells of each row by the id of its fact."""
    soup = BeautifulSoup(page, "html.parser")
    return {str(row["id"]): row.find_all(["th", "td"]) for row in soup.select("table.dictionary tbody tr")}


def words(cell: Tag) -> str:
    return " ".join(cell.get_text(" ").split())


def test_a_row_says_label_id_value_with_its_evidence_grade_formula_and_inputs() -> None:
    found = rows(dictionary_page(FRAME, FACTS))
    assert [words(cell) for cell in found["1.level"]] == [
        "Level 1.level",
        "€80.00 (95% interval €70.00 to €90.00, n = 40)",
        "measured",
        "mean of twelve months",
        "transactions",
    ]
    assert found["1.level"][1].select_one(".ev").text.startswith("(95% interval")


def test_an_input_that_the_run_wrote_leads_to_its_row_and_another_is_named() -> None:
    cell = rows(dictionary_page(FRAME, FACTS))["1.gap"][4]
    assert [link["href"] for link in cell.find_all("a")] == ["#1.level"] and words(cell) == "level , 1.target"


def test_what_cannot_be_told_or_was_withheld_has_no_value_and_no_n() -> None:
    cells = rows(dictionary_page(FRAME, FACTS))["4.penalty_delivery"]
    assert [words(cell) for cell in cells[1:]] == ["cannot tell", "cannot tell", "regression <b>", "–"]


def test_stages_without_a_fact_have_no_chapter_and_a_run_without_facts_says_so() -> None:
    soup = BeautifulSoup(dictionary_page(FRAME, FACTS), "html.parser")
    assert [section["id"] for section in soup.select("main section")] == ["stage-1", "stage-4"]
    empty = BeautifulSoup(dictionary_page(FRAME, ()), "html.parser")
    assert empty.table is None and "No stage has run" in empty.main.text


def test_its_tables_have_captions_and_scopes_and_a_box_that_scrolls() -> None:
    for table in BeautifulSoup(dictionary_page(FRAME, FACTS), "html.parser").find_all("table"):
        assert table.caption.text.startswith("Numbers of stage ")
        assert {cell["scope"] for cell in table.select("thead th")} == {"col"}
        assert {cell["scope"] for cell in table.select("tbody th")} == {"row"}
        assert table.parent["class"] == ["scroll"] and table.parent["tabindex"] == "0"


def test_it_holds_every_fact_of_the_run_in_the_order_of_the_stages(sample_run: Path) -> None:
    written = json.loads((sample_run / "facts.json").read_text(encoding="utf-8"))["facts"]
    found = rows((sample_run / DICTIONARY).read_text(encoding="utf-8"))
    assert list(found) == [fact["id"] for fact in sorted(written, key=lambda fact: fact["stage"])]
    for fact in map(Fact.from_json, written):
        assert words(found[fact.id][1]) == f"{fact:full}".replace("\u00a0", " "), fact.id
        assert bool(fact.formula) is (words(found[fact.id][3]) != "–"), fact.id


def test_the_overview_and_every_stage_lead_to_it(sample_run: Path) -> None:
    page = BeautifulSoup((sample_run / DICTIONARY).read_text(encoding="utf-8"), "html.parser")
    for stage in STAGES:
        foot = BeautifulSoup((sample_run / f"{stage.slug}.html").read_text(encoding="utf-8"), "html.parser").footer
        (link,) = foot.select(f'a[href^="{DICTIONARY}"]')
        assert page.find(id=link["href"].partition("#")[2]), stage.slug
    overview = BeautifulSoup((sample_run / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert overview.main.find("a", href=DICTIONARY) is not None


def test_a_run_that_hides_small_groups_hides_them_here(strict_run: Path) -> None:
    facts = [Fact.from_json(fact) for fact in json.loads((strict_run / "facts.json").read_text())["facts"]]
    hidden = [fact.id for fact in facts if not fact.known]
    found = rows((strict_run / DICTIONARY).read_text(encoding="utf-8"))
    assert "10.awareness" in hidden  # 49 persons, and this client shows no group below a hundred
    assert {words(found[id][1]) for id in hidden} == {"cannot tell"}


def test_it_is_published_verified_and_kept_as_the_run_left_it(sample_run: Path, root: Path, tmp_path: Path) -> None:
    import shutil

    from cxlib.run.staging import published
    from cxlib.run.upkeep import problems

    home = Path(shutil.copytree(sample_run, tmp_path / "sample", symlinks=True))
    folder = root / "data" / "sample"
    kept = published(home)
    assert kept is not None and (kept / DICTIONARY).read_bytes() == (home / DICTIONARY).read_bytes()
    assert list(problems(home, folder)) == []
    (home / DICTIONARY).write_text("other", encoding="utf-8")
    assert list(problems(home, folder)) == [f"{DICTIONARY}: not as the run has left it"]
    (home / DICTIONARY).unlink()
    assert list(problems(home, folder)) == [f"{DICTIONARY}: not as the run has left it"]


def test_it_is_the_last_chapter_of_the_book(sample_run: Path, root: Path) -> None:
    from cxlib.engagement.brief import load_brief
    from cxlib.exports.binding import bound
    from cxlib.exports.book import open_book

    book: Book = open_book(load_brief(root / "data" / "sample"), sample_run)
    soup = BeautifulSoup(bound(book), "html.parser")
    chapters = [chapter["id"] for chapter in soup.select("main.chapter")]
    assert chapters[-1] == "dictionary" and len(chapters) == 13
    assert soup.select("#dictionary table.dictionary") and soup.find("a", href="#dictionary--1.baseline")
    assert [link["href"] for link in soup.select("nav.contents > ol > li > a")][-1] == "#dictionary"
