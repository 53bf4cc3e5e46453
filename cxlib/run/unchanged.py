"""Nothing has changed: told from bytes alone, before anything large is loaded.

A whole run notes the digest of every file that it was made from and of every file that it has published. When all are
as they were, and the same is asked for, there is nothing to do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib.chain import STAGES, Stage
from cxlib.engagement import records
from cxlib.engagement.parameters import check_parameters
from cxlib.language import number, speak
from cxlib.run import digests
from cxlib.run.clock import now, run_id
from cxlib.run.lock import held
from cxlib.run.notebooks import BASE

if TYPE_CHECKING:
    from cxlib.run.inputs import Inputs
    from cxlib.run.order import Run

NOTE = "unchanged.json"


def line(stage: Stage, seconds: float | None, word: str) -> str:
    """One line of progress."""
    took = f"{number(seconds, 1):>7} s" if seconds is not None else f"{'–':>7}  "
    return f"{stage.number:>2}  {stage.name:<22}{took}  {word}"


def asked(folder: str, as_of: str, audience: str, named: str, out: str) -> dict[str, str]:
    """What is asked for, as far as the result and the words about it depend on it."""
    return {"engagement": folder, "as_of": as_of, "audience": audience, "named": named, "out": out}


def look(folder: Path, notebooks: Mapping[int, Path]) -> dict[Path, str]:
    """The digests of brief, decisions, notebooks and this package before a run: what changes meanwhile is found."""
    beside = (folder / name for name in ("engagement.yaml", "journey.yaml", "decisions.jsonl", "review.jsonl"))
    own = (folder / place / path.name for place in ("notebooks", BASE) for path in notebooks.values())
    return {path: digests.file_digest(path) for path in (*beside, *notebooks.values(), *own, *_package())}


def remember(run: Run, inputs: Inputs) -> None:
    """Note what a whole run of all stages was made from and has left, and what its command says at the end."""
    from cxlib.report.standing import next_step, standings

    if run.failure is not None or run.order.first != 1:
        return
    brief, order = run.brief, run.order
    step = next_step(standings(brief, run.public), order.named, run.out_named)
    made = {str(path): digest for path, digest in (inputs.seen | run.made_from).items()}
    records.write_json(
        run.public / "store" / NOTE,
        {
            "asked": asked(order.engagement, order.as_of, order.audience, order.named, order.out),
            "environment": digests.environment(),
            "made_from": made,
            "left": {str(path.relative_to(run.public)): digests.file_digest(path) for path in _left(run.public)},
            "voice": [brief.lang, brief.locale, brief.currency],
            "next": [step.words, step.command],
        },
    )


def nothing_to_do(wanted: Mapping[str, str], wait: float = 0.0) -> dict[str, Any] | None:
    """The note of the last run when all is as it was, else None; run.json then says so. Raises LockedError."""
    given = check_parameters({"engagement": wanted["engagement"], "out": wanted["out"], "as_of": wanted["as_of"]})
    folder = given.engagement if given.engagement.is_dir() else given.engagement.parent
    home = given.out / folder.resolve().name
    if not (home / "store" / NOTE).is_file():
        return None
    with held(home, run_id(), wait=wait):
        if os.path.lexists(home / ".staging"):
            from cxlib.run.staging import clean  # of a run that was killed

            clean(home)
        note = records.read_json(home / "store" / NOTE)
        if note.get("asked") != wanted or not _same(home, note):
            return None
        _confirm(home)
    speak(*note["voice"])
    return {**note, "home": home}


def _same(home: Path, note: Mapping[str, Any]) -> bool:
    """Whether every byte is as it was, none is missing and none has come."""
    known = (home / "live").exists() or note["environment"] != digests.environment()
    if known or {str(path.relative_to(home)) for path in _left(home)} != set(note["left"]):
        return False
    if {str(path) for path in _package()} - set(note["made_from"]):
        return False
    files = {home / name: digest for name, digest in note["left"].items()}
    files |= {Path(name): digest for name, digest in note["made_from"].items()}
    return all(digests.file_digest(path) == digest for path, digest in files.items())


def _confirm(home: Path) -> None:
    """Say in run.json that the run still holds."""
    log = records.read_json(home / "run.json")
    rows = [{**row, "status": "cached", "seconds": 0.0} for row in log.get("stages", [])]
    records.write_json(home / "run.json", {**log, "confirmed": now(), "stages": rows})


def _package() -> list[Path]:
    """Every file of this package."""
    return [path for path in digests.PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _left(home: Path) -> list[Path]:
    """What a run has published, and what it rests on."""
    published = [*home.glob("*.html"), home / "facts.json", *home.glob("notebooks/*.ipynb")]
    return [*published, *(path for stage in STAGES for path in (home / "stages" / f"{stage.number:02d}").glob("*"))]
