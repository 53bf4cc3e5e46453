"""What was found when a table was read: rows, repairs by kind, and what was refused with rows and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from cxlib.engagement.tables.question import Question
from cxlib.language import _, number, vocabulary

N_EXAMPLES = 3
N_ROWS_NAMED = 10
_LEANS = 2  # times as many refused rows in one half of the time as in the other


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
        rows = ", ".join(map(str, self.rows)) + (", …" if self.n > len(self.rows) else "")
        shown = f": {', '.join(self.examples)}" if self.examples else ""
        effect = _("refused") if self.refused else _("value left blank")
        told = _("{where}, column {column}: {n} × {what}, {effect} (rows {rows}{shown})")
        return told.format(**vars(self) | {"rows": rows, "shown": shown, "effect": effect})


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
    questions: list[Question] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)  # refused rows among the newer and the older half of all
    row_digests: list[pd.Series] = field(default_factory=list)  # of each source: its whole rows, by row number
    n_held: int = 0  # refused rows that only wait for the answer to a question
    n_allowed: float = 0.0  # how many refused rows `may_refuse` of its sources allows
    error: str = ""

    @property
    def refused_words(self) -> str:
        """What a page says beside the rows that are left: " of 17,988 (237 refused, most of them among the newest)"."""
        if not self.n_refused:
            return ""
        told = _(" of {all} ({n} refused{lean})")
        newer, older = self.lost["newer"], self.lost["older"]
        lean = _(", most of them among the newest") if newer >= _LEANS * max(older, 1) else ""
        lean = _(", most of them among the oldest") if older >= _LEANS * max(newer, 1) else lean
        return told.format(all=number(self.n_rows + self.n_refused), n=number(self.n_refused), lean=lean)

    def repaired(self, kind: str, count: int) -> None:
        """Count a repair; a kind that the vocabulary does not hold is a mistake of ours."""
        if kind not in vocabulary()["repair"]:
            raise KeyError(kind)
        if count:
            self.repairs[kind] += int(count)

    def repaired_all(self, counts: Mapping[str, int]) -> None:
        """Count several kinds of repair."""
        for kind, count in counts.items():
            self.repaired(kind, count)

    def ask(self, question: Question, *, confirmed: Iterable[str] = ()) -> None:
        """Note a question once, unless the brief has confirmed what was read."""
        if question.kind not in confirmed and question not in self.questions:
            self.questions.append(question)

    def refuse(self, mask: pd.Series[bool], values: pd.Series[str], what: str, *, where: str, refused: bool) -> None:
        """Note the rows of `mask` as a problem of the column `values`; rows are numbered as a spreadsheet shows them."""
        if not mask.any():
            return
        bad = values[mask]
        rows = tuple(int(row) for row in bad.index[:N_ROWS_NAMED])
        self.problems.append(Problem(where, str(values.name), what, len(bad), rows, examples_of(bad), refused))


def examples_of(values: Iterable[str]) -> tuple[str, ...]:
    """Up to three different values, on one line each and cut at forty characters."""
    found: dict[str, None] = {}
    for value in values:
        clean = "".join(sign if sign.isprintable() else "�" for sign in str(value))
        found[f"'{clean[:39]}…'" if len(clean) > 40 else f"'{clean}'"] = None
        if len(found) == N_EXAMPLES:
            break
    return tuple(found)
