"""How things are shown: a figure as an image that keeps its alt text, a tidy table as a captioned HTML table, a card.

The HTML is plain on purpose: figure, img, table, caption, scope survive an untrusted JupyterLab notebook, the exporter and
print. Text from data is always escaped.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image  # matplotlib draws PNG with it

from cxlib.facts import CONFIDENCE
from cxlib.language import MISSING, _, day, interval, number, percent, quantity, term, unknown, upper_first
from cxlib.privacy.suppression import key_columns
from cxlib.show.theme import FONTS, style

MAX_SVG_BYTES = 120_000  # beyond it a figure has so many marks that a PNG is the smaller
PNG_DPI = 150
PNG_COLOURS = 64  # a palette: a third of the bytes, and no difference that can be seen in a drawing of six colours
_SIZE = re.compile(rb'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_SUFFIX = re.compile(r"_(share|money|points|score|ratio|id|on|at|days|months)$")
_FAMILY = re.compile(rb"font-family: 'DejaVu Sans'(; )?")
LABELLED = {
    "step": "step",
    "from_step": "step",
    "to_step": "step",
    "stall_step": "step",
    "objective_step": "step",
    "touchpoint": "touchpoint",
    "moment": "touchpoint",
    "channel": "channel",
    "from_channel": "channel",
    "to_channel": "channel",
    "goes_to": "channel",
    "segment": "segment",
    "idea_id": "idea",
    "experience": "idea",
    "capability_id": "capability",
    "capability": "capability",
    "person_id": "person",
}
WITH_UNIT = ("estimate", "low", "high", "detectable", "everybody")  # columns in the unit of their row
Labels = Mapping[str, Mapping[str, str]]


def labelled(table: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The table with codes replaced by their labels in the columns that hold codes."""
    shown = table.copy()
    for column, kind in LABELLED.items():
        if column in shown and labels.get(kind):
            shown[column] = [labels[kind].get(str(code), code) for code in shown[column]]
    return shown


def figure_html(drawn: Figure | Axes, alt: str, caption: str = "") -> str:
    """A drawn figure as `<figure><img alt width height>`: SVG with its text as text, or PNG where it has too many marks.

    Width and height are the size it was drawn for, in CSS pixels: a page reserves room before it loads, and a phone
    shows it in a box that scrolls, never too small to read. Raises ValueError without an alternative text.
    """
    if not alt.strip():
        raise ValueError("figure: the alternative text is empty. Say what it shows and the number that matters.")
    kind, content, (width, height) = _image(drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True))
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    size = f'width="{width}" height="{height}"'
    return f'<figure><img src="{source}" alt="{escape(alt, quote=True)}" {size}>{below}</figure>'


def _image(paper: Any) -> tuple[str, bytes, tuple[int, int]]:
    """Kind, bytes, and size in CSS pixels."""
    options: Any = {"bbox_inches": "tight", "pad_inches": 0.08}
    with style():
        buffer = io.BytesIO()
        paper.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, **options)
        vector = _one_font(buffer.getvalue())
        size = _pixels(vector)
        if len(vector) <= MAX_SVG_BYTES:
            return "svg+xml", vector, size
        raw, pixels = io.BytesIO(), io.BytesIO()
        paper.savefig(raw, format="png", dpi=PNG_DPI, **options)
        Image.open(raw).convert("RGB").quantize(PNG_COLOURS).save(pixels, "PNG", optimize=True)
        return "png", pixels.getvalue(), size


def _one_font(vector: bytes) -> bytes:
    """The drawing with its font named once for all its texts, and what to take where that font is missing."""
    once = b'<style type="text/css">text{font-family:' + FONTS.encode() + b"}"
    return _FAMILY.sub(b"", vector).replace(b'<style type="text/css">', once, 1)


def _pixels(vector: bytes) -> tuple[int, int]:
    """The size of a drawing in CSS pixels, 96 an inch where an SVG counts 72 points."""
    found = _SIZE.search(vector)
    wide, high = (round(float(points) * 96 / 72) for points in found.groups()) if found else (0, 0)
    return wide, high


