"""How a figure leaves the kernel: text as text, its size said, and no more bytes than it needs."""

from __future__ import annotations

import base64
import re

from bs4 import BeautifulSoup, Tag

from cxlib.show import table as show
from cxlib.show.theme import FONTS, canvas


def image(points: int, title: str = "Who goes on") -> Tag:
    ax = canvas(None, 6, 3)
    ax.scatter(range(points), range(points))
    ax.set_title(title)
    return BeautifulSoup(show.figure_html(ax, "Points: they rise"), "html.parser").find("img")


def drawing(img: Tag) -> str:
    return base64.b64decode(img["src"].partition("base64,")[2]).decode()


def test_the_words_of_a_figure_are_text_in_a_font_every_machine_has() -> None:
    svg = drawing(image(3, "Customers & “friends”"))
    assert "Customers &amp; “friends”</text>" in svg
    assert svg.count("font-family") == 1 and f"text{{font-family:{FONTS}}}" in svg
    assert "sans-serif" in FONTS


def test_a_figure_says_its_size_in_pixels_of_96_an_inch() -> None:
    img = image(3)
    points = re.search(r'width="([\d.]+)pt"', drawing(img))
    assert points is not None and int(img["width"]) == round(float(points[1]) / 72 * 96)
    assert 500 < int(img["width"]) < 700 and 200 < int(img["height"]) < 400


def test_a_figure_of_thousands_of_marks_becomes_pixels_of_the_same_size() -> None:
    few, many = image(3), image(3000)
    assert few["src"].startswith("data:image/svg+xml") and many["src"].startswith("data:image/png")
    assert abs(int(few["width"]) - int(many["width"])) < 30
    assert len(many["src"]) < 100_000
