"""A run's own report folder, which nobody reads, and how its result is published: whole files, run.json last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cxlib.chain import STAGES, Stage
from cxlib.engagement import left, records
from cxlib.errors import LockedError, UsageError
from cxlib.report.standing import read_run
from cxlib.run.lock import held
from cxlib.run.order import Run
from cxlib.run.store import Artifact, Store, artifact_at

_UP = Path("..", "..", "..")  # from `stages/` in a run's folder, under way or kept, to the report folder


@contextmanager
def staged(run: Run) -> Iterator[None]:
    """Give a run an empty report folder of its own, in which earlier runs can be read; remove it at the end."""
    clean(run.public)
    for folder in (run.staging / "notebooks", run.staging / "stages", run.public / "runs"):
        records.private(folder)
    (run.staging / "runs").symlink_to(Path("..", "..", "runs"))
    try:
        yield
    finally:
        shutil.rmtree(run.public / ".staging", ignore_errors=True)


def clean(home: Path) -> None:
    """Remove what a run that was killed has left: its staging, and files that were never renamed."""
    rest = home / ".staging"
    if rest.is_symlink() or rest.is_file():  # another's: what it leads to is left alone
        rest.unlink()
    shutil.rmtree(rest, ignore_errors=True)
    for folder in (home, home / "notebooks", home / "exports", home / "store", *home.glob("live/*")):
        for scrap in folder.glob(".*.tmp"):
            scrap.unlink(missing_ok=True)


def tidy(home: Path) -> None:
    """Remove what a killed run has left, unless a run is under way, to whom it belongs."""
    if os.path.lexists(home / ".staging"):
        with suppress(LockedError, UsageError), held(home, "cx"):
            clean(home)


def put(run: Run, stage: Stage, artifact: Artifact) -> None:
    """Let the run rest on this artifact of a stage."""
    link = run.staging / "stages" / f"{stage.number:02d}"
    link.unlink(missing_ok=True)
    link.symlink_to(_UP / artifact.folder.relative_to(run.public))
    shutil.rmtree(records.live_folder(run.staging, stage.number), ignore_errors=True)
    records.write_facts(run.staging)


def in_force(run: Run, store: Store, stage: Stage) -> Artifact | None:
    """What a stage has left last, by a run or by hand (which is taken in as it is); None when it has not run."""
    live = records.live_folder(run.public, stage.number)
    if not (live / "record.json").is_file():
        return artifact_at(run.public, stage.number)
    copy = records.live_folder(run.staging, stage.number)
    shutil.copytree(live, copy, ignore=shutil.ignore_patterns(".*"))
    return store.commit(copy, stage.number, {"run_id": "", "parts": {}})


def keep(run: Run) -> None:
    """Move what the run has made among the runs that have ended, at once."""
    (run.staging / "runs").unlink()
    shutil.rmtree(run.staging / "live", ignore_errors=True)
    records.sync_folder(run.staging)
    run.staging.rename(run.kept)
    records.sync_folder(run.kept.parent)


def runs(home: Path) -> list[Path]:
    """The folders of the runs that have ended, oldest first."""
    return sorted(path.parent for path in (home / "runs").glob("*/run.json"))


def published(home: Path) -> Path | None:
    """The run that the report is of: the one the pointer names; None when nothing was published."""
    link = home / "stages"
    folder = link.resolve().parent if link.is_symlink() else None
    return folder if folder is not None and (folder / "run.json").is_file() else None


def is_whole(folder: Path | None) -> bool:
    """Whether a run came to its end."""
    return folder is not None and read_run(folder).get("status") == "done"


def publish(home: Path, folder: Path) -> None:
    """Let people read a run: its pages and facts, each whole; then the pointer; run.json last.

    Doing it again does no harm: a run that was killed here is published by the next one.
    """
    copied: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in ("stages", "store", "run.json", "pages.json"):
            _copy(path, home / name)
            copied[name.as_posix()] = records.file_digest(path)
    left.note(home, copied, published=True)
    _point(home, folder)
    _copy(folder / "run.json", home / "run.json")
    shutil.rmtree(home / "live", ignore_errors=True)


def mend(home: Path) -> None:
    """Publish the last whole run where a run was killed before it could, and write again what is missing or damaged."""
    whole = [folder for folder in runs(home) if is_whole(folder)]
    if whole and published(home) != whole[-1]:
        publish(home, whole[-1])


def _copy(source: Path, target: Path) -> None:
    content = source.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        records.write_bytes(target, content)


def _point(home: Path, folder: Path) -> None:
    link, fresh = home / "stages", home / ".stages.tmp"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.relative_to(home) / "stages")
    os.replace(fresh, link)  # noqa: PTH105  (a rename over a link to a folder)
    records.sync_folder(home)


def referenced(folders: Iterable[Path]) -> set[Path]:
    """The artifacts that these runs rest on."""
    links = [folder / "stages" / f"{stage.number:02d}" for folder in folders for stage in STAGES]
    return {link.resolve() for link in links if link.is_symlink()}
