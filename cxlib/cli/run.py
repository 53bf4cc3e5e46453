"""`cx run`: one engagement or many; when nothing has changed since the last run, nothing large is loaded."""

from __future__ import annotations

import json
import shlex
from argparse import Namespace as Given
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cxlib.chain import STAGES, Stage
from cxlib.cli import ask
from cxlib.language import _

if TYPE_CHECKING:
    from cxlib.run.conduct import Attendance
    from cxlib.run.execute import Failure
    from cxlib.run.order import Order, Run

UNUSUAL = ("force", "unattended", "strict", "fail_on", "scheduler", "on_finish", "webhook")  # ask for more than pages


def run(given: Given) -> int:
    """Run what is named; return the exit code."""
    folders = ask.folders(given.folders)
    given.folder = folders[0] if folders else None
    if len(folders) < 2 and _unchanged(given):
        return 0
    order, around = _ordered(given)
    if len(folders) > 1 or given.scheduler:
        return _run_many(given, [replace(order, engagement=one, named=one) for one in folders] or [order], around)
    from cxlib.run.conduct import conduct

    return _ended(given, conduct(order, tell=_tell(given), around=around))


def _unchanged(given: Given) -> bool:
    """Whether nothing has changed since the last run; then say so."""
    from cxlib.run.unchanged import asked, line, nothing_to_do

    wanted = asked(ask.folder(given), given.as_of, given.audience, ask.named(given), given.out)
    plain = given.first == 1 and not any(getattr(given, name) for name in UNUSUAL)
    note = nothing_to_do(wanted, given.wait) if plain else None
    if note is None:
        return False
    if given.json:
        ask.say((note["home"] / "run.json").read_text(encoding="utf-8"))
        return True
    if not given.quiet:
        told = [line(stage, None, _("unchanged")) for stage in STAGES]
        ask.say("\n".join([*told, ask.step_text(*note["next"])]))
    ask.say(_("Open {index}").format(index=note["home"] / "index.html"))
    return True


def _ordered(given: Given) -> tuple[Order, Attendance]:
    """What to run, and what surrounds it."""
    from cxlib.run.conduct import Attendance
    from cxlib.run.hooks import Hooks
    from cxlib.run.limits import limits_of
    from cxlib.run.order import Order

    order = Order(
        ask.folder(given),
        given.out,
        given.as_of,
        given.first,
        given.audience,
        named=ask.named(given),
        force=given.force,
        wait=given.wait,
        strict=given.strict,
        fail_on=given.fail_on,
    )
    limits = limits_of(given.cell_timeout, given.stage_timeout, unattended=given.unattended)
    return order, Attendance(limits, Hooks(given.on_finish, given.webhook, given.webhook_header), ask.warn)


def _run_many(given: Given, orders: list[Order], around: Attendance) -> int:
    from cxlib.run.many import run_many

    done = run_many(orders, around, tell=_tell(given), jobs=given.jobs, scheduler=given.scheduler)
    ask.say(json.dumps(done.summaries, indent=1) if given.json else done.text)
    return done.exit_code


def _ended(given: Given, run: Run) -> int:
    """Say how a run ended, and what is next."""
    from cxlib.run.outcome import warnings

    if run.failure and given.debug:
        ask.warn(run.failure.detail)
    if given.json:
        ask.say((run.home / "run.json").read_text(encoding="utf-8"))
    elif run.failure and run.stopped_at:
        page = run.home / f"{run.stopped_at.slug}.html"
        ask.warn(f"cx: {run.failure.message}")
        ask.warn("\n".join(_place(run, run.failure, run.stopped_at)))
        ask.say(_("Stopped at stage {n}. Next: read {page}").format(n=run.stopped_at.number, page=page))
    else:
        if run.exit_code:
            ask.warn("\n".join(f"cx: {said}" for said in warnings(run)))
        if not given.quiet:
            ask.end(given)
        ask.say(_("Open {index}").format(index=run.home / "index.html"))
    return run.exit_code


def _place(run: Run, failure: Failure, stage: Stage) -> Iterator[str]:
    """Which cell has failed; of a notebook that was changed here, the way back."""
    if failure.place:
        yield _("In {notebook}.ipynb, {place}.").format(notebook=stage.slug, place=failure.place)
    if run.rows[stage.number - 1]["changed_cells"]:
        command = shlex.join(["cx", "restore", run.order.named or run.brief.name, str(stage.number)])
        words = _("This notebook was changed here: `{command}` puts the packaged one back; yours is kept beside it.")
        yield words.format(command=command)


def _tell(given: Given) -> Callable[[str], None]:
    """Who hears of each stage."""
    return ask.quiet if given.quiet or given.json else ask.say
