"""What must not leave is planted in every place of a notebook, and looked for in every byte of a client's page."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output

from cxlib.chain import STAGES
from cxlib.report.page import stage_page
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame
from cxlib.show.table import table_html
from tests.report.conftest import FIGURE, code, noise

EVIL = '<script>canary()</script><img src="http://canary.example/x.png" onerror="canary()"><b onclick=canary()>Ana</b>'


def planted(notebook: Any) -> Any:
    """The notebook with a canary in tags, metadata, attachments, prints beside results, and comments of its HTML."""
    notebook.metadata["kernelspec"] = {"name": "canary-kernel", "display_name": "Canary", "path": "/canary/python"}
    for cell in notebook.cells:
        cell.metadata["canary_key"] = {"canary": "Canary"}
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "canary-tag"]
        if cell.cell_type == "code":
            cell.source += "  # canary comment"
            cell.outputs = [*cell.outputs, *noise()]
            for output in cell.outputs:
                output.setdefault("metadata", {}) if output["output_type"] == "display_data" else None
                if "metadata" in output:
                    output["metadata"]["canary"] = "Canary"
    notebook.cells.append(code("x", "finding", html="<p>Fine.</p><!-- canary comment --><template>canary</template>"))
    notebook.cells.append(
        code("x", "figure", html=FIGURE.replace("<img ", '<img data-canary="canary" onload="canary()" '))
    )
    warned = new_output("stream", name="stderr", text="UserWarning: canary in /home/canary/file.py:3")
    notebook.cells.append(code("x", "table", outputs=[warned]))
    return notebook


def client_page(notebook: Any) -> str:
    frame = Frame(company="Hogar Claro", lang="en", as_of="30 Jun 2026")
    return stage_page(notebook, Standing(STAGES[2], state("draft"), {}), frame)


def test_no_byte_of_a_clients_page_holds_anything_that_was_planted(notebook: Any) -> None:
    page = client_page(planted(notebook))
    assert "Fine." in page and "It stalls at quote." in page
    assert "canary" not in page.lower()


def test_markup_in_a_clients_words_is_shown_as_words(notebook: Any) -> None:
    words = table_html(pd.DataFrame({"text": [EVIL]}), caption=EVIL)
    soup = BeautifulSoup(
        client_page(type(notebook)({**notebook, "cells": [code("x", "table", html=words)]})), "html.parser"
    )
    assert not soup.find_all("script") and not soup.find_all("img")
    assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert soup.find(string=re.compile("canary.example")) is not None


@pytest.mark.parametrize("place", ["headline", "finding", "decision", "opening", "receives", "limits"])
def test_markup_that_slipped_through_is_taken_out_wherever_it_stands(notebook: Any, place: str) -> None:
    notebook.cells.append(code("x", place, html=f"<p>Said. {EVIL}</p>"))
    page = client_page(notebook)
    assert "Ana" in page
    for words in ("<script", "onerror", "onclick", "canary.example"):
        assert words not in page


def test_no_byte_of_the_sample_report_names_machine_user_path_or_code(sample_run: Path) -> None:
    names = {socket.gethostname(), str(sample_run.parent), str(Path.home()), f"/{getpass.getuser()}/"}
    traces = {
        "Traceback",
        "Warning:",
        "open_stage",
        "stage.tell",
        "import pandas",
        'File "',
        "ipykernel",
        "execution_count",
    }
    for path in sample_run.glob("*.html"):
        content = path.read_text(encoding="utf-8")
        found = {words for words in names | traces if len(words) > 2 and words in content}
        assert not found, path.name
        assert not re.search(r"(?<![\w<])/(home|root|tmp|Users|usr|var|work)/", content), path.name
