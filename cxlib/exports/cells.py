"""A sheet of a workbook: text that can never become a formula, inputs in blue, formulas that carry their value."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale
from babel.numbers import get_currency_symbol

from cxlib.language import voice

_UNPRINTABLE = re.compile(r"[\x00-\x1f]+")
_RISKY = ("=", "+", "-", "@", "|", "%")
_INK, _INPUT, _RULE = "#0B3D66", "#0000CC", "#8B8F98"


def formats(workbook: Any) -> dict[str, Any]:
    """The formats of a workbook by name; an input has the format of its kind in blue (`input money`)."""
    kinds = {
        "money": money_code(".00"),
        "percent": "0.0%",
        "percent2": "0.00%",
        "whole": "0",
        "factor": "0.00",
        "ratio4": "0.0000",
    }
    made = {kind: workbook.add_format({"num_format": code}) for kind, code in kinds.items()}
    made |= {
        f"input {kind}": workbook.add_format({"num_format": code, "font_color": _INPUT, "bg_color": "#EEF3FB"})
        for kind, code in kinds.items()
    }
    made |= {f"strong {kind}": workbook.add_format({"num_format": code, "bold": True}) for kind, code in kinds.items()}
    made["text"] = workbook.add_format({"text_wrap": True, "valign": "top"})
    made["risky"] = workbook.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    made["title"] = workbook.add_format({"bold": True, "font_size": 16, "font_color": _INK})
    made["note"] = workbook.add_format({"font_color": "#555555", "text_wrap": True, "valign": "top"})
    made["head"] = workbook.add_format(
        {"bold": True, "text_wrap": True, "bottom": 1, "bottom_color": _RULE, "valign": "top"}
    )
    return made


def money_code(decimals: str = "") -> str:
    """The number format of money in this run's currency and locale: "€"#,##0.00."""
    symbol = get_currency_symbol(voice().currency, locale=voice().locale)
    before = Locale.parse(voice().locale).currency_formats["standard"].pattern.startswith("¤")
    return f'"{symbol}"#,##0{decimals}' if before else f'#,##0{decimals}\u00a0"{symbol}"'


class Sheet:
    """One sheet, and the names of the cells and ranges that formulas elsewhere refer to."""

    def __init__(self, sheet: Any, style: dict[str, Any], name: str) -> None:
        self._sheet, self._style, self._name = sheet, style, name
        self.at: dict[str, str] = {}
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

    def heads(self, row: int, words: list[str]) -> None:
        """Write a row of column heads."""
        for column, word in enumerate(words):
            self.text(row, column, word, "head")

    def number(self, row: int, column: int, value: float, kind: str) -> None:
        """Write a number."""
        self._sheet.write_number(row, column, value, self._style[kind])

    def input(self, row: int, column: int, value: float, kind: str, *, name: str = "") -> None:
        """Write a number that may be changed; `name` is what formulas call it."""
        self._sheet.write_number(row, column, value, self._style[f"input {kind}"])
        self._known(name, row, column)

    def formula(
        self, row: int, column: int, formula: str, value: object, kind: str = "money", *, name: str = ""
    ) -> None:
        """Write a formula with the value that Python computed for it."""
        plain = value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
        self._sheet.write_formula(row, column, f"={formula}", self._style[kind], plain if plain == plain else "")
        self._known(name, row, column)

    def figure(self, row: int, words: str, formula: str, value: object, kind: str = "money", *, name: str = "") -> None:
        """Write a named figure: words in the first column, its formula in the second."""
        self.text(row, 0, words)
        self.formula(row, 1, formula, value, kind, name=name)

    def column(self, name: str, letter: str, first: int, last: int) -> None:
        """Name a range of one column, from row `first` to `last` as Excel counts them."""
        self.at[name] = f"{self.quoted}!${letter}${first}:${letter}${last}"

    def freeze(self, row: int, column: int) -> None:
        """Keep the heads in sight."""
        self._sheet.freeze_panes(row, column)

    def chart(self, cell: str, chart: Any, words: str) -> None:
        """Place a chart with its description."""
        self._sheet.insert_chart(cell, chart, {"description": words, "object_position": 2})

    @property
    def quoted(self) -> str:
        """The sheet's name as formulas write it."""
        return "'" + self._name.replace("'", "''") + "'"

    def _known(self, name: str, row: int, column: int) -> None:
        if name:
            self.at[name] = f"{self.quoted}!${chr(65 + column)}${row + 1}"
