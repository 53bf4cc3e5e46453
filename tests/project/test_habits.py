"""Habits that keep the project honest: tests assert, sentences go through gettext, errors say what to do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
SAYS = sorted((ROOT / "cxlib" / "stages").glob("*/says*.py"))


def calls(node: ast.AST) -> list[ast.Call]:
    return [child for child in ast.walk(node) if isinstance(child, ast.Call)]


def name_of(call: ast.Call) -> str:
    return (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_can_fail(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checkers = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and asserts(function, set())
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            assert asserts(function, checkers), function.name


def asserts(function: ast.FunctionDef, checkers: set[str]) -> bool:
    """Whether it asserts, expects an error, compares by numpy or pandas, or calls a function of the file that does."""
    if any(isinstance(node, ast.Assert) for node in ast.walk(function)):
        return True
    names = {name_of(call) for call in calls(function)}
    return any(name in {"raises", "warns", "fail"} or name.startswith("assert_") for name in names) or bool(
        names & checkers
    )


def words_in(argument: ast.expr) -> bool:
    """Whether a literal (or the literal parts of an f-string) holds words: they would never be translated."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(character.isalpha() for text in texts for character in text)


@pytest.mark.parametrize("path", SAYS, ids=lambda path: path.stem)
def test_the_sentences_of_a_stage_go_through_gettext(path: Path) -> None:
    for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
        if name_of(call) in {"finding", "cannot_tell", "Finding"} and call.args:
            assert not words_in(call.args[0]), f"{path.name}, line {call.lineno}"


@pytest.mark.parametrize("path", sorted((ROOT / "cxlib").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_gettext_is_never_given_a_filled_in_sentence(path: Path) -> None:
    for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
        if name_of(call) == "_" and call.args:
            assert not isinstance(call.args[0], ast.JoinedStr), (
                f"{path.name}, line {call.lineno}: fill in after translating"
            )
