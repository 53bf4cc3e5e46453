"""How a run ended, for a machine: what a person should know of it, and the summary that hooks receive."""

from __future__ import annotations

from typing import Any

from cxlib.language import _
from cxlib.run.order import Run


def warnings(run: Run) -> list[str]:
    """What a person should know about a run that came to its end."""
    said = [_("Stage {n}: the evidence has moved; the sealed decision stands.").format(n=n) for n in run.drifting()]
    said += [_("Stage 10 calls for: {action}.").format(action=action) for action in run.alerts()]
    if run.order.strict:
        said += [_("Stage {n}: no decision is sealed.").format(n=n) for n in run.undecided()]
    return said


def summary(run: Run) -> dict[str, Any]:
    """The end of a run as hooks receive it; no path of this machine in it."""
    status = "failed" if run.failure else "done"
    failure = (
        {}
        if run.failure is None
        else {
            "stage": run.stopped_at.number if run.stopped_at else 0,
            "kind": run.failure.kind,
            "reason": run.failure.message,
        }
    )
    return {
        "engagement": run.brief.name,
        "run_id": run.id,
        "as_of": run.brief.as_of.isoformat(),
        "status": status,
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
    return {
        "engagement": name,
        "run_id": "",
        "status": "refused" if code < 128 else "interrupted",
        "exit_code": code,
        "failure": {"reason": reason},
        "stages": [],
        "alerts": [],
        "drift": [],
        "undecided": [],
        "warnings": [],
    }
