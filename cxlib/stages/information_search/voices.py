"""Cards of stage 5 as semantic HTML tables: persona sheets, empathy map, evidence heat table, quotes; each cell is graded."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

import pandas as pd

from cxlib.language import _, number, percent, quantity
from cxlib.show.cells import PAD, TINTS, TOP, graded, head, table, tinted
from cxlib.show.table import Labels

Row = dict[Hashable, Any]
PAIRS = (("says", "thinks"), ("does", "feels"), ("pains", "gains"))
KINDS = {"does": "touchpoint", "channel": "channel", "pains": "theme", "gains": "theme"}
GATE = 30


def persona_sheets(rows: pd.DataFrame, labels: Labels, *, row_names: Mapping[str, str], gate_n: int = GATE) -> str:
    """One column per kind of customer, one row per thing known of it; "" without rows.

    rows: from `cxlib.stages.information_search.personas`: segment, row, item, estimate, low, high, n, unit.
    """
    if rows.empty:
        return ""
    segments = list(dict.fromkeys(rows["segment"]))
    names = labels.get("segment", {})
    top = f"<tr><td></td>{''.join(head(names.get(one, one)) for one in segments)}</tr>"
    lanes = []
    for key in dict.fromkeys(rows["row"]):
        here = rows[rows["row"] == key]
        cells = [_persona_cell(here[here["segment"] == one], labels, gate_n) for one in segments]
        lanes.append(f"<tr>{head(row_names.get(key, key), 'row')}{''.join(cells)}</tr>")
    return table(_("Who they are, one sheet a column; each cell with how well it is known"), top, lanes)


def empathy_cards(rows: pd.DataFrame, *, cell_names: Mapping[str, str], minimum_cell: int, gate_n: int = GATE) -> str:
    """The empathy map: says and thinks, does and feels, pains and gains, two cards a row; "" without rows.

    rows: cell, item (in words), words, n, estimate (share, blank on a small base). Items of fewer than `minimum_cell`
    persons are left out; an empty card says what it would take.
    """
    if rows.empty:
        return ""
    rows = rows[rows["n"] >= minimum_cell]
    lanes = []
    for left, right in PAIRS:
        cells = [_card(rows[rows["cell"] == key], cell_names.get(key, key), gate_n) for key in (left, right)]
        lanes.append(f"<tr>{''.join(cells)}</tr>")
    return table(_("Empathy map, counted in persons"), "", lanes)


def evidence_heat(rows: pd.DataFrame, *, words: Mapping[str, str], minimum_cell: int) -> str:
    """Question × source by moment: a word for the level, a tint that says the same, and n; "" without rows.

    rows: question, source, moment (in words), n, kind of what n counts (persons | entries), level (measured | observed | gap).
    """
    if rows.empty:
        return ""
    moments = list(dict.fromkeys(rows["moment"]))
    top = f"<tr>{head(_('Question'))}{head(_('Source'))}{''.join(head(one) for one in moments)}</tr>"
    lanes = []
    for (question, source), here in rows.groupby(["question", "source"], sort=False):
        known = {str(row["moment"]): row for row in here.to_dict("records")}
        cells = "".join(_level(known[one], words, minimum_cell) for one in moments)
        lanes.append(f'<tr>{head(str(question), "row")}<td style="{TOP}">{escape(str(source))}</td>{cells}</tr>')
    return table(_("What is known of each moment, by question and source"), top, lanes)


def quote_cards(rows: pd.DataFrame, *, columns: Mapping[str, str]) -> str:
    """Quotes side by side by tone, each with its theme and the number of persons who wrote about it; "" without rows.

    rows: group (positive | negative), theme (in words), quote, n.
    """
    if rows.empty:
        return ""
    groups = [group for group in columns if (rows["group"] == group).any()]
    parts = [rows[rows["group"] == group].to_dict("records") for group in groups]
    top = f"<tr>{''.join(head(columns[group]) for group in groups)}</tr>"
    lanes = [f"<tr>{''.join(_quote(part[place] if place < len(part) else {}) for part in parts)}</tr>"
             for place in range(max(len(part) for part in parts))]  # fmt: skip
    return table(
        _("In their own words, personal data masked; n: persons who wrote about the theme in that tone"), top, lanes
    )


def _quote(row: Row) -> str:
    if not row:
        return f'<td style="{TOP}"></td>'
    theme, n = escape(str(row["theme"])), number(row["n"], 0)
    said = f"<strong>{theme}</strong> <small>n = {n}</small><br>“{escape(str(row['quote']))}”"
    return f'<td style="{TOP};{PAD}">{said}</td>'


def _persona_cell(here: pd.DataFrame, labels: Labels, gate_n: int) -> str:
    """The items of one row of one sheet, largest first; what nobody knows says so."""
    known = here[here["estimate"].notna()]
    if known.empty:
        return tinted(f"<small>{escape(_('cannot tell'))}</small>", TINTS["assumed"])
    rows = known.to_dict("records")
    lines = [escape(_item(row, labels)) for row in rows]
    n = min(int(row["n"]) for row in rows)
    return graded("<br>".join(lines), "measured" if n >= gate_n else "observed", f", n = {number(n, 0)}")


def _item(row: Row, labels: Labels) -> str:
    """ "Room planner 61 %": an item in words with its share, or a level alone."""
    item = str(row["item"])
    named = labels.get(KINDS.get(str(row["row"]), ""), {}).get(item, item.replace("_", " "))
    value = percent(row["estimate"], 0) if row["unit"] == "share" else quantity(row["estimate"], str(row["unit"]))
    return f"{named} {value}".strip()


def _card(here: pd.DataFrame, name: str, gate_n: int) -> str:
    title = f"<strong>{escape(name)}</strong>"
    if here.empty:
        said = f"{title}<br><small>{escape(_('nothing is known: assumed until somebody asks'))}</small>"
        return tinted(said, TINTS["assumed"])
    lines = [f"{escape(str(row['item']))} <small>{escape(_evidence(row))}</small>" for row in here.to_dict("records")]
    grade = "measured" if int(here["n"].min()) >= gate_n else "observed"
    return graded("<br>".join([title, *lines]), grade)


def _evidence(row: Row) -> str:
    share: str = "" if pd.isna(row["estimate"]) else f", {percent(row['estimate'], 0)}"
    words = f": {row['words']}" if row["words"] else ""
    return f"n = {number(row['n'], 0)}{share}{words}"


def _level(row: Row, words: Mapping[str, str], minimum_cell: int) -> str:
    level, n = str(row["level"]), int(row["n"])
    persons = row["kind"] == "persons"
    counted = f"n = {number(n, 0)}" if n >= minimum_cell or not persons else f"n < {minimum_cell}"
    said = escape(words[level]) + (f" <small>{escape(counted)}</small>" if n else "")
    return tinted(said, TINTS.get(level, TINTS["unknown"]))
