"""A finding travels with what it says: pages take sentence and verdict from it, never from their own HTML."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_notebook

from cxlib import stage as stages
from cxlib.chain import STAGES
from cxlib.facts import Finding, cannot_tell
from cxlib.report.audiences import Told, audience, pieces
from cxlib.report.blocks import finding_html, quiet
from cxlib.report.page import stage_page
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame
from tests.report.conftest import code, markdown, says

WHY = cannot_tell("nobody was asked", needs="a survey")


@pytest.mark.parametrize(
    ("found", "is_open"),
    [
        (WHY, True),
        (cannot_tell("only 12 answered"), True),  # it begins so, whatever numbers follow
        (Finding("") + WHY, True),
        (Finding("Ten were asked.") + WHY, True),  # no number
        (Finding("10 were asked.") + WHY, False),  # it begins with what is known
        (WHY + Finding("10 were asked."), True),
        (Finding("Nine of ten go on.", verdict="real"), False),
        (Finding("Withheld: this rests on fewer than 5 persons.", verdict="cannot tell"), False),
        (Finding("Nobody knows."), False),
    ],
)
def test_a_finding_is_open_when_it_begins_so_or_ends_so_without_a_number(found: Finding, is_open: bool) -> None:
    assert found.is_open is is_open


def test_a_stage_leaves_sentence_verdict_and_openness_beside_the_html(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(stages, "display", shown.append)
    stages._show(WHY, css="finding")
    stages._show(Finding("Nine of ten & more.", verdict="real"), css="headline")
    assert [Told(**html.metadata["told"]) for html in shown] == [
        Told(WHY.sentence, "cannot tell", True),
        Told("Nine of ten & more.", "real", False),
    ]
    assert "Nine of ten &amp; more." in shown[1].data


def test_a_page_believes_what_the_stage_said_and_not_its_html() -> None:
    cell = says(Finding("Nine of ten go on (n = 90).", verdict="real"))
    cell.outputs[0].data["text/html"] = '<p>Other <span class="verdict cannot-tell">cannot tell</span></p>'
    page = stage_page(
        new_notebook(cells=[markdown("## How many?", "ask"), cell]), Standing(STAGES[2], state("draft"), {}), Frame()
    )
    main = BeautifulSoup(page, "html.parser").main
    assert "Other" not in main.text and main.select_one("#open") is None
    assert [mark.text for mark in main.select(".gist .verdict")] == ["real"]


def test_a_notebook_of_an_older_version_shows_its_findings_as_they_are() -> None:
    cells = [markdown("## How many?", "ask"), code("x", "finding", html='<p class="finding">Nine of ten go on.</p>')]
    page = stage_page(new_notebook(cells=cells), Standing(STAGES[2], state("draft"), {}), Frame())
    assert "Nine of ten go on." in BeautifulSoup(page, "html.parser").select_one("section.q").text


def test_markup_in_a_sentence_is_shown_as_words() -> None:
    evil = Told("<script>a()</script> (n = 3) & more", "real")
    assert str(finding_html(evil)) == (
        '<p class="finding">&lt;script&gt;a()&lt;/script&gt; <span class="ev">(n = 3)</span> &amp; more '
        '<span class="verdict real">real</span></p>'
    )


def test_only_intervals_and_n_are_set_back() -> None:
    assert str(quiet("A (b) c (95% interval 1 to 2, n = 3).")) == (
        'A (b) c <span class="ev">(95% interval 1 to 2, n = 3)</span>.'
    )


def test_what_is_told_reaches_only_whom_its_tag_lets_see_it() -> None:
    cell = says(Finding("Secret."), "internal")
    assert list(pieces(new_notebook(cells=[cell]), audience("report"))) == []
    assert [piece.kind for piece in pieces(new_notebook(cells=[cell]), audience("student"))] == ["code"]
    assert [piece.told for piece in pieces(new_notebook(cells=[cell]), audience("workbook"))] == [None, Told("Secret.")]
