"""What every notebook is made of: order, tags, ids, lengths, and prose that carries no figure of the data."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import nbformat
import pytest

from cxlib.chain import STAGES
from tests.notebooks.workspace import notebooks

TAGS = {
    "title",
    "goals",
    "theory",
    "internal",
    "parameters",
    "opening",
    "headline",
    "ask",
    "table",
    "figure",
    "read",
    "finding",
    "nbval-check-output",
    "decision",
    "limits",
    "exercise",
    "hint",
    "solution",
    "recap",
    "receives",
    "appendix",
    "lead",
}
BANNED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.Lambda)
every = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def cells(path: Path, kind: str = "") -> list[nbformat.NotebookNode]:
    found: list[nbformat.NotebookNode] = nbformat.read(path, as_version=4).cells
    return [cell for cell in found if not kind or cell.cell_type == kind]


def tagged(path: Path, tag: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in cells(path) if tag in cell.metadata.get("tags", [])]


def lines(cell: nbformat.NotebookNode) -> int:
    return len([line for line in cell.source.splitlines() if line.strip()])


def test_there_is_one_notebook_a_stage_named_after_it() -> None:
    assert [path.stem for path in notebooks()] == [stage.slug for stage in STAGES]


@every
def test_every_cell_has_a_readable_id_and_tags_of_the_closed_list(path: Path) -> None:
    found = cells(path)
    ids = [cell.id for cell in found]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in ids), ids
    for cell in found:
        tags = set(cell.metadata.get("tags", []))
        assert tags, cell.id
        assert tags <= TAGS, (cell.id, tags - TAGS)


@every
def test_the_parts_come_in_their_order(path: Path) -> None:
    order = [
        "title",
        "goals",
        "theory",
        "parameters",
        "opening",
        "headline",
        "ask",
        "finding",
        "decision",
        "limits",
        "recap",
        "receives",
    ]
    tags = [cell.metadata.get("tags", [""])[0] for cell in cells(path)]
    first = [tags.index(tag) for tag in order]
    assert first == sorted(first), dict(zip(order, first, strict=True))


@every
def test_the_lengths_are_those_of_a_notebook_that_is_read(path: Path) -> None:
    code, prose = cells(path, "code"), cells(path, "markdown")
    assert 18 <= len(code) + len(prose) <= 60
    assert len(prose) >= 0.5 * len(
        code
    )  # a block is two texts (ask, read) to three short cells (table, figure, finding)
    assert median(lines(cell) for cell in code) <= 5  # the formatter gives a long call a line for each argument
    assert max(lines(cell) for cell in code) <= 20


@every
def test_there_is_one_first_heading_and_it_names_the_stage(path: Path) -> None:
    headings = [line for cell in cells(path, "markdown") for line in cell.source.splitlines() if line.startswith("# ")]
    assert len(headings) == 1
    number = int(path.stem[:2])
    assert headings[0].startswith(f"# {number} ·"), headings


@every
def test_no_cell_defines_loops_prints_or_uses_magic(path: Path) -> None:
    for cell in cells(path, "code"):
        assert not re.search(r"^\s*[%!]|\bprint\(|\bplt\.|\.plot\(", cell.source, re.MULTILINE), cell.id
        nodes = [type(node) for node in ast.walk(ast.parse(cell.source))]
        assert not set(nodes) & set(BANNED), cell.id


@every
def test_the_parameters_cell_is_the_same_plain_one_everywhere(path: Path) -> None:
    (cell,) = tagged(path, "parameters")
    names = [line.split(":")[0] for line in cell.source.splitlines() if line and not line.startswith("#")]
    assert names[:3] == ["engagement", "out", "as_of"]
    assert all(
        re.fullmatch(r"\w+: (str|int|float|bool) = [^=|]+  # .+", line) for line in cell.source.splitlines() if line
    ), cell.source


@every
def test_the_theory_is_told_in_150_to_300_words(path: Path) -> None:
    words = sum(len(cell.source.split()) for cell in tagged(path, "theory"))
    assert 150 <= words <= 330, words


@every
def test_each_question_block_asks_shows_and_finds(path: Path) -> None:
    findings = tagged(path, "finding")
    assert 2 <= len(findings) <= 8
    assert len(tagged(path, "ask")) >= len(findings)
    assert len(tagged(path, "figure")) >= 2
    assert len(tagged(path, "table")) >= 2
    assert len(tagged(path, "exercise")) >= 1


@every
def test_no_figure_of_the_data_is_typed_into_prose(path: Path) -> None:
    """Numbers of prose are constants of a method or years of a source; what the data say is computed."""
    stored = [out.data.get("text/html", "") for cell in cells(path, "code") for out in cell.outputs if "data" in out]
    said = set(re.findall(r"\d[\d,. ]*\d", " ".join(re.sub(r"<[^>]+>", " ", text) for text in stored)))
    figures = {
        number.strip()
        for number in said
        if len(re.sub(r"\D", "", number)) >= 3 and not re.fullmatch(r"(19|20)\d\d", number)
    }
    prose = " ".join(cell.source for cell in cells(path, "markdown"))
    typed = {number for number in figures if re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d.,]*\d)", prose)}
    assert not typed, typed


@every
def test_no_path_of_a_machine_stands_in_a_notebook(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|work|tmp|Users|usr)/", text)


@every
def test_exactly_one_figure_leads_the_page(path: Path) -> None:
    (lead,) = tagged(path, "lead")
    assert lead.metadata.tags[0] == "figure", lead.id
