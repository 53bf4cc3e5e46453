"""What leaves for whom, and what every page keeps to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_notebook

from cxlib.chain import STAGES
from cxlib.errors import StageError, UsageError
from cxlib.facts import Finding, cannot_tell
from cxlib.report.audiences import audience
from cxlib.report.page import css, stage_page
from cxlib.report.since import Row, Since
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame
from tests.report.conftest import FIGURE, TABLE, code, markdown, says


def page(
    notebook: Any,
    reader: str = "report",
    *,
    company: str = "Hogar Claro",
    standing: Standing | None = None,
    since: Since | None = None,
) -> str:
    frame = Frame(company=company, lang="en", as_of="30 Jun 2026", audience=reader)
    return stage_page(notebook, standing or Standing(STAGES[2], state("draft"), {}), frame, since)


def test_nothing_but_the_listed_cells_reaches_the_client(notebook: Any) -> None:
    assert "canary" not in page(notebook).lower()


def test_the_client_sees_every_listed_result(notebook: Any) -> None:
    text = BeautifulSoup(page(notebook), "html.parser").get_text(" ")
    for words in (
        "It stalls at quote.",
        "Where?",
        "quote",
        "Read it so.",
        "So it is.",
        "Choose.",
        "Not known.",
        "Stage 4 receives it.",
    ):
        assert words in text


def test_the_workbook_shows_code_prints_and_internal_cells(notebook: Any) -> None:
    html = page(notebook, "workbook")
    for words in ("canary_source()", "import canary_setup", "CanaryInternal", "CanaryStderr", "CanaryUntagged"):
        assert words in html
    assert "CanaryMarker" not in html
    assert "Not for the client" in html


def test_the_student_finds_theory_and_code_and_the_solutions_folded_at_the_end(notebook: Any) -> None:
    html = page(notebook, "student")
    for words in ("CanaryTheory", "CanaryGoals", "CanaryExercise", "canary_source()"):
        assert words in html
    for words in ("CanaryStderr", "CanaryInternal", "/canary/path"):
        assert words not in html
    folded = BeautifulSoup(html, "html.parser").select_one("section.solutions details")
    assert folded is not None and "CanarySolution" in folded.text and not folded.has_attr("open")
    assert html.count("CanarySolutionOutput") == 1


def test_a_page_has_no_script_and_asks_for_nothing_outside(notebook: Any) -> None:
    notebook.cells.append(
        code(
            "x",
            "finding",
            html='<script>a()</script><p onclick="a()">k</p><img src="http://x.y/z.png">'
            '<iframe src="//x"></iframe><style>@import "http://x"</style>'
            '<p style="background:url(http://x.y/z)">s</p><a href="javascript:a()">j</a>',
        )
    )
    notebook.cells.append(markdown("![remote](http://x.y/z.png) <link rel=stylesheet href=http://x.y>", "read"))
    soup = BeautifulSoup(page(notebook), "html.parser")
    assert not soup.find_all(["script", "iframe", "link", "object"])
    assert all(img["src"].startswith("data:image/") for img in soup.find_all("img"))
    assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert "url(" not in str(soup) and "@import" not in str(soup) and "javascript:" not in str(soup)


def test_the_security_policy_forbids_every_request(notebook: Any) -> None:
    policy = BeautifulSoup(page(notebook), "html.parser").find("meta", {"http-equiv": "Content-Security-Policy"})
    assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@pytest.mark.parametrize("reader", ["report", "workbook", "student"])
def test_a_page_has_one_h1_a_language_landmarks_and_a_skip_link_first(notebook: Any, reader: str) -> None:
    soup = BeautifulSoup(page(notebook, reader), "html.parser")
    assert [h1.get_text(" ", strip=True) for h1 in soup.find_all("h1")] == ["3 Sales funnel"]
    assert soup.html["lang"] == "en"
    assert len(soup.find_all("main")) == 1 and soup.body.find("header") and soup.find("footer")
    assert soup.body.find("a")["href"] == "#main"
    assert len({nav["aria-label"] for nav in soup.find_all("nav")}) == len(soup.find_all("nav"))


def test_the_strip_leads_to_ten_stages_and_the_overview_and_marks_this_one(notebook: Any) -> None:
    strip = BeautifulSoup(page(notebook), "html.parser").select_one("nav.strip")
    assert [a["href"] for a in strip.find_all("a")] == ["index.html", *(f"{s.slug}.html" for s in STAGES)]
    assert [a["href"] for a in strip.find_all("a", {"aria-current": "page"})] == ["03_sales_funnel.html"]


def test_previous_and_next_lead_along_the_chain(notebook: Any) -> None:
    soup = BeautifulSoup(page(notebook), "html.parser")
    assert soup.find("a", rel="prev")["href"] == "02_target_segment.html"
    assert soup.find("a", rel="next")["href"] == "04_architecture.html"


def test_a_client_reads_state_title_gist_changes_figure_so_what_decision_table_method_provenance(notebook: Any) -> None:
    moved = Since("24 Nov 2026", "1 figure has moved.", (Row(3, "Value at stake", "€10", "€20", "real", "real"),))
    html = page(notebook, since=moved)
    order = [
        "Draft",
        "It stalls at quote.",
        "In thirty seconds",
        "Since 24 Nov 2026:",
        "Bars: two steps",
        "So what",
        ">Decision<",
        "Choose.",
        "quote</td>",
        "Method and limits",
        "Not known.",
        "Costs $5",
        "Where the numbers come from",
        "Stage 4 receives it.",
    ]
    assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)


def test_the_analyst_and_the_student_keep_the_order_of_the_notebook(notebook: Any) -> None:
    for reader in ("workbook", "student"):
        html = page(notebook, reader)
        order = [
            "Draft",
            "It stalls at quote.",
            "<h2>Where?</h2>",
            "quote</td>",
            "Bars: two steps",
            "So it is.",
            "Choose.",
        ]
        assert [html.index(words) for words in order] == sorted(html.index(words) for words in order), reader


def test_the_figure_marked_as_lead_comes_first_else_the_first_one(notebook: Any) -> None:
    other = [
        markdown("## How sure?", "ask"),
        code("x", "figure", "lead", html=FIGURE.replace("Bars", "Dots")),
        code("x", "finding", html="<p>Quite sure.</p>"),
    ]
    notebook.cells[-4:-4] = other
    soup = BeautifulSoup(page(notebook), "html.parser")
    lead = soup.select_one("section.lead")
    assert lead.img["alt"] == "Dots: two steps" and "Quite sure." in lead.text
    assert [img["alt"] for img in soup.select("section.q img")] == ["Bars: two steps"]


def test_a_remark_that_there_is_nothing_to_draw_is_no_lead(notebook: Any) -> None:
    for cell in notebook.cells:
        if "figure" in cell.metadata.tags:
            cell.outputs[0].data["text/html"] = '<p class="note">Nothing to draw.</p>'
    soup = BeautifulSoup(page(notebook), "html.parser")
    assert soup.select_one("section.lead") is None
    assert (
        "So it is." in soup.select_one("section.q").text and "Nothing to draw." not in soup.text
    )  # the answer says it


def test_what_cannot_be_told_is_said_once_with_what_would_settle_it(notebook: Any) -> None:
    why = cannot_tell("nobody was asked", needs="a survey")
    half = Finding("Ten were asked, n = 10.") + cannot_tell("why")
    empty = "<table><tbody><tr><th>All</th><td>–</td><td>0</td></tr></tbody></table>"
    notebook.cells[-4:-4] = [
        markdown("## Who goes?", "ask"),
        code("x", "figure", html='<p class="note">Nothing to draw: no survey.</p>'),
        code("x", "table", html='<p class="note">Answers: no survey.</p>'),
        code("x", "table", html=empty),
        says(why),
        markdown("## Who stays?", "ask"),
        says(half),
        code("x", "table", html=TABLE.replace("quote", "sale")),
        code("stage.limits()", "limits", html=f'<ul class="limits"><li>{why}</li><li>Few texts.</li></ul>'),
    ]
    soup = BeautifulSoup(page(notebook), "html.parser")
    words = " ".join(soup.text.split())
    assert words.count("obody was asked") == 1 and "no survey" not in words and "Few texts." in words
    still = soup.select_one("#open dl")
    assert still.dt.text == "Who goes?" and still.dd.text == "Nobody was asked. It would take a survey."
    assert "Who goes?" not in [heading.text for heading in soup.select("section.q > h2")]
    points = [point.get_text(" ", strip=True) for point in soup.select(".gist li")]
    assert any("1 question of this stage cannot be answered" in point for point in points)
    assert any(point.startswith("Ten were asked") and "cannot tell" not in point for point in points)


def test_the_gist_says_each_answer_once_with_its_verdict_and_leads_to_it(notebook: Any) -> None:
    answer = Finding("Nine of ten go on (95% interval 80.0% to 95.0%, n = 90). More.", verdict="real")
    repeated = Finding("It stalls at quote.", verdict="real")
    notebook.cells[-4:-4] = [
        markdown("## How many?", "ask"),
        says(answer),
        markdown("## Again?", "ask"),
        says(repeated),
    ]
    soup = BeautifulSoup(page(notebook), "html.parser")
    points = [point.get_text(" ", strip=True) for point in soup.select(".gist li")]
    assert len(points) == 2 and "Nine of ten go on" in points[1] and "It stalls" not in " ".join(points)
    assert soup.select(".gist li")[1].select_one(".ev").text.startswith("(95%") and "real" in points[1]
    for link in soup.select(".gist a, .how a"):
        assert soup.find(id=link["href"][1:]) is not None


def test_the_gist_does_not_say_in_other_words_what_the_title_says(notebook: Any) -> None:
    evidence = "8.4 pp (95% interval 3.0 pp to 13.8 pp, n = 1,012)"
    notebook.cells = [
        says(Finding(f"It worked: {evidence}."), "headline"),
        markdown("## What?", "ask"),
        says(Finding(f"Pilot minus control: {evidence}.")),
        markdown("## Where?", "ask"),
        says(Finding("Held: 7.9 (95% interval 3.0 to 13.8).")),
    ]
    points = " ".join(point.text for point in BeautifulSoup(page(notebook), "html.parser").select(".gist li"))
    assert "Pilot minus control" not in points and "Held: 7.9" in points


def test_a_page_says_when_there_is_no_run_to_compare_with(notebook: Any) -> None:
    assert "First run: there is nothing to compare it with yet." in page(notebook)


def test_a_decision_sealed_after_the_run_is_shown_as_it_stands_without_a_command(notebook: Any) -> None:
    card = (
        '<p class="band draft"><strong>Draft.</strong> Not sealed.</p><dl class="decision"><dt>Decision</dt>'
        "<dd>Stalled step: Quote</dd><dt>To seal it</dt><dd>cx decide 3 stall_step=…</dd></dl>"
    )
    sealed = Standing(
        STAGES[2], state("sealed"), {"stall_step": "visit"}, "Stalled step: Visit", by="Ana", why="Seen it"
    )
    cells = new_notebook(cells=[code("y", "decision", html=card)])
    soup = BeautifulSoup(page(cells, standing=sealed), "html.parser")
    assert "Sealed by Ana: Seen it" in soup.select_one(".status").text
    said = soup.select_one(".b.decision").get_text(" ", strip=True)
    assert "Binding. Sealed by Ana: Seen it" in said and "Visit" in said
    assert "Not sealed" not in said and "cx decide" not in said
    assert "cx decide" in page(cells, "workbook") and "cx decide" not in page(cells)


def test_every_table_has_a_caption_scopes_and_a_box_that_scrolls(notebook: Any) -> None:
    table = BeautifulSoup(page(notebook), "html.parser").find("table")
    assert table.caption.text == "Where?"
    assert {th["scope"] for th in table.find_all("th")} == {"col", "row"}
    assert all(th.text.strip() for th in table.find_all("th"))
    assert table.parent["class"] == ["scroll"] and table.parent["tabindex"] == "0"


def test_a_figure_without_a_description_is_refused_and_named() -> None:
    cell = code("x", "figure", html=FIGURE.replace("Bars: two steps", ""))
    cell["id"] = "loss-by-step"
    with pytest.raises(StageError, match=r"cell loss-by-step: a figure has no description. Every figure needs an alt"):
        page(new_notebook(cells=[cell]))


def test_the_filler_description_of_nbconvert_does_not_count_as_one() -> None:
    filler = FIGURE.replace("Bars: two steps", "No description has been provided for this image")
    with pytest.raises(StageError, match="no description"):
        page(new_notebook(cells=[code("x", "figure", html=filler)]))


def test_money_is_not_taken_for_a_formula_and_a_formula_becomes_mathml(notebook: Any) -> None:
    html = page(notebook)
    assert "Costs $5 and $10;" in html
    assert len(re.findall("<math", html)) == 1


def test_a_formula_on_its_own_line_is_mathml_in_a_box_that_scrolls() -> None:
    html = page(new_notebook(cells=[markdown("## A\n\n$$\\frac{\\hat p}{n} \\pm z$$", "ask")]))
    assert 'class="formula"' in html and 'display="block"' in html and "$$" not in html and "<p><div" not in html


def test_a_company_name_cannot_write_html(notebook: Any) -> None:
    assert "<b>Evil</b>" not in page(notebook, company="<b>Evil</b> & Co")


def test_an_unknown_reader_is_refused_with_the_nearest(notebook: Any) -> None:
    with pytest.raises(UsageError, match=r"--audience reports: there is no such audience; did you mean 'report'\?"):
        audience("reports")


def test_the_style_sheet_is_small_and_asks_for_nothing() -> None:
    assert len(css().encode()) <= 20_000
    assert "url(" not in css() and "@import" not in css() and "http" not in css()


def test_a_long_headline_has_its_first_sentence_as_title_and_keeps_the_rest(notebook: Any) -> None:
    text = f"It stalls at quote, where 37.2% go on. {'Most of the money is booked later. ' * 5}(n = 678)"
    cells = [says(Finding(text, verdict="real"), "headline")]
    title = BeautifulSoup(page(new_notebook(cells=cells)), "html.parser").select_one("div.headline p")
    assert title.find(string=True).strip() == "It stalls at quote, where 37.2% go on."
    assert "n\u00a0=\u00a0678" in title.small.text and title.select_one(".verdict").text == "real"


def test_a_decision_that_follows_the_recommendation_is_not_said_twice(notebook: Any) -> None:
    card = '<dl class="{}"><dt>{}</dt><dd>Stalled step: Quote; Objective step: Sale</dd></dl>'
    cells = [
        code("x", "decision", html=card.format("recommendation", "Recommended")),
        code("y", "decision", html=card.format("decision", "Decision")),
    ]
    card_seen = BeautifulSoup(page(new_notebook(cells=cells)), "html.parser").select_one(".b.decision")
    assert [part.text for part in card_seen.select(".part")] == ["Stalled step: Quote", "Objective step: Sale"]
    assert card_seen.select_one("dl.decision dd").text == "As recommended"


def test_how_to_read_a_figure_is_not_said_where_there_is_no_figure() -> None:
    drawn = '<figure><img src="data:image/png;base64,AA==" alt="Sales by step"></figure>'
    for picture, said in ((drawn, True), ('<p class="note">Not drawn: there are no responses.</p>', False)):
        cells = [
            markdown("## Where?", "ask"),
            code("x", "figure", html=picture),
            markdown("Read the bars.", "read"),
            says(Finding("Nine of ten go on.")),
        ]
        assert ("Read the bars." in page(new_notebook(cells=cells))) is said
