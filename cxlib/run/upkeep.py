"""Looking after runs that have ended: why a stage would be computed, what is damaged, what differs, what may go."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES
from cxlib.engagement import heads, left, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.changes import changes
from cxlib.errors import UsageError
from cxlib.language import MISSING, _, mark, quantity
from cxlib.report.standing import read_run
from cxlib.run import staging
from cxlib.run.digests import ABSENT, file_digest
from cxlib.run.inputs import Inputs
from cxlib.run.lock import held
from cxlib.run.store import Store, artifact_at

PARTS = {
    "code": mark("code of the notebook"),
    "python": mark("Python"),
    "lock": mark("requirements.lock"),
    "words": mark("translations"),
    "engagement": mark("name of the engagement"),
    "choice": mark("choice in the brief"),
    "seal": mark("seal of this stage"),
    "reopened": mark("reopening"),
    "ledger": mark("decisions.jsonl"),
}


def why_lines(brief: Brief, home: Path, notebooks: dict[int, Path]) -> Iterator[str]:
    """Per stage, the parts that are not as they were when it ran, with old and new value."""
    inputs, earlier = Inputs(brief, notebooks), records.read_records(home)
    for stage in STAGES:
        artifact = artifact_at(home, stage.number)
        head = f"{stage.number:>2}  {stage.name:<22}"
        if records.live_folder(home, stage.number).exists():
            yield head + _("was run by hand since; `cx run` computes it, or keeps what it has")
        elif artifact is None or not artifact.parts:
            yield head + _("has not run")
        elif artifact.damage():
            yield head + _("damaged: {what}").format(what=artifact.damage())
        else:
            now = {name: inputs.now(stage, name, earlier) for name in artifact.parts}
            changed = [name for name, before in artifact.parts.items() if before != now[name]]
            yield head + (_("changed:") if changed else _("unchanged"))
            yield from (
                f"      {_part_words(name)}: {_short(artifact.parts[name])} → {_short(now[name])}" for name in changed
            )


def _part_words(name: str) -> str:
    """The name of a part for people."""
    kind, _colon, rest = name.partition(":")
    if kind == "table":
        table, what, file = [*rest.split(":", 2), ""][:3]
        what = file or (_("names and scales of the brief") if what == "brief" else what)
        return _("table {name}, {what}").format(name=table, what=what)
    if kind == "stage":
        number, _colon, part = rest.partition(":")
        return _("stage {n}, {part}").format(n=number, part=part.replace(":", " "))
    return f"{kind} {rest}" if rest else _(PARTS.get(kind, kind))


def _short(value: str) -> str:
    """A digest by its beginning, all else as it is."""
    digest = re.fullmatch(r"(?:sha256:)?([0-9a-f]{64})", value)
    return digest[1][:12] if digest else value


def verified(home: Path, folder: Path) -> list[str]:
    """What is not as it was written.

    A run may be half-way through publishing, so what is found is looked at again while none can be. Raises LockedError
    when something is found while a run holds the report.
    """
    found = list(problems(home, folder))
    if not found or not os.access(home, os.W_OK):
        return found
    with held(home, "cx verify"):
        return list(problems(home, folder))


def problems(home: Path, folder: Path) -> Iterator[str]:
    """What is not as it was written, by computing every digest again; LedgerError for decisions that were changed."""
    heads.read_whole(folder, home)
    for artifact in Store(home).all():
        if artifact.damage():
            yield f"{artifact.folder.relative_to(home)}: {artifact.damage()}"
    for run in staging.runs(home):
        facts = run / "facts.json"
        if file_digest(facts) not in (ABSENT, read_run(run).get("facts", {}).get("sha256")):
            yield _("{file}: changed").format(file=facts.relative_to(home))
    current = staging.published(home)
    if current is not None:
        yield from _gone(home, current)
    yield from left.changed(home)


def _gone(home: Path, run: Path) -> Iterator[str]:
    """What the published run rests on and is gone.

    An earlier run may have lost an artifact that was damaged and computed again; its pages stay.
    """
    for stage in STAGES:
        link = run / "stages" / f"{stage.number:02d}"
        if link.is_symlink() and not link.exists():
            yield _("{run}: what stage {n} has left is gone").format(run=run.relative_to(home), n=stage.number)


def difference(home: Path, names: list[str]) -> list[dict[str, Any]]:
    """What differs between two runs, named by the beginning of their ids; the last two when none is named."""
    found = [run for run in staging.runs(home) if (run / "facts.json").is_file()]
    known = _("Runs: {names}").format(names=", ".join(run.name for run in found) or _("none"))
    if len(names) not in (0, 2):
        what = _("{n} runs are named").format(n=len(names))
        raise UsageError("cx diff", what, _("Two runs, or none for the last two"))
    if not names and len(found) < 2:
        raise UsageError("cx diff", _("there are not two runs to compare"), known)
    chosen = [_run_named(found, name, known) for name in names] or found[-2:]
    before, after = (json.loads((run / "facts.json").read_text(encoding="utf-8")) for run in chosen)
    return [one.as_json() for one in changes(before, after)]


def _run_named(found: list[Path], name: str, known: str) -> Path:
    fitting = [run for run in found if run.name.startswith(name)]
    if len(fitting) == 1:
        return fitting[0]
    several = _("'{name}' is the beginning of several ids")
    what = several if fitting else _("'{name}' is the beginning of no run's id")
    raise UsageError("cx diff", what.format(name=name), known)


def difference_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """One line for each thing that differs."""
    for row in rows:
        yield f"{row['id']:<34}{_shown(row, 'before')} → {_shown(row, 'after')}  ({_(row['verdict'])})"
    if not rows:
        yield _("Nothing differs.")


def collect(home: Path, keep: int) -> tuple[int, int]:
    """Remove all but the last `keep` runs and the published one (the last whole one), and what no run rests on.

    Returns how many runs and how many artifacts went. Raises UsageError when nothing would be kept.
    """
    if keep < 1:
        raise UsageError("cx gc --keep", _("{n} runs would keep no report").format(n=keep), _("One run or more"))
    every, published = staging.runs(home), staging.published(home)
    stay = {run.resolve() for run in (*every[-keep:], *([published] if published else []))}
    gone = [run for run in every if run.resolve() not in stay]
    store, needed = Store(home), staging.referenced(stay)
    for run in gone:
        shutil.rmtree(run)
    loose = [artifact for artifact in store.all() if artifact.folder.resolve() not in needed]
    for artifact in loose:
        store.drop(artifact)
    return len(gone), len(loose)


def _shown(row: dict[str, Any], side: str) -> str:
    value, unit = row[side], row["unit"]
    if value is None:
        return MISSING
    return quantity(value, unit) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
