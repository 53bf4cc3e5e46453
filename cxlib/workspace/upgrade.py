"""`cx upgrade` and `cx restore`: newer packaged notebooks come, what people wrote stays."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, stage_of
from cxlib.engagement import records
from cxlib.engagement.parameters import OWN
from cxlib.errors import UsageError
from cxlib.language import _
from cxlib.run.notebooks import BASE, code_of
from cxlib.workspace.make import as_text, furnish, keep_outputs_out, packaged
from cxlib.workspace.merge import merge

KEPT = Path(OWN) / "kept"  # notebooks as they were before an upgrade


def upgrade(folder: Path) -> Iterator[str]:
    """Bring the packaged notebooks of today; say, notebook by notebook, what was replaced, kept or is in conflict.

    What a notebook was before it was changed stays in `.cx/kept/`. A folder that is no workspace yet becomes one.
    """
    furnish(folder)
    keep_outputs_out(folder)
    when = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
    for stage, (path, text) in zip(STAGES, packaged(), strict=True):
        yield f"{stage.number:>2}  {path.stem:<26}" + "\n      ".join(_upgraded(folder, path.name, text, when))


def _upgraded(folder: Path, name: str, text: str, when: str) -> list[str]:
    own, base = folder / "notebooks" / name, folder / BASE / name
    try:
        code_of(own)
        mine, before = _read(own), _read(base)
    except (UsageError, ValueError) as error:
        return [str(error)]
    new = json.loads(text)
    done = merge(before["cells"], mine["cells"], new["cells"])
    records.write_bytes(base, text.encode())
    if not (done.replaced or done.conflicts):
        return [_("as it is packaged") if not done.kept else _("nothing newer"), *done.said]
    records.write_bytes(folder / KEPT / when / name, own.read_bytes())
    records.write_bytes(own, as_text({**mine, "cells": done.cells}).encode())
    return [_("upgraded"), *done.said]


def restore(folder: Path, number: int) -> tuple[Path, Path | None]:
    """Put the packaged notebook of a stage back; return it, and where the one that stood there is kept beside it."""
    name = f"{stage_of(number).slug}.ipynb"
    text = next(text for path, text in packaged() if path.name == name)
    own, kept = folder / "notebooks" / name, None
    if own.is_file() and own.read_text(encoding="utf-8", errors="replace") != text:
        taken = (own.with_name(f"{own.stem}.yours-{n}.ipynb") for n in range(1, 10_000))
        kept = next(path for path in taken if not path.exists())
        own.rename(kept)
    records.write_bytes(own, text.encode())
    records.write_bytes(folder / BASE / name, text.encode())
    return own, kept


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
