"""The corridor from stall to objective as one picture: the funnel's steps, who goes on, the money at stake, the moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.engagement.brief import Brief
from cxlib.engagement.records import stage_folder
from cxlib.language import _, interval, number, percent, quantity, unknown
from cxlib.report.standing import Standing


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many entered it (0–100 for the bar, and in words), who goes on, what is at stake."""

    name: str
    width: int
    entered: str
    goes_on: str
    stake: str
    stake_interval: str
    place: str  # stall | inside | objective | "" (outside the corridor)
    moments: tuple[str, ...] = ()


def corridor(brief: Brief, home: Path, stands: list[Standing]) -> tuple[Step, ...]:
    """The funnel as stage 3 left it, with the corridor and the moments that are in force; empty before stage 3 has run."""
    rows = _kept(home, 3, "steps")
    choice, order = stands[2].choice, [row["step"] for row in rows]
    ends = [order.index(choice[key]) for key in ("stall_step", "objective_step") if choice.get(key) in order]
    inside = range(ends[0], ends[1] + 1) if len(ends) == 2 else range(0)
    largest = max((row["n"] for row in rows), default=0) or 1
    here = _moments(brief, home, stands)
    return tuple(
        _step(brief, row, round(100 * row["n"] / largest), _place(at, inside), here.get(row["step"], ()))
        for at, row in enumerate(rows)
    )


def _step(brief: Brief, row: Mapping[str, Any], width: int, place: str, moments: tuple[str, ...]) -> Step:
    """One step in words; a group below the minimum cell is not counted out loud."""
    least, n = brief.thresholds.minimum_cell, int(row["n"])
    small = 0 < n < least
    known = not small and not unknown(row.get("estimate"))
    worth = place == "stall" and not unknown(row.get("value_at_stake")) and row["value_at_stake"] > 0
    return Step(
        brief.label("step", row["step"]),
        width,
        f"< {least}" if small else number(n, 0),
        percent(row["estimate"]) if known else "",
        _amount(row["value_at_stake"], row["stake_unit"]) if worth else "",
        interval(row["stake_low"], row["stake_high"], row["stake_unit"]) if worth else "",
        place,
        moments,
    )


def _amount(value: float, unit: str) -> str:
    """What is at stake: money, or the journeys that would get to their goal."""
    return quantity(value, unit) if unit == "money" else _("{n} journeys").format(n=number(value, 1))


def _place(at: int, inside: range) -> str:
    """Where a step lies: where sales stall, where the objective is booked, between, or outside."""
    if at not in inside:
        return ""
    ends = {inside[-1]: "objective", inside[0]: "stall"}
    return ends.get(at, "inside")


def _moments(brief: Brief, home: Path, stands: list[Standing]) -> dict[str, tuple[str, ...]]:
    """The moments that are in force, by the step they lie in."""
    chosen = [str(item).split(":")[0] for item in stands[3].choice.get("moments", [])]
    lies_in = {row["moment"]: row["step"] for row in _kept(home, 4, "moments")}
    found: dict[str, tuple[str, ...]] = {}
    for moment in chosen:
        step = lies_in.get(moment, "")
        found[step] = (*found.get(step, ()), brief.label("touchpoint", moment))
    return found


def _kept(home: Path, stage: int, name: str) -> list[dict[str, Any]]:
    """The rows of a table that a stage handed on; none when it has not run."""
    path = stage_folder(home, stage) / f"{name}.parquet"
    if not path.is_file():
        return []
    from pyarrow.parquet import ParquetFile  # its `read_table` imports pandas: longer than the whole overview takes

    rows: list[dict[str, Any]] = ParquetFile(path).read().to_pylist()
    return rows
