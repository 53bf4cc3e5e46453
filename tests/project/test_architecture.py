"""ARCHITECTURE.md is true: its rooms are the rooms there are, and a room imports only from rooms above it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cxlib"


def rooms() -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


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


def test_methods_do_not_import_each_other_except_intervals() -> None:
    for path in (PACKAGE / "methods").glob("*.py"):
        others = {
            name.split(".")[2]
            for name in imports(path)
            if name.startswith("cxlib.methods.") and len(name.split(".")) > 2
        }
        assert others <= {"intervals"}, path.name


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


def test_the_page_of_the_architecture_is_one_page() -> None:
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
