"""Everything that can go wrong, drawn as a tree; every message has one shape.

::

    CxError                     1   something this project refuses or cannot do
    ├── UsageError              2   a command, parameter or option is wrong
    │   └── BriefError          2   engagement.yaml is wrong (all mistakes at once)
    ├── TableError              3   a data file breaks its contract
    ├── ChainError              4   a stage may not open: order, decision, seal
    │   ├── LedgerError         4   decisions.jsonl was changed or contradicts itself
    │   └── ChoiceError         4   a choice contradicts what the chain has decided
    ├── StageError              1   a stage ran and failed
    └── LockedError             75  another run holds the engagement

The number is the exit code of `cx`. Shape: where · what is wrong, with values · what is accepted · what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class CxError(Exception):
    """The root: `where` it is, `what` is wrong, what is `accepted` and what `todo`."""

    exit_code = 1

    def __init__(self, where: str, what: str, accepted: str = "", todo: str = "") -> None:
        self.where, self.what, self.accepted, self.todo = where, what, accepted, todo
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The one line a person reads."""
        parts = [f"{self.where}: {_stop(self.what)}", _stop(self.accepted), _stop(self.todo)]
        return " ".join(part for part in parts if part)

    def _render_traceback_(self) -> list[str]:
        """Jupyter shows the line instead of a traceback, and which line of the cell it comes from."""
        line = line_in_cell(self)
        return [f"{type(self).__name__}: {self.message}", *([f"(line {line} of this cell)"] if line else [])]


class UsageError(CxError):
    """A command, parameter or option is wrong."""

    exit_code = 2


class BriefError(UsageError):
    """engagement.yaml is wrong; `mistakes` holds every mistake found, one message each."""

    def __init__(self, where: str, mistakes: Iterable[str], todo: str = "") -> None:
        self.mistakes = tuple(mistakes)
        what = f"{len(self.mistakes)} mistake(s):\n  " + "\n  ".join(self.mistakes) + "\n"
        super().__init__(where, what, "", todo or "Fix them, then run `cx check` again")


class TableError(CxError):
    """A data file breaks its contract; `questions` are those that were open when it could not be read."""

    exit_code = 3
    questions: tuple[Any, ...] = ()


class ChainError(CxError):
    """A stage may not open: a stage before it is missing, stale or reopened."""

    exit_code = 4


class LedgerError(ChainError):
    """decisions.jsonl was changed by hand or contradicts itself."""


class ChoiceError(ChainError):
    """A choice contradicts what the chain has decided."""


class StageError(CxError):
    """A stage ran and failed."""


class LockedError(CxError):
    """Another run holds the engagement."""

    exit_code = 75


def line_in_cell(error: BaseException) -> int | None:
    """The line of a notebook's cell that an error comes from; None when it comes from no cell."""
    step, line = error.__traceback__, None
    while step is not None:
        if "ipykernel_" in step.tb_frame.f_code.co_filename:
            line = step.tb_lineno
        step = step.tb_next
    return line


def nearest(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the valid name nearest to `name`, or "" when none is near."""
    folded = {str(known).casefold(): str(known) for known in names}
    near = difflib.get_close_matches(str(name).casefold(), list(folded), n=1, cutoff=0.5)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""


def _stop(sentence: str) -> str:
    """End a sentence with a full stop, unless it already ends."""
    return sentence if not sentence or sentence.endswith((".", "?", "!", "\n")) else sentence + "."
