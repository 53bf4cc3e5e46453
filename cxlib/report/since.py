"""What changed since the last run, in words: the numbers of a stage that moved, each with its verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.engagement.changes import DECISION, STATE, Change, changes, counted
from cxlib.language import MISSING, _, day, ngettext, quantity
from cxlib.report.states import state, verdict_word

MOST_ROWS = 5


@dataclass(frozen=True)
class Row:
    """One thing that moved: what it is, before, after, and what to make of it."""

    stage: int
    name: str
    before: str
    after: str
    verdict: str
    word: str


@dataclass(frozen=True)
class Since:
    """What changed since the run before; `day` is empty when there was none."""

    day: str = ""
    summary: str = ""
    rows: tuple[Row, ...] = ()
    more: tuple[Row, ...] = ()


def since_last(brief: Brief, home: Path, run_id: str, stage: int | None = None) -> Since:
    """Compare the facts of now with those of the run before `run_id`, of one stage or of all."""
    earlier = _run_before(home, run_id)
    if earlier is None:
        return Since()
    before, now = records.read_json(earlier / "facts.json"), records.read_json(home / "facts.json")
    moved = changes(before, now)
    found = [one for one in moved if stage is None or one.stage == stage]
    rows = tuple(
        _row(one)
        for one in sorted(found, key=lambda one: ("decided", "real", "not shown", "cannot tell").index(one.verdict))
    )
    most = MOST_ROWS if stage else sum(one.verdict in ("decided", "real") for one in found)
    return Since(_day(earlier), _summary(found), rows[:most], rows[most:] if stage else ())


def _run_before(home: Path, run_id: str) -> Path | None:
    """The folder of the last run before this one that came to its end: run ids begin with their time."""
    folders = sorted(path.parent for path in (home / "runs").glob("*/facts.json"))
    whole = [folder for folder in folders if records.read_json(folder / "run.json").get("status", "done") == "done"]
    earlier = [folder for folder in whole if folder.name != run_id]
    return earlier[-1] if earlier else None


def _day(folder: Path) -> str:
    """When a run began, by its run.json or its name."""
    started = str(records.read_json(folder / "run.json").get("started", ""))
    try:
        return day(dt.datetime.fromisoformat(started))
    except ValueError:
        return folder.name


def _summary(found: Sequence[Change]) -> str:
    """How much has changed, in a sentence."""
    if not found:
        return _("Nothing has changed.")
    count = counted(found)
    moved = ngettext("{n} figure has moved:", "{n} figures have moved:", len(found)).format(n=len(found))
    words = {
        "decided": _("{n} by decision"),
        "real": _("{n} really"),
        "not shown": _("{n} within their intervals"),
        "cannot tell": _("of {n} it cannot be told"),
    }
    return f"{moved} {', '.join(words[key].format(n=n) for key, n in count.items() if n)}."


def _row(one: Change) -> Row:
    name = {DECISION: _("Decision"), STATE: _("State")}.get(one.unit) or one.name.replace("_", " ").capitalize()
    before, after = (_shown(value, one.unit) for value in (one.before, one.after))
    return Row(one.stage, name, before, after, one.verdict, verdict_word(one.verdict))


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return MISSING
    if unit == STATE:
        return state(str(value)).word
    return str(value) if isinstance(value, list | bool | str) else quantity(value, unit)
