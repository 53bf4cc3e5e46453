"""The style sheet: enough contrast in light and dark, figures on a white plate, a page that prints."""

from __future__ import annotations

import re

import pytest

from cxlib.report.page import css


def palette(theme: str) -> dict[str, str]:
    """The colours of a theme by name; dark overrides light."""
    blocks = re.findall(r":root\{([^}]*)\}", css())
    light, dark = (dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", block)) for block in blocks[:2])
    return light if theme == "light" else light | dark


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_counted_as_the_guideline_does() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["text", "muted", "ink", "accent", "warn", "bad"])
def test_every_colour_of_text_has_contrast_on_paper_and_on_tint(theme: str, name: str) -> None:
    colours = palette(theme)
    assert contrast(colours[name], colours["paper"]) >= 4.5
    assert contrast(colours[name], colours["tint"]) >= 4.5


def test_figures_stand_on_a_white_plate_in_both_themes() -> None:
    assert palette("light")["plate"] == palette("dark")["plate"] == "#fff"


def test_a_page_prints_on_a4_without_its_navigation_and_with_its_details_open() -> None:
    printed = css()[css().index("@media print") :]
    for rule in (
        "size:A4",
        ".strip,.skip,.onward,.how,.gist a,.todo pre{display:none}",
        "details::details-content",
        "break-inside:avoid",
    ):
        assert rule in printed
