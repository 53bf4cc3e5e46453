"""A sheet of a workbook: text that can never become a formula, inputs in blue, formulas that carry their value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.numbers import get_currency_symbol

from cxlib.language import _, voice

_UNPRINTABLE = re.compile(r"[\x00-\x1f]+")
_RISKY = ("=", "+", "-", "@", "|", "%")
_INK, _RULE = "#0B3D66", "#8B8F98"
_TOP = {"valign": "top", "text_wrap": True}
_BLUE = {"font_color": "#0000CC", "bg_color": "#EEF3FB"}
Cells = dict[str, dict[str, str]]  # name → label, formula, kind


@cache
def cells(section: str) -> Cells:
    """The cells of a section of `workbook.yaml` by their names, in their order."""
    told: dict[str, Cells] = yaml.safe_load(Path(__file__).with_name("workbook.yaml").read_text(encoding="utf-8"))
    return told[section]


def labels(section: str) -> list[str]:
    """The labels of a section in the language in force."""
    return [_(cell["label"]) for cell in cells(section).values()]


def formats(workbook: Any) -> dict[str, Any]:
    """The formats of a workbook by name; an input has the format of its kind in blue (`input money`)."""
    kinds = {"percent": "0.0%", "percent2": "0.00%", "whole": "0", "factor": "0.00", "ratio4": "0.0000"}
    looks: dict[str, dict[str, Any]] = {"": {}, "input ": _BLUE, "strong ": {"bold": True}}
    made: dict[str, dict[str, Any]] = {
        look + kind: {"num_format": code, **style}
        for kind, code in {"money": money_code(".00"), **kinds}.items()
        for look, style in looks.items()
    }
    made |= {
        "text": _TOP,
        "risky": {**_TOP, "quote_prefix": True},
        "title": {"bold": True, "font_size": 16, "font_color": _INK},
        "note": {**_TOP, "font_color": "#555555"},
        "head": {**_TOP, "bold": True, "bottom": 1, "bottom_color": _RULE},
    }
    return {name: workbook.add_format(style) for name, style in made.items()}


def money_code(decimals: str = "") -> str:
    """The number format of money in this run's currency and locale: "€"#,##0.00."""
    symbol = get_currency_symbol(voice().currency, locale=voice().locale)
    before = Locale.parse(voice().locale).currency_formats["standard"].pattern.startswith("¤")
    return f'"{symbol}"#,##0{decimals}' if before else f'#,##0{decimals}\u00a0"{symbol}"'


class Sheet:
    """One sheet; `at` holds the cells and ranges of the whole workbook by the names that formulas call them."""

    def __init__(self, sheet: Any, style: dict[str, Any], name: str, at: dict[str, str] | None = None) -> None:
        self._sheet, self._style = sheet, style
        self._quoted = "'" + name.replace("'", "''") + "'"
        self.at = {} if at is None else at
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def widths(self, widths: list[float]) -> None:
        """Set the widths of the first columns, in characters."""
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)

    def title(self, title: str, note: str) -> None:
        """Write the sheet's title and a note below it."""
        self.text(0, 0, title, "title")
        self.text(1, 0, note, "note", wrap=False)

    def text(self, row: int, column: int, text: str, style: str = "text", *, wrap: bool = True) -> None:
        """Write text as text, whatever it begins with; editing the cell does not make it a formula either."""
        clean = _UNPRINTABLE.sub(" ", text)[:32_000]
        name = "risky" if style == "text" and clean.lstrip().startswith(_RISKY) else style
        self._sheet.write_string(row, column, clean, self._style[name] if wrap or style != "note" else None)

    def heads(self, row: int, words: Iterable[str]) -> None:
        """Write a row of column heads."""
        for column, word in enumerate(words):
            self.text(row, column, word, "head")

    def number(self, row: int, column: int, value: float, kind: str, *, name: str = "") -> None:
        """Write a number; `name` is what formulas call it."""
        self._sheet.write_number(row, column, value, self._style[kind])
        self._known(name, row, column)

    def blank(self, row: int, column: int, kind: str, *, name: str = "") -> None:
        """Leave a cell to be filled in; `name` is what formulas call it."""
        self._sheet.write_blank(row, column, None, self._style[kind])
        self._known(name, row, column)

    def formula(
        self, row: int, column: int, formula: str, value: object, kind: str, *, name: str = "", **places: object
    ) -> None:
        """Write a formula with the value that Python computed for it; {n} in it is its row as Excel counts."""
        plain = value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
        filled = formula.format(**{**self.at, "n": row + 1, **places})
        self._sheet.write_formula(row, column, f"={filled}", self._style[kind], plain if plain == plain else "")
        self._known(name, row, column)

    def figures(
        self, section: str, row: int, values: Mapping[str, object], *, strong: bool = False, **places: object
    ) -> None:
        """Write the figures of a section below each other: words, then a formula, named as in the section."""
        look = "strong " if strong else ""
        for at, (name, cell) in enumerate(cells(section).items(), start=row):
            self.text(at, 0, _(cell["label"]))
            named = "" if strong else name
            self.formula(at, 1, cell["formula"], values[name], look + cell["kind"], name=named, **places)

    def column(self, name: str, letter: str, first: int, last: int) -> None:
        """Name a range of one column, from row `first` to `last` as Excel counts them."""
        self.at[name] = f"{self._quoted}!${letter}${first}:${letter}${last}"

    def freeze(self, row: int, column: int) -> None:
        """Keep the heads in sight."""
        self._sheet.freeze_panes(row, column)

    def chart(self, cell: str, chart: Any, words: str) -> None:
        """Place a chart with its description."""
        self._sheet.insert_chart(cell, chart, {"description": words, "object_position": 2})

    def _known(self, name: str, row: int, column: int) -> None:
        if name:
            self.at[name] = f"{self._quoted}!${chr(65 + column)}${row + 1}"
