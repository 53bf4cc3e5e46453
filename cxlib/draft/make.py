"""A new engagement from a folder of exports, and one more file for an engagement there is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from cxlib.draft.add import with_sources
from cxlib.draft.draft import Draft, answered, draft_of
from cxlib.draft.guesses import Doubt
from cxlib.draft.profile import files_in
from cxlib.draft.text import draft_text
from cxlib.engagement.brief import Brief, load_brief
from cxlib.engagement.brief.template import new_engagement
from cxlib.engagement.sources.files import ENDINGS
from cxlib.errors import UsageError
from cxlib.language import _

Ask = Callable[[Doubt], str | None]


def new_from(folder: str | Path, source: str | Path, ask: Ask | None = None) -> tuple[Path, Draft]:
    """Make an engagement with copies of a folder's files in data/ and a draft of its brief; the brief's file and the draft.

    `ask` answers doubts, or leaves one open with None. Raises UsageError when the folder is none or holds nothing to read.
    """
    given, target = Path(source), Path(folder)
    if not given.is_dir():
        raise UsageError(str(source), _("it is not a folder"), "", _("Name the folder that holds the client's files"))
    if target.resolve().is_relative_to(given.resolve()):
        what = _("the new engagement would lie inside the folder it is made from")
        raise UsageError(str(folder), what, "", _("Name another place for it"))
    found = files_in(given)
    if not found:
        accepted = _("Accepted: {endings}", endings=", ".join(ENDINGS))
        raise UsageError(str(source), _("it holds no file that can be read"), accepted)
    file = new_engagement(target)
    for path in found:
        _copied(path, target / "data" / _plain(path.relative_to(given)))
    draft = draft_of(target)
    if ask is not None:
        answered(draft, ask)
    _written(file, draft_text(file.read_text(encoding="utf-8"), draft))
    return file, draft


def add_files(folder: str | Path, names: Sequence[str], ask: Ask | None = None) -> tuple[Path, Draft]:
    """Add files to the brief of an engagement: the named ones, else those of its data/ that the brief does not name yet.

    A file from elsewhere is copied into data/. What is there is kept as it is written; new sources go below it.
    Raises UsageError when there is nothing to add.
    """
    brief = load_brief(folder)
    home, known = brief.folder, {source.file for sources in brief.tables.values() for source in sources}
    known |= {join.file for sources in brief.tables.values() for source in sources for join in source.join}
    paths = [_inside(home, Path(name)) for name in names] or [
        path for path in files_in(home / "data") if path.relative_to(home).as_posix() not in known
    ]
    if not paths:
        raise UsageError(
            brief.name, _("every file of data/ is named in the brief already"), "", _("Name a file to add")
        )
    draft = draft_of(home, paths)
    draft.there = frozenset(name for name, sources in brief.tables.items() if sources)
    draft.doubts += _other_scales(brief, draft)
    if ask is not None:
        answered(draft, ask)
    file = home / "engagement.yaml"
    _written(file, with_sources(file.read_text(encoding="utf-8"), draft))
    return file, draft


def _other_scales(brief: Brief, draft: Draft) -> list[Doubt]:
    """Questions that the brief reads on another scale than the new files were answered on: scores of both would be mixed."""
    asked = any(brief.tables.get(name) for name in ("responses", "verbatims"))
    found = {question: scale for guess in draft.guesses for question, scale in guess.scales.items()}
    told = _(
        "{question} was answered on {low} to {high} here, and is read on {known} in the brief: convert one of them"
    )
    return [
        Doubt(
            ("tables", "responses", 0),
            told.format(
                question=question, low=low, high=high, known=" – ".join(f"{end:g}" for end in brief.scale(question))
            ),
        )
        for question, (low, high) in found.items()
        if asked and (low, high) != brief.scale(question) and "responses" in draft.blocks["tables"]
    ]


def _inside(home: Path, path: Path) -> Path:
    """The file inside the engagement, copied there when it lies elsewhere."""
    if not path.is_file():
        raise UsageError(str(path), _("no such file"), "", _("Name a file of the client"))
    if path.resolve().is_relative_to(home.resolve()):
        return home / path.resolve().relative_to(home.resolve())
    target = home / "data" / _plain(Path(path.name))
    if target.exists() and target.read_bytes() != path.read_bytes():
        raise UsageError(str(target), _("another file of this name is there"), "", _("Rename one of the two"))
    _copied(path, target)
    return target


def _plain(path: Path) -> Path:
    """The path with names that a brief can hold: what does not print, and a backslash, become _."""
    parts = ("".join(sign if sign.isprintable() and sign not in "\\:" else "_" for sign in part) for part in path.parts)
    return Path(*(re.sub(r"^~", "_", part) for part in parts))


def _copied(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _written(file: Path, text: str) -> None:
    """Write whole or not at all."""
    beside = file.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
