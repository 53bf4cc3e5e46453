"""Which ten notebooks are run: those the project brings, except where the engagement's own code was changed.

A workspace (`cx new`) holds the ten notebooks as its people use them. One whose code is as it was packaged is run as it
is packaged today; one whose code an analyst has changed is run as it is, and its page and run.json say so.
"""

from __future__ import annotations

from pathlib import Path

from cxlib.chain import STAGES, Stage
from cxlib.engagement.parameters import OWN, project_folder, shipped
from cxlib.errors import UsageError
from cxlib.language import _
from cxlib.run.digests import NotebookText, source_of, tags_of

BASE = Path(OWN) / "base"  # in a workspace: the notebooks as they were packaged when they came
Code = dict[str, str]


def notebooks(folder: Path | None = None, *, engagement: Path | None = None) -> dict[int, Path]:
    """The ten notebooks by stage: in `folder`, else the engagement's own where their code was changed, else packaged.

    Raises UsageError when one is not found, or when the engagement's own is no notebook.
    """
    folders = [folder] if folder else [shipped("notebooks"), project_folder() / "notebooks"]
    packaged = {stage.number: _found(stage, folders) for stage in STAGES}
    if folder is not None or engagement is None:
        return packaged
    return {number: _own(engagement, path) or path for number, path in packaged.items()}


def changed_cells(engagement: Path, notebook: Path) -> list[str]:
    """The ids of the code cells that an analyst has changed, added or removed in a notebook of the engagement's own."""
    if notebook.parent.resolve() != (engagement / "notebooks").resolve():
        return []
    base = engagement / BASE / notebook.name
    before = code_of(base if base.is_file() else shipped("notebooks") / notebook.name)
    now = code_of(notebook)
    ids = [*now, *(cell for cell in before if cell not in now)]
    return [cell for cell in ids if now.get(cell) != before.get(cell)]


def code_of(path: Path) -> Code:
    """The code cells of a notebook that compute something, id → source; the parameters are whoever runs it's to say.

    Raises UsageError for a file that is no notebook.
    """
    try:
        cells = NotebookText(path).code
        return {
            str(cell.get("id", place)): source_of(cell).strip()
            for place, cell in enumerate(cells)
            if source_of(cell).strip() and "parameters" not in tags_of(cell)
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        number = path.name[:2].lstrip("0")
        todo = _("Bring the packaged one back with `cx restore {folder} {n}`; this one is kept beside it")
        raise UsageError(
            f"{path.parent.name}/{path.name}",
            _("it is not a notebook ({why})").format(why=error),
            _("A notebook is the JSON that JupyterLab saves"),
            todo.format(folder=path.parents[1].resolve().name, n=number),
        ) from None


def _own(engagement: Path, packaged: Path) -> Path | None:
    """The engagement's own notebook of a stage, if it has to be run instead of the packaged one.

    It has to where its code is neither today's packaged code nor the code it once came with. Where the code is today's,
    its words are its people's, so its page is made of it.
    """
    own, base = engagement / "notebooks" / packaged.name, engagement / BASE / packaged.name
    if not own.is_file():
        return None
    code = list(code_of(own).values())
    if code == list(code_of(packaged).values()):
        return own
    return None if base.is_file() and code == list(code_of(base).values()) else own


def _found(stage: Stage, folders: list[Path]) -> Path:
    for folder in folders:
        if (folder / f"{stage.slug}.ipynb").is_file():
            return folder / f"{stage.slug}.ipynb"
    there = any(folder.is_dir() for folder in folders)
    raise UsageError(
        _("stage {n}").format(n=stage.number),
        _("its notebook {slug}.ipynb is not found").format(slug=stage.slug),
        _("The ten notebooks lie in the project's folder notebooks/"),
        _("Put it back there, as the project has it") if there else _("Call `cx` inside the project"),
    )
