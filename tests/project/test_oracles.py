"""Every public method has an independent oracle: the union of `tests/*/oracles.csv` names it, its tolerance and source."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cxlib"
WORDS = re.compile(r"says|shown|pictures|voices|__init__")  # what is said and drawn has tests of another kind
COLUMNS = ["method", "oracle", "tolerance", "source", "test"]


@cache
def table() -> pd.DataFrame:
    """All rows of all folders, with the folder they stand in."""
    parts = [
        pd.read_csv(path, dtype=str, keep_default_na=False).assign(folder=path.parent.name)
        for path in sorted((ROOT / "tests").glob("*/oracles.csv"))
    ]
    return pd.concat(parts, ignore_index=True)


def functions(path: Path) -> set[str]:
    """Names of the functions at the top of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def methods() -> list[Path]:
    """The files that compute."""
    rooms = (*PACKAGE.glob("stages/*/*.py"), *PACKAGE.glob("statistics/*.py"), *PACKAGE.glob("journeys/*.py"))
    return [
        *(path for path in rooms if not WORDS.match(path.stem)),
        *(PACKAGE / "privacy" / f"{name}.py" for name in ("redaction", "suppression")),
    ]


@cache
def public() -> frozenset[str]:
    """Every public function of the methods, as module.function."""
    names = (f"{path.stem}.{name}" for path in methods() for name in functions(path) if not name.startswith("_"))
    return frozenset(names)


@cache
def named_in(folder: str) -> frozenset[str]:
    """Every test in a folder, as file::name and as name."""
    found = set()
    for path in (ROOT / "tests" / folder).glob("test_*.py"):
        found |= {name for one in functions(path) for name in (one, f"{path.name}::{one}")}
    return frozenset(found)


def test_each_table_has_the_same_columns_and_no_empty_cell() -> None:
    for path in sorted((ROOT / "tests").glob("*/oracles.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert list(rows.columns) == COLUMNS, path
        empty = rows[rows.apply(lambda row: row.str.strip().eq("").any(), axis=1)]
        assert empty.empty, (path.parent.name, empty["method"].tolist())


def test_each_row_names_a_public_method() -> None:
    assert sorted(set(table()["method"]) - public()) == []


def test_each_row_names_a_test_of_its_folder() -> None:
    lost = [(row.folder, row.test) for row in table().itertuples() if row.test not in named_in(str(row.folder))]
    assert lost == []


def test_every_public_method_has_an_oracle() -> None:
    assert sorted(public() - set(table()["method"])) == []
