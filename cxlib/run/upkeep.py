"""Looking after runs that have ended: why would a stage be computed, is every byte as it was, what differs, what may go."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES
from cxlib.engagement import ledger, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.changes import changes
from cxlib.errors import UsageError
from cxlib.language import MISSING, _, quantity
from cxlib.report.explain import DICTIONARY
from cxlib.report.standing import read_run
from cxlib.run import staging
from cxlib.run.inputs import Inputs
from cxlib.run.lock import held
from cxlib.run.plan import compared
from cxlib.run.store import Store, artifact_at


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
            parts = [part for part in compared(inputs, stage, artifact, earlier) if part.changed]
            yield head + (_("changed:") if parts else _("unchanged"))
            yield from (f"      {part}" for part in parts)


def verified(home: Path, folder: Path) -> list[str]:
    """What is not as it was written. A run may be half-way through publishing: what is found is looked at again without it.

    Raises LockedError when something is found while a run holds the report.
    """
    found = list(problems(home, folder))
    if not found or not os.access(home, os.W_OK):
        return found
    with held(home, "cx verify"):
        return list(problems(home, folder))


def problems(home: Path, folder: Path) -> Iterator[str]:
    """Every digest computed again: what is not as it was written. Raises LedgerError for decisions that were changed."""
    ledger.verify(folder)
    for artifact in Store(home).all():
        if artifact.damage():
            yield f"{artifact.folder.relative_to(home)}: {artifact.damage()}"
    for run in staging.runs(home):
        facts = run / "facts.json"
        if facts.is_file() and records.file_digest(facts) != read_run(run).get("facts", {}).get("sha256"):
            yield _("{file}: changed").format(file=facts.relative_to(home))
    current = staging.published(home)
    if current is None:
        return
    for stage in STAGES:  # an earlier run may have lost an artifact that was damaged and computed again; its pages stay
        link = current / "stages" / f"{stage.number:02d}"
        if link.is_symlink() and not link.exists():
            yield _("{run}: what stage {n} has left is gone").format(run=current.relative_to(home), n=stage.number)
    for name in ("facts.json", DICTIONARY, *(f"notebooks/{stage.slug}.ipynb" for stage in STAGES)):
        if (current / name).is_file() and (
            not (home / name).is_file() or (home / name).read_bytes() != (current / name).read_bytes()
        ):
            yield _("{file}: not as the run has left it").format(file=name)


def difference(home: Path, names: list[str]) -> list[dict[str, Any]]:
    """What differs between two runs, named by the beginning of their ids; the last two when none is named."""
    found = [run for run in staging.runs(home) if (run / "facts.json").is_file()]
    if not names and len(found) < 2:
        raise UsageError(
            "cx diff",
            _("there are not two runs to compare"),
            _("Runs: {names}").format(names=", ".join(run.name for run in found) or _("none")),
        )
    before, after = (_run_named(found, name) for name in names) if names else found[-2:]
    return [one.as_json() for one in changes(_facts(before), _facts(after))]


def difference_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """One line for each thing that differs."""
    for row in rows:
        yield f"{row['id']:<34}{_shown(row, 'before')} → {_shown(row, 'after')}  ({_(row['verdict'])})"
    if not rows:
        yield _("Nothing differs.")


def collect(home: Path, keep: int) -> tuple[int, int]:
    """Remove all but the last `keep` runs, the published one and the last whole one, and what no run rests on.

    Returns how many runs and how many artifacts went. Raises UsageError when nothing would be kept.
    """
    if keep < 1:
        raise UsageError("cx gc --keep", _("{n} runs would keep no report").format(n=keep), _("One run or more"))
    every = staging.runs(home)
    whole = [run for run in every if staging.is_whole(run)]
    stay = {*every[-keep:], *whole[-1:], *(run for run in [staging.published(home)] if run)}
    gone = [run for run in every if run.resolve() not in {one.resolve() for one in stay}]
    store, needed = Store(home), staging.referenced(home, list(stay))
    for run in gone:
        shutil.rmtree(run)
    loose = [artifact for artifact in store.all() if artifact.folder.resolve() not in needed]
    for artifact in loose:
        store.drop(artifact)
    return len(gone), len(loose)


def _run_named(found: list[Path], name: str) -> Path:
    fitting = [run for run in found if run.name.startswith(name)]
    if len(fitting) != 1:
        what = (
            _("'{name}' is the beginning of no run's id")
            if not fitting
            else _("'{name}' is the beginning of several ids")
        )
        raise UsageError(
            "cx diff",
            what.format(name=name),
            _("Runs: {names}").format(names=", ".join(run.name for run in found) or _("none")),
        )
    return fitting[0]


def _facts(run: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run / "facts.json").read_text(encoding="utf-8"))
    return content


def _shown(row: dict[str, Any], side: str) -> str:
    value, unit = row[side], row["unit"]
    if value is None:
        return MISSING
    return quantity(value, unit) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
