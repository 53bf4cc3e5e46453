"""Who sees what of an executed notebook: one allow-list of tags per reader.

A cell without a listed tag does not leave, whatever it holds. Only the analyst's workbook shows everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cxlib.errors import UsageError, nearest

_RESULTS = frozenset(
    {"opening", "headline", "table", "figure", "finding", "decision", "limits", "appendix", "receives"}
)
_LESSON = frozenset({"title", "goals", "theory", "ask", "read", "limits", "exercise", "solution", "recap"})
_MARKERS = frozenset({"papermill-error-cell-tag", "injected-parameters"})


@dataclass(frozen=True)
class Audience:
    """A reader: the tags of the prose, results and code that may leave.

    `everything` lets prints, warnings and untagged cells through; `in_order` keeps the order of the notebook.
    """

    name: str
    prose: frozenset[str]
    results: frozenset[str]
    code: frozenset[str] = frozenset()
    everything: bool = False
    in_order: bool = True


@dataclass(frozen=True)
class Piece:
    """One thing on a page: prose (Markdown), html, code or plain text, with the tag and id of its cell.

    `apart` belongs to the solutions; `lead` marks the figure that carries the stage's result.
    """

    kind: str
    text: str
    tag: str
    cell_id: str
    apart: bool = False
    lead: bool = False


AUDIENCES = {
    "report": Audience("report", frozenset({"ask", "read", "limits"}), _RESULTS, in_order=False),
    "workbook": Audience("workbook", _LESSON, _RESULTS, everything=True),
    "student": Audience("student", _LESSON, _RESULTS | {"solution"}, _RESULTS | {"internal", "parameters", "solution"}),
}


def audience(name: str) -> Audience:
    """Return the reader of that name; an unknown name is refused with the nearest valid one."""
    if name not in AUDIENCES:
        raise UsageError(
            f"--audience {name}",
            "there is no such reader" + nearest(name, AUDIENCES),
            f"Readers are {', '.join(AUDIENCES)}",
        )
    return AUDIENCES[name]


def pieces(notebook: Any, reader: Audience) -> list[Piece]:
    """Return what this reader may see, in the order of the notebook."""
    return [piece for cell in notebook["cells"] for piece in _of_cell(cell, reader)]


def _of_cell(cell: Any, reader: Audience) -> Iterator[Piece]:
    """The pieces of one cell: its prose, or its code followed by its outputs."""
    tags = list(cell["metadata"].get("tags", []))
    if _MARKERS.intersection(tags) and not (reader.everything and "injected-parameters" in tags):
        return
    ident, text = str(cell.get("id", "")), _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        tag = _first(tags, reader.prose, reader)
        if tag is not None:
            yield Piece("prose", text, tag, ident, tag == "solution")
    elif cell["cell_type"] == "code":
        yield from _of_code(cell, reader, tags, ident)


def _of_code(cell: Any, reader: Audience, tags: list[str], ident: str) -> Iterator[Piece]:
    """The source (when the reader may see code) and the outputs of a code cell."""
    tag, text = _first(tags, reader.code, reader), _joined(cell["source"]).strip()
    if tag is not None and text:
        yield Piece("code", text, tag, ident, tag == "solution")
    tag = _first(tags, reader.results, reader)
    if tag is not None:
        for output in cell["outputs"]:
            for piece in _of_output(output, reader, tag, ident):
                yield replace(piece, lead="lead" in tags)


def _of_output(output: Any, reader: Audience, tag: str, ident: str) -> Iterator[Piece]:
    """One output in the richest form that a page can carry; prints, warnings and errors only for the analyst."""
    apart = tag == "solution"
    if output["output_type"] in ("display_data", "execute_result"):
        kind, text = _richest(output)
        if kind != "text" or reader.everything:
            yield Piece(kind, text, tag, ident, apart)
    elif reader.everything and output["output_type"] == "stream":
        yield Piece("text", _joined(output["text"]), tag, ident, apart)
    elif reader.everything and output["output_type"] == "error":
        yield Piece("text", f"{output['ename']}: {output['evalue']}", tag, ident, apart)


def _richest(output: Any) -> tuple[str, str]:
    """HTML before Markdown before pictures before text."""
    data, metadata = output["data"], output.get("metadata", {})
    if "text/html" in data:
        return "html", _joined(data["text/html"])
    if "text/markdown" in data:
        return "prose", _joined(data["text/markdown"])
    for mime in ("image/svg+xml", "image/png", "image/jpeg"):
        if mime in data:
            return "html", _picture(mime, _joined(data[mime]), str(metadata.get(mime, {}).get("alt", "")))
    return "text", _joined(data.get("text/plain", ""))


def _picture(mime: str, content: str, alt: str) -> str:
    """An image output as a figure with its own description (none is invented: a page without it is refused)."""
    import base64
    import html

    if mime == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    source = f"data:{mime};base64,{content.strip()}"
    return f'<figure><img src="{source}" alt="{html.escape(alt, quote=True)}"></figure>'


def _first(tags: list[str], allowed: frozenset[str], reader: Audience) -> str | None:
    """The first tag that lets the cell out; None keeps it in."""
    listed = [tag for tag in tags if tag in allowed]
    if listed:
        return listed[0]
    return (tags[0] if tags else "internal") if reader.everything else None


def _joined(source: Any) -> str:
    """Notebook text is a string or a list of lines."""
    return source if isinstance(source, str) else "".join(source)
