"""Lean figures: fewer bytes, the same drawing."""

from __future__ import annotations

import base64
import io
import urllib.parse
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import pytest

from cxlib.report.svg import PREFIX, lean_svg


@pytest.fixture
def drawn() -> str:
    """A matplotlib figure as a data address."""
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.plot([1, 2, 3.3333333], [0.1234567, 5, 2], "o-", label="100 % & <more> it's")
    axes.set_title("Title #1")
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    plt.close(figure)
    return PREFIX + base64.b64encode(buffer.getvalue()).decode()


def tree(source: str) -> ET.Element:
    _head, _comma, body = source.partition(",")
    text = base64.b64decode(body).decode() if ";base64" in source else urllib.parse.unquote(body)
    return ET.fromstring(text)


def test_a_lean_figure_is_a_third_smaller_and_has_the_same_elements(drawn: str) -> None:
    lean = lean_svg(drawn)
    assert len(lean) < 0.67 * len(drawn)
    kept = [element.tag for element in tree(lean).iter()]
    dropped = ("metadata", "w3.org/1999/02", "purl.org", "creativecommons")
    assert kept == [one.tag for one in tree(drawn).iter() if not any(part in one.tag for part in dropped)]


def test_every_reference_in_a_lean_figure_finds_its_element(drawn: str) -> None:
    root = tree(lean_svg(drawn))
    names = {element.get("id") for element in root.iter()} - {None}
    used = {value[1:] for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")}
    assert used and used <= names


def test_scales_are_not_rounded_and_coordinates_keep_two_decimals() -> None:
    path = '<path d="M 1.23456 -0.001" transform="translate(9.87654 1) scale(0.015625 -0.1)"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    lean = urllib.parse.unquote(lean_svg(PREFIX + base64.b64encode(svg.encode()).decode()))
    assert "M1.23,-0" in lean and "translate(9.88,1) scale(0.015625 -0.1)" in lean


def test_what_is_no_svg_comes_back_as_it_was() -> None:
    assert lean_svg("data:image/png;base64,AAAA") == "data:image/png;base64,AAAA"
