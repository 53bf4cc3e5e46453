"""`cx doctor`: is this machine ready for a run? Each answer says what was found and, when it is not well, what to do."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cxlib.chain import STAGES
from cxlib.engagement.parameters import anchored, project_folder
from cxlib.language import _

OLDEST = (3, 11)
LEAST_FREE_BYTES = 200_000_000  # ten notebooks and pages of a large client, with room to spare


@dataclass(frozen=True)
class Finding:
    """One answer: is it well, what was looked at, what was found, what to do when it is not well."""

    well: bool
    what: str
    found: str
    todo: str = ""

    def __str__(self) -> str:
        mark = "✓" if self.well else "✗"
        return f"{mark} {self.what:<12} {self.found}" + (f"\n  → {self.todo}" if not self.well and self.todo else "")


def examine(out: str = "reports") -> list[Finding]:
    """Return what was found, in the order in which it matters."""
    return [_python(), _packages(), _kernel(), _notebooks(), _out(anchored(out)), _encoding(), _environment()]


def _python() -> Finding:
    return Finding(
        sys.version_info >= OLDEST,
        "Python",
        f"{sys.version.split()[0]} ({sys.executable})",
        _("Python {least} or newer is needed").format(least=".".join(map(str, OLDEST))),
    )


def _packages() -> Finding:
    missing = [name for name in _required() if not _installed(name)]
    found = _("missing: {names}").format(names=", ".join(missing)) if missing else _("all there")
    return Finding(not missing, _("Packages"), found, _("Install them: `make report` does it, or `pip install cxlib`"))


def _required() -> Iterator[str]:
    """The packages that cxlib needs, by name."""
    for line in metadata.requires("cxlib") or []:
        name = re.match(r"[A-Za-z0-9_.-]+", line)
        if name and "extra ==" not in line:
            yield name.group()


def _installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _kernel() -> Finding:
    """Kernels are of this interpreter and talk over sockets in the temporary folder, whose path must be short."""
    folder = tempfile.gettempdir()
    well = _installed("ipykernel") and len(folder) < 80 and os.access(folder, os.W_OK)
    return Finding(
        well,
        _("Kernel"),
        _("ipykernel, sockets in {folder}").format(folder=folder),
        _("Set TMPDIR to a short path that you may write to"),
    )


def _notebooks() -> Finding:
    folders = [Path(__file__).resolve().parents[2] / "notebooks", project_folder() / "notebooks"]
    most = max(folders, key=lambda folder: sum((folder / f"{s.slug}.ipynb").is_file() for s in STAGES))
    n = sum((most / f"{stage.slug}.ipynb").is_file() for stage in STAGES)
    return Finding(
        n == len(STAGES),
        _("Notebooks"),
        _("{n} of {total} in {folder}").format(n=n, total=len(STAGES), folder=most),
        _("Call `cx` inside the project"),
    )


def _out(out: Path) -> Finding:
    """The folder of the reports, or the nearest above it that exists, takes files."""
    there = next(folder for folder in (out, *out.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    well = there.is_dir() and os.access(there, os.W_OK) and free >= LEAST_FREE_BYTES
    return Finding(
        well,
        _("Reports"),
        _("{folder}, {n} MB free").format(folder=out, n=free // 1_000_000),
        _("Name another folder with --out"),
    )


def _encoding() -> Finding:
    found = (sys.stdout.encoding or "").lower()
    return Finding("utf" in found, _("Encoding"), found or _("unknown"), _("Set PYTHONUTF8=1"))


def _environment() -> Finding:
    """Settings that change what Python loads, and so what results mean."""
    loud = [name for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP") if os.environ.get(name)]
    return Finding(
        not loud,
        _("Environment"),
        ", ".join(loud) or _("nothing unusual"),
        _("Unset {names}, or be sure that it is meant").format(names=", ".join(loud)),
    )
