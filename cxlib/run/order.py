"""What is run, and what has become of it: an order, and the run that carries it out."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Stage
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.report.standing import run_command, standings
from cxlib.run.clock import now, run_id
from cxlib.run.execute import Failure

UNDECIDED, ALERT = 4, 10
BINDING = ("sealed", "drift")
HOLD = "hold"  # the action of stage 10 that asks for nothing


def shown(path: str) -> str:
    """A path as a page may show it: an absolute one by its last part, for it would name the machine it lies on."""
    return Path(path).name if Path(path).is_absolute() else path


@dataclass(frozen=True)
class Order:
    """What to run: an engagement, where to, up to which day, from which stage on, for whom."""

    engagement: str = "data/sample"
    out: str = "reports"
    as_of: str = ""
    first: int = 1
    audience: str = "report"
    notebooks: Path | None = None
    named: str = ""  # how the person named the engagement, for the commands that pages suggest
    force: bool = False  # compute what has not changed, too
    wait: float = 0.0  # seconds to wait for another run to end
    strict: bool = False  # a decision that no person has sealed ends with 4
    fail_on: str = ""  # "alert": an action that stage 10 raises ends with 10


@dataclass
class Run:
    """A run: its engagement, where its files are, and what has become of each stage.

    While it works its files are in `staging`, where nobody reads; when it has ended, what people read is in `public`.
    """

    order: Order
    brief: Brief
    public: Path
    parameters: dict[str, str]
    id: str = field(default_factory=run_id)
    rows: list[dict[str, Any]] = field(default_factory=list)
    started: str = field(default_factory=now)
    failure: Failure | None = None
    stopped_at: Stage | None = None
    ended: bool = False
    made_from: dict[Path, str] = field(default_factory=dict)  # digests of brief, decisions, code, before they are read

    @property
    def staging(self) -> Path:
        """Where its files are while it works: a report folder of its own."""
        return self.public / ".staging" / self.public.name

    @property
    def kept(self) -> Path:
        """Where its files stay when it has ended."""
        return self.public / "runs" / self.id

    @property
    def home(self) -> Path:
        """Where its files are now."""
        return self.public if self.ended else self.staging

    @property
    def exit_code(self) -> int:
        """0, or the code of what stopped the run, else of a missing decision (--strict), else of an alert (--fail-on)."""
        if self.failure is not None:
            return self.failure.exit_code
        if len(self.rows) < len(STAGES):
            return 0  # it goes on
        if self.order.strict and self.undecided():
            return UNDECIDED
        return ALERT if self.order.fail_on == "alert" and self.alerts() else 0

    def alerts(self) -> list[str]:
        """The actions that stage 10 raises and nobody has answered by a seal."""
        record = records.read_record(self.home, 10)
        sealed = record is not None and record["state"] == "sealed"
        if record is None or (sealed and not record["drift"]):
            return []
        answered = record["choice"].get("actions", []) if sealed else []
        raised = record["recommended"].get("actions", [])
        return [action for action in raised if action != HOLD and action not in answered]

    def undecided(self) -> list[int]:
        """The stages whose decision no person has sealed, or no second one approved where the brief asks for two."""
        stands = standings(self.brief, self.home)
        return [one.stage.number for one in stands if one.state.key not in BINDING or one.second == "?"]

    def drifting(self) -> list[int]:
        """The stages whose sealed decision stands while the evidence has moved."""
        return [number for number, state in self._states().items() if state == "drift"]

    def _states(self) -> dict[int, str]:
        return {one.stage.number: one.state.key for one in standings(self.brief, self.home)}

    @property
    def about(self) -> dict[str, Any]:
        """What pages say of the run, as run.json has it."""
        return {"started": self.started, "run_id": self.id, "parameters": {"audience": self.order.audience}}

    def command(self, first: int) -> str:
        """The command that runs on from a stage."""
        out = shown(self.out_named)
        return run_command(shown(self.order.named), first) + (f" --out {shlex.quote(out)}" if out else "")

    @property
    def out_named(self) -> str:
        """Where the reports go, when a command has to say it."""
        return "" if self.order.out == Order.out else self.order.out
