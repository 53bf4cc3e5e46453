"""Workbooks, Parquet and SPSS files, opened in a process of its own: whatever a file does to it, ours goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from cxlib.engagement.limits import CELL_CHARACTERS, CELLS, COLUMNS, READER_BYTES, READER_SECONDS, ROWS
from cxlib.errors import TableError
from cxlib.language import _, number

_READER = Path(__file__).with_name("reader.py")
_TOO_LARGE = ("MemoryError", "PanicException", "ArrowMemoryError")  # what a library says when there is no more memory


def read_apart(kind: str, path: Path, accepted: str, **asked: str | None) -> tuple[dict[str, Any], bytes]:
    """What the reader says first of a file (its columns and rows), and all that follows. kind: workbook, parquet, spss.

    TableError when it is no such file, exceeds a limit, or ends the process that opens it.
    """
    limits = (CELL_CHARACTERS, CELLS, COLUMNS, ROWS, READER_BYTES, READER_SECONDS)
    given = json.dumps({**asked, **{limit.name: limit.most for limit in limits}})
    command = [sys.executable, "-I", str(_READER), kind, str(path.absolute()), given]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise _refused(done, path, accepted)
    first, _end, rest = done.stdout.partition(b"\n")
    head: dict[str, Any] = json.loads(first)
    columns, rows = head.get("columns", 0), head.get("rows", 0)
    for limit, found in ((COLUMNS, columns), (ROWS, rows), (CELLS, columns * rows)):
        limit.check(found, path.name)
    return head, rest


def _refused(done: subprocess.CompletedProcess[bytes], path: Path, accepted: str) -> TableError:
    """The reader's end as a refusal of the file: what it said of it, or the limit it has reached."""
    if done.returncode == -signal.SIGXCPU:
        return READER_SECONDS.error(path.name)
    last = done.stderr.rpartition(b"\n{")
    said: dict[str, Any] = {"kind": _TOO_LARGE[0]}
    if done.returncode == 3 and last[1]:
        said = json.loads(b"{" + last[2])
    if said["kind"] == CELL_CHARACTERS.name:
        return CELL_CHARACTERS.error(path.name, said["error"])
    if said["kind"] not in _TOO_LARGE:
        return TableError(path.name, _("cannot be read: {error}", error=said["error"] or said["kind"]), accepted)
    what = _("it is damaged, or opening it takes more than {most} bytes of memory ({setting} raises the limit)")
    told = what.format(most=number(READER_BYTES.most, 0), setting=READER_BYTES.setting)
    todo = _("In a workbook, delete cells far from the table; or export it as .csv")
    return TableError(path.name, told, accepted, todo)
