"""What was found when a table was read: rows, repairs by kind, and what was refused with rows and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from cxlib.language import _, mark

N_EXAMPLES = 3
N_ROWS_NAMED = 10


REPAIRS: dict[str, str] = {
    "encoding": mark("file read in another encoding than UTF-8"),
    "delimiter": mark("file read with another separator than the comma"),
    "preamble": mark("lines above the header skipped"),
    "total_row": mark("rows with totals skipped"),
    "blank_row": mark("empty rows skipped"),
    "short_row": mark("rows shorter than the header filled up with blanks"),
    "control_character": mark("control characters taken out"),
    "blanks_around": mark("blanks around a value taken off"),
    "blank_word": mark("words for nothing (n/a, null, -) read as blank"),
    "code_recoded": mark("codes replaced by the value they stand for"),
    "code_blank": mark("codes that mean no answer read as blank"),
    "letter_case": mark("upper and lower case brought to the accepted form"),
    "decimal_comma": mark("decimal commas read"),
    "thousands": mark("separators of thousands taken out"),
    "currency_sign": mark("signs of currency or percent taken off"),
    "negative_sign": mark("negative amounts written with brackets or a minus behind"),
    "day_first": mark("dates written day first"),
    "month_first": mark("dates written month first"),
    "other_date": mark("dates in another declared form"),
    "two_digit_year": mark("years of two digits completed"),
    "time_zone": mark("time zones taken off, local time kept"),
    "duplicate": mark("rows that repeat another one exactly dropped"),
    "many_first": mark("rows of a key that has several: the earliest kept"),
    "many_sum": mark("lines of a key that has several: summed into one row"),
    "weight_zero": mark("answers with a weight of 0 set aside: they stand for nobody"),
    "join_first": mark("rows with several partners in a joined file: the first taken"),
    "join_sum": mark("rows with several partners in a joined file: summed"),
    "join_none": mark("rows without a partner in a joined file left blank there"),
    "not_yet": mark("days after as_of taken out of a row"),
}


@dataclass(frozen=True)
class Problem:
    """Something that could not be repaired: the rows are refused, or (optional column) the value is left blank."""

    where: str
    column: str
    what: str
    n: int
    rows: tuple[int, ...]
    examples: tuple[str, ...]
    refused: bool

    @property
    def sentence(self) -> str:
        """The problem in one line, with rows and examples."""
        more = ", …" if self.n > len(self.rows) else ""
        effect = _("refused") if self.refused else _("value left blank")
        shown = _(": {examples}", examples=", ".join(self.examples)) if self.examples else ""
        return _(
            "{where}, column {column}: {n} × {what}, {effect} (rows {rows}{more}{shown})",
            where=self.where,
            column=self.column,
            n=self.n,
            what=self.what,
            effect=effect,
            rows=", ".join(str(row) for row in self.rows),
            more=more,
            shown=shown,
        )


@dataclass
class TableReport:
    """The account of one table. `n_read` counts rows of the files, `n_rows` rows of the table."""

    table: str
    configured: bool = True
    files: list[str] = field(default_factory=list)
    n_read: int = 0
    n_rows: int = 0
    n_refused: int = 0
    n_unanswered: int = 0
    n_set_aside: int = 0
    n_later: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""

    def repaired(self, kind: str, count: int) -> None:
        """Count a repair; a kind that is not described in REPAIRS is a mistake of ours."""
        if kind not in REPAIRS:
            raise KeyError(kind)
        if count:
            self.repairs[kind] += int(count)

    def refuse(self, mask: pd.Series[bool], values: pd.Series[str], what: str, *, where: str, refused: bool) -> None:
        """Note the rows of `mask` as a problem of the column `values`; rows are numbered as a spreadsheet shows them."""
        if not mask.any():
            return
        bad = values[mask]
        self.problems.append(
            Problem(
                where,
                str(values.name),
                what,
                len(bad),
                tuple(int(row) for row in bad.index[:N_ROWS_NAMED]),
                examples_of(bad),
                refused,
            )
        )


def examples_of(values: Iterable[str]) -> tuple[str, ...]:
    """Up to three different values, on one line each and cut at forty characters."""
    found: dict[str, None] = {}
    for value in values:
        clean = "".join(sign if sign.isprintable() else "�" for sign in str(value))
        found[f"'{clean[:39]}…'" if len(clean) > 40 else f"'{clean}'"] = None
        if len(found) == N_EXAMPLES:
            break
    return tuple(found)
