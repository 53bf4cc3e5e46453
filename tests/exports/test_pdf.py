"""The book: tagged, with contents and bookmarks that lead where they say, formulas that can be read, maps across the page."""

from __future__ import annotations

import io
import re

import pytest
from bs4 import BeautifulSoup, Tag
from pypdf import PdfReader
from pypdf.generic import Destination

from cxlib.chain import STAGES
from cxlib.exports.binding import bound
from cxlib.exports.book import Book
from cxlib.exports.formula import formula
from cxlib.exports.pdf import printed


@pytest.fixture(scope="module")
def document(book: Book) -> str:
    return bound(book)


@pytest.fixture(scope="module")
def reader(document: str) -> PdfReader:
    return PdfReader(io.BytesIO(printed(document)))


def bookmarks(reader: PdfReader) -> dict[str, int]:
    """The bookmarks of the first level with their pages, counted from 1."""
    return {
        str(one.title): (reader.get_destination_page_number(one) or 0) + 1
        for one in reader.outline
        if isinstance(one, Destination)
    }


def test_it_is_tagged_and_says_its_language_and_title(reader: PdfReader, book: Book) -> None:
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == book.brief.lang and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None and reader.metadata.title == book.title
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data() or b'pdfuaid:part="1"' in root["/Metadata"].get_data()


def test_ten_stages_are_bookmarked_in_their_order_and_the_contents_name_their_pages(reader: PdfReader) -> None:
    marks = bookmarks(reader)
    names = [f"{stage.number} {stage.name}" for stage in STAGES]
    assert [title for title in marks if title in names] == names
    assert sorted(marks.values()) == list(marks.values())
    contents = "\n".join(page.extract_text() for page in reader.pages[1:3])
    listed = {title: int(page) for title, page in re.findall(r"^(.+?)\s?\.{3,}\s?(\d+)$", contents, re.MULTILINE)}
    for name in names:
        assert listed[name] == marks[name], name
        assert STAGES[names.index(name)].name in reader.pages[marks[name] - 1].extract_text()


def test_the_executive_summary_is_one_sheet(reader: PdfReader) -> None:
    marks = bookmarks(reader)
    assert marks["Ten stages, ten decisions"] - marks["Executive summary"] == 1


def test_wide_maps_lie_across_and_the_rest_stands(reader: PdfReader) -> None:
    across = {number for number, page in enumerate(reader.pages, start=1) if page.mediabox.width > page.mediabox.height}
    marks = bookmarks(reader)
    design = set(range(marks["7 Design"], marks["8 Implementation"]))
    assert across & design and design - across
    assert not across & set(range(1, marks["2 Target segment"]))


def test_every_link_within_the_book_leads_somewhere_and_nothing_is_asked_for_outside(document: str) -> None:
    soup = BeautifulSoup(document, "html.parser")
    given = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(given) == len(set(given))
    inside = [str(link["href"])[1:] for link in soup.find_all("a", href=True) if str(link["href"]).startswith("#")]
    assert len(inside) > 50 and set(inside) <= set(given)
    assert all(str(link["href"]).startswith(("#", "https://", "mailto:")) for link in soup.find_all("a", href=True))
    assert all(str(image["src"]).startswith("data:") and image["alt"] for image in soup.find_all("img"))
    assert soup.find("math") is None and "<code>cx " not in document


def test_equal_documents_give_equal_bytes_and_a_request_is_refused() -> None:
    page = '<html lang="en"><title>A</title><h1>One</h1><p>Two</p><img alt="x" src="{}"></html>'
    assert printed(page.format("data:,")) == printed(page.format("data:,"))
    local = PdfReader(io.BytesIO(printed(page.format("file:///etc/hostname"))))
    assert "Two" in local.pages[0].extract_text() and not local.pages[0].images


@pytest.mark.parametrize(
    ("mathml", "words"),
    [
        ("<msub><mi>c</mi><mi>s</mi></msub><mo>=</mo><mn>1</mn><mo>−</mo><mi>q</mi>", "c[s] = 1 − q"),
        ("<mo>−</mo><mi>k</mi>", "−k"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a + b) ∕ 2"),
        ("<msqrt><mrow><mi>p</mi><mi>q</mi></mrow></msqrt>", "√(pq)"),
        ("<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mn>1</mn><mo>)</mo></mrow><mn>2</mn></msup>", "(a + 1)^2^"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>x</mi><mi>i</mi></msub>", "∑[i]^n^x[i]"),
        ("<mi>ln</mi><mi>N</mi><mo>,</mo><mspace width='2em'></mspace><mn>3</mn>", "ln\u2009N,    3"),
        ("<mover><mi>p</mi><mo>^</mo></mover><mo>&lt;</mo><mn>1</mn>", "p\u0302 &lt; 1"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", '<span class="over">x</span>'),
    ],
)
def test_a_formula_is_told_in_one_line(mathml: str, words: str) -> None:
    row = BeautifulSoup(f"<mrow>{mathml}</mrow>", "html.parser").mrow
    assert isinstance(row, Tag)
    told = re.sub(r"</?i>", "", formula(row))
    for tag, marks in (("sub", "[]"), ("sup", "^^")):
        told = told.replace(f"<{tag}>", marks[0]).replace(f"</{tag}>", marks[1])
    assert told == words
