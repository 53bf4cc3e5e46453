"""run.json: what was run, with what, how long each stage took and what became of it."""

from __future__ import annotations

import datetime as dt
import platform
from importlib import metadata
from typing import Any

from cxlib.engagement import records
from cxlib.run import outcome
from cxlib.run.order import Run

PACKAGES = (
    "cxlib",
    "papermill",
    "nbclient",
    "nbconvert",
    "ipykernel",
    "pandas",
    "numpy",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "matplotlib",
)


def new_log(run: Run, status: str) -> dict[str, Any]:
    """Return the content of run.json: status running | done | failed | interrupted."""
    ended = "" if status == "running" else dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    order = run.order
    return {
        "run_id": run.id,
        "engagement": run.brief.name,
        "status": status,
        "started": run.started,
        "finished": ended,
        "exit_code": run.exit_code,
        "warnings": outcome.warnings(run) if ended else [],
        "stages": run.rows,
        "versions": versions(),
        "parameters": {
            **run.parameters,
            "out": str(run.public.parent),
            "as_of": run.brief.as_of.isoformat(),
            "from": order.first,
            "audience": order.audience,
        },
        "facts": _facts(run),
        "records": _records(run),
    }


def versions() -> dict[str, str]:
    """Python and the packages that results and pages depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _facts(run: Run) -> dict[str, Any]:
    """The digest of facts.json, which the stages write."""
    path = run.home / "facts.json"
    return {"file": path.name, "sha256": records.file_digest(path)} if path.is_file() else {}


def _records(run: Run) -> dict[str, str]:
    """The digest of each stage's record."""
    return {str(stage): str(record["digest"]) for stage, record in records.read_records(run.home).items()}
