"""One notebook, executed: what came of it, in words and as an exit code."""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlib import errors
from cxlib.errors import CxError
from cxlib.language import _
from cxlib.run.limits import Limits, StageTimeout
from cxlib.run.parent import warm_parent

if TYPE_CHECKING:
    from cxlib.run.engine import Job, Tell

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LINE = re.compile(r"Cell In\[\d+\], line (\d+)|\(line (\d+) of this cell\)")  # as IPython, and as our errors, say it
KILLED = 138  # the exit code when a kernel dies, as papermill has it


@dataclass(frozen=True)
class Failure:
    """What ended a notebook: its kind (refused, by one of our errors | unknown | killed | timeout) and exit code."""

    kind: str
    message: str
    exit_code: int
    detail: str = ""
    place: str = ""  # the cell that failed, and its line where known


@dataclass(frozen=True)
class Executed:
    """An executed notebook (as far as it came) and what ended it, if anything did."""

    notebook: Any
    failure: Failure | None = None


def execute_notebook(
    source: Path,
    parameters: dict[str, str],
    *,
    limits: Limits | None = None,
    tell: Tell | None = None,
    warm: bool = True,
) -> Executed:
    """Execute a notebook with these parameters; errors inside it come back as a `Failure`, an interrupt is raised."""
    if warm:
        warm_parent()  # imports while we do
    from papermill.exceptions import PapermillExecutionError

    from cxlib.run.engine import Job

    named = {"engagement", "as_of"} <= set(parameters)
    job = Job(limits or Limits(), warm=warm, ahead=(parameters["engagement"], parameters["as_of"]) if named else ())
    if tell is not None:
        job.tell = tell
    try:
        return Executed(_papermill(source, parameters, job))
    except PapermillExecutionError as error:
        notebook = _unmarked(job.notebook)
        return Executed(notebook, replace(_failure(error), place=_place(notebook, error)))
    except StageTimeout as error:
        return Executed(job.notebook, Failure("timeout", str(error), error.exit_code))
    except CxError as error:
        return Executed(job.notebook, Failure("refused", str(error), error.exit_code))
    except RuntimeError as error:  # nbclient's DeadKernelError, or a kernel that never answered
        words = _("the process that computed the stage was ended from outside; most often memory has run out ({error})")
        return Executed(job.notebook, Failure("killed", words.format(error=error), KILLED))


def _papermill(source: Path, parameters: dict[str, str], job: Job) -> Any:
    """The notebook as papermill returns it, nothing written, nothing printed."""
    import papermill

    from cxlib.run.engine import ENGINE

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # progress and failures are ours to tell
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks that an interrupt leaves behind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of papermill and its neighbours; the kernel keeps its own
        return papermill.execute_notebook(
            str(source),
            None,
            parameters,
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            job=job,
        )


def _failure(error: Any) -> Failure:
    """A kernel's error by its name: ours carry their exit code, all others are unknown."""
    known = getattr(errors, str(error.ename), None)
    detail = "\n".join(error.traceback)
    if error.ename == "CellExecutionError" and not error.evalue:  # nbclient's: the kernel could not even send its error
        return Failure("unknown", _("a cell failed and could not say why; most often memory has run out"), 1, detail)
    if isinstance(known, type) and issubclass(known, CxError):
        return Failure("refused", str(error.evalue), known.exit_code, detail)
    return Failure("unknown", f"{error.ename}: {error.evalue}".strip(": "), 1, detail)


def _place(notebook: Any, error: Any) -> str:
    """The cell that has failed, by its id, and the line in it."""
    failed = [cell for cell in notebook.cells if any(one.output_type == "error" for one in cell.get("outputs", ()))]
    if not failed:
        return ""
    said = ANSI.sub("", "\n".join(error.traceback))
    lines = LINE.findall(said)
    place = _("cell {cell}").format(cell=failed[0].get("id", "…"))
    return f"{place}, {_('line {n}').format(n=''.join(lines[-1]))}" if lines else place


def _unmarked(notebook: Any) -> Any:
    """The notebook without papermill's error markers."""
    notebook.cells = [
        cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    return notebook
