"""ARCHITECTURE.md is true: its rooms are the rooms there are, and a room imports only from rooms above it."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest

from cxlib.chain import STAGES, Stage

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cxlib"
PAGE = ROOT / "ARCHITECTURE.md"


def rooms() -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_rooms_of_the_page_are_the_rooms_of_the_package() -> None:
    assert set(rooms()) == {room_of(path) for path in modules() if "locales" not in path.parts}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_above_it(path: Path) -> None:
    order = rooms()
    own = room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "cxlib" and len(parts) > 1 and parts[1] in order:
            assert order.index(parts[1]) <= order.index(own), f"{own} imports {name}"
            assert parts[1] != "simulate" or own in ("simulate", "cli"), f"{own} imports simulate"


def arrows() -> set[tuple[str, str]]:
    """Which stage may know which, as the page says: `implementation` → `design`."""
    line = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("Inside `stages`"))
    return {
        (one, other)
        for one, others in re.findall(r"`(\w+)` → ((?:`\w+`(?:, )?)+)", line)
        for other in re.findall(r"\w+", others)
    }


def test_there_is_one_room_a_stage_named_by_the_chain() -> None:
    found = {path.name for path in (PACKAGE / "stages").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert found == {stage.key for stage in STAGES}


def test_a_stage_knows_another_one_only_along_the_arrows_of_the_page() -> None:
    found = set()
    for path in (PACKAGE / "stages").rglob("*.py"):
        own = path.relative_to(PACKAGE / "stages").parts[0]
        for name in imports(path):
            parts = name.split(".")
            if parts[:2] == ["cxlib", "stages"] and len(parts) > 2 and parts[2] != own:
                found.add((own, parts[2]))
    assert found == arrows()


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    known = {
        str(path.relative_to(PACKAGE.parent).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for path in modules()
    }
    graph = networkx.DiGraph()
    for path in modules():
        own = module_of(path)
        if not own.endswith("__init__"):  # a door names what lies behind it
            graph.add_edges_from((own, name) for name in imports(path) if name in known and name != own)
    assert list(networkx.simple_cycles(graph)) == []


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
def test_a_door_names_what_its_notebook_calls_in_its_order(stage: Stage) -> None:
    cells = json.loads((ROOT / "notebooks" / f"{stage.slug}.ipynb").read_text(encoding="utf-8"))["cells"]
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    brought = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    lines = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(lines) <= 4
    name = next(alias.asname or alias.name for node in brought if node.module == "cxlib.stages" for alias in node.names)
    called = sorted(
        (node.lineno, node.col_offset, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    )
    door = importlib.import_module(f"cxlib.stages.{stage.key}")
    assert door.__all__ == list(dict.fromkeys(attr for _line, _column, attr in called))


def test_the_kernel_side_never_imports_papermill_nbconvert_or_nbformat() -> None:
    kernel = rooms()[: rooms().index("stage") + 1]
    for path in modules():
        if room_of(path) in kernel:
            banned = {name.split(".")[0] for name in imports(path)} & {"papermill", "nbconvert", "nbformat", "nbclient"}
            assert not banned, path


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    long = {
        str(path.relative_to(ROOT)): count for path in modules() if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_no_input_is_checked_by_assert_and_no_exception_is_swallowed_bare() -> None:
    for path in modules():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert not [node for node in nodes if isinstance(node, ast.Assert)], path
        assert not [node for node in nodes if isinstance(node, ast.ExceptHandler) and node.type is None], path


def test_the_page_of_the_house_is_one_page() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("words", [["--help"], ["status", "--engagement", "data/sample"]])
def test_the_command_starts_without_the_big_libraries(words: list[str]) -> None:
    code = (
        "import sys\nfrom cxlib.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        "print('LOADED', sorted({'pandas', 'matplotlib', 'papermill', 'nbconvert', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr
