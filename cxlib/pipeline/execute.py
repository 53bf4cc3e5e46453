"""One notebook, executed: what came of it, in words and as an exit code."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib import errors
from cxlib.errors import CxError
from cxlib.language import _

KILLED = 138  # the exit code when a kernel dies, as papermill has it


@dataclass(frozen=True)
class Failure:
    """What ended a notebook: kind refused (one of our errors) | unknown | killed, its message, exit code, traceback."""

    kind: str
    message: str
    exit_code: int
    detail: str = ""


@dataclass(frozen=True)
class Executed:
    """An executed notebook (as far as it came) and what ended it, if anything did."""

    notebook: Any
    failure: Failure | None = None


def execute_notebook(source: Path, parameters: dict[str, str]) -> Executed:
    """Execute a notebook with these parameters; errors inside it come back as a `Failure`, an interrupt is raised."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from cxlib.pipeline.engine import ENGINE

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # progress and failures are ours to tell
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks that an interrupt leaves behind
    caught: list[Any] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of papermill and its neighbours; the kernel keeps its own
            done = papermill.execute_notebook(
                str(source), None, parameters, engine_name=ENGINE, kernel_name="python3", language="python",
                progress_bar=False, request_save_on_cell_execute=False,
                autosave_cell_every=0, caught=caught,
            )  # fmt: skip
    except PapermillExecutionError as error:
        return Executed(_unmarked(caught[0]), _failure(error))
    except RuntimeError as error:  # nbclient's DeadKernelError, or a kernel that never answered
        words = _("the process that computed the stage was ended from outside; most often memory has run out ({error})")
        return Executed(caught[0] if caught else None, Failure("killed", words.format(error=error), KILLED))
    return Executed(done)


def _failure(error: Any) -> Failure:
    """A kernel's error by its name: ours carry their exit code, all others are unknown."""
    known = getattr(errors, str(error.ename), None)
    detail = "\n".join(error.traceback)
    if isinstance(known, type) and issubclass(known, CxError):
        return Failure("refused", str(error.evalue), known.exit_code, detail)
    return Failure("unknown", f"{error.ename}: {error.evalue}".strip(": "), 1, detail)


def _unmarked(notebook: Any) -> Any:
    """The notebook without papermill's error markers."""
    notebook.cells = [
        cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    return notebook
