"""PPTX: an executive summary and one slide a stage; every chart is native and can be edited, every shape is described."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Inches, Pt

from cxlib.chain import STAGES
from cxlib.exports.book import Book
from cxlib.exports.charts import chart_of
from cxlib.exports.drawing import draw
from cxlib.language import _, day, voice
from cxlib.report.standing import Standing

INK, TEXT, MUTED, WARN = RGBColor(11, 61, 102), RGBColor(34, 34, 34), RGBColor(95, 99, 106), RGBColor(122, 31, 20)
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
TITLE_SIZES, BODY_SIZES, MOST_POINTS = (26, 24, 22, 20, 18, 16), (16, 15, 14, 13, 12), 4
LETTER = 0.56  # width of a letter by its size, on the safe side of the usual typefaces
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\sa-zà-ÿ])")


def pptx(book: Book) -> bytes:
    """Return the presentation."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    core = deck.core_properties
    made = dt.datetime.combine(book.brief.as_of, dt.time())
    core.title, core.author, core.last_modified_by = book.title, book.brief.company, book.brief.company
    core.comments, core.language, core.created, core.modified = book.status, voice().lang, made, made
    core.revision, core.keywords, core.subject = 1, "", ""
    _summary(deck, book)
    for one in book.stands:
        _stage(deck, book, one)
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def _summary(deck: Any, book: Book) -> None:
    """Ten results on one slide."""
    slide = _slide(
        deck,
        book,
        _("Executive summary"),
        _("{company}: ten results, ten decisions").format(company=book.brief.company),
    )
    top, height = 1.5, 5.25
    frame = slide.shapes.add_table(
        len(STAGES) + 1, 3, Inches(MARGIN), Inches(top), Inches(WIDTH - 2 * MARGIN), Inches(height)
    )
    _describe(frame, _("Table: result and state of each of the ten stages."))
    table = frame.table
    for column, width in enumerate((2.4, 8.2, WIDTH - 2 * MARGIN - 10.6)):
        table.columns[column].width = Inches(width)
    rows = [(_("Stage"), _("Result"), _("State")), *(_row(one) for one in book.stands)]
    for place, cells in enumerate(rows):
        table.rows[place].height = Inches(height / len(rows))
        for column, words in enumerate(cells):
            _cell(table.cell(place, column), words, head=place == 0, strong=column == 0)
    _notes(slide, [book.status, _("Each result is the headline of its stage; states are those of the day of export.")])


def _row(one: Standing) -> tuple[str, str, str]:
    """One stage of the summary."""
    return (
        f"{one.stage.number} · {one.stage.name}",
        _cut(_first(one.headline), 190),
        f"{one.state.icon} {one.state.word}",
    )


def _stage(deck: Any, book: Book, one: Standing) -> None:
    """One stage: its result as the title, its chart, what follows from it, source and n."""
    record, chart = book.records[one.stage.number], chart_of(book, one.stage.number)
    title = _first(one.headline)
    slide = _slide(
        deck, book, f"{one.stage.number} · {one.stage.name}", title, state=f"{one.state.icon} {one.state.word}"
    )
    said = list(dict.fromkeys(finding["sentence"] for finding in record["findings"]))
    points = [_rest(one.headline), *(words for words in said if words.rstrip(".") != one.headline.rstrip("."))]
    left = 8.0 if chart else WIDTH - 2 * MARGIN
    if chart:
        draw(slide, chart, (MARGIN, 1.75, 7.6, 4.5))
    _points(
        slide,
        [words for words in points if words],
        (MARGIN + (left if chart else 0), 1.75, WIDTH - 2 * MARGIN - (left if chart else 0), 4.45),
    )
    decision = _("Decision: {words}").format(words=_cut(one.choice_words, 120))
    _text(slide, decision, (MARGIN, 6.3, WIDTH - 2 * MARGIN, 0.28), (12,), INK)
    source = [
        _("Source: {company}, data up to {day}").format(company=book.brief.company, day=day(book.brief.as_of)),
        chart.source if chart else "",
    ]
    _text(slide, " · ".join(words for words in source if words), (MARGIN, 6.64, WIDTH - 2 * MARGIN, 0.28), (11,), MUTED)
    _notes(slide, _method(book, one))


