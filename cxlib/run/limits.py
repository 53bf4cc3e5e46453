"""What a stage may take: seconds a cell, seconds in all, bytes shown."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.errors import StageError
from cxlib.language import _

HOUR = 3600.0


@dataclass(frozen=True)
class Limits:
    """Seconds for one cell and for the whole stage (None: as long as it takes); bytes that its outputs may have."""

    cell_seconds: float | None = None
    stage_seconds: float | None = None
    output_bytes: int = 20_000_000  # a stage of the sample shows about 300 kB

    def left(self, spent: float) -> float | None:
        """Seconds that the next cell may take when the stage has spent some; None without a limit."""
        ends = [self.cell_seconds, None if self.stage_seconds is None else self.stage_seconds - spent]
        return min((end for end in ends if end is not None), default=None)


class StageTimeout(StageError):
    """A cell, or the whole stage, took longer than it may."""

    exit_code = 124

    def __init__(self, cell: str, limits: Limits, spent: float) -> None:
        whole = limits.stage_seconds is not None and (limits.cell_seconds is None or spent > limits.stage_seconds - 0.1)
        what = _("the stage took longer than {n} seconds") if whole else _("the cell took longer than {n} seconds")
        n = limits.stage_seconds if whole else limits.cell_seconds
        todo = _("Give it more time (--stage-timeout, --cell-timeout), or find out what it waits for")
        super().__init__(_("cell {id}").format(id=cell), what.format(n=f"{n:g}"), "", todo)


class OutputLimit(StageError):
    """A stage showed more than it may."""

    def __init__(self, cell: str, limits: Limits) -> None:
        what = _("the stage shows more than {n} MB").format(n=f"{limits.output_bytes / 1_000_000:g}")
        usual = _("A stage shows tables and figures, a few hundred kB in all")
        super().__init__(_("cell {id}").format(id=cell), what, usual, _("Look for a loop that prints"))


def limits_of(cell: float | None, stage: float | None, *, unattended: bool) -> Limits:
    """The limits that were asked for, in seconds; unattended, a stage may take an hour when no other limit is named."""
    return Limits(cell, stage or (HOUR if unattended else None))
