"""A notebook that is open says at its next cell that the brief has changed, and at its top which cell has failed.

Both are asides: they stand in the notebook and on no page. Under `cx run`, which looks at both itself, nothing is said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from html import escape
from pathlib import Path
from textwrap import shorten
from typing import Any

from IPython import get_ipython
from IPython.display import HTML, display

from cxlib.engagement import records
from cxlib.engagement.parameters import BRIEF, is_workspace
from cxlib.errors import line_in_cell
from cxlib.language import _

ASIDE = {"aside": True}  # in an output's metadata: for whoever works in the notebook, never on a page
_STYLE = "border-left:4px solid #B8540A;padding:.4em .8em;margin:.3em 0"
_watching: dict[str, Opened] = {}


class Opened:
    """A stage's notebook from when it opened until it opens again."""

    def __init__(self, number: int, slug: str, folder: Path, files: Iterable[str]) -> None:
        self.number, self.slug, self.folder = number, slug, folder
        self._files = [folder / name for name in (BRIEF, *files)]
        self._before = self._looked()
        self._id, self._html = uuid.uuid4().hex, ""
        self._failed: dict[str, str] = {}  # cell → what is said of it

    def top(self, html: str) -> dict[str, Any]:
        """Options with which the opening is displayed, so that what fails later can be said there."""
        self._html = html
        return {"display_id": self._id} if _watching.get("notebook") is self else {}

    def before_cell(self, info: Any) -> None:
        """Say once, at the next cell, what has changed since the notebook opened; opening it again is the answer."""
        if "open_stage" in str(info.raw_cell):
            close()
            return
        now = self._looked()
        changed = [path.name for path in self._files if now[path] != self._before[path]]
        self._before = now
        if changed:
            words = _(
                "{files} has changed since this notebook was opened. Run it again from the top, so that it counts."
            )
            _aside(escape(words.format(files=", ".join(changed))))

    def after_cell(self, result: Any) -> None:
        """Say at the top which cells have failed, where, and the way back; of one that has passed since, no more."""
        error, cell = result.error_before_exec or result.error_in_exec, _cell_of(result.info)
        before = dict(self._failed)
        self._failed.pop(cell, None)
        if error is not None:
            self._failed[cell] = self.failure(error, result.info)
        if self._failed != before:
            metadata = {"text/html": ASIDE} if self._failed else {}
            html = "".join(self._failed.values()) + self._html
            display(HTML(html), display_id=self._id, update=True, metadata=metadata)

    def failure(self, error: BaseException, info: Any) -> str:
        """Which cell has failed, in which line and why, and what leads back, as HTML."""
        line = line_in_cell(error) or getattr(error, "lineno", None)
        place = _("cell {cell}").format(cell=shorten(_cell_of(info), 60, placeholder=" …"))
        place += f", {_('line {n}').format(n=line)}" if line else ""
        told = _("{notebook}.ipynb stopped at {place}.").format(notebook=self.slug, place=place)
        why = f"{type(error).__name__}: {error}"
        back = ""
        if is_workspace(self.folder):
            back = _("If this notebook was changed: {command} puts the packaged one back; yours is kept beside it.")
            command = f"<code>cx restore {escape(self.folder.resolve().name)} {self.number}</code>"
            back = "<br>" + escape(back).replace("{command}", command)
        return f'<div role="alert" style="{_STYLE}"><strong>{escape(told)}</strong><br>{escape(why)}{back}</div>'

    def _looked(self) -> dict[Path, str]:
        return {path: records.file_digest(path) if path.is_file() else "" for path in self._files}


def _cell_of(info: Any) -> str:
    """What a cell is known by: its id, or, where whoever runs it does not tell, what it says."""
    return str(getattr(info, "cell_id", None) or info.raw_cell)


def opened(number: int, slug: str, folder: Path, home: Path, files: Iterable[str]) -> Opened:
    """Watch the notebook of a stage from now on, instead of the one that was watched before."""
    notebook = Opened(number, slug, folder, files)
    close()
    shell = get_ipython()
    if shell is not None and home.parent.name != ".staging":
        _watching["notebook"] = notebook
        shell.events.register("pre_run_cell", notebook.before_cell)
        shell.events.register("post_run_cell", notebook.after_cell)
    return notebook


def close() -> None:
    """Watch no notebook."""
    notebook, shell = _watching.pop("notebook", None), get_ipython()
    if notebook is not None and shell is not None:
        shell.events.unregister("pre_run_cell", notebook.before_cell)
        shell.events.unregister("post_run_cell", notebook.after_cell)


def _aside(html: str) -> None:
    display(HTML(f'<div role="status" style="{_STYLE}">{html}</div>'), metadata={"text/html": ASIDE})
