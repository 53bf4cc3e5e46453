"""What is run, and what has become of it: an order, and the run that carries it out."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlib.brief import Brief
from cxlib.chain import Stage
from cxlib.pipeline import outcome
from cxlib.pipeline.execute import Failure
from cxlib.report.standing import run_command


def run_id(last: str = "") -> str:
    """A name for a run: when it began, and four letters that set it apart.

    It sorts after the `last` one even when the clock was set back meanwhile.
    """
    moment = dt.datetime.now(dt.UTC)
    if last[:15] >= f"{moment:%Y%m%d-%H%M%S}":
        moment = dt.datetime.strptime(last[:15], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC) + dt.timedelta(seconds=1)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def now() -> str:
    """The time as it stands in run.json."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


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
        """What `cx` ends with."""
        return outcome.exit_code(self)

    def command(self, first: int) -> str:
        """The command that runs on from a stage."""
        out = shown(self.out_named)
        return run_command(shown(self.order.named), first) + (f" --out {out}" if out else "")

    @property
    def out_named(self) -> str:
        """Where the reports go, when a command has to say it."""
        return "" if self.order.out == Order.out else self.order.out
