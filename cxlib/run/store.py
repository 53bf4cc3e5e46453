"""The store: what stages have left behind, each in a folder that is written whole, named by its content, never changed.

::

    OUT/<engagement>/
        .staging/<engagement>/     a run under way; nobody reads it but the run itself
        store/NN/<id>/             record.json, tables, notebook.ipynb, manifest.json (last)
        runs/<run id>/             a run that has ended: pages, facts.json, run.json, stages/NN → store/NN/<id>
        stages → runs/<run id>/stages   the one pointer: what is in force

An artifact's manifest names its files with their digests, and what the stage depended on; its id is the digest of the
manifest. So a changed byte is found, and an artifact is found again by what it was made from.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES
from cxlib.engagement import records
from cxlib.engagement.records import Record
from cxlib.language import _
from cxlib.run.digests import text_digest

ID_LENGTH = 16  # hexadecimal digits of an artifact's name: 64 bits, beside a manifest that holds whole digests


@dataclass(frozen=True)
class Artifact:
    """What one execution of a stage has left."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Stage, order, what it depended on (parts), files with digests; {} when it cannot be read."""
        return records.read_json(self.folder / "manifest.json")

    @property
    def id(self) -> str:
        """Its name: the beginning of its manifest's digest."""
        return self.folder.name

    @property
    def parts(self) -> dict[str, str]:
        """What it was made from; {} when that is not known."""
        return dict(self.manifest.get("parts", {}))

    @property
    def record(self) -> Record:
        """The stage's record."""
        record: Record = json.loads((self.folder / "record.json").read_text(encoding="utf-8"))
        return record

    @property
    def notebook(self) -> Path:
        """The executed notebook; it is not there when the stage was run by hand."""
        return self.folder / "notebook.ipynb"

    def damage(self) -> str:
        """What is wrong with it; "" when every byte is as it was written."""
        try:
            text = (self.folder / "manifest.json").read_text(encoding="utf-8")
            if text_digest(text)[:ID_LENGTH] != self.id:
                return _("manifest.json was changed")
            files = json.loads(text)["files"]
            changed = [name for name in files if records.file_digest(self.folder / name) != files[name]]
        except (OSError, ValueError) as error:
            return str(error)
        return _("changed: {names}").format(names=", ".join(changed)) if changed else ""


class Store:
    """The artifacts of one engagement."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "store"

    def artifacts(self, number: int) -> list[Artifact]:
        """The artifacts of a stage, the last one first."""
        folders = (self.folder / f"{number:02d}").glob("*/manifest.json")
        found = [Artifact(manifest.parent) for manifest in folders]
        return sorted(found, key=lambda one: (one.manifest.get("order", 0), one.id), reverse=True)

    def all(self) -> Iterator[Artifact]:
        """Every artifact, stage by stage."""
        for stage in STAGES:
            yield from self.artifacts(stage.number)

    def commit(self, staged: Path, number: int, about: dict[str, Any]) -> Artifact:
        """Take a folder in: its manifest last, all of it on disk, then under its name at once."""
        order = max((one.manifest.get("order", 0) for one in self.artifacts(number)), default=0) + 1
        files = {path.name: records.file_digest(path) for path in sorted(staged.iterdir())}
        manifest = json.dumps({"stage": number, "order": order, **about, "files": files}, indent=1, ensure_ascii=False)
        records.write_bytes(staged / "manifest.json", manifest.encode())
        target = self.folder / f"{number:02d}" / text_digest(manifest)[:ID_LENGTH]
        records.private(target.parent)
        staged.rename(target)
        records.sync_folder(target.parent)
        return Artifact(target)

    def drop(self, artifact: Artifact) -> None:
        """Remove an artifact: out of sight at once, then for good."""
        gone = self.folder.parent / ".staging" / f"gone-{artifact.id}"
        gone.parent.mkdir(exist_ok=True)
        artifact.folder.rename(gone)
        shutil.rmtree(gone)


def artifact_at(home: Path, number: int) -> Artifact | None:
    """The artifact that a report folder's `stages/NN` points to; None when there is none."""
    folder = (home / "stages" / f"{number:02d}").resolve()
    return Artifact(folder) if (folder / "manifest.json").is_file() else None
