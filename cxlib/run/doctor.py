"""`cx doctor`: is this machine ready for a run? Each answer says what was found and, where needed, what to do."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from cxlib.engagement.parameters import anchored
from cxlib.errors import UsageError
from cxlib.language import _
from cxlib.run.notebooks import notebooks
from cxlib.run.parent import LONGEST_FOLDER, socket_folder

OLDEST = (3, 11)
EXTRAS = ("export", "spss", "cluster")  # of pyproject.toml, those that are not for developers
LEAST_FREE_BYTES = 200_000_000  # ten notebooks and pages of a large client, with room to spare
LOUD = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")  # they change what Python loads, and so what results mean


@dataclass(frozen=True)
class Finding:
    """One answer: is it well (None: it is for a person to say), what was looked at, what was found, and what to do."""

    well: bool | None
    what: str
    found: str
    todo: str = ""

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗", None: "!"}[self.well]
        return f"{mark} {self.what:<12} {self.found}" + ("" if self.well or not self.todo else f"\n  → {self.todo}")


def examine(out: str = "reports") -> list[Finding]:
    """What was found, in the order in which it matters; `out` is where reports will go."""
    return [
        _python(),
        _packages(),
        _kernel(),
        _notebooks(),
        _out(anchored(out)),
        _encoding(),
        _environment(),
        *_extras(),
    ]


def _python() -> Finding:
    least = ".".join(map(str, OLDEST))
    todo = _("Install Python {least} or newer, and cxlib with it").format(least=least)
    return Finding(sys.version_info >= OLDEST, "Python", f"{sys.version.split()[0]} ({sys.executable})", todo)


def _packages() -> Finding:
    """The packages that cxlib needs, each in a version that it takes."""
    install = [sys.executable, "-m", "pip", "install"]
    try:
        needed = map(Requirement, metadata.requires("cxlib") or [])
    except metadata.PackageNotFoundError:
        command = shlex.join([*install, "--editable", str(Path(__file__).parents[2])])
        todo = _("Install it: `{command}`").format(command=command)
        return Finding(False, _("Packages"), _("cxlib is here, but not installed"), todo)
    missing = [one for one in needed if (one.marker is None or one.marker.evaluate({"extra": ""})) and not _fits(one)]
    found = _("missing: {names}").format(names=", ".join(map(str, missing))) if missing else _("all there")
    command = shlex.join([*install, *map(str, missing)])
    return Finding(not missing, _("Packages"), found, _("Install them: `{command}`").format(command=command))


def _extras() -> list[Finding]:
    """What each extra that people install still misses; nothing of it is needed for a run."""
    try:
        needed = [Requirement(one) for one in metadata.requires("cxlib") or []]
    except metadata.PackageNotFoundError:
        return []
    found = []
    for extra in EXTRAS:
        missing = [
            one.name for one in needed if one.marker and one.marker.evaluate({"extra": extra}) and not _fits(one)
        ]
        missing = [name for name in missing if not _is_plain(needed, name)]
        command = shlex.join([sys.executable, "-m", "pip", "install", f"cxlib[{extra}]"])
        told = _("missing: {names}").format(names=", ".join(missing)) if missing else _("all there")
        found.append(
            Finding(None if missing else True, extra, told, _("If it is wanted: `{command}`").format(command=command))
        )
    return found


def _is_plain(needed: list[Requirement], name: str) -> bool:
    """Whether a package is needed in any case, and so told elsewhere."""
    return any(one.name == name and (one.marker is None or one.marker.evaluate({"extra": ""})) for one in needed)


def _fits(needed: Requirement) -> bool:
    try:
        return needed.specifier.contains(metadata.version(needed.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def _kernel() -> Finding:
    """Kernels talk over Unix sockets in a folder of their own: make one, as a run does."""
    try:
        folder = socket_folder()
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.bind(str(folder / "k"))
        finally:
            shutil.rmtree(folder)
    except OSError as error:
        found = _("no sockets ({why})").format(why=error.strerror or error)
    else:
        return Finding(True, _("Kernel"), _("sockets in {folder}").format(folder=folder.parent))
    todo = _("Set TMPDIR to a folder that you may write to, with a path of at most {n} characters")
    return Finding(False, _("Kernel"), found, todo.format(n=LONGEST_FOLDER))


def _notebooks() -> Finding:
    try:
        folders = {path.parent for path in notebooks().values()}
    except UsageError as error:
        return Finding(False, _("Notebooks"), error.what, error.todo)
    return Finding(True, _("Notebooks"), _("ten in {folders}").format(folders=", ".join(map(str, folders))))


def _out(out: Path) -> Finding:
    """The folder of the reports, or the nearest above it that exists, takes files."""
    there = next(folder for folder in (out, *out.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    well = there.is_dir() and os.access(there, os.W_OK) and free >= LEAST_FREE_BYTES
    found = _("{folder}, {n} MB free").format(folder=out, n=free // 1_000_000)
    return Finding(well, _("Reports"), found, _("Name another folder with --out"))


def _encoding() -> Finding:
    found = (sys.stdout.encoding or "").lower()
    todo = _("Set PYTHONIOENCODING=utf-8")
    return Finding("utf" in found, _("Encoding"), found or _("unknown"), todo)


def _environment() -> Finding:
    loud = ", ".join(name for name in LOUD if os.environ.get(name))
    todo = _("Results may depend on it. Unset {names}, unless it is meant").format(names=loud)
    return Finding(None if loud else True, _("Environment"), loud or _("nothing unusual"), todo)
