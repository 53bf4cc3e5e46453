"""A whole run searched for small groups: facts, sentences, alternative texts, tables of pages, slides."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.engagement.brief import load_brief
from cxlib.exports.book import PERSONAL, Book, open_book
from cxlib.exports.charts import chart_of
from cxlib.facts import Fact
from cxlib.language import number, speak
from cxlib.report.explain import DICTIONARY

ROW = re.compile(r"<tr[^>]*>(?:(?!</tr>).)*</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
SMALL_N = re.compile(r"\bn = (\d{1,2})\b(?![.,\d])")
CHECKS = 8  # the slide of this stage counts checks, not persons
MINIMUM = {"sample_run": 5, "strict_run": 100}


@pytest.fixture(scope="module", params=list(MINIMUM))
def ran(request: pytest.FixtureRequest) -> tuple[Book, int]:
    """The sample run, which hides nothing, and one whose brief shows no group below a hundred persons, which hides much."""
    home: Path = request.getfixturevalue(request.param)
    folder = (
        home.parents[1] / "sample" if request.param == "strict_run" else Path(__file__).parents[2] / "data" / "sample"
    )
    brief = load_brief(folder)
    speak(brief.lang, brief.locale, brief.currency)
    return open_book(brief, home), MINIMUM[request.param]


def facts(book: Book) -> Iterator[Fact]:
    yield from map(Fact.from_json, json.loads((book.home / "facts.json").read_text())["facts"])


def texts(book: Book, number_of_stage: int) -> Iterator[str]:
    """Every sentence and alternative text of a stage, on its page and on its slide."""
    record = book.records[number_of_stage]
    yield from (record["headline"], record["because"], *(one["sentence"] for one in record["findings"]))
    page = (book.home / f"{STAGES[number_of_stage - 1].slug}.html").read_text()
    yield from map(html.unescape, re.findall(r'alt="([^"]*)"', page))
    chart = chart_of(book, number_of_stage)
    if chart is not None:
        yield from (chart.alt, chart.source) if number_of_stage != CHECKS else (chart.alt,)


def dark(record: dict[str, Any]) -> list[tuple[list[str], int]]:
    return [(key.split("\x1f"), n) for table in record["shown"] for key, n, hidden in table["cells"] if hidden]


def test_no_fact_rests_on_fewer_persons_than_may_be_shown(ran: tuple[Book, int]) -> None:
    book, minimum = ran
    assert [fact.id for fact in facts(book) if fact.few(minimum)] == []


def test_no_text_tells_the_n_of_few_persons(ran: tuple[Book, int]) -> None:
    book, minimum = ran
    others = {fact.n for fact in facts(book) if not fact.n_of.startswith("persons")}
    said = [
        (stage.number, text)
        for stage in STAGES
        for text in texts(book, stage.number)
        for n in SMALL_N.findall(text)
        if 0 < int(n) < minimum and int(n) not in others
    ]
    assert said == []


def test_a_small_group_and_its_n_stand_together_nowhere(ran: tuple[Book, int]) -> None:
    book, minimum = ran
    found, n_dark = [], 0
    codes = {code: label for kind in PERSONAL for code, label in book.labels.get(kind, {}).items()}
    for stage in STAGES:
        pages = [(book.home / name).read_text() for name in (f"{stage.slug}.html", DICTIONARY)]
        lines = [" · ".join(CELL.findall(row)) for page in pages for row in ROW.findall(page)]
        everything = [html.unescape(re.sub(r"<[^>]+>", "", line)) for line in lines] + list(texts(book, stage.number))
        for labels, n in dark(book.records[stage.number]):
            n_dark += 1
            words = [codes.get(label, label) for label in labels]
            told = re.compile(rf"(?<![\d.,]){re.escape(number(n, 0))}(?![.,]?\d)")
            found += [
                (stage.number, labels, n, text[:160])
                for text in everything
                if 9 < n < minimum and all(word in text for word in words) and told.search(text)
            ]
    assert (n_dark > 100) is (minimum == 100)
    assert found == []
