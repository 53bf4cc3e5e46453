"""How a run ended, for a machine: exit code, reasons, alerts, and the summary that hooks receive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib import records
from cxlib.language import _
from cxlib.report.standing import standings

if TYPE_CHECKING:
    from cxlib.pipeline.order import Run

UNDECIDED, ALERT = 4, 10
BINDING = ("sealed", "drift")
HOLD = "hold"  # the action of stage 10 that asks for nothing


def alerts(home: Path) -> list[str]:
    """The actions that stage 10 raises and nobody has answered by a seal."""
    record = records.read_record(home, 10)
    if record is None or (record["state"] == "sealed" and not record["drift"]):
        return []
    answered = record["choice"].get("actions", []) if record["state"] == "sealed" else []
    return [action for action in record["recommended"].get("actions", []) if action != HOLD and action not in answered]


def undecided(run: Run) -> list[int]:
    """The stages whose decision no person has sealed."""
    return [one.stage.number for one in standings(run.brief, run.home) if one.state.key not in BINDING]


def drifting(run: Run) -> list[int]:
    """The stages whose sealed decision stands while the evidence has moved."""
    return [one.stage.number for one in standings(run.brief, run.home) if one.state.key == "drift"]


def exit_code(run: Run) -> int:
    """0, or why not: what stopped the run, then a missing decision under --strict, then an alert by --fail-on alert."""
    if run.failure is not None:
        return run.failure.exit_code
    if len(run.rows) < 10:
        return 0  # it goes on
    if run.order.strict and undecided(run):
        return UNDECIDED
    return ALERT if run.order.fail_on == "alert" and alerts(run.home) else 0


def warnings(run: Run) -> list[str]:
    """What a person should know about a run that came to its end."""
    said = [_("Stage {n}: the evidence has moved; the sealed decision stands.").format(n=n) for n in drifting(run)]
    said += [_("Stage 10 calls for: {action}.").format(action=action) for action in alerts(run.home)]
    if run.order.strict:
        said += [_("Stage {n}: no decision is sealed.").format(n=n) for n in undecided(run)]
    return said


def summary(run: Run) -> dict[str, Any]:
    """The end of a run as hooks receive it; no path of this machine in it."""
    status = "failed" if run.failure else "done"
    failure = {} if run.failure is None else {"stage": run.stopped_at.number if run.stopped_at else 0, "kind": run.failure.kind,
                                              "reason": run.failure.message}  # fmt: skip
    return {"engagement": run.brief.name, "run_id": run.id, "as_of": run.brief.as_of.isoformat(), "status": status,
            "exit_code": run.exit_code, "failure": failure, "stages": run.rows, "alerts": alerts(run.home),
            "drift": drifting(run), "undecided": undecided(run), "warnings": warnings(run)}  # fmt: skip


def refused(name: str, code: int, reason: str) -> dict[str, Any]:
    """The summary of a run that could not begin, or was ended from outside."""
    return {"engagement": name, "run_id": "", "status": "refused" if code < 128 else "interrupted", "exit_code": code,
            "failure": {"reason": reason}, "stages": [], "alerts": [], "drift": [], "undecided": [], "warnings": []}  # fmt: skip
