"""PPTX: an executive summary and one slide a stage; every chart is native and can be edited, every shape is described."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from cxlib.exports.book import Book
from cxlib.exports.charts import chart_of
from cxlib.exports.drawing import Box, draw
from cxlib.facts import rows as facts_rows
from cxlib.language import _, day, interval, quantity, sentences, voice
from cxlib.report.standing import Standing
from cxlib.show.bridge import bridge

INK, TEXT, MUTED, WARN = RGBColor(11, 61, 102), RGBColor(34, 34, 34), RGBColor(95, 99, 106), RGBColor(122, 31, 20)
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
INNER = WIDTH - 2 * MARGIN
TITLE_SIZES, BODY_SIZES, MOST_POINTS = (26, 24, 22, 20, 18, 16), (16, 15, 14, 13, 12), 4
LETTER = 0.56  # width of a letter by its size, on the safe side of the usual typefaces


def pptx(book: Book) -> bytes:
    """The presentation."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    core = deck.core_properties
    made = dt.datetime.combine(book.brief.as_of, dt.time())
    core.title, core.author, core.last_modified_by = book.title, book.brief.company, book.brief.company
    core.comments, core.language, core.created, core.modified = book.status, voice().lang, made, made
    core.revision, core.keywords, core.subject = 1, "", ""
    _summary(deck, book)
    _bridge(deck, book)
    for one in book.stands:
        _stage(deck, book, one)
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def _summary(deck: Any, book: Book) -> None:
    """Ten results on one slide."""
    title = _("{company}: ten results, ten decisions").format(company=book.brief.company)
    slide = _slide(deck, book, _("Executive summary"), title)
    rows = [(_("Stage"), _("Result"), _("State"))]
    rows += [(_name(one), _cut(_parted(one.headline)[0], 190), _state(one)) for one in book.stands]
    words = _("Table: result and state of each of the ten stages.")
    _table(slide, rows, (2.4, 8.2, INNER - 10.6), 5.25, words)
    _notes(slide, [book.status, _("Each result is the headline of its stage; states are those of the day of export.")])


def _bridge(deck: Any, book: Book) -> None:
    """The bridge of the money on one slide: each line with its amount, its interval and how it is made."""
    lines = facts_rows(bridge(book.received.fact))
    title = _("The money, from the gap to what scaling would bring")
    slide = _slide(deck, book, _("The bridge of the money"), title)
    cells = [(_("Line"), _("Amount"), _("How it is made"))]
    for line in lines:
        ends = interval(line["low"], line["high"], line["unit"]) if line["low"] == line["low"] else ""
        amount = quantity(line["estimate"], line["unit"]) + (f" ({ends})" if ends else "")
        cells.append((line["line"], amount, _cut(line["how_it_is_made"], 150)))
    _table(slide, cells, (4.0, 3.4, INNER - 7.4), 0.55 * len(cells), _("Table: the lines of the bridge of the money."))
    _notes(slide, [book.status, *(f"{line['fact']}: {line['how_it_is_made']}" for line in lines)])


def _table(slide: Any, rows: Sequence[tuple[str, ...]], widths: tuple[float, ...], height: float, words: str) -> None:
    """A table whose first row and first column are heads."""
    frame = slide.shapes.add_table(len(rows), len(widths), *map(Inches, (MARGIN, 1.5, INNER, height)))
    _describe(frame, words)
    for column, width in enumerate(widths):
        frame.table.columns[column].width = Inches(width)
    for place, cells in enumerate(rows):
        frame.table.rows[place].height = Inches(height / len(rows))
        for column, text in enumerate(cells):
            cell = frame.table.cell(place, column)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.fill.background()
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            strong = place == 0 or column == 0
            _write(cell.text_frame, [text], 12, INK if strong else TEXT, bold=strong)


def _stage(deck: Any, book: Book, one: Standing) -> None:
    """The slide of a stage: its headline as title, its chart, its findings, its decision, its source."""
    chart = chart_of(book, one.stage.number)
    first, rest = _parted(one.headline)
    slide = _slide(deck, book, f"{_name(one)}   {_state(one)}", first)
    points = [rest, *(words for words in _said(book, one) if words.rstrip(".") != one.headline.rstrip("."))]
    left = MARGIN
    if chart:
        draw(slide, chart, (MARGIN, 1.75, 7.6, 4.5))
        left += 8.0
    _points(slide, list(filter(None, points)), (left, 1.75, WIDTH - MARGIN - left, 4.45))
    decision = _("Decision: {words}").format(words=_cut(one.choice_words, 120))
    _text(slide, decision, (MARGIN, 6.3, INNER, 0.28), 12, INK)
    source = _("Source: {company}, data up to {day}").format(company=book.brief.company, day=day(book.brief.as_of))
    sources = [source, chart.source if chart else ""]
    _text(slide, " · ".join(filter(None, sources)), (MARGIN, 6.64, INNER, 0.28), 11, MUTED)
    _notes(slide, _method(book, one))


