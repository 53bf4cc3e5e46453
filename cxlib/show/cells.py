"""The cells that maps, grids and cards are made of: semantic HTML tables, every text escaped, state told by word and tint.

Whole tables are laid out by `templates/*.html.j2`, where every value is escaped unless it is marked as HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from cxlib.language import MISSING, _
from cxlib.show.cards import grade_word

TINTS = {"measured": "#DDEBF5", "observed": "#F6EBDD", "assumed": "#EFEFF1", "unknown": "#FFFFFF"}
TOP = "text-align:left;vertical-align:top"
PAD = "padding:6px 8px"


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"_": _, "missing": MISSING, "tints": TINTS}
    return made


def render(name: str, caption: str, *, kind: str = "map", width: int = 0, **values: object) -> str:
    """A captioned table laid out by the named template; `kind` is its CSS class, `width` its minimum width in em."""
    return _templates().get_template(f"{name}.html.j2").render(caption=caption, kind=kind, width=width, **values)


def table(caption: str, head: str, rows: Sequence[str], *, kind: str = "map") -> str:
    """A captioned table of rows that are already HTML; `kind` is its CSS class (map | map wide | map centred)."""
    body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
    return f'<table class="{kind}" style="width:100%"><caption>{escape(caption)}</caption>{body}</table>'


def head(text: str, scope: str = "col", *, style: str = "text-align:left") -> str:
    """A header cell."""
    return f'<th scope="{scope}" style="{style}">{escape(str(text))}</th>'


def tinted(text: str, tint: str, *, style: str = TOP) -> str:
    """A cell with a background; its text is already escaped and says what the tint says."""
    return f'<td style="{style};{PAD};background-color:{tint};color:#1B2733">{text}</td>'


def graded(text: str, grade: str, n: str = "") -> str:
    """A cell whose tint and small word say how well its text is known; the text is already escaped."""
    word = f"<br><small>{escape(grade_word(grade))}{escape(n)}</small>"
    return tinted(text + word, TINTS[grade]) if text else f'<td style="{TOP}">{MISSING}</td>'


def said(cell: object) -> bool:
    """Whether a cell holds something."""
    return cell is not None and cell == cell and str(cell) != ""
