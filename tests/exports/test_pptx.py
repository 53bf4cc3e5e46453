"""The slides: native charts with descriptions, the headline as the title, notes with method and limits."""

from __future__ import annotations

import io
import zipfile

import pytest
from pptx import Presentation

from cxlib.chain import STAGES
from cxlib.exports.archive import members, settled
from cxlib.exports.book import Book
from cxlib.exports.charts import Chart, Series, chart_of
from cxlib.exports.drawing import draw
from cxlib.exports.pptx import pptx
from cxlib.show.bridge import BRIDGE


@pytest.fixture(scope="module")
def deck(book: Book) -> bytes:
    return settled(pptx(book), "2026-06-30")


def test_there_is_a_summary_and_a_slide_a_stage_with_its_headline_as_title(deck: bytes, book: Book) -> None:
    slides = list(Presentation(io.BytesIO(deck)).slides)
    assert len(slides) == 12
    for slide, stage in zip(slides[2:], STAGES, strict=True):
        assert book.records[stage.number]["headline"].startswith(slide.shapes.title.text)
        assert stage.name in slide.shapes[1].text_frame.text


def test_the_second_slide_is_the_bridge_with_the_figures_of_the_run(deck: bytes, book: Book) -> None:
    slide = list(Presentation(io.BytesIO(deck)).slides)[1]
    table = next(shape.table for shape in slide.shapes if shape.has_table)
    lines = [[cell.text_frame.text for cell in row.cells] for row in table.rows][1:]
    known = [fact for fact in map(book.received.fact, BRIDGE) if fact.known]
    assert [amount.split(" (")[0] for _line, amount, _how in lines] == [f"{fact}" for fact in known]
    assert len(lines) == len(BRIDGE) and all(how for _line, _amount, how in lines)


def test_every_chart_is_native_holds_its_numbers_and_is_described(deck: bytes, book: Book) -> None:
    for number, slide in enumerate(list(Presentation(io.BytesIO(deck)).slides)[2:], start=1):
        drawn, given = [shape for shape in slide.shapes if shape.has_chart], chart_of(book, number)
        assert len(drawn) == 1 and given is not None and not any(shape.shape_type == 13 for shape in slide.shapes)
        chart, words = drawn[0].chart, drawn[0]._element.xpath(".//p:cNvPr")[0].get("descr")
        assert words == given.alt and len(words) > 40 and any(character.isdigit() for character in words)
        assert chart.part.chart_workbook.xlsx_part is not None
        for series, one in zip(chart.plots[0].series, given.series, strict=True):
            assert list(series.values) == pytest.approx([v if v is not None else None for v in one.values], nan_ok=True)


def test_every_slide_says_draft_its_source_and_has_notes_with_method_and_limits(deck: bytes) -> None:
    for slide in list(Presentation(io.BytesIO(deck)).slides)[2:]:
        text = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert "DRAFT" in text and "Source: Hogar Claro" in text
        notes = slide.notes_slide.notes_text_frame.text
        assert "Method:" in notes and "Limits:" in notes and "Question:" in notes


def test_no_box_leaves_the_slide(deck: bytes) -> None:
    show = Presentation(io.BytesIO(deck))
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= show.slide_width
            assert shape.top >= 0 and shape.top + shape.height <= show.slide_height


def test_equal_runs_give_equal_bytes_and_nobody_is_named(deck: bytes, book: Book) -> None:
    assert settled(pptx(book), "2026-06-30") == deck
    core = dict(members(deck))["docProps/core.xml"].decode()
    assert "Hogar Claro" in core and "Canny" not in core
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(deck)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_error_bars_are_as_long_as_the_interval() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    one = Series("Estimate", (0.4, 0.6), (0.3, None), (0.45, None))
    draw(slide, Chart("bar", "Two shares", ("a", "b"), (one,), "0%", "n = 9"), (1, 1, 5, 4))
    chart = next(shape for shape in slide.shapes if shape.has_chart).chart
    lengths = [float(v.text) for v in chart._chartSpace.xpath(".//c:errBars//c:v")]
    assert lengths == pytest.approx([0.05, 0.0, 0.1, 0.0])
    assert chart.value_axis.minimum_scale == 0
