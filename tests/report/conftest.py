"""A small executed notebook, with something that must not leave in every place where it could."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxlib.facts import Finding
from cxlib.language import speak
from cxlib.show.cards import finding_html

SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>').decode()
FIGURE = f'<figure><img src="data:image/svg+xml;base64,{SVG}" alt="Bars: two steps"></figure>'
TABLE = "<table border=1><thead><tr><th></th><th>Step</th></tr></thead><tbody><tr><th>0</th><td>quote</td></tr></tbody></table>"


def markdown(text: str, *tags: str) -> Any:
    return new_markdown_cell(text, metadata={"tags": list(tags)})


def code(source: str, *tags: str, html: str = "", outputs: list[Any] | None = None) -> Any:
    shown = [new_output("display_data", data={"text/html": html, "text/plain": "<Canary plain>"})] if html else []
    return new_code_cell(source, outputs=[*shown, *(outputs or [])], metadata={"tags": list(tags)})


def says(found: Finding, tag: str = "finding") -> Any:
    """A cell whose output is a finding as a stage leaves it: a paragraph, and beside it what it says."""
    cell = code("canary_source()", tag, html=finding_html(found.sentence, found.verdict, css=tag))
    told = {"sentence": found.sentence, "verdict": found.verdict, "open": found.is_open}
    cell.outputs[0]["metadata"] = {"text/html": {"told": told}}
    return cell


def noise() -> list[Any]:
    """Outputs that no client may see."""
    return [
        new_output("stream", name="stderr", text="CanaryStderr /home/someone"),
        new_output("stream", name="stdout", text="CanaryStdout"),
        new_output("error", ename="CanaryError", evalue="CanaryValue", traceback=["CanaryTrace"]),
        new_output("execute_result", data={"text/plain": "CanaryPlain"}, execution_count=1),
    ]


@pytest.fixture(autouse=True)
def english() -> None:
    """Pages are read here in English, whatever another test in this process spoke last."""
    speak("en", "en_IE", "EUR")


@pytest.fixture
def notebook() -> Any:
    cells = [
        markdown("# 3 · Sales funnel\n\nWhere do sales stall?", "title"),
        markdown("## Goals\n\nCanaryGoals", "goals"),
        markdown("## Theory\n\nCanaryTheory", "theory"),
        code("import canary_setup", "internal", html="<p>CanaryInternal</p>"),
        code('engagement = "canary_parameter"', "parameters"),
        code('engagement = "/canary/path"', "injected-parameters"),
        code("stage.opening()", "opening", html="<p>Inherited.</p>"),
        says(Finding("It stalls at quote."), "headline"),
        code("x", "headline", outputs=noise()),
        markdown("## Where?\n\nCosts $5 and $10; $p = k/n$.", "ask"),
        code("x", "table", html=TABLE, outputs=noise()),
        code("x", "figure", html=FIGURE),
        markdown("Read it so.", "read"),
        says(Finding("So it is.")),
        code("x", html="<p>CanaryUntagged</p>"),
        code("x", "decision", html="<h1>Choose.</h1>"),
        markdown("## Limits\n\nNot known.", "limits"),
        markdown("Try it. CanaryExercise", "exercise"),
        markdown("Answer: CanarySolution", "solution"),
        code("canary_solution_code", "solution", html="<p>CanarySolutionOutput</p>"),
        markdown("CanaryMarker", "papermill-error-cell-tag"),
        code("stage.finish()", "receives", html="<p>Stage 4 receives it.</p>"),
    ]
    return new_notebook(cells=cells, metadata={"author": "CanaryAuthor", "papermill": {"output_path": "/canary/out"}})
