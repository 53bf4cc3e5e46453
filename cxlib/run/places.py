"""Which engagements are meant: folders, or a folder of engagements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxlib.errors import UsageError
from cxlib.language import _

FILE = "engagement.yaml"


def engagements_in(folders: Sequence[str]) -> list[str]:
    """The engagements that are named: a folder that is none, but has some in it, stands for these."""
    found: list[str] = []
    for folder in folders:
        inside = sorted(str(file.parent) for file in Path(folder).glob(f"*/{FILE}"))
        found += inside if inside and not Path(folder, FILE).is_file() else [folder]
    names = [Path(folder).resolve().name for folder in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                _("engagement {name}").format(name=name),
                _("two folders have this name"),
                _("Reports are kept by the name of the folder"),
                _("Run them apart, each with --out"),
            )
    return found