def table_html(
    table: pd.DataFrame, *, caption: str, labels: Labels | None = None, hidden: Sequence[bool] = (), more: int = 0
) -> str:
    """A tidy table for people: units, locale, labels. A `hidden` line shows only labels; `more` lines are left out."""
    shown, dark = labelled(table, {} if labels is None else labels), list(hidden) or [False] * len(table)
    columns, keys = _columns(shown), key_columns(table)
    head = "".join(f'<th scope="col"{_side(shown, name)}>{escape(header(name))}</th>' for name in columns)
    body = "".join(
        _row(row, columns, shown, keys if veiled else None)
        for (_index, row), veiled in zip(_even(shown).iterrows(), dark, strict=True)
    )
    notes = [_("{n} more rows are not shown.", n=number(more))] if more > 0 else []
    if any(dark):
        notes.append(_("Hidden: groups of few persons, and groups that would tell how few they are."))
    foot = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    return (
        f'<table class="tidy"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{foot}"
    )


def _columns(shown: pd.DataFrame) -> list[str]:
    """The columns to print: estimate carries its unit, low and high become one interval."""
    hidden = {"unit"} if "estimate" in shown.columns else set()
    hidden |= {"high"} if {"estimate", "low", "high"} <= set(shown.columns) else set()
    return [str(name) for name in shown.columns if name not in hidden]


def _even(table: pd.DataFrame) -> pd.DataFrame:
    """The table with plain numbers of one column at the same decimals: two (one for days) where some have a fraction."""
    even = table.copy()
    for name in [name for name in table if pd.api.types.is_float_dtype(table[name]) and name not in WITH_UNIT]:
        known = table[name][[not unknown(value) for value in table[name]]]
        if not unit_of(str(name)) and known.abs().max() < 100 and (known != known.round()).any():
            digits = 1 if str(name).endswith("_day") else 2
            even[name] = pd.Series([number(value, digits) for value in table[name]], table.index, dtype="str")
    return even


def _row(row: pd.Series[Any], columns: list[str], shown: pd.DataFrame, keys: list[str] | None) -> str:
    """One line; with `keys`, only these of its columns are shown."""
    cells = []
    for position, name in enumerate(columns):
        text = _cell(row, name) if keys is None or name in keys else _("hidden") if name == "n" else MISSING
        mark = '<th scope="row">{}</th>' if position == 0 else "<td" + _side(shown, name) + ">{}</td>"
        cells.append(mark.format(escape(text)))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(row: pd.Series[Any], name: str) -> str:
    value, unit = row[name], str(row.get("unit", "") or "")
    if name == "low" and "high" in row.index:
        return interval(row["low"], row["high"], unit or unit_of(name))
    if name in WITH_UNIT and not isinstance(value, str):
        return quantity(_plain(value), unit)
    return text_of(value, unit_of(name))


def text_of(value: Any, unit: str = "") -> str:
    """Any cell as text in the locale."""
    if isinstance(value, list | tuple) or getattr(value, "ndim", None):
        return ", ".join(str(item) for item in value)
    if unknown(value) or value is pd.NaT:
        return MISSING
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return _("yes") if value else _("no")
    if isinstance(value, pd.Timestamp) or hasattr(value, "isoformat"):
        return day(value)
    return value if isinstance(value, str) else quantity(_plain(value), unit or "number")


def unit_of(name: str) -> str:
    """The unit that a column's name carries: reach_share and p_worst → share, cost_money → money, n_customers → count."""
    if name == "n" or name.startswith("n_"):
        return "count"
    if name.startswith(("p_", "share_of_")):
        return "share"
    suffix = name.rsplit("_", 1)[-1]
    return suffix if suffix in ("share", "points", "money", "days", "months", "score", "ratio") else ""


def header(name: str) -> str:
    """A column's name in words: value_at_stake_money → "Value at stake"."""
    if name == "low":
        return _("{level} interval", level=percent(CONFIDENCE, 0))
    words = _SUFFIX.sub("", name.removeprefix("n_")).replace("_", " ")
    return term("column", name, "") or _(upper_first(words))


def _side(shown: pd.DataFrame, name: str) -> str:
    numeric = name == "low" or (pd.api.types.is_numeric_dtype(shown[name]) and shown[name].dtype != bool)
    return ' class="num" style="text-align:right"' if numeric else ' style="text-align:left"'


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
