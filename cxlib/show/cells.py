"""The cells that maps and grids are made of: semantic HTML tables, every text escaped, state told by word and tint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from cxlib.language import MISSING, _
from cxlib.show.cards import grade_word
from cxlib.show.table import Labels
from cxlib.show.theme import GREY

TINTS = {"measured": "#DDEBF5", "observed": "#F6EBDD", "assumed": "#EFEFF1", "unknown": "#FFFFFF"}
HEAD = "width:11%;text-align:left"
TOP = "text-align:left;vertical-align:top"
PAD = "padding:6px 8px"


def table(caption: str, head: str, rows: Sequence[str], *, kind: str = "map") -> str:
    """A captioned table of rows that are already HTML; `kind` is its CSS class (map | map wide | map centred)."""
    return (
        f'<table class="{kind}" style="width:100%"><caption>{escape(caption)}</caption><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def head(text: str, scope: str = "col", *, span: int = 1, style: str = "text-align:left") -> str:
    """A header cell; over several columns it heads a group."""
    wide = f' colspan="{span}"' if span > 1 else ""
    scope = "colgroup" if span > 1 and scope == "col" else scope
    return f'<th scope="{scope}"{wide} style="{style}">{escape(str(text))}</th>'


def lane(name: str, cells: Sequence[str], *, blank: str = MISSING, style: str = HEAD) -> str:
    """One row: its name, then cells that are already escaped."""
    body = "".join(f'<td style="{TOP}">{cell or blank}</td>' for cell in cells)
    return f"{'<tr>'}{head(name, 'row', style=style)}{body}</tr>"


def tinted(text: str, tint: str, *, style: str = TOP) -> str:
    """A cell with a background; its text is already escaped and says what the tint says."""
    return f'<td style="{style};{PAD};background-color:{tint};color:#1B2733">{text}</td>'


def graded(text: str, grade: str, n: str = "") -> str:
    """A cell whose tint and small word say how well its text is known; the text is already escaped."""
    word = f"<br><small>{escape(grade_word(grade))}{escape(n)}</small>" if text else ""
    return tinted(text + word, TINTS[grade]) if text else f'<td style="{TOP}">{MISSING}</td>'


def bar(share: float, words: str, colour: str = GREY) -> str:
    """A number in words with a bar below it as long as its share of the cell (0–1)."""
    if share != share:
        return escape(words)
    length = max(round(100 * min(max(share, 0.0), 1.0)), 1)
    rule = f'<div style="width:{length}%;border-top:6px solid {colour}"></div>'
    return escape(words) + rule


def line(name: str, width: int) -> str:
    """A dashed line across a map, with its name: the line of visibility."""
    rule, words = f"border-top:2px dashed {GREY}", _("below this line customers see nothing")
    return (
        f'<tr><th scope="row" style="{HEAD};{rule}">{escape(name)}</th>'
        f'<td colspan="{width}" style="{rule}">{escape(words)}</td></tr>'
    )


def listed(cells: pd.Series, labels: Labels, kind: str, *, mark: str = "") -> list[str]:
    """Cells with several codes (;) as lines of labels."""
    names: Mapping[str, str] = labels.get(kind, {})
    return [
        "<br>".join(escape(mark + names.get(key.strip(), key.strip())) for key in str(cell).split(";") if key.strip())
        if said(cell)
        else ""
        for cell in cells
    ]


def said(cell: object) -> bool:
    """True when a cell holds something."""
    return cell is not None and cell == cell and str(cell) != ""
