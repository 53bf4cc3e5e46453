"""The parameters of a notebook, checked inside the kernel: whoever runs it, a wrong one is refused before any work.

papermill and its neighbours inject whatever they are given; a mistyped name is at most a line in a log. So the notebook's
own namespace is read: what the cells before `open_stage` have assigned are its parameters, and nothing else may be there.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.engagement.characters import check_name
from cxlib.errors import UsageError, nearest
from cxlib.language import _

DEFAULTS: dict[str, str] = {"engagement": "data/sample", "out": "reports", "as_of": ""}
PACKAGE = Path(__file__).resolve().parents[1]
_MARK = Path("notebooks") / "01_business_objective.ipynb"  # what the project's own folder holds


@dataclass(frozen=True)
class Parameters:
    """Where the engagement lies, where reports go, and the date after which nothing is read (None: the brief's)."""

    engagement: Path
    out: Path
    as_of: dt.date | None


def check_parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Read a notebook's parameters from its namespace; raise UsageError for an unknown name, wrong type or wrong value."""
    for name in _assigned(namespace):
        if name not in DEFAULTS:
            what = _("'{name}' is not a parameter", name=name) + nearest(name, DEFAULTS)
            accepted = _("Parameters are {names}", names=", ".join(DEFAULTS))
            raise UsageError(_("parameters"), what, accepted, _("Correct the name and run again"))
    given = {name: namespace.get(name, default) for name, default in DEFAULTS.items()}
    for name in ("engagement", "out"):
        if not isinstance(given[name], str | Path) or not str(given[name]).strip():
            what = _("{value!r} is not a path", value=given[name])
            accepted = _("A path is a text that is not empty, e.g. '{default}'", default=DEFAULTS[name])
            raise UsageError(_("parameter {name}", name=name), what, accepted)
        check_name(_("parameter {name}", name=name), str(Path(str(given[name])).expanduser().absolute()))
    return Parameters(_found(str(given["engagement"])), anchored(str(given["out"])), _day(given["as_of"]))


def anchored(path: str) -> Path:
    """A path; a relative one counts from the project's folder when run inside it, else from the current folder."""
    given = Path(path).expanduser()
    return given if given.is_absolute() else project_folder() / given


def project_folder() -> Path:
    """The folder that holds `notebooks/`, looked for from the current folder upwards; else the current folder."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / _MARK).is_file()), here)


def shipped(name: str) -> Path:
    """What the project brings, by its path in a clone ("notebooks", "data/sample"): beside the package, or inside it."""
    clone = PACKAGE.parent / name
    return clone if (PACKAGE.parent / _MARK).is_file() else PACKAGE / "packaged" / Path(name).name


def _found(engagement: str) -> Path:
    """The engagement's folder or file: from the current folder first, then from the project's."""
    given = Path(engagement).expanduser()
    tried = [given] if given.is_absolute() else [Path.cwd() / given, project_folder() / given]
    for path in tried:
        if path.exists():
            return path
    what = _("'{path}' does not exist", path=engagement)
    accepted = _("An engagement is a folder with an engagement.yaml, or that file")
    todo = _("Correct the path, or make an engagement with `cx new NAME`")
    raise UsageError(_("parameter {name}", name="engagement"), what, accepted, todo)


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if value in ("", None):
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        return dt.date.fromisoformat(value)
    except ValueError:
        what = _("{value!r} is not a date", value=value)
        accepted = _("A date is YYYY-MM-DD, e.g. 2026-06-30; empty means the date of the brief")
        raise UsageError(_("parameter {name}", name="as_of"), what, accepted) from None


def _assigned(namespace: Mapping[str, Any]) -> Iterator[str]:
    """The names that the cells before `open_stage` assign; of a plain dict, its keys."""
    cells = namespace.get("In")
    if cells is None:
        yield from (name for name, value in namespace.items() if not name.startswith("_") and _is_plain(value))
        return
    for cell in cells:
        if "open_stage(" in str(cell):
            return
        yield from _targets(str(cell))


def _targets(cell: str) -> Iterator[str]:
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return  # a magic or shell line: no parameters there
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name) and not target.id.startswith("_"))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool | list | dict | dt.date)
