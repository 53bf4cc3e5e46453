"""A git filter: what a notebook printed while people worked never reaches a commit (`make` sets it up, .gitattributes uses it).

`make notebooks` stores outputs and seals them with a digest. A notebook whose outputs do not have that digest was run by
hand: its code and prose are committed, its outputs stay as they were. Standard library only: git calls it often.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import Any

Notebook = dict[str, Any]
SEAL = "outputs_sha256"
PLAIN = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def digest(notebook: Notebook) -> str:
    """SHA-256 of all outputs, by cell."""
    told = [[cell.get("id"), cell.get("outputs", [])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def sealed(notebook: Notebook) -> Notebook:
    """The notebook without counts, times and machine, its outputs sealed as those to store."""
    plain = {**notebook, "cells": _plain_cells(notebook)}
    return {**plain, "metadata": {**PLAIN, SEAL: digest(plain)}}


def cleaned(notebook: Notebook, committed: Notebook | None) -> Notebook:
    """The notebook as it goes into a commit: outputs that were not stored by `make notebooks` give way to the committed ones."""
    plain = {**notebook, "cells": _plain_cells(notebook)}
    seal = notebook.get("metadata", {}).get(SEAL)
    if seal == digest(plain):
        return {**plain, "metadata": {**PLAIN, SEAL: seal}}
    before = {cell.get("id"): cell.get("outputs", []) for cell in (committed or {"cells": []})["cells"]}
    cells = [
        {**cell, "outputs": before.get(cell.get("id"), [])} if cell["cell_type"] == "code" else cell
        for cell in plain["cells"]
    ]
    kept = (committed or {}).get("metadata", {}).get(SEAL)
    return {**plain, "cells": cells, "metadata": {**PLAIN, **({SEAL: kept} if kept else {})}}


def written(notebook: Notebook) -> str:
    """The notebook as text, as nbformat writes it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, separators=(",", ": "), sort_keys=True) + "\n"


def _plain_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """The cells without what an execution left beside the outputs; code cells are counted from the top, however they ran."""
    plain, count = [], 0
    for cell in notebook["cells"]:
        told = {**cell, "metadata": {"tags": cell.get("metadata", {}).get("tags", [])}}
        if cell["cell_type"] == "code":
            count += 1
            outputs = [
                {**out, "execution_count": count} if "execution_count" in out else out for out in cell["outputs"]
            ]
            told |= {"execution_count": count, "outputs": outputs}
        plain.append(told)
    return plain


def _committed(path: str) -> Notebook | None:
    """The notebook of the last commit; None for a new one."""
    shown = subprocess.run(["git", "show", f"HEAD:{path}"], capture_output=True, check=False)
    return json.loads(shown.stdout) if shown.returncode == 0 else None


def main(path: str) -> None:
    """Read a notebook from standard input, write what may be committed; what is no notebook passes as it is."""
    text = sys.stdin.buffer.read().decode("utf-8")
    try:
        notebook = json.loads(text)
        text = written(cleaned(notebook, _committed(path)))
    except (ValueError, KeyError, TypeError):
        pass  # a conflict, or half a file: git shows it as it is
    sys.stdout.buffer.write(text.encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1])
