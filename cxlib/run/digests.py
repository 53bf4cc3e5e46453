"""Digests of what a run is made from: code cells, prose, the modules a notebook uses, files."""

from __future__ import annotations

import errno
import hashlib
import json
import platform
import re
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import cxlib
from cxlib.engagement import records

PACKAGE = Path(cxlib.__file__).parent
LOCK = PACKAGE.parent / "requirements.lock"
ABSENT = "absent"
EXECUTION_TAGS = ("parameters", "raises-exception", "skip-execution")  # tags that change how a cell is run
_FROM = r"from\s+(cxlib[\w.]*)\s+import\s+(\([^)]*\)|[^\n#]+)"
_IMPORT = re.compile(rf"^\s*(?:{_FROM}|import\s+(cxlib[\w.]*))", re.MULTILINE)
_NAME = re.compile(r"(\w+)(?:\s+as\s+\w+)?")


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def environment() -> dict[str, str]:
    """Python, and the lock file (or, where the package is installed without it, what is installed beside it)."""
    installed = sorted(path.name for path in PACKAGE.parent.glob("*.dist-info"))
    lock = file_digest(LOCK) if LOCK.is_file() else text_digest("\n".join(installed))
    return {"python": platform.python_version(), "lock": lock}


def file_digest(path: Path) -> str:
    """SHA-256 of a file, or that it is absent."""
    try:
        return records.file_digest(path) if path.is_file() else ABSENT
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return ABSENT


class NotebookText:
    """A notebook as written: what its execution depends on, and what only its page depends on."""

    def __init__(self, path: Path) -> None:
        self.cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]

        self.code = [cell for cell in self.cells if cell["cell_type"] == "code"]

    def code_digest(self) -> str:
        """SHA-256 of the code cells with their execution tags; of the parameters, which are given, only their tags."""
        said = [
            [
                "" if "parameters" in tags_of(cell) else source_of(cell),
                [tag for tag in tags_of(cell) if tag in EXECUTION_TAGS],
            ]
            for cell in self.code
            if source_of(cell).strip()
        ]
        return text_digest(json.dumps(said))

    def page_digest(self) -> str:
        """SHA-256 of all cells as written, prose and tags included."""
        return text_digest(json.dumps([[cell["cell_type"], source_of(cell), tags_of(cell)] for cell in self.cells]))

    @cached_property
    def modules(self) -> dict[str, Path]:
        """The modules of cxlib that the code cells use, directly or through others."""
        return closure(imported("\n".join(source_of(cell) for cell in self.code)))


def source_of(cell: dict[str, Any]) -> str:
    """The source of a cell as one text."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: dict[str, Any]) -> list[str]:
    """The tags of a cell."""
    return list(cell.get("metadata", {}).get("tags", []))


def closure(names: Iterable[str]) -> dict[str, Path]:
    """These modules, the packages they lie in and all that they import, as name → file."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if name in found or path is None:
            continue
        found[name] = path
        if path.name == "__init__.py":  # what a stage's facts and tables are called belongs to its room
            found |= {f"{name}/{declared.name}": declared for declared in path.parent.glob("*.yaml")}
        waiting += [*_imports_of(path), name.rpartition(".")[0]]
    return dict(sorted(found.items()))


def imported(code: str) -> list[str]:
    """The names of cxlib that a text imports: modules, and names that may be modules."""
    names: list[str] = []
    for module, members, plain in _IMPORT.findall(code):
        names += [module or plain, *(f"{module}.{name}" for name in _NAME.findall(members) if module)]
    return names


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    return tuple(imported(path.read_text(encoding="utf-8")))


@cache
def _file_of(name: str) -> Path | None:
    """The file of a module or package; None for a name that is neither."""
    place = PACKAGE.joinpath(*name.split(".")[1:])
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in files if name and path.is_file()), None)