def _slide(deck: Any, book: Book, kicker: str, title: str) -> Any:
    """A slide with its title in the title placeholder, a line above it and the status below."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = map(Inches, (MARGIN, 0.62, INNER, 0.95))
    _write(head.text_frame, [title], _fitting([title], INNER, 0.95, TITLE_SIZES), INK, bold=True)
    head.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _text(slide, kicker, (MARGIN, 0.3, 8, 0.32), 12, MUTED)
    foot = f"{book.brief.company} · {book.status}"
    _text(slide, foot, (MARGIN, 6.98, INNER - 1, 0.3), 10, WARN if book.draft else MUTED)
    page = _text(slide, str(len(deck.slides)), (WIDTH - MARGIN - 0.8, 6.98, 0.8, 0.3), 10, MUTED)
    page.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return slide


def _points(slide: Any, points: list[str], box: Box) -> None:
    """As many findings as fit in the box at a size that can be read, each by its first sentences."""
    words = [_cut(point, 230) for point in points[:MOST_POINTS]]
    while len(words) > 1 and not _fits(words, box[2], box[3], BODY_SIZES[-1]):
        words.pop()
    frame = _text(slide, "", box, BODY_SIZES[0], TEXT)
    _write(frame, words, _fitting(words, box[2], box[3], BODY_SIZES), TEXT, gap=8)


def _method(book: Book, one: Standing) -> list[str]:
    """Speaker notes: every finding, how its numbers were made, and what is not known."""
    record = book.records[one.stage.number]
    formulas = {fact["formula"]: fact["id"] for fact in record["facts"] if fact.get("formula")}
    unknown = [said["sentence"] for said in record["findings"] if said["verdict"] == "cannot tell"]
    limits = unknown or [_("No comparison of this stage fell below the evidence gate.")]
    if record["missing"]:
        limits.append(_("Tables that were missing: {names}").format(names=", ".join(record["missing"])))
    return [
        _("Question: {question}").format(question=_(one.stage.question)),
        *_said(book, one),
        _("Decision: {words} ({state})").format(words=one.choice_words, state=one.state.word),
        _("Method:"),
        *(f"{name}: {formula}" for formula, name in list(formulas.items())[:12]),
        _("Limits:"),
        *limits,
    ]


# -- shapes and words ----------------------------------------------------------------------------------------------


def _text(slide: Any, words: str, box: Box, size: int, color: RGBColor) -> Any:
    """The frame of a box of text."""
    frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
    _write(frame, [words], size, color)
    return frame


def _write(frame: Any, paragraphs: list[str], size: int, color: RGBColor, *, bold: bool = False, gap: int = 0) -> None:
    """Write paragraphs in one size; text is only ever text."""
    frame.word_wrap, frame.margin_left, frame.margin_right, frame.margin_top = True, Emu(0), Emu(0), Emu(0)
    for place, words in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment, paragraph.space_after = PP_ALIGN.LEFT, Pt(gap)
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold, run.font.color.rgb = words, Pt(size), bold, color
        run.font.name = "Calibri"
        run._r.get_or_add_rPr().set("lang", voice().locale.replace("_", "-"))


def _describe(shape: Any, words: str) -> None:
    """Set the alternative text of a shape; python-pptx leaves a file name there."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", words)


def _notes(slide: Any, lines: Iterable[str]) -> None:
    """Write the speaker notes."""
    slide.notes_slide.notes_text_frame.text = "\n".join(lines)


def _fits(paragraphs: list[str], width: float, height: float, size: int) -> bool:
    """Whether the text fits the box at this size; lines are 1.2 times as high as letters."""
    per_line = max(1.0, width * 72 / (LETTER * size))
    lines = sum(-(-len(words) // per_line) + 0.5 for words in paragraphs)
    return lines * 1.2 * size <= height * 72


def _fitting(paragraphs: list[str], width: float, height: float, sizes: tuple[int, ...]) -> int:
    """The largest of the sizes that fits; the smallest when none does."""
    return next((size for size in sizes if _fits(paragraphs, width, height, size)), sizes[-1])


def _name(one: Standing) -> str:
    return f"{one.stage.number} · {one.stage.name}"


def _state(one: Standing) -> str:
    return f"{one.state.icon} {one.state.word}"


def _said(book: Book, one: Standing) -> list[str]:
    """What a stage found, each sentence once."""
    return list(dict.fromkeys(finding["sentence"] for finding in book.records[one.stage.number]["findings"]))


def _parted(text: str) -> tuple[str, str]:
    """The first sentence, and what comes after it."""
    first, *rest = sentences(text)
    return first, " ".join(rest)


def _cut(text: str, most: int) -> str:
    """Whole sentences as far as they fit, else words."""
    if len(text) <= most:
        return text
    kept = ""
    for sentence in sentences(text):
        if len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or text[: most - 1].rpartition(" ")[0] + " …"
