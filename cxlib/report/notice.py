"""The page of a stage that has no result: it stopped, or it waits. Plain words, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from cxlib.chain import Stage
from cxlib.language import _
from cxlib.report.page import render
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame, StageView


@dataclass(frozen=True)
class Notice:
    """Why a stage has no result: one sentence, what happened, what to do, and a command."""

    headline: str
    happened: tuple[str, ...]
    todo: str
    command: str = ""


def notice_page(stage: Stage, frame: Frame, notice: Notice, state_key: str) -> str:
    """The page of a stopped (`failed`) or waiting (`blocked`) stage."""
    view = StageView(Standing(stage, state(state_key), {}))
    return render("notice.html.j2", frame=frame, page=view, strip=view.strip, current=stage.number, notice=notice)


def stopped(stage: Stage, kind: str, message: str, command: str) -> Notice:
    """The words for a stage that stopped: `kind` is refused | unknown | killed | timeout. A refusal keeps its lines."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = "\n".join(lines) if kind == "refused" else " ".join(lines)
    return _notice(kind if kind in _words() else "unknown", command, n=stage.number, error=said)


def waiting(stage: Stage, cause: Stage, command: str) -> Notice:
    """The words for a stage that could not start because an earlier one stopped."""
    return _notice("blocked", command, n=cause.number, name=cause.name, k=stage.number)


def _notice(kind: str, command: str, **told: object) -> Notice:
    words = {part: _(text).format(**told) for part, text in _words()[kind].items()}
    return Notice(words["headline"], tuple(words["happened"].splitlines()), words["todo"], command)


@cache
def _words() -> dict[str, dict[str, str]]:
    """Headline, what happened and what to do, by kind."""
    told: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("notice.yaml").read_text(encoding="utf-8")
    )
    return told
