"""Who sees what of an executed notebook: one allow-list of tags per reader.

A cell without a listed tag does not leave, whatever it holds. Only the analyst's workbook shows everything.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cxlib.errors import UsageError, nearest

_RESULTS = frozenset(
    {"opening", "headline", "table", "figure", "finding", "decision", "limits", "appendix", "receives"}
)
_LESSON = frozenset({"title", "goals", "theory", "ask", "read", "limits", "exercise", "solution", "recap"})
_MARKERS = frozenset({"papermill-error-cell-tag", "injected-parameters"})
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")


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


class Told(NamedTuple):
    """A finding as its stage said it: the sentence, its verdict, and whether it leaves its question open."""

    sentence: str
    verdict: str = ""
    open: bool = False


@dataclass(frozen=True)
class Piece:
    """One thing on a page: prose (Markdown), html, code or plain text, with the tag and id of its cell.

    `apart` belongs to the solutions; `lead` marks the figure that carries the stage's result; `told` is what a finding says.
    """

    kind: str
    text: str
    tag: str
    cell_id: str
    apart: bool = False
    lead: bool = False
    told: Told | None = None


AUDIENCES = {
    "report": Audience("report", frozenset({"ask", "read", "limits"}), _RESULTS, in_order=False),
    "workbook": Audience("workbook", _LESSON, _RESULTS, everything=True),
    "student": Audience("student", _LESSON, _RESULTS | {"solution"}, _RESULTS | {"internal", "parameters", "solution"}),
}


def audience(name: str) -> Audience:
    """The reader of that name; an unknown name is refused with the nearest valid one."""
    if name not in AUDIENCES:
        what = "there is no such audience" + nearest(name, AUDIENCES)
        raise UsageError(f"--audience {name}", what, f"Readers are {', '.join(AUDIENCES)}")
    return AUDIENCES[name]


def pieces(notebook: Any, reader: Audience) -> list[Piece]:
    """What this reader may see, in the order of the notebook."""
    return [piece for cell in notebook["cells"] for piece in _of_cell(cell, reader)]


def _of_cell(cell: Any, reader: Audience) -> Iterator[Piece]:
    """The pieces of one cell: its prose, or its code followed by its outputs."""
    tags = list(cell["metadata"].get("tags", []))
    if _MARKERS.intersection(tags) and not (reader.everything and "injected-parameters" in tags):
        return

    def piece(kind: str, text: str, allowed: frozenset[str]) -> Iterator[Piece]:
        """The piece under the first tag that lets it out; nothing when none does."""
        listed = [tag for tag in tags if tag in allowed]
        if listed or reader.everything:
            tag = (listed or tags or ["internal"])[0]
            yield Piece(kind, text, tag, str(cell.get("id", "")), apart=tag == "solution")

    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        yield from piece("prose", source, reader.prose)
    elif cell["cell_type"] == "code":
        if source.strip():
            yield from piece("code", source.strip(), reader.code)
        for output in cell["outputs"]:
            for kind, text in _of_output(output, reader):
                for shown in piece(kind, text, reader.results):
                    told = output.get("metadata", {}).get("text/html", {}).get("told")
                    yield replace(shown, lead="lead" in tags, told=Told(**told) if told else None)


def _of_output(output: Any, reader: Audience) -> Iterator[tuple[str, str]]:
    """Kind and text of one output; prints, warnings, plain text and errors only for the analyst, asides for nobody."""
    if output.get("metadata", {}).get("text/html", {}).get("aside"):
        return
    if output["output_type"] in ("display_data", "execute_result"):
        kind, text = _richest(output)
        if kind != "text" or reader.everything:
            yield kind, text
    elif reader.everything and output["output_type"] == "stream":
        yield "text", _joined(output["text"])
    elif reader.everything and output["output_type"] == "error":
        yield "text", f"{output['ename']}: {output['evalue']}"


def _richest(output: Any) -> tuple[str, str]:
    """The richest form that a page can carry: HTML before Markdown before pictures before text."""
    data, metadata = output["data"], output.get("metadata", {})
    for mime, kind in (("text/html", "html"), ("text/markdown", "prose")):
        if mime in data:
            return kind, _joined(data[mime])
    for mime in _PICTURES:
        if mime in data:
            return "html", _picture(mime, _joined(data[mime]), str(metadata.get(mime, {}).get("alt", "")))
    return "text", _joined(data.get("text/plain", ""))


def _picture(mime: str, content: str, alt: str) -> str:
    """An image output as a figure with its own description (none is invented: a page without it is refused)."""
    if mime == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    source = f"data:{mime};base64,{content.strip()}"
    return f'<figure><img src="{source}" alt="{html.escape(alt, quote=True)}"></figure>'


def _joined(source: Any) -> str:
    """Notebook text, which is a string or a list of lines."""
    return source if isinstance(source, str) else "".join(source)