def _slide(deck: Any, book: Book, kicker: str, title: str, state: str = "") -> Any:
    """A slide with its title in the title placeholder, a line above it and the status below."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (Inches(n) for n in (MARGIN, 0.62, WIDTH - 2 * MARGIN, 0.95))
    _write(head.text_frame, [title], _fitting([title], WIDTH - 2 * MARGIN, 0.95, TITLE_SIZES), INK, bold=True)
    head.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _text(slide, kicker + (f"   {state}" if state else ""), (MARGIN, 0.3, 8, 0.32), (12,), MUTED)
    foot = f"{book.brief.company} · {book.status}"
    _text(slide, foot, (MARGIN, 6.98, WIDTH - 2 * MARGIN - 1, 0.3), (10,), WARN if book.draft else MUTED)
    page = _text(slide, str(len(deck.slides)), (WIDTH - MARGIN - 0.8, 6.98, 0.8, 0.3), (10,), MUTED)
    page.text_frame.paragraphs[0].alignment = 3  # right
    return slide


def _points(slide: Any, points: list[str], box: tuple[float, float, float, float]) -> None:
    """As many findings as fit in the box at a size that can be read, each by its first sentences."""
    words = [_cut(point, 230) for point in points[:MOST_POINTS]]
    while len(words) > 1 and not _fits(words, box[2], box[3], BODY_SIZES[-1]):
        words = words[:-1]
    shape = _text(slide, "", box, (BODY_SIZES[0],), TEXT)
    _write(shape.text_frame, words, _fitting(words, box[2], box[3], BODY_SIZES), TEXT, gap=8)


def _method(book: Book, one: Standing) -> list[str]:
    """Speaker notes: every finding, how its numbers were made, and what is not known."""
    record = book.records[one.stage.number]
    formulas = {fact["formula"]: fact["id"] for fact in record["facts"] if fact.get("formula")}
    unknown = [said["sentence"] for said in record["findings"] if said["verdict"] == "cannot tell"]
    missing = ", ".join(record["missing"])
    return [
        _("Question: {question}").format(question=_(one.stage.question)),
        *dict.fromkeys(said["sentence"] for said in record["findings"]),
        _("Decision: {words} ({state})").format(words=one.choice_words, state=one.state.word),
        _("Method:"),
        *(f"{name}: {formula}" for formula, name in list(formulas.items())[:12]),
        _("Limits:"),
        *(unknown or [_("No comparison of this stage fell below the evidence gate.")]),
        *([_("Tables that were missing: {names}").format(names=missing)] if missing else []),
    ]


# -- shapes and words ----------------------------------------------------------------------------------------------


def _text(
    slide: Any, words: str, box: tuple[float, float, float, float], sizes: tuple[int, ...], color: RGBColor
) -> Any:
    """A box of text."""
    shape = slide.shapes.add_textbox(*(Inches(n) for n in box))
    _write(shape.text_frame, [words], _fitting([words], box[2], box[3], sizes), color)
    return shape


def _write(frame: Any, paragraphs: list[str], size: int, color: RGBColor, *, bold: bool = False, gap: int = 0) -> None:
    """Write paragraphs in one size; text is only ever text."""
    frame.word_wrap, frame.margin_left, frame.margin_right, frame.margin_top = True, Emu(0), Emu(0), Emu(0)
    for place, words in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment, paragraph.space_after = 1, Pt(gap)
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold, run.font.color.rgb = words, Pt(size), bold, color
        run.font.name = "Calibri"
        run._r.get_or_add_rPr().set("lang", voice().locale.replace("_", "-"))


def _cell(cell: Any, words: str, *, head: bool, strong: bool) -> None:
    """One cell of the summary."""
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.fill.background()
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    _write(cell.text_frame, [words], 12, INK if head or strong else TEXT, bold=head or strong)


def _describe(shape: Any, words: str) -> None:
    """Set the alternative text of a shape; python-pptx leaves a file name there."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", words)


def _notes(slide: Any, lines: list[str]) -> None:
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


def _first(text: str) -> str:
    """The first sentence."""
    return _SENTENCE.split(text)[0] if text else ""


def _rest(text: str) -> str:
    """What comes after the first sentence."""
    return " ".join(_SENTENCE.split(text)[1:])


def _cut(text: str, most: int) -> str:
    """Whole sentences as far as they fit, else words."""
    if len(text) <= most:
        return text
    kept = ""
    for sentence in _SENTENCE.split(text):
        if len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or text[: most - 1].rpartition(" ")[0] + " …"
