"""The parameters of a notebook, checked inside the kernel: whoever runs it, a wrong one is refused before any work.

papermill and its neighbours inject whatever they are given; a mistyped name is at most a line in a log. So the notebook's
own namespace is read: what the cells before `open_stage` have assigned are its parameters, and nothing else may be there.
"""

from __future__ import annotations

import ast
import datetime as dt
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.engagement.characters import check_name
from cxlib.errors import UsageError, nearest
from cxlib.language import _

DEFAULTS: dict[str, str] = {"engagement": "data/sample", "out": "reports", "as_of": ""}
PACKAGE = Path(__file__).resolve().parents[1]
BRIEF = "engagement.yaml"
OWN = ".cx"  # in a workspace: what `cx` needs to know of it
_MARK = Path("notebooks") / "01_business_objective.ipynb"  # what the project's own folder, or a workspace, holds


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
    engagement = _found(str(given["engagement"]))
    return Parameters(engagement, reports_of(engagement, str(given["out"])), _day(given["as_of"]))


def reports_of(engagement: Path, out: str) -> Path:
    """Where the reports of an engagement go: in its own `reports/` if it is a workspace and nothing else is asked for."""
    folder = engagement if engagement.is_dir() else engagement.parent
    own = out == DEFAULTS["out"] and is_workspace(folder)
    return Path(os.path.normpath(folder / out)) if own else anchored(out)


def is_workspace(folder: Path) -> bool:
    """Whether an engagement's folder holds notebooks of its own, as `cx new` makes it."""
    return (folder / BRIEF).is_file() and (folder / OWN).is_dir()


def option(engagement: Path) -> str:
    """The option by which a command that is printed names an engagement, without naming the machine it lies on.

    Inside the project by its path there, e.g. " --engagement data/sample"; else by the name of its folder, which is
    found from beside it and from inside it.
    """
    folder, project = engagement.resolve(), project_folder().resolve()
    inside = folder.is_relative_to(project) and folder != project
    return f" --engagement {shlex.quote(folder.relative_to(project).as_posix() if inside else folder.name)}"


def anchored(path: str) -> Path:
    """A path; a relative one counts from the project's folder when run inside it, else from the current folder."""
    given = Path(path).expanduser()
    return given if given.is_absolute() else project_folder() / given


def project_folder() -> Path:
    """The workspace, or folder that holds `notebooks/`, from the current folder upwards; else the current folder."""
    here = Path.cwd()
    return next((up for up in (here, *here.parents) if (up / _MARK).is_file() or is_workspace(up)), here)


def shipped(name: str) -> Path:
    """What the project brings, by its path in a clone ("notebooks", "data/sample"): beside the package, or inside it."""
    clone = PACKAGE.parent / name
    return clone if (PACKAGE.parent / _MARK).is_file() else PACKAGE / "packaged" / Path(name).name


def _found(engagement: str) -> Path:
    """The engagement's folder or file: from the current folder first, then from the project's, then one it lies in."""
    given, here = Path(engagement).expanduser(), Path.cwd()
    around = [folder for folder in (here, *here.parents) if folder.name == engagement and (folder / BRIEF).is_file()]
    tried = [given] if given.is_absolute() else [here / given, project_folder() / given, *around]
    there = [path for path in tried if path.exists()]
    for path in [path for path in there if path.is_file() or (path / BRIEF).is_file()] or there:
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
