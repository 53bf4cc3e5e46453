"""A style of a notebook's output never asks for anything: pages stay whole and silent without a network."""

from __future__ import annotations

import pytest

from cxlib.report.clean import clean_html

ASKING = [
    r"background:u\72l(http://evil.example)",
    r"background:\75 rl(http://evil.example)",
    "background:URL(http://evil.example)",
    "background:url (http://evil.example)",
    "background:u/**/rl(http://evil.example)",
    "background:image-set('http://evil.example' 1x)",
    "background:image(http://evil.example)",
    "background:-webkit-image-set('http://evil.example' 1x)",
    "background:cross-fade(url(http://evil.example), red)",
    "background:element(#x)",
    "background:src(var(--x))",
    "width:expression(alert(1))",
    "background:&#117;rl(http://evil.example)",
    "background:u&#92;72l(http://evil.example)",
    "background:var(--x, url(http://evil.example))",
]


@pytest.mark.parametrize("style", ASKING)
def test_no_style_asks_for_anything(style: str) -> None:
    clean = clean_html(f'<p style="{style}">x</p>').lower()
    assert "evil.example" not in clean
    assert "url" not in clean
    assert "expression" not in clean


@pytest.mark.parametrize(
    "style",
    ["color:red", "width:calc(100% - 2px)", "background:rgba(0,0,0,.5)", "color:var(--ink)", "padding:.2em .4em"],
)
def test_a_style_that_only_computes_stays(style: str) -> None:
    name = style.partition(":")[0]
    assert f"{name}:" in clean_html(f'<p style="{style}">x</p>')
