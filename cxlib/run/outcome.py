"""How a run ended, for machines: run.json, the summary that hooks receive, and what a person should know of it."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from cxlib.engagement import heads, ledger, records
from cxlib.language import _
from cxlib.run.clock import now
from cxlib.run.order import Run

DRIVER = ("cxlib", "papermill", "nbclient", "nbconvert", "ipykernel")
LIBRARIES = ("pandas", "numpy", "scipy", "scikit-learn", "statsmodels", "matplotlib")


def warnings(run: Run) -> list[str]:
    """What a person should know about a run that came to its end."""
    said = [_("Stage {n}: the evidence has moved; the sealed decision stands.").format(n=n) for n in run.drifting()]
    said += [_("Stage 10 calls for: {action}.").format(action=action) for action in run.alerts()]
    if run.order.strict:
        said += [_("Stage {n}: no decision is sealed.").format(n=n) for n in run.undecided()]
    return said


def run_log(run: Run, status: str) -> dict[str, Any]:
    """The content of run.json; status is running | done | failed | interrupted."""
    ended, facts = status != "running", run.home / "facts.json"
    return {
        "run_id": run.id,
        "engagement": run.brief.name,
        "status": status,
        "started": run.started,
        "finished": now() if ended else "",
        "exit_code": run.exit_code,
        "warnings": warnings(run) if ended else [],
        "stages": run.rows,
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in DRIVER + LIBRARIES},
        "parameters": {
            **run.parameters,
            "out": str(run.public.parent),
            "as_of": run.brief.as_of.isoformat(),
            "from": run.order.first,
            "audience": run.order.audience,
        },
        "ledger": heads.head_of(ledger.read_ledger(run.brief.folder)),
        "facts": {"file": facts.name, "sha256": records.file_digest(facts)} if facts.is_file() else {},
        "records": {str(stage): record["digest"] for stage, record in records.read_records(run.home).items()},
    }


def _version(package: str) -> str:
    """The version of a package; "" when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def summary(run: Run) -> dict[str, Any]:
    """The end of a run as hooks receive it; it holds no path of this machine."""
    failure: dict[str, Any] = {}
    if run.failure is not None:
        stage = run.stopped_at.number if run.stopped_at else 0
        failure = {"stage": stage, "kind": run.failure.kind, "reason": run.failure.message}
    return {
        "engagement": run.brief.name,
        "run_id": run.id,
        "as_of": run.brief.as_of.isoformat(),
        "status": "failed" if failure else "done",
        "exit_code": run.exit_code,
        "failure": failure,
        "stages": run.rows,
        "alerts": run.alerts(),
        "drift": run.drifting(),
        "undecided": run.undecided(),
        "warnings": warnings(run),
    }


def refused(name: str, code: int, reason: str) -> dict[str, Any]:
    """The summary of a run that could not begin, or was ended from outside."""
    status = "refused" if code < 128 else "interrupted"
    nothing: dict[str, Any] = {key: [] for key in ("stages", "alerts", "drift", "undecided", "warnings")}
    about = {"engagement": name, "run_id": "", "status": status, "exit_code": code, "failure": {"reason": reason}}
    return about | nothing
