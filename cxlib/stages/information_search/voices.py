"""Cards of stage 5 as semantic HTML tables: persona sheets, empathy map, evidence, quotes; each cell is graded."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from cxlib.facts import EVIDENCE_N, rows
from cxlib.language import _, number, percent, quantity
from cxlib.show.cells import PAD, TINTS, TOP, graded, head, table, tinted
from cxlib.show.table import Labels
from cxlib.stages.information_search.shown import named

Row = Mapping[str, Any]
PAIRS = (("says", "thinks"), ("does", "feels"), ("pains", "gains"))
KINDS = {"does": "touchpoint", "channel": "channel", "pains": "theme", "gains": "theme"}


def persona_cards(sheets: pd.DataFrame, labels: Labels) -> str:
    """One column per kind of customer, one row per thing known of it; "" without rows.

    sheets: from `persona_sheets`: segment, row, item, estimate, low, high, n, unit.
    """
    if sheets.empty:
        return ""
    names, lanes = labels.get("segment", {}), named("sheet_rows")
    top = "".join(head(names.get(segment, segment)) for segment in sheets["segment"].unique())
    body = []
    for key, here in sheets.groupby("row", sort=False):
        cells = (_persona_cell(items, labels) for _segment, items in here.groupby("segment", sort=False))
        body.append(f"<tr>{head(lanes.get(str(key), str(key)), 'row')}{''.join(cells)}</tr>")
    return table(
        _("Who they are, one sheet a column; each cell with how well it is known"), f"<tr><td></td>{top}</tr>", body
    )


def empathy_cards(felt: pd.DataFrame, *, minimum_cell: int) -> str:
    """The empathy map: says and thinks, does and feels, pains and gains, two cards a row; "" without rows.

    felt: cell, item (in words), words, n, estimate (share, blank on a small base). Items of fewer than `minimum_cell`
    persons are left out; an empty card says what it would take.
    """
    if felt.empty:
        return ""
    names, shown = named("cells"), felt[felt["n"] >= minimum_cell]
    cards = [[_card(shown[shown["cell"] == key], names[key]) for key in pair] for pair in PAIRS]
    return table(_("Empathy map, counted in persons"), "", [f"<tr>{''.join(pair)}</tr>" for pair in cards])


def evidence_heat(evidence: pd.DataFrame, *, minimum_cell: int) -> str:
    """Question × source by moment: a word for the level, a tint that says the same, and n; "" without rows.

    evidence: question, source, moment (in words), n, kind of what n counts (persons | entries), level (measured |
    observed | gap).
    """
    if evidence.empty:
        return ""
    headings = [_("Question"), _("Source"), *dict.fromkeys(evidence["moment"])]
    lanes = []
    for (question, source), here in evidence.groupby(["question", "source"], sort=False):
        cells = "".join(_level(row, minimum_cell) for row in rows(here))
        lanes.append(f'<tr>{head(str(question), "row")}<td style="{TOP}">{escape(str(source))}</td>{cells}</tr>')
    return table(
        _("What is known of each moment, by question and source"), f"<tr>{''.join(map(head, headings))}</tr>", lanes
    )


def quote_cards(quotes: pd.DataFrame) -> str:
    """Quotes side by side by tone, the bad one first, each with its theme and how many wrote about it; "" without rows.

    quotes: group (positive | negative), theme (in words), quote, n.
    """
    if quotes.empty:
        return ""
    parts = {name: rows(quotes[quotes["group"] == tone]) for tone, name in named("tones").items()}
    parts = {name: said for name, said in parts.items() if said}
    longest = max(map(len, parts.values()))
    columns = [[*map(_quote, said), *[f'<td style="{TOP}"></td>'] * (longest - len(said))] for said in parts.values()]
    lanes = [f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True)]
    caption = _(
        "In their own words; e-mails, handles, numbers, addresses and dates of birth are masked, names cannot be found "
        "by rule; n: persons who wrote about the theme in that tone"
    )
    return table(caption, f"<tr>{''.join(map(head, parts))}</tr>", lanes)


def _quote(row: Row) -> str:
    """One quote below its theme."""
    title = f"<strong>{escape(row['theme'])}</strong> <small>n = {escape(number(row['n'], 0))}</small>"
    return f'<td style="{TOP};{PAD}">{title}<br>“{escape(row["quote"])}”</td>'


def _persona_cell(here: pd.DataFrame, labels: Labels) -> str:
    """The items of one row of one sheet, largest first; what nobody knows says so."""
    known = here[here["estimate"].notna()]
    if known.empty:
        return tinted(f"<small>{escape(_('cannot tell'))}</small>", TINTS["assumed"])
    n = int(known["n"].min())
    lines = "<br>".join(escape(_item(row, labels)) for row in rows(known))
    return graded(lines, _grade(n), f", n = {number(n, 0)}")


def _item(row: Row, labels: Labels) -> str:
    """ "Room planner 61 %": an item in words with its share, or a level alone."""
    names = labels.get(KINDS.get(row["row"], ""), {})
    value = percent(row["estimate"], 0) if row["unit"] == "share" else quantity(row["estimate"], row["unit"])
    return f"{names.get(row['item'], row['item'].replace('_', ' '))} {value}".strip()


def _card(here: pd.DataFrame, name: str) -> str:
    """One cell of the empathy map: its items with what they rest on."""
    title = f"<strong>{escape(name)}</strong>"
    if here.empty:
        silent = escape(_("nothing is known: assumed until somebody asks"))
        return tinted(f"{title}<br><small>{silent}</small>", TINTS["assumed"])
    lines = [f"{escape(row['item'])} <small>{escape(_evidence(row))}</small>" for row in rows(here)]
    return graded("<br>".join([title, *lines]), _grade(int(here["n"].min())))


def _evidence(row: Row) -> str:
    """How many persons an item rests on, their share where it may be told, and the words that show it."""
    share: str = "" if pd.isna(row["estimate"]) else f", {percent(row['estimate'], 0)}"
    words = f": {row['words']}" if row["words"] else ""
    return f"n = {number(row['n'], 0)}{share}{words}"


def _level(row: Row, minimum_cell: int) -> str:
    """How well one question is answered at one moment; few persons are not counted out."""
    n, told = row["n"], named("levels")[row["level"]]
    counted = f"n < {minimum_cell}" if row["kind"] == "persons" and n < minimum_cell else f"n = {number(n, 0)}"
    said = escape(told) + (f" <small>{escape(counted)}</small>" if n else "")
    return tinted(said, TINTS.get(row["level"], TINTS["unknown"]))


def _grade(n: int) -> str:
    """How well something is known that rests on n persons."""
    return "measured" if n >= EVIDENCE_N else "observed"
